"""Frames made up by a fuzzer: every one is answered with a frame, nothing raises, and no session is left."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_bridge_openenv.connection import OpenEnvConnection
from agentgym_bridge_openenv.face import Face
from agentgym_service.dialect import Opened
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings

Start = Callable[..., Any]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_frames(source: Start, data: st.DataObject) -> None:
    fuzz = importlib.import_module("service_fuzz")
    given, expert = data.draw(fuzz.frames), data.draw(st.booleans())

    async def work() -> None:
        served = HostedEnvironment(source(), ServerSettings(expert=expert))
        table = SessionTable(served.settings)
        connection = OpenEnvConnection(Face(table, served), Opened())
        assert connection.start() is None
        for raw in given:
            answer = await fuzz.answered(connection, raw)
            assert answer is not None or connection.closing
            if connection.closing or connection.parallel:
                break
        connection.gone()
        assert len(table) == 0

    asyncio.run(work())
