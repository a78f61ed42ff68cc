"""A workbench in a thread of the test process, and what it answers."""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_viewer.workbench.index import Index
from agentgym_viewer.workbench.server import Workbench, listen, running
from agentgym_viewer.workbench.settings import WorkbenchSettings


def read_whole(folder: Path, cache: Path | None = None) -> Index:
    """An index without a thread that has read everything."""
    index = Index(folder, cache=cache)
    index.look_again()
    while index.read_on():
        pass
    return index


@frozen
class Answer:
    """What a workbench answered."""

    status: int
    text: str
    headers: Mapping[str, str]


class Elements(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def check(self) -> None:
        """Nothing but our own scripts, no handler, no style, and no address but of this workbench."""
        for tag, attributes in self.tags:
            assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
            for name in ("src", "href", "action"):
                value = attributes.get(name)
                assert value is None or re.match(r"(?:/(?!/)|#)", value), (tag, name, value)
            assert tag != "img" or attributes["class"] == "drawn", attributes
        assert all(attributes.get("src", "").startswith("/static/") for tag, attributes in self.tags if tag == "script")


class Bench:
    """A workbench that answers in a thread of the test process."""

    def __init__(self, workbench: Workbench, port: int) -> None:
        self.workbench, self.port = workbench, port
        self.address = f"http://127.0.0.1:{port}"

    @property
    def index(self) -> Any:
        return self.workbench.index

    def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: str = "") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request(
                method, path, body=body or None, headers={"host": f"127.0.0.1:{self.port}", **(headers or {})}
            )
            found = connection.getresponse()
            return Answer(
                found.status, found.read().decode(), {name.lower(): value for name, value in found.getheaders()}
            )
        finally:
            connection.close()

    def settle(self, seconds: float = 120.0) -> None:
        """Wait until everything is read."""
        end = time.monotonic() + seconds
        while self.index.backlog:
            assert time.monotonic() < end, "not everything was read"
            time.sleep(0.02)

    def id(self, name: str) -> str:
        """The id of a run by its place in the folder."""
        return next(run.id for run in self.index.runs.values() if run.name == name)


@contextmanager
def started(folder: Path, settings: WorkbenchSettings) -> Iterator[Bench]:
    """A workbench in a thread of its own."""
    ready: Future[tuple[Workbench, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    listener = listen(settings)

    async def main() -> None:
        stop = asyncio.Event()
        try:
            async with running(folder, settings, listener) as workbench:
                ready.set_result((workbench, asyncio.get_running_loop(), stop))
                await stop.wait()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=asyncio.run, args=[main()])
    thread.start()
    try:
        workbench, loop, stop = ready.result(60)
        try:
            yield Bench(workbench, int(listener.getsockname()[1]))
        finally:
            loop.call_soon_threadsafe(stop.set)
    finally:
        thread.join(60)
        listener.close()
