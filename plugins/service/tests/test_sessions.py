"""Tables, rates and metrics by themselves."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psutil import Process

from agentgym_core.types import Action
from agentgym_service.admission import Bucket, Buckets
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import ResetBody
from agentgym_service.metrics import Counters, Metrics
from agentgym_service.problems import ApiError
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings

Start = Callable[..., Any]


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=60), st.integers(1, 20))
def test_no_more_than_the_rate_gets_through(steps: list[tuple[float, bool]], rate: int) -> None:
    bucket = Bucket(float(rate), 0.0)
    now, taken = 0.0, 0
    for pause, _ in steps:
        now += pause
        wait = bucket.take(now=now)
        assert wait >= 0
        if wait == 0:
            taken += 1
        else:
            assert bucket.take(now=now + wait + 1e-6) == 0
            now += wait + 1e-6
            taken += 1
    assert taken <= max(1, rate) + now * rate + 1


def test_addresses_have_rates_of_their_own() -> None:
    buckets = Buckets(1.0)
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0
    assert buckets.take("b") == 0


def test_metrics_escape_what_they_say() -> None:
    counters = Counters(errors={'a"b\\c\nd': 2})
    text = Metrics(5, lambda: [("x", counters, 1)]).exposition().decode()
    assert 'code="a\\"b\\\\c\\nd",environment="x"} 2.0\n' in text
    assert 'agentgym_sessions_active{environment="x"} 1.0\n' in text


def test_a_table_that_shuts_down_opens_nothing(source: Start) -> None:
    async def work() -> None:
        served = HostedEnvironment(source(), ServerSettings())
        table = SessionTable(served.settings)
        session = table.open(served, "ws", frozenset())
        await table.close_all()
        assert session.closed
        with pytest.raises(ApiError) as refused:
            table.open(served, "ws", frozenset())
        assert refused.value.status == 503

    asyncio.run(work())


@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_sessions_leave_nothing_behind(source: Start, placement: str, zoo: Any) -> None:
    from agentgym_core.settings import ComponentChoice

    async def work() -> None:
        zoo.LIVE.clear()
        served = HostedEnvironment(source(), ServerSettings(placement=ComponentChoice(placement)))
        table = SessionTable(served.settings)

        async def play() -> None:
            session = table.open(served, "ws", frozenset())
            await session.reset(ResetBody(index=1))
            await session.step(Action("add", {"number": 1}, "add 1"))
            await table.close(session, "client")

        for _ in range(100):
            await play()
        gc.collect()
        objects = len(gc.get_objects())
        for _ in range(300):
            await play()
        gc.collect()
        assert len(gc.get_objects()) - objects < 300
        assert len(table) == table.active(served) == 0
        await table.close_all()
        await served.close()
        assert not zoo.LIVE

    asyncio.run(work())


def test_memory_is_flat_over_a_hundred_thousand_sessions(source: Start) -> None:
    async def work() -> None:
        served = HostedEnvironment(source(), ServerSettings())
        table = SessionTable(served.settings)
        sizes = []
        for number in range(100_000):
            session = table.open(served, "ws", frozenset(), keeps=True)
            await session.reset(ResetBody(index=number % 20))
            await session.step(served.said("add 1"))
            await table.close(session, "client")
            if number in (5_000, 99_999):
                gc.collect()
                sizes.append(Process().memory_info().rss)
        assert sizes[1] <= sizes[0] * 1.05

    asyncio.run(work())
