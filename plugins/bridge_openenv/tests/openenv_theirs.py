"""Runs where OpenEnv is, as a plugin of pytest: OpenEnv's tests of its protocol ask the server that AGENTGYM_URL names, not theirs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
import starlette.testclient
from websockets.sync.client import connect

URL = os.environ["AGENTGYM_URL"]
SERVERS = ("app", "echo_server", "echo_server_concurrent", "server")
"""Their fixtures that start a server: an application, or the address of one."""


class Client:
    """What their tests use of the client for applications in process."""

    def __init__(self, app: object) -> None:
        assert app == URL

    def post(self, path: str, **body: Any) -> requests.Response:
        """One request."""
        return requests.post(URL + path, **body, timeout=60)

    @contextmanager
    def websocket_connect(self, path: str) -> Iterator[WebSocket]:
        """A connection."""
        with connect("ws" + URL.removeprefix("http") + path) as socket:
            yield WebSocket(socket)


class WebSocket:
    """A connection, by their client's names."""

    def __init__(self, socket: Any) -> None:
        self.send_text = socket.send
        self.receive_text = socket.recv


starlette.testclient.TestClient = Client  # type: ignore[assignment, misc, unused-ignore]


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> str | None:
    """Ours, where a fixture of theirs would start a server."""
    if fixturedef.argname not in SERVERS:
        return None
    fixturedef.cached_result = (URL, fixturedef.cache_key(request), None)
    return URL


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of several sessions are passed over with the words that the server must allow them: ours does."""
    for item in items:
        item.own_markers = [mark for mark in item.own_markers if mark.name != "skip"]
