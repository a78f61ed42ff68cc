"""Web tasks in the browser: steps a second with one and with eight episodes, beside raw Playwright and BrowserGym on the same pages.

All play the moves of the expert on our own sites, through one gate: ours a step with its observation; raw Playwright the same action and
one accessibility tree; BrowserGym its own step, with its delay set to 0. Rounds are interleaved; figures are medians. Processor time is
that of everything below this process, browsers included. Run: python benchmarks/env_webarena.py [--browsergym PYTHON] [--tasks 6]
PYTHON is that of an environment of its own with browsergym-core 0.14.3.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_env_webarena import objectives
from agentgym_env_webarena.browser import find_chromium
from agentgym_env_webarena.gate import HEADER, State
from agentgym_env_webarena.objective import Move, Objective
from agentgym_env_webarena.sites import web
from agentgym_env_webarena.sites.framework import cookie

SOURCE = resolve_environment("webarena")
GRAMMAR = Grammar(SOURCE.description.actions)
PEER = Path(__file__).with_name("_browsergym.py")


def cookies() -> list[dict[str, str]]:
    """What signs a browser in to every site."""
    return [
        {
            "name": f"{name}_session",
            "value": cookie(web.apps()[f"{name}.test"], user),
            "domain": f"{name}.test",
            "path": "/",
        }
        for name, user in web.USERS.items()
    ]


class Meter:
    """Wall and processor time of rounds, by who played."""

    def __init__(self) -> None:
        self.wall: dict[str, list[float]] = {}
        self.cpu: dict[str, list[float]] = {}

    @contextmanager
    def of(self, name: str, steps: int, process: psutil.Process) -> Iterator[None]:
        """Measure one round of so many steps."""
        before, begun = used(process), time.perf_counter()
        yield
        self.wall.setdefault(name, []).append(steps / (time.perf_counter() - begun))
        self.cpu.setdefault(name, []).append((used(process) - before) / steps * 1e3)


def used(process: psutil.Process) -> float:
    """Processor seconds of a process and all below it that live."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        try:
            times = each.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
        except psutil.NoSuchProcess:
            continue
    return total


def ours(instance: GuardedEnvironment, task: str) -> tuple[float, list[float]]:
    """Play a task with the expert; how long the start took, and each step."""
    begun = time.perf_counter()
    answer = instance.reset(ResetRequest(task=task, seed=0, needs=frozenset({"expert"})))
    start, taken = time.perf_counter() - begun, []
    while answer.expert is not None and not answer.step.ended:
        begun = time.perf_counter()
        answer = instance.step(GRAMMAR.action(answer.expert.action))
        taken.append(time.perf_counter() - begun)
    assert answer.step.score == 1.0
    return start, taken[:-1]


async def raw(browser: Any, gate: Any, objective: Objective) -> list[str]:
    """The same moves by Playwright's locators, with one tree after each; the address after each."""
    state = State(web.images())
    token = gate.admit(state)
    context = await browser.new_context(
        extra_http_headers={HEADER: token}, service_workers="block", viewport={"width": 1280, "height": 720}
    )
    try:
        await context.add_cookies(cookies())
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await page.goto(objective.start)
        await session.send("Accessibility.getFullAXTree")
        seen = []
        for move in objective.plan[:-1]:
            await _move(page, move)
            await page.wait_for_load_state("load")
            await session.send("Accessibility.getFullAXTree")
            seen.append(page.url)
        return seen
    finally:
        await context.close()
        gate.leave(token)


