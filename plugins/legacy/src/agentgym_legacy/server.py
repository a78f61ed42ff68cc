"""AgentGym's own HTTP dialect, as each environment's profile declares it: numbers for sessions, errors that look like answers.

It is off unless the server was started with `--dialect legacy`: a session's number can be guessed, so anyone who reaches the port can
play it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar
from urllib.parse import parse_qs

import msgspec

from agentgym_core.errors import AgentGymError, ConfigError, EpisodeStateError, TaskNotFound
from agentgym_core.placement import StepResult
from agentgym_core.specs import LegacyProfile
from agentgym_service.codec import encode
from agentgym_service.dialect import Answer, Asked, Converse, Told
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import ResetBody
from agentgym_service.session import HostedSession
from agentgym_service.sessions import SessionTable

FACE = "legacy"
_decode = msgspec.json.Decoder().decode
_GREETING = b'"This environment speaks AgentGym\'s dialect."'


class _Unprocessable(Exception):
    """A request that lacks something, answered in the words of AgentGym's framework."""

    def __init__(self, field: str, message: str = "Field required", kind: str = "missing") -> None:
        super().__init__(message)
        self.body = {"detail": [{"type": kind, "loc": ["body", field], "msg": message, "input": None}]}


def _routes(served: Mapping[str, HostedEnvironment]) -> dict[tuple[str, str], tuple[HostedEnvironment, str]]:
    """The routes of every environment that has a profile, under `/legacy/ENV`, and at the root where there is one environment.

    :raises ConfigError: none of them has a profile.
    """
    found: dict[tuple[str, str], tuple[HostedEnvironment, str]] = {}
    for id, each in served.items():
        profile = each.source.spec.legacy
        if profile is None:
            continue
        verbs = [("POST", "create"), ("POST", "reset"), ("POST", "step"), ("POST", "close"), ("GET", "observation")]
        verbs += [("GET", name) for name, _ in profile.extra]
        for prefix in (f"/legacy/{id}", *([""] if len(served) == 1 else [])):
            found |= {(method, f"{prefix}/{name}"): (each, name) for method, name in verbs}
            found["GET", f"{prefix}/" if prefix else "/legacy"] = (each, "")
    if not found:
        raise ConfigError(
            f"none of {', '.join(served)} declares how AgentGym's own server of it speaks",
            hint="leave --dialect legacy out",
        )
    return found


class Legacy:
    """The dialect over a table of sessions.

    :raises ConfigError: no environment of the server has a profile.
    """

    always: ClassVar[bool] = False
    sockets: Mapping[str, tuple[HostedEnvironment, Converse]] = {}

    def __init__(self, table: SessionTable, served: Mapping[str, HostedEnvironment]) -> None:
        self.table = table
        self.routes: dict[tuple[str, str], tuple[HostedEnvironment | None, Answer]] = {
            key: (each, partial(self.answer, each, verb)) for key, (each, verb) in _routes(served).items()
        }
        self._sessions: dict[tuple[str, int], HostedSession] = {}
        self._next: dict[str, int] = {}

    def operations(self, served: HostedEnvironment) -> Mapping[str, Mapping[str, Any]]:
        """None: what there is, AgentGym's own clients know."""
        return {}

    async def answer(self, served: HostedEnvironment, verb: str, asked: Asked) -> Told:
        """Answer one request."""
        profile = served.source.spec.legacy
        assert profile is not None
        try:
            if not verb:
                return Told(200, _GREETING)
            if verb == "create":
                return Told(200, encode(await self._create(served, profile)))
            body = _query(asked.query) if verb not in ("reset", "step", "close") else _body(asked.body)
            number = _number(body, profile.session)
            if verb == "close":
                return Told(200, encode(await self._close(served, number)))
            session = self._session(served, number)
            handler: Callable[..., Any] = {"reset": self._reset, "step": self._step}.get(verb, self._look)
            return Told(200, encode(await handler(served, profile, session, number, body, verb)))
        except _Unprocessable as error:
            return Told(422, encode(error.body))
        except (AgentGymError, ValueError) as error:
            message = error.message if isinstance(error, AgentGymError) else str(error)
            served.counters.count(FACE)
            return Told(200 if profile.fails == "body" else 500, encode({"error": message}))

    async def _create(self, served: HostedEnvironment, profile: LegacyProfile) -> Any:
        number = self._next.get(served.id, 0)
        self._next[served.id] = number + 1
        needs = frozenset({"available_actions"}) if _asks_actions(profile) else frozenset()
        session = self.table.open(served, FACE, needs)
        self._sessions[served.id, number] = session
        if profile.create_resets:
            # The number of a session says nothing about a task: any first episode will do, however many there were before.
            await self._started(served, profile, session, 0)
        return _fields(profile.created, profile, number, session) if profile.created else number

    async def _reset(
        self,
        served: HostedEnvironment,
        profile: LegacyProfile,
        session: HostedSession,
        number: int,
        body: Mapping[str, Any],
        verb: str,
    ) -> Any:
        index = body.get(profile.index)
        if index is None:
            index = 0
        if isinstance(index, bool) or not isinstance(index, int):
            raise _Unprocessable(profile.index, "Input should be a valid integer", "int_type")
        answer = await self._started(served, profile, session, index)
        return _fields(profile.reset, profile, number, session) if profile.reset else answer.step.observation

    async def _started(
        self, served: HostedEnvironment, profile: LegacyProfile, session: HostedSession, index: int
    ) -> StepResult:
        return await session.reset(ResetBody(task=task_of(served, profile, index)))

    async def _step(
        self,
        served: HostedEnvironment,
        profile: LegacyProfile,
        session: HostedSession,
        number: int,
        body: Mapping[str, Any],
        verb: str,
    ) -> Any:
        action = body.get("action")
        if not isinstance(action, str):
            raise _Unprocessable("action")
        try:
            await session.step(served.said(_unsaid(action, profile)))
        except EpisodeStateError as error:
            raise ValueError(f"The task with environment {number} has finished.") from error
        return _fields(profile.step, profile, number, session)

    async def _close(self, served: HostedEnvironment, number: int) -> bool:
        session = self._sessions.pop((served.id, number), None)
        if session is None:
            return False
        await self.table.close(session, "client")
        return True

    async def _look(
        self,
        served: HostedEnvironment,
        profile: LegacyProfile,
        session: HostedSession,
        number: int,
        body: Mapping[str, Any],
        verb: str,
    ) -> Any:
        if session.answer is None:
            raise ValueError(f"The task with environment {number} has not been reset.")
        sources = dict(profile.extra)
        if verb in sources:
            return _value(sources[verb], profile, number, session)
        if profile.observed:
            return _fields(profile.observed, profile, number, session)
        return session.answer.step.observation

    def _session(self, served: HostedEnvironment, number: int) -> HostedSession:
        session = self._sessions.get((served.id, number))
        if session is None:
            known = number < self._next.get(served.id, 0)
            word = (
                f"The task with environment {number} has been deleted." if known else f"The id {number} is not valid."
            )
            raise ValueError(word)
        if session.closed:
            del self._sessions[served.id, number]
            raise ValueError(f"The task with environment {number} has been deleted.")
        return session


