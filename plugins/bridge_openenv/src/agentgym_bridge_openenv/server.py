"""OpenEnv's protocol as a dialect of the server: WebSocket, JSON-RPC, stateless HTTP, and what its clients ask of an environment."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from agentgym_bridge_openenv import rpc, tasks
from agentgym_bridge_openenv.connection import OpenEnvConnection
from agentgym_bridge_openenv.document import operations
from agentgym_bridge_openenv.face import Face
from agentgym_bridge_openenv.messages import observed
from agentgym_bridge_openenv.schemas import metadata, schemas
from agentgym_service.bodies import Health
from agentgym_service.codec import NO_MESSAGE, encode
from agentgym_service.dialect import Answer, Asked, Converse, Declined, Told
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import Code, ResetBody, State
from agentgym_service.problems import ApiError, invalid, invalid_json, misfit
from agentgym_service.sessions import SessionTable


class StepRequest(Struct):
    """An action, and what else is taken and not looked at."""

    action: dict[str, Any]


class OpenEnv:
    """The dialect under `/ENV`; where a server has one environment only, at the root too: many scripts know a server as one."""

    always: ClassVar[bool] = True

    def __init__(self, table: SessionTable, served: Mapping[str, HostedEnvironment]) -> None:
        self.routes: dict[tuple[str, str], tuple[HostedEnvironment | None, Answer]] = {
            ("GET", "/list_environments"): (None, _telling(lambda: list(served)))
        }
        self.sockets: dict[str, tuple[HostedEnvironment, Converse]] = {}
        for id, each in served.items():
            face = Face(table, each)
            for at in (f"/{id}", *([""] if len(served) == 1 else [])):
                self._add(at, each, face)
            self._add_tasks(id, each)

    def operations(self, served: HostedEnvironment) -> Mapping[str, Mapping[str, Any]]:
        """What OpenAPI says of it."""
        return operations(served)

    def _add(self, at: str, served: HostedEnvironment, face: Face) -> None:
        answers: dict[tuple[str, str], Answer] = {
            ("POST", f"{at}/reset"): partial(_reset, face),
            ("POST", f"{at}/step"): partial(_step, face),
            ("POST", f"{at}/mcp"): partial(rpc.over_http, face),
            ("GET", f"{at}/state"): _telling(lambda: State(secrets.token_hex(8))),
            ("GET", f"{at}/schema"): _telling(lambda: schemas(served)),
            ("GET", f"{at}/metadata"): _telling(lambda: metadata(served)),
        }
        if at:
            answers["GET", f"{at}/health"] = _telling(Health)
            answers["GET", f"{at}/list_environments"] = _telling(lambda: [served.id])
        self.routes |= {key: (served, answer) for key, answer in answers.items()}
        self.sockets[f"{at}/ws"] = (served, partial(OpenEnvConnection, face))
        self.sockets[f"{at}/mcp"] = (served, partial(rpc.RpcSocket, face))

    def _add_tasks(self, id: str, served: HostedEnvironment) -> None:
        """A client's base address is an environment's, or the server's."""
        for at in (f"/{id}", f"/{id}/{id}"):
            self.routes["GET", f"{at}/splits"] = (served, _telling(lambda: tasks.splits(served)))
            for name, question in tasks.QUESTIONS.items():
                self.routes["POST", f"{at}/{name}"] = (served, partial(_asked_of_tasks, served, question))


def _telling(what: Callable[[], Any]) -> Answer:
    async def tell(asked: Asked) -> Told:
        return Told(200, encode(what()))

    return tell


async def _asked_of_tasks(served: HostedEnvironment, question: Any, asked: Asked) -> Told:
    return tasks.answer(served, question, asked)


async def _reset(face: Face, asked: Asked) -> Told:
    """Show how an episode begins, in an environment that is gone afterwards."""
    try:
        body = _read(asked.body, ResetBody)
        async with face.passing() as session:
            return Told(200, encode(observed(session, await session.reset(body))))
    except ApiError as error:
        return _refused(error)


async def _step(face: Face, asked: Asked) -> Told:
    """Show what an action does at the beginning of an episode, in an environment that is gone afterwards."""
    at: tuple[str, ...] = ()
    try:
        action = _read(asked.body, StepRequest).action
        at = ("action",)
        async with face.passing() as session:
            await session.begin(ResetBody())
            return Told(200, encode(await face.stepped(session, action)))
    except ApiError as error:
        return _refused(error, *at)


def _read(raw: bytes, form: type[Any]) -> Any:
    """The body of a request. :raises Declined: it names a session, which OpenEnv's never do. :raises ApiError: it is none."""
    try:
        body = msgspec.json.decode(raw or b"{}")
        if isinstance(body, dict) and "id" in body:
            raise Declined(_refused(invalid(("id",), "Extra inputs are not permitted", "extra_forbidden")))
        return msgspec.convert(body, form)
    except msgspec.ValidationError as error:
        raise misfit(error) from error
    except NO_MESSAGE as error:
        raise invalid_json(error) from error


def _refused(error: ApiError, *at: str) -> Told:
    """What cannot be read is answered as OpenEnv's framework does. :raises ApiError: it is another error."""
    if error.code == Code.INVALID_JSON:
        error = invalid((), error.message, "json_invalid")
    elif error.code != Code.VALIDATION_ERROR:
        raise error
    # Frames have their bodies under `data`.
    places = [each["loc"][each["loc"][:1] == ["data"] :] for each in error.details["errors"]]
    detail = [
        {**each, "loc": ["body", *at, *place]} for each, place in zip(error.details["errors"], places, strict=True)
    ]
    return Told(422, encode({"detail": detail}))
