"""The server as one handler of requests: a table of routes, who may ask, and the life of what it holds."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from aiohttp import WSCloseCode, hdrs, web

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError
from agentgym_core.registry import extension, specs
from agentgym_service.admission import Admission
from agentgym_service.codec import encode
from agentgym_service.connection import Connection
from agentgym_service.dialect import Answer, Asked, Converse, Declined, Dialect, Opened, Told
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import SUBPROTOCOL, Code
from agentgym_service.metrics import Counters, Metrics
from agentgym_service.pages import Pages
from agentgym_service.problems import ApiError, problem_of
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings
from agentgym_service.sockets import Channel

Route: TypeAlias = tuple[HostedEnvironment | None, tuple[Answer, ...]]
"""The environment whose errors are counted, and what answers: each in turn, until one does not decline."""

POINT = "dialect."
_log = logging.getLogger(__name__)

_HEADERS = {"content-type": "application/json", "server": "agentgym"}
"""The header `Server` says no versions, which only help those who look for holes."""


class App:
    """All environments of one server.

    :param sources: the environments, each under its id.
    :raises ConfigError: an environment cannot live where the settings say.
    """

    def __init__(self, sources: Sequence[EnvironmentSource], settings: ServerSettings) -> None:
        self.settings = settings
        self.table = SessionTable(settings)
        self.served = {source.spec.id: HostedEnvironment(source, settings) for source in sources}
        self.routes: dict[tuple[str, str], Route] = {}
        self._sockets: dict[str, tuple[HostedEnvironment, Converse | None]] = {
            f"/{id}/ws": (served, None) for id, served in self.served.items()
        }
        pages = Pages(self.served, self.table, settings, Metrics(settings.max_sessions, self._figures))
        pages.dialects = [dialect(self.table, self.served) for dialect in spoken(settings.dialects)]
        faces: list[Pages | Dialect] = [pages, *pages.dialects]
        for face in faces:
            for key, (served, answer) in face.routes.items():
                self.routes[key] = (served, (*self.routes.get(key, (None, ()))[1], answer))
            self._sockets |= face.sockets
        self._admission = Admission(settings)
        self._reaper: asyncio.Task[None] | None = None
        self._open: set[Channel] = set()

    # --- requests ---

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, or all frames of a connection. :raises nothing."""
        method, path = request.method, request.path
        if method == hdrs.METH_GET and path in self._sockets and request.headers.get(hdrs.UPGRADE):
            return await self._websocket(request, path)
        route = self.routes.get((method, path)) or (method == "HEAD" and self.routes.get(("GET", path))) or None
        try:
            self._admission.check(request)
            if route is None:
                return _respond(self._nowhere(path))
            body = b"" if method == hdrs.METH_GET else await self._body(request)
            return _respond(await _answered(route[1], Asked(query_of(request), body, request.headers)))
        except Exception as error:
            return _respond(*_failed(None if route is None else route[0], error))

    def _nowhere(self, path: str) -> Told:
        """The answer where there is no such page, or another method is meant."""
        allowed = {method for method, known in self.routes if known == path}
        allowed |= {"HEAD"} if "GET" in allowed else set()
        if not allowed:
            return _failed(None, ApiError(Code.NOT_FOUND, 404, "there is no such page", hint="see: /docs"))[0]
        words = "this is asked for with another method"
        told, _ = _failed(None, ApiError(Code.METHOD_NOT_ALLOWED, 405, words, hint="see: /docs"))
        return told._replace(headers={"allow": ", ".join(sorted(allowed))})

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

    async def _websocket(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        served, converse = self._sockets[path]
        try:
            client = self._admission.check(request)
        except ApiError as error:
            return _respond(*_failed(served, error))
        socket = web.WebSocketResponse(protocols=(SUBPROTOCOL,), compress=False, max_msg_size=self.settings.max_frame)
        # What is wrong with a handshake is said by the library.
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            # Its client has given up, and nobody is left to answer.
            return web.Response()
        rates = self._admission.rates
        bucket = None if rates is None else rates.of(client)
        opened = Opened(query_of(request), None if bucket is None else bucket.charge)
        ours = converse is None or socket.ws_protocol == SUBPROTOCOL
        talk = Connection(served, self.table, opened.charge) if ours or converse is None else converse(opened)
        channel = Channel(served, talk, socket, bucket)
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


def spoken(asked: Iterable[str]) -> list[type[Dialect]]:
    """The dialects that are asked for by id, and those that are spoken wherever they are installed.

    :raises UnknownComponent, ComponentUnavailable: one that is asked for is not there.
    """
    found: dict[str, type[Dialect]] = {id: extension(f"{POINT}{id}") for id in asked}
    for spec in specs("extension"):
        id = spec.id.removeprefix(POINT)
        if spec.id.startswith(POINT) and id not in found:
            try:
                dialect = extension(spec.id)
            except AgentGymError as error:
                _log.warning("the dialect %s is not spoken: %s", id, error)
                continue
            if dialect.always:
                found[id] = dialect
    return list(found.values())


async def _answered(answers: tuple[Answer, ...], asked: Asked) -> Told:
    refused: Told | None = None
    for answer in answers:
        try:
            return await answer(asked)
        except Declined as declined:
            refused = refused or declined.told
    assert refused is not None
    return refused


def _failed(served: HostedEnvironment | None, error: BaseException) -> tuple[Told, ApiError]:
    problem = problem_of(error)
    if served is not None:
        served.counters.count(problem.code)
    return Told(problem.status, encode(problem.body())), problem


def query_of(request: web.BaseRequest) -> bytes:
    """A request's query as it was sent."""
    return request.raw_path.partition("?")[2].encode("latin-1", "replace")


def _too_large(most: int) -> ApiError:
    return ApiError(Code.TOO_LARGE, 413, f"a request may have {most} bytes")


def _respond(told: Told, problem: ApiError | None = None) -> web.Response:
    status, body, headers = told
    if status == 200 and headers is None:
        return web.Response(body=body, headers=_HEADERS)
    said: dict[str, str] = {**_HEADERS, **(headers or {})}
    if status == 401:
        said["www-authenticate"] = "Bearer"
    if status in (429, 503):
        details: Mapping[str, object] = {} if problem is None else problem.details
        said["retry-after"] = str(details.get("retry_after", 1))
    return web.Response(body=body, status=status, headers=said)
