"""The paper's HTTP endpoints: createEnv, observation, available_actions, step, reset, close. Rewards are the score so far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import msgspec

from agentgym_service.bodies import Closed, CreateBody, Created, IdBody, Listed, RestObservation, RestReset, StepBody
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.problems import ApiError, invalid, invalid_json, misfit, problem_of
from agentgym_service.replies import paper_observation
from agentgym_service.session import HostedSession
from agentgym_service.sessions import SessionTable
from agentgym_service.wire.codec import NO_MESSAGE, encode
from agentgym_service.wire.messages import Code, ResetBody

Result: TypeAlias = tuple[int, bytes]

ROUTES = {
    ("POST", "createEnv"),
    ("GET", "observation"),
    ("GET", "available_actions"),
    ("POST", "step"),
    ("POST", "reset"),
    ("POST", "close"),
}
"""Method and name of every endpoint below an environment's path."""

FACE = "http"


_create = msgspec.json.Decoder(CreateBody).decode
_id = msgspec.json.Decoder(IdBody).decode
_step = msgspec.json.Decoder(StepBody).decode
_reset = msgspec.json.Decoder(RestReset).decode


class RestApi:
    """The endpoints over a table of sessions."""

    def __init__(self, table: SessionTable) -> None:
        self.table = table
        self._handlers: dict[str, Callable[[HostedEnvironment, bytes], Awaitable[Any]]] = {
            "createEnv": self._create,
            "step": self._step,
            "reset": self._reset,
            "close": self._close,
            "observation": self._observation,
            "available_actions": self._available_actions,
        }

    async def answer(self, served: HostedEnvironment, name: str, given: bytes) -> Result:
        """Status and body for one request; `given` is the body of a POST, or the query of a GET."""
        try:
            return 200, encode(await self._handlers[name](served, given))
        except Exception as error:
            return failed(served, error)

    async def _create(self, served: HostedEnvironment, body: bytes) -> Created:
        asked = _read(_create, body) if body.strip() else CreateBody()
        return Created(self.table.open(served, FACE, served.needs(asked.needs)).id)

    async def _step(self, served: HostedEnvironment, body: bytes) -> RestObservation:
        request = _read(_step, body)
        session = self.table.get(request.id, served, FACE)
        said = request.action
        action = served.said(said) if isinstance(said, str) else served.action(said)
        return paper_observation(session, await session.step(action))

    async def _reset(self, served: HostedEnvironment, body: bytes) -> RestObservation:
        request = _read(_reset, body)
        session = self.table.get(request.id, served, FACE)
        wanted = ResetBody(seed=request.seed, task=request.task, split=request.split, index=request.index)
        return paper_observation(session, await session.reset(wanted))

    async def _close(self, served: HostedEnvironment, body: bytes) -> Closed:
        await self.table.close(self.table.get(_read(_id, body).id, served, FACE), "client")
        return Closed()

    async def _observation(self, served: HostedEnvironment, query: bytes) -> RestObservation:
        session = self._named(served, query)
        if session.answer is None:
            raise ApiError(Code.STATE_ERROR, 409, "there is no episode to look at", hint="reset the session")
        return paper_observation(session, session.answer)

    async def _available_actions(self, served: HostedEnvironment, query: bytes) -> Listed:
        return Listed(await self._named(served, query).available_actions())

    def _named(self, served: HostedEnvironment, query: bytes) -> HostedSession:
        ids = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("id", [])
        if len(ids) != 1:
            raise invalid(("query", "id"), "Field required", "missing")
        return self.table.get(ids[0], served, FACE)


def failed(served: HostedEnvironment | None, error: BaseException) -> Result:
    """Status and body of an error."""
    problem = problem_of(error)
    if served is not None:
        served.counters.count(problem.code)
    return problem.status, encode(problem.body())


def _read(decode: Callable[[bytes], Any], body: bytes) -> Any:
    try:
        return decode(body)
    except msgspec.ValidationError as error:
        raise misfit(error, at=("body",)) from error
    except NO_MESSAGE as error:
        raise invalid_json(error) from error
