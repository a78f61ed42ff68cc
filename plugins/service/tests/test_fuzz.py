"""Frames made up by a fuzzer: every one is answered with a frame, nothing raises, and no session is left."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_service.connection import Connection
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings

Start = Callable[..., Any]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_frames(source: Start, data: st.DataObject) -> None:
    fuzz = importlib.import_module("service_fuzz")
    given = data.draw(fuzz.frames)

    async def work() -> None:
        served = HostedEnvironment(source(), ServerSettings(grace_seconds=0))
        table = SessionTable(served.settings)
        connection = Connection(served, table)
        names = [(await fuzz.answered(connection, b'{"type":"open"}'))["session"] for _ in range(2)]
        for raw in given:
            raw = raw.replace(b"<first>", names[0].encode()).replace(b"<second>", names[1].encode())
            assert await fuzz.answered(connection, raw) is not None
            if connection.closing:
                break
        connection.gone()
        await asyncio.sleep(0)
        assert len(table) == 0

    asyncio.run(work())
