"""Requests go through a gate together, changes alone."""

from __future__ import annotations

import asyncio

from agentgym_tokens.gate import Gate


def test_a_change_waits_for_requests_in_flight_and_holds_later_ones_back() -> None:
    gate = Gate()
    seen: list[str] = []

    async def request(name: str, done: asyncio.Event) -> None:
        async with gate.request():
            seen.append(f"{name} in")
            await done.wait()
            seen.append(f"{name} out")

    async def change(name: str) -> None:
        async with gate.alone():
            seen.append(f"{name} in")
            await asyncio.sleep(0)
            seen.append(f"{name} out")

    async def main() -> None:
        done, at_once = asyncio.Event(), asyncio.Event()
        at_once.set()
        async with asyncio.TaskGroup() as group:
            for name in ("a", "b"):
                group.create_task(request(name, done))
            await asyncio.sleep(0)
            group.create_task(change("one"))
            group.create_task(change("two"))
            await asyncio.sleep(0)
            group.create_task(request("late", at_once))
            await asyncio.sleep(0)
            assert seen == ["a in", "b in"]
            done.set()

    # Every event loop finds it open, though it was made in none.
    for _ in range(2):
        seen.clear()
        asyncio.run(main())
        assert seen[:4] == ["a in", "b in", "a out", "b out"]
        for name in ("one", "two", "late"):
            place = seen.index(f"{name} in")
            assert seen[place + 1] == f"{name} out"
        assert seen.index("late in") > seen.index("one out")


def test_a_request_or_a_change_that_fails_or_is_cancelled_leaves_the_gate_open() -> None:
    gate = Gate()

    async def fails(around: object) -> None:
        async with around:  # type: ignore[attr-defined]
            raise ValueError("no")

    async def waits() -> None:
        async with gate.request():
            await asyncio.Event().wait()

    async def main() -> str:
        for around in (gate.request(), gate.alone()):
            try:
                await fails(around)
            except ValueError:
                continue
        held = asyncio.create_task(waits())
        await asyncio.sleep(0)
        change = asyncio.create_task(fails(gate.alone()))
        await asyncio.sleep(0)
        change.cancel()
        held.cancel()
        await asyncio.gather(held, change, return_exceptions=True)
        async with gate.alone():
            return "open"

    assert asyncio.run(main()) == "open"