async def _move(page: Any, move: Move) -> None:
    if not move.role:
        await (page.go_back() if move.verb == "go_back" else page.keyboard.press("Enter"))
        return
    target = page.get_by_role(move.role, name=move.name, exact=True).nth(move.nth)
    if move.verb == "click":
        await target.click()
    elif move.role == "combobox":
        await target.select_option(label=move.text)
    else:
        await target.fill(move.text)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browsergym", default="", metavar="PYTHON")
    parser.add_argument("--tasks", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", action="store_true", help="not eight episodes at once")
    arguments = parser.parse_args(argv)
    names = [
        name
        for name in objectives.TEMPLATES
        if all(move.role or move.verb == "stop" for move in objectives.objective(name, 3).plan)
    ]
    chosen = {
        f"webarena-{name}-3": objectives.objective(name, 3)
        for name in names[:: max(1, len(names) // arguments.tasks)][: arguments.tasks]
    }
    steps = sum(len(each.plan) - 1 for each in chosen.values())
    meter, starts = Meter(), []
    here = psutil.Process()
    with SOURCE.cls.engine(SOURCE.config) as host, peer(arguments.browsergym, host.gate, chosen) as play_peer:
        instances = [GuardedEnvironment(SOURCE, host) for _ in range(8)]
        browser = host.browser.run(host.browser.running(), 60)

        def one() -> None:
            starts.extend(ours(instances[0], task)[0] for task in chosen)

        def eight() -> None:
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda at: [ours(instances[at], task) for task in list(chosen)[:2]], range(8)))

        async def raw_one() -> None:
            for objective in chosen.values():
                await raw(browser, host.gate, objective)

        async def raw_eight() -> None:
            await asyncio.gather(*(_several(browser, host.gate, list(chosen.values())[:2]) for _ in range(8)))

        many = 8 * sum(len(each.plan) - 1 for each in list(chosen.values())[:2])
        one()
        starts.clear()
        for _ in range(arguments.rounds):
            with meter.of("ours, 1 episode", steps, here):
                one()
            with meter.of("raw Playwright, 1", steps, here):
                host.browser.run(raw_one(), 600)
            if not arguments.one:
                with meter.of("ours, 8 episodes", many, here):
                    eight()
                with meter.of("raw Playwright, 8", many, here):
                    host.browser.run(raw_eight(), 600)
            if play_peer is not None:
                taken, spent, count = play_peer()
                meter.wall.setdefault("BrowserGym, 1", []).append(count / taken)
                meter.cpu.setdefault("BrowserGym, 1", []).append(spent / count * 1e3)
            report(meter, starts)
        for instance in instances:
            instance.close()
    return 0


def report(meter: Meter, starts: list[float]) -> None:
    """The medians of the rounds so far."""
    rounds = len(next(iter(meter.wall.values())))
    print(f"after {rounds} rounds:")
    for name in meter.wall:
        wall, cpu = statistics.median(meter.wall[name]), statistics.median(meter.cpu[name])
        print(f"{name:<22}{wall:8.1f} steps/s{cpu:10.1f} ms of processor time a step, starts included")
    print(f"{'start':<22}{statistics.median(starts) * 1e3:8.0f} ms")
    for count in (1, 8):
        for name in (f"raw Playwright, {count}", f"BrowserGym, {count}"):
            mine = f"ours, {count} episode" + ("s" if count > 1 else "")
            if name in meter.wall:
                pairs = [a / b for a, b in zip(meter.wall[mine], meter.wall[name], strict=True)]
                cheaper = [b / a for a, b in zip(meter.cpu[mine], meter.cpu[name], strict=True)]
                told = f"{statistics.median(pairs):.2f} by wall, {statistics.median(cheaper):.2f} by processor time"
                print(f"{mine} / {name}: {told}", flush=True)


async def _several(browser: Any, gate: Any, objectives_: Sequence[Objective]) -> None:
    for objective in objectives_:
        await raw(browser, gate, objective)


@contextmanager
def peer(
    python: str, gate: Any, chosen: dict[str, Objective]
) -> Iterator[Callable[[], tuple[float, float, int]] | None]:
    """BrowserGym in its own Python, on states of the same sites."""
    if not python:
        yield None
        return
    table = [
        {
            "start": each.start,
            "moves": [[move.verb, move.role, move.name, move.text, move.nth] for move in each.plan[:-1]],
        }
        for each in chosen.values()
    ]
    setup = {"proxy": gate.address, "header": HEADER, "cookies": cookies(), "chromium": find_chromium(), "tasks": table}
    child = subprocess.Popen(
        [python, str(PEER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    stdin, stdout = child.stdin, child.stdout
    stdin.write(json.dumps(setup) + "\n")
    stdin.flush()

    def play() -> tuple[float, float, int]:
        tokens = [gate.admit(State(web.images())) for _ in table]
        try:
            process = psutil.Process(child.pid)
            before = used(process)
            stdin.write(json.dumps(tokens) + "\n")
            stdin.flush()
            found = json.loads(stdout.readline())
            return found["seconds"], used(process) - before + found["ended"], found["steps"]
        finally:
            for token in tokens:
                gate.leave(token)

    try:
        assert stdout.readline().strip() == "ready"
        yield play
    finally:
        stdin.close()
        child.wait(60)


if __name__ == "__main__":
    sys.exit(main())
