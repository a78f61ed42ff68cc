"""ALFWorld behind the interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agentgym_core.environment import Description, Environment
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_env_alfworld import tasks as _tasks
from agentgym_env_alfworld import wording
from agentgym_env_alfworld.actions import PUT, actions, instruction
from agentgym_env_alfworld.config import AlfWorldConfig
from agentgym_env_alfworld.expert import Expert
from agentgym_env_alfworld.game import Library
from agentgym_env_alfworld.play import NOTHING, Engine, Play


class AlfWorldEnvironment(Environment):
    """One household task an episode, in the real engine. The score is 1 once the goal is reached and 0 before."""

    config: AlfWorldConfig

    def __init__(self, config: AlfWorldConfig, engine: Library | None = None) -> None:
        super().__init__(config, engine)
        self._library = engine or Library(config.cached_games)
        self._engine: Engine | None = None
        self._play: Play | None = None
        self._steps = 0

    @classmethod
    def tasks(cls, config: AlfWorldConfig, split: str) -> Sequence[Task]:
        return _tasks.tasks_of(config, split)

    @classmethod
    def describe(cls, config: AlfWorldConfig) -> Description:
        return Description(
            instruction=instruction(config.wording),
            actions=actions(config.wording),
            splits=_tasks.splits(config),
            evaluation=_tasks.EVALUATION,
            max_rounds=30,
            # A game that is new to a process is translated first, and fifteen others may stand in line before it: ten seconds together
            # on a core of one's own, minutes on a machine that others keep busy.
            reset_seconds=600.0,
            step_seconds=60.0,
            show_actions=True,
            expert_score=1.0,
            random_ceiling=0.2,
            version=config.engine,
        )

    @classmethod
    @contextmanager
    def engine(cls, config: AlfWorldConfig) -> Iterator[Library]:
        """The translated games that the instances of a process share."""
        yield Library(config.cached_games)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Start a game. The task decides everything: `seed` changes nothing."""
        opening: _tasks.Opening = task.data
        words = self.config.wording
        if self._engine is None:
            self._engine = Engine()
        self._play = None
        game = self._library.get(f"{words} {opening.key()}", lambda: wording.spoken(opening.read(), words))
        self._play = Play(self._engine, game)
        self._steps = 0
        return wording.opening(self._play.intro)

    def step(self, action: Action) -> Step:
        """Type one command. What cannot be done now is answered with a short sentence, and costs a step."""
        play = self._playing
        command = self._understood(action.text)
        self._steps += 1
        answer = play.do(command) if command is not None else NOTHING
        if self.config.wording == "agentgym":
            answer = wording.without_arrival(answer)
        won = play.won
        return Step(
            answer,
            1.0 if won else 0.0,
            terminated=won,
            truncated=not won and self._steps >= self.config.max_steps,
            success=won,
            info={"admissible": command is not None},
        )

    def available_actions(self) -> list[str]:
        """The engine's admissible commands, sorted."""
        return sorted(self._playing.commands)

    def expert(self) -> ExpertAction | None:
        play = self._playing
        if play.game.goal is None:
            return None
        return Expert(play.game.goal, play.facts, play.game.names, PUT[self.config.wording]).move()

    def close(self) -> None:
        """Give the engine's library back."""
        engine, self._engine, self._play = self._engine, None, None
        if engine is not None:
            engine.close()

    @classmethod
    def pull(cls, config: AlfWorldConfig, folder: Path) -> str:
        """Fetch the official games into a folder."""
        from agentgym_env_alfworld.pull import pull

        return pull(folder)

    @classmethod
    def doctor(cls) -> list[tuple[str, bool, str]]:
        from agentgym_env_alfworld.doctor import doctor

        return doctor()

    def _understood(self, text: str) -> str | None:
        commands = self._playing.commands
        given = text.strip()
        if given in commands:
            return given
        return next((other for other in wording.other_words(given) if other in commands), None)

    @property
    def _playing(self) -> Play:
        assert self._play is not None, "core resets before it steps"
        return self._play
