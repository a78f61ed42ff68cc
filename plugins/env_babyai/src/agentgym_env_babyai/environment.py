"""BabyAI behind the environment interface."""

from __future__ import annotations

import json
from collections.abc import Sequence

from attrs import evolve

from agentgym_core.environment import Description, Environment
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_env_babyai import tasks as _tasks
from agentgym_env_babyai.config import BabyAIConfig
from agentgym_env_babyai.expert import expert_move
from agentgym_env_babyai.game import Game
from agentgym_env_babyai.levels import LEVELS
from agentgym_env_babyai.picture import picture

INSTRUCTION = """\
You are in a grid world of rooms with doors, keys, balls and boxes, and have a goal to reach, in as few actions as you can.
You see up to six cells ahead and three to each side, less what walls and closed doors hide.
Of each thing you read how many steps it is ahead and to the side, the nearest first, and its number where there are more of its name.
You carry one thing at a time. A locked door opens to whoever carries a key of its colour.
To go to something is to stand next to it and look at it. To put something next to another thing, pick it up, go to where the cell \
in front of you is next to that thing, and drop it."""

_NAME = r"(?!(?:the|an?) )[a-z]+(?: [a-z]+)*(?: [0-9]+)?"
_THING = Parameter("object", description="the name with its number, such as red ball 1", pattern=_NAME)
_DOOR = Parameter("door", description="the name with its number, such as blue closed door 1", pattern=_NAME)
ACTIONS = (
    ActionSpec("turn_left", (), "Turn left where you stand.", text="turn left"),
    ActionSpec("turn_right", (), "Turn right where you stand.", text="turn right"),
    ActionSpec("move_forward", (), "Go one step ahead.", text="move forward", aliases=("go forward",)),
    ActionSpec("go_to", (_THING,), "Go next to something that you see, and look at it.", text="go to {object}"),
    ActionSpec(
        "pickup",
        (_THING,),
        "Go to a key, ball or box and pick it up.",
        text="pickup {object}",
        aliases=("pick up {object}",),
    ),
    ActionSpec("drop", (), "Put what you carry on the free cell in front of you.", text="drop"),
    ActionSpec("toggle", (), "Open the door in front of you, or close it.", text="toggle"),
    ActionSpec("go_through", (_DOOR,), "Go to an open door and stand in it.", text="go through {door}"),
    ActionSpec(
        "toggle_and_go_through",
        (_DOOR,),
        "Go to a closed or locked door, open it and stand in it.",
        text="toggle and go through {door}",
    ),
    ActionSpec("check", (), "List what can be done now.", text="check available actions"),
)
# AgentGym's own server takes its own words only.
VERBATIM = tuple(
    evolve(action, aliases=(), parameters=tuple(evolve(each, pattern="") for each in action.parameters))
    for action in ACTIONS
)


class BabyAIEnvironment(Environment):
    """Follow an instruction in a grid world. The score is the engine's reward: 1 less up to 0.9 for the steps taken; 0 before success."""

    config: BabyAIConfig
    _game: Game

    @classmethod
    def tasks(cls, config: BabyAIConfig, split: str) -> Sequence[Task]:
        return _tasks.tasks(config, split)

    @classmethod
    def describe(cls, config: BabyAIConfig) -> Description:
        return Description(
            instruction=INSTRUCTION,
            actions=VERBATIM if config.verbatim else ACTIONS,
            splits=_tasks.splits(config),
            evaluation=("eval", "agenteval"),
            max_rounds=_tasks.ROUNDS,
            reset_seconds=30.0,
            step_seconds=10.0,
            show_actions=not config.list_actions,
            expert_score=0.9,
            # On small levels chance often does well: one action of a handful is the right one.
            random_ceiling=0.6 if set(config.levels) == set(LEVELS) else 1.0,
            version=f"minigrid {config.engine}",
        )

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Draw the task's level. The task decides everything: `seed` changes nothing."""
        layout: _tasks.Layout = task.data
        self._game = Game(layout.level, layout.seed, verbatim=self.config.verbatim)
        self._steps = 0
        return self._told(f"{self._game.goal}\n{self._game.scene}")

    def step(self, action: Action) -> Step:
        answer = self._game.take(action.text)
        self._steps += answer.steps
        return Step(
            self._told(answer.text),
            answer.reward,
            terminated=answer.terminated,
            truncated=answer.truncated,
            success=answer.reward > 0,
            info={"raw_reward": answer.reward, "engine_steps": self._steps, "valid": answer.valid},
        )

    def _told(self, text: str) -> str:
        if not self.config.list_actions:
            return text
        return f"{text}\nAvailable actions: {json.dumps(self.available_actions())}"

    def available_actions(self) -> list[str]:
        return list(self._game.offers.actions)

    def expert(self) -> ExpertAction | None:
        return expert_move(self._game, limit=_tasks.ROUNDS)

    def render(self) -> bytes:
        """The whole grid as a PNG picture, what the agent sees in a lighter shade."""
        return picture(self._game.env)
