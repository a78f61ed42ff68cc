"""Playing in the browser: a person is the policy of an ordinary rollout, so that what is kept is an episode like any other."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError, StopRun, StoreError
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.registry import spec
from agentgym_core.rollout import Job, RolloutSettings, rollout
from agentgym_core.store import Run, new_manifest
from agentgym_core.store.manifest import MANIFEST
from agentgym_core.types import ExpertAction, Task, Trajectory

MOST = 8
"""Episodes that may be open at once: each holds an environment."""

IDLE = 3600.0
"""Seconds without an action after which an episode is ended, as if its player had stopped."""

ANSWER = 30.0
"""Seconds that a page waits for the environment before it is shown as thinking."""


class Person(Policy):
    """Hands each request to the page, and waits for what is chosen there. Lives in the loop of its game's thread."""

    def __init__(self, game: Game, *, hints: bool) -> None:
        self.needs = frozenset({"available_actions", "rendering", *(("expert",) if hints else ())})
        self._game = game

    async def act(self, request: Request) -> Reply:
        """The action that is chosen in the browser.

        :raises StopRun: the player stops, or has gone.
        """
        chosen: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._game.ask(request, chosen)
        try:
            async with asyncio.timeout(IDLE):
                action = await chosen
        except TimeoutError:
            raise StopRun("nobody played for an hour") from None
        if action is None:
            raise StopRun("the player stopped")
        return request.write(action)


class Game:
    """One episode that is being played. Its attributes are read by pages in other threads; `changed` wakes who waits for it.

    `trajectory` is there once it has ended, and `trouble` where it could not be played.
    """

    def __init__(
        self, id: str, source: EnvironmentSource, task: Task, seed: int, rounds: int | None, folder: Path
    ) -> None:
        self.id, self.source, self.task, self.seed, self.folder = id, source, task, seed, folder
        self.rounds = rounds or source.description.max_rounds
        self.request: Request | None = None
        self.hint: ExpertAction | None = None
        self.trajectory: Trajectory | None = None
        self.trouble: AgentGymError | None = None
        self.changed = threading.Condition()
        self._limit = rounds
        self._chosen: asyncio.Future[str | None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._play, name=f"agentgym-play-{id}", daemon=True)

    @property
    def ended(self) -> bool:
        """Whether nothing can be played any more."""
        return self.trajectory is not None or self.trouble is not None

    @property
    def turn(self) -> int:
        """The turn that waits for an action; -1 where none does."""
        return -1 if self.request is None else self.request.turn

    def start(self) -> None:
        """Open the environment, and wait for its first observation or for what went wrong."""
        self._thread.start()
        self._wait(-1)

    def ask(self, request: Request, chosen: asyncio.Future[str | None]) -> None:
        """Called in the game's thread: from now on an action is waited for."""
        with self.changed:
            self.request, self.hint, self._chosen = request, request.expert, chosen
            self.changed.notify_all()

    def act(self, action: str, turn: int) -> None:
        """Take an action in a turn, and wait for what comes of it. A turn that is over takes none: the button was pressed twice.

        :raises ConfigError: there is no action in it.
        """
        if not action.strip():
            raise ConfigError("an action is needed", hint="choose one of the buttons, or type one")
        if self._answer(action, turn):
            self._wait(turn)

    def stop(self) -> None:
        """End the episode: it is kept as cancelled, and counts nowhere."""
        self._answer(None, self.turn)
        if self._thread.is_alive():
            self._thread.join(ANSWER)

    def _answer(self, action: str | None, turn: int) -> bool:
        with self.changed:
            chosen, loop = self._chosen, self._loop
            if chosen is None or loop is None or turn != self.turn:
                return False
            self._chosen = self.request = None
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if chosen.done() else chosen.set_result(action))
        return True

    def _wait(self, turn: int) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.ended or self.turn > turn, ANSWER)

    def _play(self) -> None:
        try:
            asyncio.run(self._rollout())
        except AgentGymError as error:
            self.trouble = error
        except Exception as error:
            self.trouble = AgentGymError(f"{type(error).__name__}: {error}", hint="look at the terminal of agentgym ui")
            raise
        finally:
            with self.changed:
                self.request = self._chosen = None
                if self.trajectory is None and self.trouble is None:
                    self.trouble = AgentGymError(
                        "the episode ended before it began", hint="look at the terminal of agentgym ui"
                    )
                self.changed.notify_all()

    async def _rollout(self) -> None:
        self._loop = asyncio.get_running_loop()
        policy_id = human()
        description = self.source.description
        # What the environment draws is kept too: a replay shows what the player saw.
        settings = RolloutSettings(
            concurrency=1, seed=self.seed, max_rounds=self._limit, attempts=1, pictures=True, max_failed_fraction=1.0
        )
        played: list[Trajectory] = []
        person = Person(self, hints=description.expert_score is not None)
        with self._opened(policy_id) as run:
            sample = sum(1 for each in run.trajectories() if each.key.task == self.task.id)
            await rollout(
                [Job(self.source, self.task, sample)],
                person,
                settings,
                policy_id=policy_id,
                run=run,
                on_episode=played.append,
            )
        with self.changed:
            self.trajectory = played[-1] if played else None

    def _opened(self, policy_id: str) -> Run:
        if (self.folder / MANIFEST).exists():
            return Run.open(self.folder, write=True)
        manifest = new_manifest(
            components={self.source.spec.canonical: "environment", policy_id: "policy"},
            configuration={
                "environments": {self.source.spec.canonical: self.source.config_values},
                "policy": {"id": "human", "config": {}},
            },
            seeds={"rollout": self.seed},
        )
        try:
            return Run.create(self.folder, manifest)
        except StoreError as error:
            raise StoreError(
                error.message,
                hint=error.hint
                or "what is played is kept beside the runs: open a folder that you may write to, as in agentgym ui runs",
            ) from error


class Table:
    """The games of one workbench.

    :param folder: where demonstrations are kept, each environment's in one run a day.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.games: dict[str, Game] = {}
        self._mutex = threading.Lock()

    def open(
        self,
        environment: str,
        *,
        split: str = "",
        task: str = "",
        seed: int | None = None,
        rounds: int | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> Game:
        """Begin an episode: of the task that is named, or of one that the seed draws.

        :raises AgentGymError: there is no such environment or task, it cannot be made, or too many are open.
        """
        source = resolve_environment(environment, config or None)
        drawn = secrets.randbelow(2**31) if seed is None else seed
        chosen = source.find(task) if task else source.draw(split, drawn)
        with self._mutex:
            self._clear()
            id = secrets.token_hex(5)
            day = time.strftime("%Y%m%d-%H%M%S")
            game = Game(id, source, chosen, drawn, rounds, self._folder / f"play-{source.spec.id}-{day}-{id[:4]}")
            self.games[id] = game
        game.start()
        return game

    def close(self) -> None:
        """End every game."""
        for game in list(self.games.values()):
            game.stop()

    def _clear(self) -> None:
        """Make room: games that ended go first; one that is played is never ended for another."""
        ended = [id for id, game in self.games.items() if game.ended]
        while len(self.games) >= MOST and ended:
            del self.games[ended.pop(0)]
        if len(self.games) >= MOST:
            raise ConfigError(f"{MOST} episodes are open", hint="end one of them first")


def human() -> str:
    """How a person is named in the keys of episodes: as by agentgym-play, whether or not that is installed."""
    try:
        return str(spec("policy", "human").canonical)
    except AgentGymError:
        return "human-v1"
