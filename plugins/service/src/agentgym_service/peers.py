"""Workers of one server among themselves: a request for another's session is carried to its owner.

Each worker listens on a socket of its own in a folder that only this user can enter.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs

import msgspec

from agentgym_core.errors import InfrastructureFault
from agentgym_core.rollout.placements.frames import Unframer, frame
from agentgym_service.extended import ExtendedConnection
from agentgym_service.paper import Result, failed
from agentgym_service.problems import problem_of
from agentgym_service.wire.codec import encode
from agentgym_service.wire.messages import ErrorReply

if TYPE_CHECKING:
    from agentgym_service.app import App


class Ask(msgspec.Struct, array_like=True):
    """A request of another worker. `verb` is `http`, `mcp`, `frame`, `gone` or `figures`; `key` names a connection of that worker."""

    number: int
    verb: str
    environment: str = ""
    name: str = ""
    key: int = 0
    body: bytes = b""


class Told(msgspec.Struct, array_like=True):
    """The answer to the request with this number."""

    number: int
    status: int = 0
    body: bytes = b""


class _Named(msgspec.Struct):
    id: str = ""


_ask = msgspec.msgpack.Decoder(Ask).decode
_told = msgspec.msgpack.Decoder(Told).decode
_named = msgspec.json.Decoder(_Named).decode


class Peers:
    """The other workers, seen from one of them."""

    def __init__(self, app: App, folder: Path, worker: int, workers: int) -> None:
        self.app = app
        self.worker = worker
        self.workers = workers
        self._folder = folder
        self._links: dict[int, _Link] = {}
        self._opening: dict[int, asyncio.Lock] = {}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen to the others."""
        path = self._folder / f"{self.worker}.sock"
        path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: _Ear(self.app), path=str(path))

    async def stop(self) -> None:
        """Listen no more."""
        for link in self._links.values():
            link.close()
        if self._server is not None:
            self._server.close()

    def owner_of(self, session: str) -> int | None:
        """Which other worker a session's id names; None where it is this one or none."""
        head, dash, _ = session.partition("-")
        if not dash or len(head) > 4:
            return None
        try:
            number = int(head, 16)
        except ValueError:
            return None
        return number if number != self.worker and 0 <= number < self.workers else None

    def owner(self, given: bytes, *, query: bool) -> int | None:
        """Which other worker a request's body or query is for."""
        if query:
            ids = parse_qs(given.decode("latin-1"), keep_blank_values=True).get("id", [])
            return self.owner_of(ids[0]) if len(ids) == 1 else None
        try:
            return self.owner_of(_named(given).id)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None

    async def http(self, owner: int, environment: str, name: str, given: bytes) -> Result:
        """The owner's answer to a request; 503 where it is gone."""
        try:
            told = await self._tell(owner, "http", environment, name, 0, given)
        except InfrastructureFault as error:
            return failed(None, error)
        return told.status, told.body

    async def mcp(self, owner: int, environment: str, asked: bytes) -> bytes:
        """The owner's answer to a request of the Model Context Protocol. :raises InfrastructureFault: the owner is gone."""
        return (await self._tell(owner, "mcp", environment, body=asked)).body

    async def frame(self, owner: int, environment: str, key: int, raw: bytes, id: Any, session: Any) -> bytes:
        """The owner's answer to a frame of a connection of this worker."""
        try:
            told = await self._tell(owner, "frame", environment, "", key, raw)
        except InfrastructureFault as error:
            return encode(ErrorReply(data=problem_of(error).data(extended=True), id=id, session=session))
        return told.body

    async def gone(self, owner: int, key: int) -> None:
        """Tell the owner of sessions that their connection is lost."""
        with contextlib.suppress(InfrastructureFault):
            await self._tell(owner, "gone", "", "", key, b"")

    async def figures(self) -> Sequence[Mapping[str, Any]]:
        """The metrics of every worker that answers."""

        async def ask(worker: int) -> Mapping[str, Any] | None:
            try:
                async with asyncio.timeout(2):
                    found: Mapping[str, Any] = msgspec.msgpack.decode((await self._tell(worker, "figures")).body)
                    return found
            except (TimeoutError, InfrastructureFault):
                return None

        others = [worker for worker in range(self.workers) if worker != self.worker]
        answers = await asyncio.gather(*(ask(worker) for worker in others))
        return [self.app.figures(), *(answer for answer in answers if answer is not None)]

    async def _tell(
        self, owner: int, verb: str, environment: str = "", name: str = "", key: int = 0, body: bytes = b""
    ) -> Told:
        async with self._opening.setdefault(owner, asyncio.Lock()):
            link = self._links.get(owner)
            if link is None or link.lost:
                try:
                    path = str(self._folder / f"{owner}.sock")
                    _, link = await asyncio.get_running_loop().create_unix_connection(_Link, path)
                except OSError as error:
                    raise InfrastructureFault(f"worker {owner} is gone", hint="open another session") from error
                self._links[owner] = link
        return await link.ask(verb, environment, name, key, body)


