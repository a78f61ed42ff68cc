"""The paper's HTTP endpoints: createEnv, observation, available_actions, step, reset, close. Rewards are the score so far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, ClassVar
from urllib.parse import parse_qs

import msgspec

from agentgym_bridge_http.bodies import (
    Closed,
    CreateBody,
    Created,
    IdBody,
    Listed,
    RestObservation,
    RestReset,
    StepBody,
)
from agentgym_bridge_http.document import ENDPOINTS, operations
from agentgym_core.placement import StepResult
from agentgym_service.codec import NO_MESSAGE, encode
from agentgym_service.dialect import Answer, Asked, Converse, Declined, Told
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import Code, ResetBody
from agentgym_service.problems import ApiError, invalid, invalid_json, misfit
from agentgym_service.replies import with_needs
from agentgym_service.session import HostedSession
from agentgym_service.sessions import HTTP, SessionTable


class Http:
    """The endpoints over a table of sessions. A body of `reset` or `step` without an `id` may be another dialect's."""

    always: ClassVar[bool] = True
    sockets: Mapping[str, tuple[HostedEnvironment, Converse]] = {}

    def __init__(self, table: SessionTable, served: Mapping[str, HostedEnvironment]) -> None:
        self.table = table
        self.routes: dict[tuple[str, str], tuple[HostedEnvironment | None, Answer]] = {}
        handlers: dict[str, Callable[[HostedEnvironment, Any], Awaitable[Any]]] = {
            "createEnv": self._create,
            "reset": self._reset,
            "step": self._step,
            "close": self._close,
            "observation": self._observation,
            "available_actions": self._available_actions,
        }
        for each in ENDPOINTS:
            read = _reader(each.body)
            for id, hosted in served.items():
                answer = partial(_answer, read, handlers[each.name], hosted)
                self.routes[each.method, f"/{id}/{each.name}"] = (hosted, answer)

    def operations(self, served: HostedEnvironment) -> Mapping[str, Mapping[str, Any]]:
        """The endpoints as OpenAPI has them."""
        return operations(served)

    async def _create(self, served: HostedEnvironment, request: CreateBody) -> Created:
        return Created(self.table.open(served, HTTP, served.needs(request.needs)).id)

    async def _reset(self, served: HostedEnvironment, request: RestReset) -> RestObservation:
        session = self.table.get(request.id, served, HTTP)
        wanted = ResetBody(seed=request.seed, task=request.task, split=request.split, index=request.index)
        return _shown(session, await session.reset(wanted))

    async def _step(self, served: HostedEnvironment, request: StepBody) -> RestObservation:
        session = self.table.get(request.id, served, HTTP)
        said = request.action
        action = served.said(said) if isinstance(said, str) else served.action(said)
        return _shown(session, await session.step(action))

    async def _close(self, served: HostedEnvironment, request: IdBody) -> Closed:
        await self.table.close(self.table.get(request.id, served, HTTP), "client")
        return Closed()

    async def _observation(self, served: HostedEnvironment, request: IdBody) -> RestObservation:
        session = self.table.get(request.id, served, HTTP)
        if session.answer is None:
            raise ApiError(Code.STATE_ERROR, 409, "there is no episode to look at", hint="reset the session")
        return _shown(session, session.answer)

    async def _available_actions(self, served: HostedEnvironment, request: IdBody) -> Listed:
        return Listed(await self.table.get(request.id, served, HTTP).available_actions())


def _shown(session: HostedSession, answer: StepResult) -> RestObservation:
    """An answer in the paper's terms."""
    step, score = answer.step, answer.step.score
    done = step.terminated or step.truncated
    shown = RestObservation(
        step.observation, score, score, done, step.terminated, step.truncated, step.success, step.info
    )
    return with_needs(shown, session, answer)


async def _answer(
    read: Callable[[Asked], Any],
    handler: Callable[[HostedEnvironment, Any], Awaitable[Any]],
    served: HostedEnvironment,
    asked: Asked,
) -> Told:
    return Told(200, encode(await handler(served, read(asked))))


def _reader(body: type | None) -> Callable[[Asked], Any]:
    """What reads an endpoint's body, or the query of one that has none."""
    if body is None:
        return _id_in_query
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(body).decode

    def read(asked: Asked) -> Any:
        given = asked.body
        try:
            return CreateBody() if body is CreateBody and not given.strip() else decode(given)
        except NO_MESSAGE as error:
            found = misfit(error, at=("body",)) if isinstance(error, msgspec.ValidationError) else invalid_json(error)
            if body in (RestReset, StepBody) and _names_no_session(given):
                raise Declined(Told(found.status, encode(found.body()))) from error
            raise found from error

    return read


def _names_no_session(given: bytes) -> bool:
    try:
        body = msgspec.json.decode(given or b"{}")
    except NO_MESSAGE:
        return False
    return isinstance(body, dict) and "id" not in body


def _id_in_query(asked: Asked) -> IdBody:
    ids = parse_qs(asked.query.decode("latin-1"), keep_blank_values=True).get("id", [])
    if len(ids) != 1:
        raise invalid(("query", "id"), "Field required", "missing")
    return IdBody(ids[0])
