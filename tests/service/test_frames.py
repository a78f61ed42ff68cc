"""How a client's requests are put into frames."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio import client as library

from agentgym_core.wire import client


class Line:
    """A connection to a server that answers a frame when it is let. `held` frames are written, and their writer waits."""

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

    def answer(self, frame: dict[str, Any]) -> None:
        parts = frame["data"] if frame["type"] == "batch" else [frame]
        for part in parts:
            self.replies.put_nowait(json.dumps({"type": "observation", "id": part["id"], "data": part["session"]}))

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


def sizes(frames: list[dict[str, Any]]) -> list[int]:
    return [len(frame["data"]) if frame["type"] == "batch" else 1 for frame in frames]


def test_many_requests_of_one_moment_travel_in_several_frames(line: Line) -> None:
    async def main() -> None:
        wire = client.Wire("ws://nowhere/echo")
        await wire.connect()
        line.frames.clear()
        number = 2 * client.FULL + 5
        asked = [asyncio.create_task(wire.request("step", session=f"s{each}", data={})) for each in range(number)]
        await asyncio.sleep(0)
        # The server has full frames to work on before the last requests are written.
        assert sizes(line.frames) == [client.FULL, client.FULL]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert sizes(line.frames) == [client.FULL, client.FULL, 5]
        for frame in line.frames:
            line.answer(frame)
        assert [reply["data"] for reply in await asyncio.gather(*asked)] == [f"s{each}" for each in range(number)]
        await wire.close()

    asyncio.run(asyncio.wait_for(main(), 30))


def test_who_gives_up_while_writing_takes_no_other_request_along(line: Line) -> None:
    async def main() -> None:
        wire = client.Wire("ws://nowhere/echo")
        await wire.connect()
        line.frames.clear()
        line.free.clear()
        kinds = ["close", *["step"] * (client.FULL - 1)]
        asked = [asyncio.create_task(wire.request(kind, session=f"s{n}", data={})) for n, kind in enumerate(kinds)]
        await asyncio.sleep(0)
        # The last one is writing, and waits behind the request that travels alone.
        assert sizes(line.frames) == [1]
        asked[-1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked[-1]
        line.free.set()
        while sum(sizes(line.frames)) < len(kinds):  # noqa: ASYNC110 - the line tells nobody
            await asyncio.sleep(0)
        for frame in line.frames:
            line.answer(frame)
        answers = await asyncio.gather(*asked[:-1])
        assert [reply["data"] for reply in answers] == [f"s{n}" for n in range(len(kinds) - 1)]
        await wire.close()

    asyncio.run(asyncio.wait_for(main(), 30))


def test_requests_that_change_sessions_travel_alone_and_first(line: Line) -> None:
    async def main() -> None:
        wire = client.Wire("ws://nowhere/echo")
        await wire.connect()
        line.frames.clear()
        kinds = ("step", "close", "step", "snapshot", "reset")
        asked = [asyncio.create_task(wire.request(kind, session=kind, data={})) for kind in kinds]
        while sum(sizes(line.frames)) < len(kinds):  # noqa: ASYNC110 - the line tells nobody
            await asyncio.sleep(0)
        assert [frame["type"] for frame in line.frames] == ["close", "snapshot", "batch"]
        assert [part["type"] for part in line.frames[-1]["data"]] == ["step", "step", "reset"]
        for frame in line.frames:
            line.answer(frame)
        await asyncio.gather(*asked)
        await wire.close()

    asyncio.run(asyncio.wait_for(main(), 30))
