"""The server as an ASGI application: the hot way is plain, the pages are a framework's affair."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping, Sequence
from typing import Any, TypeAlias

from agentgym_core.registry import EnvironmentSource, extension
from agentgym_service.admission import Admission
from agentgym_service.dialects import Dialect
from agentgym_service.mcp_door import McpDoor
from agentgym_service.metrics import Sample
from agentgym_service.paper import ROUTES, Paper, Result, failed
from agentgym_service.problems import Refused
from agentgym_service.rate import Buckets
from agentgym_service.served import Served
from agentgym_service.sessions import SessionTable, run_now
from agentgym_service.settings import ServerSettings
from agentgym_service.sockets import serve_socket
from agentgym_service.tools_face import answer as tool_answer
from agentgym_service.wire.messages import Code

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Handler: TypeAlias = Callable[[Served, bytes], Result | Coroutine[Any, Any, Result]]

_JSON = (b"content-type", b"application/json")


class App:
    """All environments of one server. `routes` may be added to before it runs: (method, path) to a handler of bodies.

    :param sources: the environments, each under its id.
    :raises ConfigError: an environment cannot live where the settings say.
    """

    def __init__(
        self,
        sources: Sequence[EnvironmentSource],
        settings: ServerSettings,
        *,
        admission: Admission | None = None,
        worker: int = 0,
    ) -> None:
        self.settings = settings
        self.table = SessionTable(settings, admission, worker)
        self.served: dict[str, Served] = {source.spec.id: Served(source, settings) for source in sources}
        self.paper = Paper(self.table)
        self.sample = Sample(worker, settings.max_sessions)
        self.peers: Any = None
        self.mcp: Any = tool_answer
        self.door = McpDoor(self.served, self.table)
        self.started: Callable[[], None] | None = None
        self._token = settings.token.encode()
        self._rates = Buckets(settings.rate) if settings.rate else None
        self._reaper: asyncio.Task[None] | None = None
        self.routes: dict[tuple[str, str], tuple[Served, str]] = {
            (method, f"/{id}/{name}"): (served, name) for id, served in self.served.items() for method, name in ROUTES
        }
        self.dialects: dict[str, Dialect] = {}
        for dialect in settings.dialects:
            self.dialects[dialect] = extension(f"dialect.{dialect}")(self.table, self.served)
            self.routes = {**self.dialects[dialect].routes, **self.routes}
        from agentgym_service.pages import pages

        self._pages = pages(self)
        self._paths = {path: served for id, served in self.served.items() for path in (f"/{id}/ws",)}
        if len(self.served) == 1:
            # OpenEnv's clients and scripts often know a server as one environment.
            self._paths["/ws"] = next(iter(self.served.values()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection or request."""
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await self._websocket(scope, receive, send)
        elif kind == "lifespan":
            await self._lifespan(receive, send)

    # --- HTTP ---

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.routes.get((scope["method"], scope["path"]))
        if route is None:
            refusal = None if scope["path"] == "/health" else self._stopped(scope)
            if refusal is not None:
                await self._respond(send, failed(None, refusal), refusal)
            else:
                tools = self.door.paths.get(scope["path"])
                if tools is not None:
                    await self.door(tools, scope, receive, send)
                else:
                    await self._pages(scope, receive, send)
            return
        served, name = route
        refusal = self._stopped(scope)
        if refusal is not None:
            await self._respond(send, failed(served, refusal), refusal)
            return
        if scope["method"] == "GET":
            given: bytes = scope["query_string"]
        else:
            body = await self._body(receive)
            if body is None:
                await self._respond(send, failed(served, self._too_large()))
                return
            given = body
        await self._respond(send, await self.answer(served, name, given))

    def short_way(self, path: str) -> tuple[Served, str] | None:
        """The route of a POST that needs nobody but this worker and none of its threads, else None."""
        route = self.routes.get(("POST", path))
        return route if route is not None and route[0].direct is not None and self.peers is None else None

    def answer_now(
        self, route: tuple[Served, str], scope: Scope, body: bytes
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, headers and body of the answer of a route of the short way."""
        served, name = route
        refusal = self._stopped(scope)
        try:
            status, answer = failed(served, refusal) if refusal else run_now(self.answer(served, name, body))
        except Exception as error:
            # In the reader of a request an exception would look like a request that nobody can read.
            status, answer = failed(served, error)
        return status, self._headers(status, answer, refusal), answer

    async def answer(self, served: Served, name: str, given: bytes) -> Result:
        """Answer a request here, or have the worker answer whose session it is."""
        dialect = self.dialects.get(name.partition(".")[0]) if self.dialects else None
        if dialect is not None:
            return await dialect.answer(served, name, given)
        if self.peers is not None:
            owner = self.peers.owner(given, query=("GET", name) in ROUTES)
            if owner is not None:
                result: Result = await self.peers.http(owner, served.id, name, given)
                return result
        result_or_later = self.paper.answer(served, name, given)
        return result_or_later if isinstance(result_or_later, tuple) else await result_or_later

    async def _body(self, receive: Receive) -> bytes | None:
        message = await receive()
        body: bytes = message.get("body", b"")
        if not message.get("more_body"):
            return body if len(body) <= self.settings.max_frame else None
        parts, size = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.settings.max_frame:
                return None
        return b"".join(parts)

    async def _respond(self, send: Send, result: Result, refusal: Refused | None = None) -> None:
        status, body = result
        await send({"type": "http.response.start", "status": status, "headers": self._headers(status, body, refusal)})
        await send({"type": "http.response.body", "body": body})

    def _headers(self, status: int, body: bytes, refusal: Refused | None) -> list[tuple[bytes, bytes]]:
        headers = [_JSON, (b"content-length", str(len(body)).encode())]
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if status in (429, 503):
            wait = refusal.details.get("retry_after", 1) if refusal is not None else 1
            headers.append((b"retry-after", str(wait).encode()))
        return headers

    def _too_large(self) -> Refused:
        return Refused(Code.TOO_LARGE, 413, f"a request may have {self.settings.max_frame} bytes")

    # --- who may ---

    def _stopped(self, scope: Scope) -> Refused | None:
        """Why a request is not let in."""
        if self._token or scope["type"] == "websocket" or scope["method"] != "GET":
            refusal = self._identify(scope)
            if refusal is not None:
                return refusal
        if self._rates is not None:
            client = scope.get("client")
            wait = self._rates.take(client[0] if client else "")
            if wait:
                seconds = max(1, round(wait))
                return Refused(
                    Code.RATE_LIMITED,
                    429,
                    f"more than {self.settings.rate:g} requests a second",
                    details={"retry_after": seconds},
                )
        return None

    def _identify(self, scope: Scope) -> Refused | None:
        given = host = origin = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                given = value
            elif name == b"host":
                host = value
            elif name == b"origin":
                origin = value
        if self._token:
            scheme, _, secret = given.partition(b" ")
            if scheme.lower() != b"bearer" or not hmac.compare_digest(secret.strip(), self._token):
                return Refused(
                    Code.UNAUTHORIZED, 401, "a bearer token is needed", hint="send Authorization: Bearer ..."
                )
        if origin and origin.partition(b"://")[2] != host:
            # A web page of somebody else must not play with a server on its visitor's machine.
            return Refused(Code.FORBIDDEN, 403, "requests of another site's pages are not answered")
        return None

    # --- WebSocket ---

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        served = self._paths.get(scope["path"])
        refusal = self._stopped(scope)
        if refusal is None and served is None:
            refusal = Refused(Code.NOT_FOUND, 404, "there is no such environment", hint="see the index page")
        if refusal is not None or served is None:
            assert refusal is not None
            status, body = failed(served, refusal)
            await receive()
            await send({"type": "websocket.http.response.start", "status": status, "headers": [_JSON]})
            await send({"type": "websocket.http.response.body", "body": body})
            return
        await serve_socket(self, served, scope, receive, send)

    # --- life ---

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def start(self) -> None:
        """Make ready what the first session would wait for, and begin to reap."""
        await asyncio.gather(*(asyncio.to_thread(served.warm) for served in self.served.values()))
        self._reaper = asyncio.create_task(self.table.reaping())
        if self.peers is not None:
            self.door.peers = self.peers
            await self.peers.start()
        if self.started is not None:
            self.started()

    async def stop(self) -> None:
        """Close every session, environment and host."""
        if self._reaper is not None:
            self._reaper.cancel()
        await self.door.stop()
        if self.peers is not None:
            await self.peers.stop()
        await self.table.close_all()
        await asyncio.gather(*(served.close() for served in self.served.values()), return_exceptions=True)

    def figures(self) -> Mapping[str, Any]:
        """This worker's metrics."""
        return self.sample.take((id, served.counters, self.table.active(served)) for id, served in self.served.items())
