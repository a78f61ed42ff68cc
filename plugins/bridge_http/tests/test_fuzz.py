"""Bodies made up by a fuzzer: every one is answered, and no session is left."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_bridge_http.document import ENDPOINTS
from agentgym_bridge_http.server import Http
from agentgym_core.errors import AgentGymError
from agentgym_service.dialect import Answer, Asked, Declined
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.problems import problem_of
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings

Start = Callable[..., Any]


async def status_of(answer: Answer, given: bytes) -> int:
    try:
        return (await answer(Asked(given, given, {}))).status
    except Declined as declined:
        return declined.told.status
    except AgentGymError as error:
        return problem_of(error).status


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_requests(source: Start, data: st.DataObject) -> None:
    fuzz = importlib.import_module("service_fuzz")
    bodies = (
        st.binary(max_size=30)
        | st.fixed_dictionaries(
            {},
            optional={"id": st.just("<id>") | fuzz.values, "action": fuzz.texts | fuzz.actions, "needs": fuzz.values},
        ).map(lambda body: json.dumps(body).encode())
        | fuzz.resets.map(lambda body: json.dumps({"id": "<id>", **body}).encode())
    )
    requests = data.draw(st.lists(st.tuples(st.sampled_from(ENDPOINTS), bodies), max_size=20))

    async def work() -> None:
        served = HostedEnvironment(source(), ServerSettings())
        table = SessionTable(served.settings)
        face = Http(table, {"counter": served})
        session = table.open(served, "http", frozenset())
        for endpoint, body in requests:
            _, answer = face.routes[endpoint.method, f"/counter/{endpoint.name}"]
            given = body.replace(b"<id>", session.id.encode())
            assert await status_of(answer, given) in (200, 400, 404, 409, 422)
        await table.close_all()
        assert len(table) == 0

    asyncio.run(work())
