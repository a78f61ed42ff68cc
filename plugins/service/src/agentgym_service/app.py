"""The server as one handler of requests: a table of routes, who may ask, and the life of what it holds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from aiohttp import WSCloseCode, web

from agentgym_core.environments import EnvironmentSource
from agentgym_core.registry import extension
from agentgym_service.admission import Admission
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.mcp_http import McpFace
from agentgym_service.metrics import Counters, Metrics
from agentgym_service.pages import pages
from agentgym_service.problems import ApiError
from agentgym_service.rest import ENDPOINTS, RestApi, Result, failed
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings
from agentgym_service.sockets import Channel
from agentgym_service.wire.messages import SUBPROTOCOL, Code

Route: TypeAlias = tuple[HostedEnvironment, str, Callable[[HostedEnvironment, str, bytes], Awaitable[Result]]]
"""What is asked for: an environment, the name of an endpoint, and what answers bodies or queries."""

_log = logging.getLogger(__name__)

_HEADERS = {"content-type": "application/json", "server": "agentgym"}
"""The header `Server` says no versions, which only help those who look for holes."""


class Dialect(Protocol):
    """A further HTTP dialect, made with a server's sessions and its environments by id. A plugin announces it as `dialect.NAME`."""

    routes: Mapping[tuple[str, str], tuple[HostedEnvironment, str]]
    """Method and path to the environment and a name that `answer` understands; it starts with the dialect's own id and a dot."""

    def __init__(self, table: SessionTable, served: Mapping[str, HostedEnvironment]) -> None: ...

    async def answer(self, served: HostedEnvironment, name: str, given: bytes) -> tuple[int, bytes]:
        """Status and JSON body. `given` is the body of a POST, or the query of a GET."""
        ...


