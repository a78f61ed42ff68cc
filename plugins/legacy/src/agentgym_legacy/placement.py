"""Sessions at servers of AgentGym's own dialect: an environment number each, and a thread each to wait for the answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import CapacityReached, ConfigError, EpisodeStateError, InfrastructureFault
from agentgym_core.placement import Placement, ResetRequest, Session, StepResult, TimeLimits
from agentgym_core.rollout.placements.engines import seconds_for
from agentgym_core.rollout.placements.worker_thread import WorkerThread
from agentgym_core.types import Action, Step
from agentgym_legacy.http import PlainHttp
from agentgym_legacy.protocol import LegacyObservation, LegacyProtocol
from agentgym_legacy.source import LegacySource

T = TypeVar("T")

_PATIENCE_SECONDS = 300.0
"""How long AgentGym's own clients wait: its servers take longer than ours do."""
_CLOSE_SECONDS = 5.0


class LegacyConfig(ComponentConfig):
    """How the servers are reached."""

    token_env: str = Field(default="", description="the environment variable that holds a bearer token for them")


class LegacyPlacement(Placement):
    """Opens each session at the least loaded server of its source. A number that played an episode to its end serves again."""

    def __init__(self, settings: LegacyConfig | None = None) -> None:
        super().__init__()
        self.config = settings or LegacyConfig()
        self._idle: dict[tuple[str, str], list[LegacySession]] = {}
        self._taken: dict[tuple[str, str], set[int]] = {}

    async def open(self, source: EnvironmentSource, limits: TimeLimits | None = None) -> LegacySession:
        """A session at one of the servers.

        :raises InfrastructureFault: none answers, or all are full. :raises EnvironmentFault: it is no server of this dialect.
        :raises ConfigError: the environment is not named by the address of such a server.
        """
        if not isinstance(source, LegacySource):
            raise ConfigError(
                f"placement: environment {source.spec.id!r} is not named by a server's address",
                hint=f"write legacy+http://host:port#{source.spec.id} for its id",
            )
        failure: InfrastructureFault | None = None
        keys = [(url, source.spec.id) for url in source.urls]
        for key in sorted(keys, key=lambda key: len(self._taken.get(key, ())) - len(self._idle.get(key, ()))):
            idle = self._idle.get(key)
            if idle:
                return idle.pop().again(source, limits)
            session = LegacySession(self, key, source, limits, self._headers())
            try:
                await session.create(self._taken.setdefault(key, set()))
            except InfrastructureFault as error:
                failure = error
                session.end()
                continue
            except BaseException:
                session.end()
                raise
            return session
        raise failure or InfrastructureFault(f"no server of {source.spec.id!r} answers")

    def give_back(self, session: LegacySession) -> None:
        """Keep a session's number for the next one."""
        self._idle.setdefault(session.key, []).append(session)

    async def close(self) -> None:
        """End every session that is kept."""
        sessions = [session for each in self._idle.values() for session in each]
        self._idle.clear()
        await asyncio.gather(*(session.leave() for session in sessions), return_exceptions=True)

    def _headers(self) -> dict[str, str]:
        token = os.environ.get(self.config.token_env, "") if self.config.token_env else ""
        return {"authorization": f"Bearer {token}"} if token else {}


