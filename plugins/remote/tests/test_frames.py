"""How a client's requests are put into frames."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

import pytest
from websockets.asyncio import client as library

from agentgym_remote import client


class Line:
    """A connection to a server that answers when it is told to. While it is not `free` a frame is written, and its writer waits."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.replies: asyncio.Queue[str] = asyncio.Queue()
        self.free = asyncio.Event()
        self.free.set()

    async def send(self, frame: bytes, text: bool | None = None) -> None:
        self.frames.append(json.loads(frame))
        await self.free.wait()

    async def recv(self) -> str:
        return json.dumps({"type": "hello", "data": {"limits": {"batch": 64}}})

    async def close(self) -> None:
        pass

    async def written(self, requests: int) -> None:
        """Wait for so many requests."""
        while sum(self.sizes()) < requests:  # noqa: ASYNC110 - a line tells nobody
            await asyncio.sleep(0)

    def answer(self) -> None:
        """Answer all that was written."""
        for frame in self.frames:
            for part in frame["data"] if frame["type"] == "batch" else [frame]:
                self.replies.put_nowait(json.dumps({"type": "observation", "id": part["id"], "data": part["session"]}))

    def sizes(self) -> list[int]:
        return [len(frame["data"]) if frame["type"] == "batch" else 1 for frame in self.frames]

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            yield await self.replies.get()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    made = Line()

    async def connect(*arguments: Any, **options: Any) -> Line:
        return made

    monkeypatch.setattr(library, "connect", connect)
    return made


def over(line: Line, talk: Callable[[client.WireClient], Coroutine[Any, Any, None]]) -> None:
    """Talk through a client whose hello is over."""

    async def main() -> None:
        wire = client.WireClient("ws://nowhere/echo")
        await wire.connect()
        line.frames.clear()
        await talk(wire)
        await wire.close()

    asyncio.run(asyncio.wait_for(main(), 30))


def ask(wire: client.WireClient, kinds: Sequence[str]) -> list[asyncio.Task[dict[str, Any]]]:
    """So many requests at once, each for a session of its own."""
    return [asyncio.create_task(wire.request(kind, session=f"s{n}", data={})) for n, kind in enumerate(kinds)]


def test_many_requests_of_one_moment_travel_in_several_frames(line: Line) -> None:
    async def talk(wire: client.WireClient) -> None:
        number = 2 * client.FULL + 5
        asked = ask(wire, ["step"] * number)
        await asyncio.sleep(0)
        # The server has full frames to work on before the last requests are written.
        assert line.sizes() == [client.FULL, client.FULL]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert line.sizes() == [client.FULL, client.FULL, 5]
        line.answer()
        assert [reply["data"] for reply in await asyncio.gather(*asked)] == [f"s{each}" for each in range(number)]

    over(line, talk)


def test_who_gives_up_while_writing_takes_no_other_request_along(line: Line) -> None:
    async def talk(wire: client.WireClient) -> None:
        line.free.clear()
        kinds = ["close", *["step"] * (client.FULL - 1)]
        asked = ask(wire, kinds)
        await asyncio.sleep(0)
        # The last one is writing, and waits behind the request that travels alone.
        assert line.sizes() == [1]
        asked[-1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked[-1]
        line.free.set()
        await line.written(len(kinds))
        line.answer()
        answers = await asyncio.gather(*asked[:-1])
        assert [reply["data"] for reply in answers] == [f"s{n}" for n in range(len(kinds) - 1)]

    over(line, talk)


def test_requests_that_change_sessions_travel_alone_and_first(line: Line) -> None:
    async def talk(wire: client.WireClient) -> None:
        kinds = ("step", "close", "step", "snapshot", "reset")
        asked = ask(wire, kinds)
        await line.written(len(kinds))
        assert [frame["type"] for frame in line.frames] == ["close", "snapshot", "batch"]
        assert [part["type"] for part in line.frames[-1]["data"]] == ["step", "step", "reset"]
        line.answer()
        await asyncio.gather(*asked)

    over(line, talk)