def task_of(served: HostedEnvironment, profile: LegacyProfile, index: int) -> str:
    """The id of the task that a number means: AgentGym's own task where this machine has it, else one of the fallback split.

    :raises TaskNotFound: there is neither.
    """
    source = served.source
    if profile.task:
        name = profile.task.replace("{index}", str(index))
        try:
            return source.find(name).id
        except TaskNotFound:
            pass
    tasks = source.tasks(profile.fallback if profile.fallback in source.splits else served.default_split)
    if not 0 <= index < len(tasks):
        raise TaskNotFound(f"The index {index} is not valid: there are {len(tasks)} tasks.")
    return tasks[index].id


def _asks_actions(profile: LegacyProfile) -> bool:
    parts = (*profile.created, *profile.reset, *profile.step, *profile.observed, *profile.extra)
    return any(source == "available_actions" for _, source in parts)


def _unsaid(text: str, profile: LegacyProfile) -> str:
    """The action in what a client says."""
    before, _, after = profile.says.partition("{action}")
    _, found, action = text.rpartition(before) if before else ("", "", text)
    return action.removesuffix(after).strip() if found else text


def _fields(fields: tuple[tuple[str, str], ...], profile: LegacyProfile, number: int, session: HostedSession) -> Any:
    if fields and fields[0][0]:
        return {key: _value(source, profile, number, session) for key, source in fields}
    return [_value(source, profile, number, session) for _, source in fields]


def _value(source: str, profile: LegacyProfile, number: int, session: HostedSession) -> Any:
    answer = session.answer
    if source == "id":
        return number
    if source in ("false", "null") or answer is None:
        return {"false": False, "done": False, "score": 0.0, "increase": 0.0}.get(source)
    step = answer.step
    match source:
        case "observation":
            return step.observation
        case "done":
            return step.ended
        case "score":
            return step.score * profile.scale
        case "increase":
            return (session.reward or 0.0) * profile.scale
        case "available_actions":
            return list(answer.available_actions or ())
    name, _, part = source.partition(":")
    if name == "observation":
        return step.observation.partition("\n")[0 if part == "first" else 2]
    return step.info.get(part)


def _body(given: bytes) -> Mapping[str, Any]:
    try:
        body = _decode(given)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _Unprocessable("", "JSON decode error", "json_invalid") from error
    if not isinstance(body, dict):
        raise _Unprocessable("", "Input should be an object", "model_attributes_type")
    return body


def _query(given: bytes) -> Mapping[str, Any]:
    return {key: values[-1] for key, values in parse_qs(given.decode("latin-1")).items()}


def _number(body: Mapping[str, Any], key: str) -> int:
    value = body.get(key)
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Unprocessable(key)
    return value