class LegacySession(Session):
    """An environment number at a server. Every request is sent at most once."""

    def __init__(
        self,
        placement: LegacyPlacement,
        key: tuple[str, str],
        source: LegacySource,
        limits: TimeLimits | None,
        headers: dict[str, str],
    ) -> None:
        self.key = key
        self._placement = placement
        self._http = PlainHttp(key[0], headers)
        self._lane = WorkerThread(f"agentgym-legacy-{source.spec.id}")
        self._number: int | None = None
        self._taken: set[int] = set()
        self.again(source, limits)

    def again(self, source: LegacySource, limits: TimeLimits | None) -> LegacySession:
        """The same number for another owner."""
        self._source = source
        self._dialect = LegacyProtocol(source.profile, self.key[0])
        reset, step = seconds_for(limits, source.description)
        given = limits or TimeLimits()
        self._reset_seconds = reset if reset is None or given.reset is not None else max(reset, _PATIENCE_SECONDS)
        self._step_seconds = step if step is None or given.step is not None else max(step, _PATIENCE_SECONDS)
        self._open = True
        self._whole = True
        self._state = "reset it first"
        self._needs: frozenset[str] = frozenset()
        self._listed: tuple[str, ...] | None = None
        return self

    async def create(self, taken: set[int]) -> None:
        """Get a number. :raises CapacityReached: the server gave one that is in use."""
        number = self._dialect.number(await self._post("create", self._dialect.body("create"), self._reset_seconds))
        if number in taken:
            # A pool of the server's that is full: two sessions would play in one environment.
            raise CapacityReached(f"{self.key[0]}: the server gave a session that is in use: it holds {len(taken)}")
        taken.add(number)
        self._taken = taken
        self._number = number

    async def reset(self, opening: ResetRequest) -> StepResult:
        """Start an episode; the seed stays here, for the dialect has none."""
        index = self._source.index(opening.task)
        self._state = "reset it first"
        body = self._dialect.body("reset", self._live(), **{self._source.profile.index: index})
        shown = self._dialect.shown("reset", await self._post("reset", body, self._reset_seconds))
        self._needs = opening.needs
        return await self._answer(shown)

    async def step(self, action: Action) -> StepResult:
        """Take one action. :raises EpisodeStateError: before reset, or after the end."""
        if self._state:
            raise EpisodeStateError(f"environment {self._source.spec.id!r} cannot step: {self._state}", hint="reset it")
        body = self._dialect.body("step", self._live(), action=self._dialect.said(action.text))
        return await self._answer(
            self._dialect.shown("step", await self._post("step", body, self._step_seconds)),
        )

    async def close(self) -> None:
        """Give the number back; calling it twice is fine."""
        if not self._open:
            return
        self._open = False
        if self._whole and self._number is not None:
            self._placement.give_back(self)
        else:
            await self.leave()

    async def leave(self) -> None:
        """Tell the server that the number is free, where it can be told, and end the thread."""
        number, self._number = self._number, None
        if number is not None:
            self._taken.discard(number)
            body = json.dumps({self._source.profile.session: number}).encode()
            with contextlib.suppress(Exception):
                await self._wait(lambda: self._http.ask("POST", "close", body), _CLOSE_SECONDS)
        self.end()

    def end(self) -> None:
        """End the thread and its connection."""
        self._lane.submit(self._http.close, _ignore)
        self._lane.finish()

    async def _answer(self, shown: LegacyObservation) -> StepResult:
        step: Step = shown.step
        self._state = "the episode is over" if step.ended else ""
        self._listed = None if step.ended else shown.available_actions
        if "available_actions" not in self._needs:
            return StepResult(step)
        return StepResult(step, await self.available_actions())

    async def available_actions(self) -> tuple[str, ...] | None:
        """What can be done now: what came with the last answer, or what the server's own route for it says."""
        actions = self._listed
        route = next((name for name, what in self._source.profile.extra if what == "available_actions"), None)
        if actions is None and route is not None and not self._state:
            path = f"{route}?{self._source.profile.session}={self._live()}"
            value = await self._call("GET", path, None, self._step_seconds, route)
            actions = self._listed = tuple(map(str, value)) if isinstance(value, list) else None
        return actions

    async def _post(self, verb: str, body: dict[str, Any], seconds: float | None) -> Any:
        return await self._call("POST", verb, json.dumps(body).encode(), seconds, verb)

    async def _call(self, method: str, path: str, body: bytes | None, seconds: float | None, verb: str) -> Any:
        try:
            status, raw = await self._wait(lambda: self._http.ask(method, path, body), seconds)
            return self._dialect.value(verb, status, raw, self._number)
        except BaseException:
            self._whole = False
            self._state = "the session is broken"
            raise

    async def _wait(self, function: Callable[[], T], seconds: float | None) -> T:
        value: T
        try:
            value, error = await self._lane.run(function, seconds)
        except TimeoutError as late:
            self._http.abort()
            raise InfrastructureFault(f"{self.key[0]}: no answer within {seconds:g} s") from late
        except asyncio.CancelledError:
            self._http.abort()
            raise
        if error is not None:
            raise error
        return value

    def _live(self) -> int:
        if self._number is None or not self._open:
            raise InfrastructureFault(f"{self.key[0]}: the session is closed")
        return self._number


def _ignore(value: object, error: BaseException | None) -> None:
    pass