class _Link(asyncio.Protocol):
    """This worker's way to another."""

    def __init__(self) -> None:
        self.lost = False
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Told]] = {}
        self._unframer = Unframer(skip_to_magic=False)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    async def ask(self, verb: str, environment: str, name: str, key: int, body: bytes) -> Told:
        if self.lost or self._transport is None:
            raise InfrastructureFault("the worker that this session lived in is gone", hint="open another session")
        self._number += 1
        number = self._number
        future: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._transport.write(frame(Ask(number, verb, environment, name, key, body)))
        try:
            return await future
        finally:
            del self._waiting[number]

    def data_received(self, data: bytes) -> None:
        for message in self._unframer.feed(data):
            told = _told(message)
            future = self._waiting.get(told.number)
            if future is not None and not future.done():
                future.set_result(told)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(
                    InfrastructureFault("the worker that this session lived in is gone", hint="open another session")
                )

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Ear(asyncio.Protocol):
    """Another worker's way to this one: its connections' sessions here belong to stand-ins of those connections."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._unframer = Unframer(skip_to_magic=False)
        self._connections: dict[int, ExtendedConnection] = {}
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        for message in self._unframer.feed(data):
            ask = _ask(message)
            # Requests are begun in their order: what a direct session answers is there before the next one is begun.
            answer = self._begin(ask)
            if isinstance(answer, Told):
                self._say(answer)
            else:
                self._app.table.later(self._finish(ask.number, answer))

    def _begin(self, ask: Ask) -> Any:
        if ask.verb == "figures":
            return Told(ask.number, 200, msgspec.msgpack.encode(self._app.figures()))
        if ask.verb == "gone":
            connection = self._connections.pop(ask.key, None)
            if connection is not None:
                connection.gone()
            return Told(ask.number, 200)
        served = self._app.served[ask.environment]
        if ask.verb == "http":
            result = self._app.paper.answer(served, ask.name, ask.body)
            return Told(ask.number, *result) if isinstance(result, tuple) else result
        if ask.verb == "mcp":
            return self._app.door.carried(served, ask.body)
        connection = self._connections.get(ask.key)
        if connection is None:
            connection = self._connections[ask.key] = ExtendedConnection(served, self._app.table, self._app.mcp)
        reply = connection.receive(ask.body)
        return Told(ask.number, 200, reply or b"") if reply is None or isinstance(reply, bytes) else reply

    async def _finish(self, number: int, work: Any) -> None:
        answer = await work
        self._say(Told(number, *answer) if isinstance(answer, tuple) else Told(number, 200, answer or b""))

    def _say(self, told: Told) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame(told))

    def connection_lost(self, error: Exception | None) -> None:
        connections, self._connections = self._connections, {}
        for connection in connections.values():
            connection.gone()
