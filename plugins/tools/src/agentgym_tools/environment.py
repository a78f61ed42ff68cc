"""The environment of tools: an episode is a question, calls that find out or change something, and an answer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, ClassVar, Generic, TypeVar

from agentgym_core.environment import Description, Environment
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_tools.catalogue import Catalogue
from agentgym_tools.config import ToolConfig
from agentgym_tools.goals import Aim, move
from agentgym_tools.toolbox import Toolbox

Box = TypeVar("Box", bound=Toolbox)

_OPENING = "Now new trial starts.\nYou should perform actions to accomplish the goal: {}\nGive me one action."
_ANSWER = "Observation: {}\nGive me one action."


class ToolEnvironment(Environment, Generic[Box]):
    """Tools over a backend. An author says what a task is about (`aim`) and opens its tools (`open`).

    Where `catalogue` has the tasks, the description is made of `instruction`, the `tools`, `max_rounds`, `random_ceiling` and, on the live
    service, `live_version`: its API. Another environment defines `describe` and `tasks`.

    The score is the share of sub-goals met so far, the right end being the last of them. `finish` ends the episode: with the right answer,
    all that it rests on looked up or done, and everything in the state that it should be in, the score is 1; else it stays what it was.
    """

    catalogue: ClassVar[Catalogue[Any] | None] = None
    tools: ClassVar[type[Toolbox]] = Toolbox
    instruction: ClassVar[str] = ""
    max_rounds: ClassVar[int] = 15
    random_ceiling: ClassVar[float] = 0.25
    live_version: ClassVar[str] = "live"
    config: ToolConfig

    @classmethod
    def tasks(cls, config: ToolConfig, split: str) -> Sequence[Task]:
        return super().tasks(config, split) if cls.catalogue is None else cls.catalogue.tasks(config, split)

    @classmethod
    def describe(cls, config: ToolConfig) -> Description:
        if cls.catalogue is None:
            return super().describe(config)
        live = config.backend == "live"
        return Description(
            instruction=cls.instruction,
            actions=cls.tools.actions(),
            splits=cls.catalogue.splits(config),
            evaluation=("eval", "agenteval"),
            max_rounds=cls.max_rounds,
            reset_seconds=600.0 if live else 10.0,
            step_seconds=300.0 if live else 5.0,
            deterministic=not live,
            expert_score=1.0,
            random_ceiling=cls.random_ceiling,
            # Requests take their time, and must not hold up other episodes.
            placement="thread" if live else "",
            version=cls.live_version if live else "1",
        )

    def __init__(self, config: ToolConfig, engine: object = None) -> None:
        super().__init__(config, engine)
        self._box: Box | None = None

    def open(self, task: Task, seed: int | None) -> Box:
        """The tools of an episode over the backend that the configuration names."""
        raise NotImplementedError

    def aim(self, task: Task) -> Aim:
        """What an episode is about; `task.data` by default."""
        aim: Aim = task.data
        return aim

    def settled(self, box: Box) -> bool:
        """Whether everything is in the state that it should be in; asked when the policy finishes."""
        return True

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Close the episode before, open this one, and say what is asked."""
        self._leave()
        self._aim = self.aim(task)
        self._met = [False] * len(self._aim.goals)
        self._looked = [False] * len(self._aim.looks)
        self._box = self.open(task, seed)
        self._box.original_texts = self.config.original_texts
        return _OPENING.format(self._aim.text) if self.config.original_texts else self._aim.text

    def step(self, action: Action) -> Step:
        """Make the call; what cannot be done is answered in words."""
        box = self.box
        called = box.call(action)
        for goals, states in ((self._aim.looks, self._looked), (self._aim.goals, self._met)):
            for index, goal in enumerate(goals):
                states[index] = goal.after(box, called, states[index])
        text = _ANSWER.format(called.text) if self.config.original_texts else called.text
        met, of = sum(self._met), len(self._met) + 1
        info = {**called.info, "tool": called.tool, "ok": called.ok, "met": met, "goals": of}
        score = met / of
        if not box.finished:
            return Step(text, score, success=False, info=info)
        right = self._aim.answered(box.answer, strict=self.config.strict_answers)
        settled, grounded = self.settled(box), self._grounded(box)
        solved = right and settled and grounded
        info |= {"answer_right": right, "state_right": settled, "looked_up": grounded}
        return Step(text, 1.0 if solved else score, terminated=True, success=solved, info=info)

    def _grounded(self, box: Box) -> bool:
        """Whether the answer rests on something. Where no sub-goal says on what, some tool must have returned something."""
        if not self._aim.goals:
            return box.told > 0
        return all(met for goal, met in zip(self._aim.goals, self._met, strict=True) if goal.needed)

    def expert(self) -> ExpertAction | None:
        """The move for the first sub-goal that is not met and can be; then the answer."""
        states = ((self._aim.looks, self._looked), (self._aim.goals, self._met))
        for goal, met in chain.from_iterable(zip(*pair, strict=True) for pair in states):
            found = None if met else goal.move(self.box)
            if found is not None:
                return found
        return self.conclude(self.box)

    def conclude(self, box: Box) -> ExpertAction | None:
        """The expert's last move; None where the task can no longer be solved."""
        return move(self._aim.conclusion, "finish", {"answer": self._aim.answer})

    @property
    def box(self) -> Box:
        """The tools of this episode."""
        assert self._box is not None, "core resets before it steps"
        return self._box

    def close(self) -> None:
        self._leave()

    def _leave(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.close()
