"""The Model Context Protocol over streamable HTTP, through its official SDK: `/ENV/mcp`.

Reset belongs to whoever conducts the episode, not to the model: there is no tool for it. Either an orchestrator opens and resets a session
with the paper's endpoints and hands the model's client `/ENV/mcp?session=ID`; or the address names what to play
(`?task=ID`, or `split`, `index`, `seed`), and each of the protocol's own sessions plays an episode of that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from mcp.server import Server, ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.requests import Request
from starlette.responses import JSONResponse

from agentgym_service.paper import FACE as PAPER
from agentgym_service.problems import problem_of
from agentgym_service.served import Served
from agentgym_service.session import Session
from agentgym_service.sessions import SessionTable
from agentgym_service.tools_face import call, tools
from agentgym_service.wire.messages import ResetBody

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FACE = "mcp"
_SESSION = "mcp-session-id"


class McpFace:
    """One environment's tools. An ASGI application once `run` was entered."""

    def __init__(self, served: Served, table: SessionTable) -> None:
        self._served = served
        self._table = table
        self._episodes: dict[str, Session] = {}
        settings = served.settings
        server: Server[Any] = Server(
            served.id,
            version=served.description.version or str(served.source.spec.version),
            instructions=served.description.instruction,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )
        self._manager = StreamableHTTPSessionManager(
            server,
            json_response=True,
            session_idle_timeout=settings.idle_seconds,
            max_request_body_size=settings.max_frame,
            max_sessions=settings.max_sessions,
        )

    def run(self) -> contextlib.AbstractAsyncContextManager[None]:
        """What must be entered before the first request, and left by the same task."""
        return self._manager.run()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope)
        version = request.headers.get("mcp-protocol-version")
        if version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS and "session" not in request.query_params:
            # Newer versions have no sessions of their own: without one of ours there is nothing to play in. Clients fall back.
            told = {"error": "name a session (?session=ID), or speak a version of the protocol that has sessions"}
            await JSONResponse(told, 400)(scope, receive, send)
            return
        try:
            await self._manager.handle_request(scope, receive, send)
        finally:
            if scope["method"] == "DELETE":
                episode = self._episodes.pop(request.headers.get(_SESSION, ""), None)
                if episode is not None:
                    await self._table.close(episode, "client")

    async def _list(
        self, context: ServerRequestContext[Any], parameters: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult.model_validate({"tools": tools(self._served)})

    async def _call(self, context: ServerRequestContext[Any], parameters: CallToolRequestParams) -> CallToolResult:
        if parameters.name not in {tool["name"] for tool in tools(self._served)}:
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {parameters.name[:100]!r}")
        try:
            session = await self._session(context.request)
        except MCPError:
            raise
        except Exception as error:
            raise MCPError(INVALID_PARAMS, problem_of(error).message) from error
        return CallToolResult.model_validate(await call(session, parameters.name, parameters.arguments or {}))

    async def _session(self, request: Any) -> Session:
        asked = request.query_params
        if "session" in asked:
            return self._table.get(asked["session"], self._served, PAPER)
        key = request.headers.get(_SESSION, "")
        known = self._episodes.get(key)
        if known is None:
            self._forget()
            known = self._episodes[key] = self._table.open(self._served, FACE, frozenset())
            try:
                await known.reset(_what(asked))
            except BaseException:
                del self._episodes[key]
                await self._table.close(known, "client")
                raise
        elif known.closed:
            raise MCPError(INVALID_PARAMS, "the session was closed: it was idle for too long")
        else:
            async with known.lock:
                pass
        return known

    def _forget(self) -> None:
        self._episodes = {key: session for key, session in self._episodes.items() if not session.closed}


def _what(asked: Any) -> ResetBody:
    def whole(name: str) -> int | None:
        text = asked.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 19):
            raise MCPError(INVALID_PARAMS, f"{name} must be a whole number")
        return int(text)

    return ResetBody(task=asked.get("task"), split=asked.get("split"), index=whole("index"), seed=whole("seed"))
