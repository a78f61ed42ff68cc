"""OpenEnv's JSON-RPC: sessions, and their tools, over HTTP and over a WebSocket of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from agentgym_bridge_openenv.face import Face, result_of
from agentgym_service import tools
from agentgym_service.codec import NO_MESSAGE, encode
from agentgym_service.dialect import Asked, Declined, Opened, Told
from agentgym_service.messages import Code
from agentgym_service.problems import ApiError, problem_of
from agentgym_service.session import HostedSession
from agentgym_service.tools import INTERNAL_ERROR, INVALID_PARAMETERS, INVALID_REQUEST, NO_METHOD, PARSE_ERROR, RpcError

SERVER_ERROR = -32000
_NO_PLACE = (Code.CAPACITY_REACHED, Code.FACTORY_ERROR, Code.SHUTTING_DOWN)
OF_THE_PROTOCOL = ("mcp-session-id", "mcp-protocol-version")
"""Headers of the Model Context Protocol over HTTP, whose clients begin with `initialize`: their requests are another dialect's."""


class Request(Struct, forbid_unknown_fields=True):
    """A request of JSON-RPC."""

    jsonrpc: Literal["2.0"]
    method: str
    params: dict[str, Any] = field(default_factory=dict)
    id: str | int | None = None


_decode = msgspec.json.Decoder(Request).decode


async def over_http(face: Face, asked: Asked) -> Told:
    """Answer a POST; an error of JSON-RPC has status 200. :raises Declined: it is a request of the Model Context Protocol's own clients."""
    request = read(asked.body)
    if any(name in asked.headers for name in OF_THE_PROTOCOL) or getattr(request, "method", "") == "initialize":
        raise Declined(Told(200, encode(tools.failure(None, RpcError(NO_METHOD, "Method not found: initialize")))))
    return Told(200, encode(request if isinstance(request, dict) else await answered(face, request)))


def read(raw: bytes | str | Mapping[str, Any]) -> Request | dict[str, Any]:
    """A request, or the error for what is none."""
    try:
        return msgspec.convert(raw, Request) if isinstance(raw, Mapping) else _decode(raw)
    except msgspec.ValidationError as error:
        return tools.failure(None, RpcError(INVALID_REQUEST, f"Invalid request: {error}".replace("`", "'")))
    except NO_MESSAGE as error:
        return tools.failure(None, RpcError(PARSE_ERROR, f"Parse error: {error}"))


async def answered(face: Face, request: Request, session: HostedSession | None = None) -> dict[str, Any]:
    """Answer a request, in a connection's session where it came over one. :raises nothing."""
    try:
        return tools.result(request.id, await _result(face, request, session))
    except Exception as error:
        return tools.failure(request.id, rpc_error(error))


def rpc_error(error: Exception) -> RpcError:
    """Any error in terms of JSON-RPC."""
    if isinstance(error, RpcError):
        return error
    problem = problem_of(error)
    if problem.code in _NO_PLACE:
        return RpcError(SERVER_ERROR, problem.message, problem.details or None)
    return RpcError(INTERNAL_ERROR, tools.words_of(problem))


async def _result(face: Face, request: Request, session: HostedSession | None) -> dict[str, Any]:
    match request.method:
        case "openenv/session/create":
            return {"session_id": (face.open() if session is None else session).id}
        case "openenv/session/close":
            return await _close(face, request.params.get("session_id"), session)
        case "tools/list":
            if session is None and request.params.get("session_id"):
                _found(face, request.params["session_id"])
            return {"tools": tools.tools(face.served)}
        case "tools/call":
            name, arguments = tools.named_tool(face.served, {"params": request.params})
            if session is None and request.params.get("session_id"):
                session = _found(face, request.params["session_id"])
            if session is not None:
                return await _call(face, session, name, arguments)
            async with face.passing() as passing:
                return await _call(face, passing, name, arguments)
        case "ping":
            return {}
    raise RpcError(NO_METHOD, f"Method not found: {request.method[:100]}")


async def _call(face: Face, session: HostedSession, name: str, arguments: Any) -> dict[str, Any]:
    told = await face.called(session, name, arguments)
    if told.wrong:
        # OpenEnv's clients raise it with these words.
        raise RpcError(INTERNAL_ERROR, told.text)
    return result_of(told)


async def _close(face: Face, id: Any, session: HostedSession | None) -> dict[str, Any]:
    if not id:
        raise RpcError(INVALID_PARAMETERS, "Invalid params - 'session_id' is required")
    if session is not None and id == session.id:
        raise RpcError(INVALID_REQUEST, "Cannot close active WebSocket-managed session via MCP method")
    found = _found(face, id)
    if found.owner is not None:
        face.ending.add(found.id)
        return {"session_id": found.id, "closed": False, "closing": True}
    await face.table.close(found, "client")
    return {"session_id": found.id, "closed": True}


def _found(face: Face, id: Any) -> HostedSession:
    try:
        return face.find(str(id))
    except ApiError as error:
        raise RpcError(INVALID_PARAMETERS, error.message) from error


class RpcSocket:
    """Requests one a frame, in a session that lasts as long as the connection."""

    parallel = False

    def __init__(self, face: Face, opened: Opened) -> None:
        self.closing = False
        self._face = face
        self._session: HostedSession | None = None

    def start(self) -> bytes | None:
        """Take a place; a frame says so where there is none."""
        try:
            self._session = self._face.open()
        except ApiError as error:
            self.closing = True
            return encode(tools.failure(None, rpc_error(error)))
        self._session.owner = self
        return None

    async def receive(self, raw: bytes | str) -> bytes | None:
        """Answer one request."""
        request = read(raw)
        return encode(request if isinstance(request, dict) else await answered(self._face, request, self._session))

    def gone(self) -> None:
        """End the session."""
        if self._session is not None:
            self._face.table.close_soon(self._session, "disconnect")
