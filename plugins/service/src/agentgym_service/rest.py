"""The paper's HTTP endpoints: createEnv, observation, available_actions, step, reset, close. Rewards are the score so far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import msgspec
from attrs import frozen

from agentgym_service.bodies import Closed, CreateBody, Created, IdBody, Listed, RestObservation, RestReset, StepBody
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.problems import ApiError, invalid, invalid_json, misfit, problem_of
from agentgym_service.replies import paper_observation
from agentgym_service.sessions import SessionTable
from agentgym_service.wire.codec import NO_MESSAGE, encode
from agentgym_service.wire.messages import Code, ResetBody

Result: TypeAlias = tuple[int, bytes]

FACE = "http"


@frozen
class Endpoint:
    """One endpoint below an environment's path. `body` is what a POST holds; a GET has the session's id in its query."""

    name: str
    operation: str
    summary: str
    answer: type
    body: type | None = None

    @property
    def method(self) -> str:
        """How it is asked for."""
        return "GET" if self.body is None else "POST"


ENDPOINTS = (
    Endpoint("createEnv", "create", "Open a session.", Created, CreateBody),
    Endpoint("reset", "reset", "Start an episode.", RestObservation, RestReset),
    Endpoint("step", "step", "Take an action.", RestObservation, StepBody),
    Endpoint("close", "close", "Close a session.", Closed, IdBody),
    Endpoint("observation", "observation", "What was shown last.", RestObservation),
    Endpoint("available_actions", "actions", "What can be done now.", Listed),
)


class RestApi:
    """The endpoints over a table of sessions."""

    def __init__(self, table: SessionTable) -> None:
        self.table = table
        self._read = {each.name: _reader(each.body) for each in ENDPOINTS}
        self._handlers: dict[str, Callable[[HostedEnvironment, Any], Awaitable[Any]]] = {
            "createEnv": self._create,
            "reset": self._reset,
            "step": self._step,
            "close": self._close,
            "observation": self._observation,
            "available_actions": self._available_actions,
        }

    async def answer(self, served: HostedEnvironment, name: str, given: bytes) -> Result:
        """Status and body for one request; `given` is the body of a POST, or the query of a GET."""
        try:
            return 200, encode(await self._handlers[name](served, self._read[name](given)))
        except Exception as error:
            return failed(served, error)

    async def _create(self, served: HostedEnvironment, request: CreateBody) -> Created:
        return Created(self.table.open(served, FACE, served.needs(request.needs)).id)

    async def _reset(self, served: HostedEnvironment, request: RestReset) -> RestObservation:
        session = self.table.get(request.id, served, FACE)
        wanted = ResetBody(seed=request.seed, task=request.task, split=request.split, index=request.index)
        return paper_observation(session, await session.reset(wanted))

    async def _step(self, served: HostedEnvironment, request: StepBody) -> RestObservation:
        session = self.table.get(request.id, served, FACE)
        said = request.action
        action = served.said(said) if isinstance(said, str) else served.action(said)
        return paper_observation(session, await session.step(action))

    async def _close(self, served: HostedEnvironment, request: IdBody) -> Closed:
        await self.table.close(self.table.get(request.id, served, FACE), "client")
        return Closed()

    async def _observation(self, served: HostedEnvironment, request: IdBody) -> RestObservation:
        session = self.table.get(request.id, served, FACE)
        if session.answer is None:
            raise ApiError(Code.STATE_ERROR, 409, "there is no episode to look at", hint="reset the session")
        return paper_observation(session, session.answer)

    async def _available_actions(self, served: HostedEnvironment, request: IdBody) -> Listed:
        return Listed(await self.table.get(request.id, served, FACE).available_actions())


def failed(served: HostedEnvironment | None, error: BaseException) -> Result:
    """Status and body of an error."""
    problem = problem_of(error)
    if served is not None:
        served.counters.count(problem.code)
    return problem.status, encode(problem.body())


def _reader(body: type | None) -> Callable[[bytes], Any]:
    """What reads an endpoint's body, or the query of one that has none."""
    if body is None:
        return _id_in_query
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(body).decode

    def read(given: bytes) -> Any:
        try:
            return CreateBody() if body is CreateBody and not given.strip() else decode(given)
        except msgspec.ValidationError as error:
            raise misfit(error, at=("body",)) from error
        except NO_MESSAGE as error:
            raise invalid_json(error) from error

    return read


def _id_in_query(query: bytes) -> IdBody:
    ids = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("id", [])
    if len(ids) != 1:
        raise invalid(("query", "id"), "Field required", "missing")
    return IdBody(ids[0])
