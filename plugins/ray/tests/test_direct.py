"""The connection that steps of a host on a cluster take: who may come in, what it ends with, and what happens where there is none."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import psutil
import pytest

pytest.importorskip("ray", reason="ray is not installed: make test-ray")

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import EnvironmentFault
from agentgym_core.placement import ResetRequest, TimeLimits
from agentgym_core.rollout.placements.worker_protocol import MAGIC
from agentgym_core.types import Action
from agentgym_ray import host
from agentgym_ray.actor import HostActor
from agentgym_ray.config import RayConfig
from agentgym_ray.placement import RayPlacement

pytestmark = [pytest.mark.usefixtures("cluster"), pytest.mark.filterwarnings("default::ResourceWarning")]
Make = Callable[..., EnvironmentSource]
ADD = Action("add", {"number": "1"}, "add 1")


def test_a_host_that_runs_out_of_time_takes_all_that_it_started_with_it(
    source: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it never sees that its channel has ended."""
    monkeypatch.setattr(host, "_TRAVEL_SECONDS", 0.2)

    async def main() -> None:
        placement = RayPlacement(RayConfig(hosts=1, per_host=1))
        session = await placement.open(source("TellsHost"), TimeLimits(step=0.5))
        pid = int((await session.reset(ResetRequest("t0"))).step.observation.split()[-1])
        stopped = psutil.Process(pid)
        stopped.suspend()
        with pytest.raises(EnvironmentFault, match=r"ran out of time|took longer"):
            await session.step(ADD)
        await asyncio.to_thread(psutil.wait_procs, [stopped], 60)
        assert not stopped.is_running()
        await session.close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 120))


async def link_of(placement: RayPlacement, source: EnvironmentSource) -> Any:
    """The host of a session that has played a step, and is closed."""
    session = await placement.open(source)
    await session.reset(ResetRequest("t0"))
    await session.step(ADD)
    await session.close()
    (found,) = placement._links
    return found


def test_steps_go_straight_to_the_process_of_a_host(source: Make) -> None:
    async def main() -> None:
        placement = RayPlacement(RayConfig(hosts=1))
        transport: Any = (await link_of(placement, source()))._transport
        assert transport.get_extra_info("peername")[1] > 0
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 120))


def test_a_stranger_at_the_door_of_a_host_is_sent_away() -> None:
    """One that knows no secret, one that says too little; then the owner comes in, and nobody after it."""
    door = HostActor("", {})
    address = door.listen(b"s" * 32)
    for words in (b"x" * 32, b"s" * 31):
        with socket.create_connection(address) as stranger:
            stranger.sendall(words)
            stranger.shutdown(socket.SHUT_WR)
            assert stranger.recv(1) == b""
    assert door._process is None
    with socket.create_connection(address) as owner:
        owner.sendall(b"s" * 32)
        assert owner.recv(len(MAGIC), socket.MSG_WAITALL) == MAGIC
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(address)
    assert door.ended() == ""


@pytest.mark.parametrize("wall", ["closed", "encrypted"])
def test_where_a_node_cannot_be_reached_steps_travel_in_calls(
    source: Make, monkeypatch: pytest.MonkeyPatch, wall: str
) -> None:
    if wall == "encrypted":
        monkeypatch.setattr(host, "_encrypted", lambda: True)

    async def main() -> None:
        async def refused(*_: Any, **__: Any) -> Any:
            raise ConnectionRefusedError

        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", refused)
        placement = RayPlacement(RayConfig(hosts=1))
        found = await link_of(placement, source())
        assert isinstance(found._transport, host._Exchanges)
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 120))