class App:
    """All environments of one server.

    :param sources: the environments, each under its id.
    :raises ConfigError: an environment cannot live where the settings say.
    """

    def __init__(self, sources: Sequence[EnvironmentSource], settings: ServerSettings) -> None:
        self.settings = settings
        self.table = SessionTable(settings)
        self.served = {source.spec.id: HostedEnvironment(source, settings) for source in sources}
        paper = RestApi(self.table)
        self.routes: dict[tuple[str, str], Route] = {
            (each.method, f"/{id}/{each.name}"): (served, each.name, paper.answer)
            for id, served in self.served.items()
            for each in ENDPOINTS
        }
        for id in settings.dialects:
            dialect: Dialect = extension(f"dialect.{id}")(self.table, self.served)
            for key, (served, name) in dialect.routes.items():
                self.routes.setdefault(key, (served, name, dialect.answer))
        self._pages = pages(self.served, self.table, settings, Metrics(settings.max_sessions, self._figures))
        self._sockets = {f"/{id}/ws": served for id, served in self.served.items()}
        if len(self.served) == 1:
            # OpenEnv's clients and scripts often know a server as one environment.
            self._sockets["/ws"] = next(iter(self.served.values()))
        self._mcp = {f"/{id}/mcp": McpFace(served, self.table) for id, served in self.served.items()}
        self._admission = Admission(settings)
        self._reaper: asyncio.Task[None] | None = None
        self._open: set[Channel] = set()

    # --- requests ---

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or all frames of a connection. :raises nothing."""
        method, path = request.method, request.path
        served: HostedEnvironment | None = None
        try:
            route = self.routes.get((method, path))
            if route is not None:
                served, name, answer = route
                self._admission.check(request)
                given = query_of(request) if method == "GET" else await self._body(request)
                return _respond(*await answer(served, name, given))
            served = self._sockets.get(path)
            client = self._admission.check(request)
            if served is not None and request.headers.get("upgrade", "").lower() == "websocket":
                return await self._websocket(request, served, client)
            return await self._other(request, method, path)
        except web.HTTPException:
            # What is wrong with a handshake is said by the library.
            raise
        except Exception as error:
            return _respond(*failed(served, error), refusal=error)

    async def _other(self, request: web.BaseRequest, method: str, path: str) -> web.StreamResponse:
        face = self._mcp.get(path)
        if face is not None:
            body = await self._body(request) if method == "POST" else b""
            told = await face.answer(method, request.headers, query_of(request), body)
            return _respond(told.status, told.body, told.headers)
        page = self._pages.get(path)
        if page is not None and method in ("GET", "HEAD"):
            kind, body = page(query_of(request))
            return _respond(200, body, {"content-type": kind})
        allowed = ["GET", "HEAD"] if page is not None else [verb for verb, known in self.routes if known == path]
        if not allowed:
            raise ApiError(Code.NOT_FOUND, 404, "there is no such page", hint="see: /docs")
        refusal = ApiError(Code.METHOD_NOT_ALLOWED, 405, "this is asked for with another method", hint="see: /docs")
        return _respond(*failed(None, refusal), {"allow": ", ".join(sorted(allowed))})

    async def _body(self, request: web.BaseRequest) -> bytes:
        content, most = request.content, self.settings.max_frame
        body = content.read_nowait()
        if not content.at_eof():
            body = await self._rest_of(request, body)
        if len(body) > most:
            raise _too_large(most)
        return body

    async def _rest_of(self, request: web.BaseRequest, begun: bytes) -> bytes:
        """A body that was not there at once."""
        content, most, seconds = request.content, self.settings.max_frame, self.settings.body_seconds
        if (request.content_length or 0) > most:
            raise _too_large(most)
        if request.headers.get("expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = bytearray(begun)
        try:
            async with asyncio.timeout(seconds):
                while not content.at_eof() and len(body) <= most:
                    body += await content.readany()
        except TimeoutError as error:
            late = f"the body was not there after {seconds:g} s"
            raise ApiError(Code.TOO_SLOW, 408, late, hint="send it at once") from error
        return bytes(body)

    async def _websocket(
        self, request: web.BaseRequest, served: HostedEnvironment, client: str
    ) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=(SUBPROTOCOL,), compress=False, max_msg_size=self.settings.max_frame)
        await socket.prepare(request)
        rates = self._admission.rates
        channel = Channel(served, self.table, socket, None if rates is None else rates.of(client))
        self._open.add(channel)
        try:
            await channel.serve()
        except Exception:
            # There is no HTTP left to say it in.
            _log.exception("the connection to %s ended by a fault of the server", request.path)
        finally:
            self._open.discard(channel)
        return socket

    # --- life ---

    async def start(self) -> None:
        """Make ready what the first session would wait for, and begin to reap."""
        await asyncio.gather(*(asyncio.to_thread(served.warm) for served in self.served.values()))
        self._reaper = asyncio.create_task(self._reaping())

    async def stop(self) -> None:
        """Close every connection, session, environment and host."""
        if self._reaper is not None:
            self._reaper.cancel()
        self.table.draining = True
        await asyncio.gather(
            *(channel.socket.close(code=WSCloseCode.SERVICE_RESTART) for channel in list(self._open)),
            return_exceptions=True,
        )
        await self.table.close_all()
        await asyncio.gather(*(served.close() for served in self.served.values()), return_exceptions=True)

    async def _reaping(self) -> None:
        while True:
            await asyncio.sleep(self.table.pause)
            self.table.reap()
            self.close_idle(time.monotonic())

    def close_idle(self, now: float) -> int:
        """Close the connections that were silent for too long, and say how many those were."""
        idle = [channel for channel in self._open if channel.idle(now - self.settings.idle_seconds)]
        for channel in idle:
            self.table.later(channel.socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"idle for too long"))
        return len(idle)

    def _figures(self) -> Iterable[tuple[str, Counters, int]]:
        return ((id, served.counters, self.table.active(served)) for id, served in self.served.items())


def query_of(request: web.BaseRequest) -> bytes:
    """A request's query as it was sent."""
    return request.raw_path.partition("?")[2].encode("latin-1", "replace")


def _too_large(most: int) -> ApiError:
    return ApiError(Code.TOO_LARGE, 413, f"a request may have {most} bytes")


def _respond(
    status: int, body: bytes, headers: Mapping[str, str] | None = None, refusal: Exception | None = None
) -> web.Response:
    if status == 200 and headers is None:
        return web.Response(body=body, headers=_HEADERS)
    said = {**_HEADERS, **(headers or {})}
    if status == 401:
        said["www-authenticate"] = "Bearer"
    if status in (429, 503):
        details = refusal.details if isinstance(refusal, ApiError) else {}
        said["retry-after"] = str(details.get("retry_after", 1))
    return web.Response(body=body, status=status, headers=said)
