"""What storing an episode of eight turns costs, and what reading a run of many holds in memory.

Run: python benchmarks/store.py [episodes]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import evolve

from agentgym_core.store import AgentTrajReader, Run, decode, encode, export_agenttraj
from agentgym_core.types import EpisodeKey, Message, Outcome, Trajectory, Turn, Usage

TURNS = 8
TARGET_MICROSECONDS = 100
TARGET_MIB = 300


def episode() -> Trajectory:
    """An episode of the usual shape: a rules message, then observations and replies of a few hundred characters."""
    messages = [Message("user", "The rules of the game. " * 40), Message("assistant", "Understood.", loss=False)]
    turns = []
    for number in range(TURNS):
        observation = f"Observation {number}: " + "there is a door to the north. " * 10
        messages.append(Message("user", observation))
        messages.append(
            Message("assistant", f"Thought:\n{'I go north. ' * 8}\n\nAction:\ngo north {number}", loss=True)
        )
        turns.append(
            Turn(
                message=len(messages) - 1,
                action=f"go north {number}",
                observation=observation,
                score=number / TURNS,
                name="go",
                info={"raw": number, "room": "hall"},
                usage=Usage(500, 40),
                finish_reason="stop",
                policy_seconds=0.125,
                environment_seconds=0.001,
            )
        )
    key = EpisodeKey("example-v1", "0123456789abcdef", "example_1", seed=1, policy="scripted-v1")
    return Trajectory(
        id=key.digest,
        key=key,
        split="train",
        outcome=Outcome.SOLVED,
        messages=tuple(messages),
        turns=tuple(turns),
        opening="Begin.",
        score=1.0,
        success=True,
        terminated=True,
        usage=Usage(4000, 320),
        seconds=1.5,
    )


def microseconds(work: Callable[[], object], times: int) -> float:
    """The best of five means, in microseconds a call."""
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, time.perf_counter() - started)
    return best / times * 1e6


def episodes(count: int) -> Iterator[Trajectory]:
    """Many episodes with keys of their own."""
    one = episode()
    for number in range(count):
        key = evolve(one.key, task=f"example_{number}", seed=number)
        yield evolve(one, id=key.digest, key=key)


def main(count: int = 10_000) -> None:
    """Print the figures."""
    one = episode()
    line = encode(one)
    print(f"store: encode {microseconds(lambda: encode(one), 500):.0f} us, {len(line):,} bytes")
    print(f"store: decode {microseconds(lambda: decode(line), 500):.0f} us")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = list(episodes(500))
        with Run.create(folder / "small") as run:

            def append_all() -> None:
                for item in many:
                    run.append(item)

            appended = microseconds(append_all, 1) / len(many)
        print(f"store: encode and append {appended:.0f} us an episode of {TURNS} turns (target {TARGET_MICROSECONDS})")
        with Run.create(folder / "big") as run:
            for item in episodes(count):
                run.append(item)
        run = Run.open(folder / "big")
        started = time.perf_counter()
        finished = len(run.finished())
        found = time.perf_counter()
        read = sum(1 for _ in run.trajectories())
        ended = time.perf_counter()
        assert finished == read == count
        print(f"store: {count:,} keys in {found - started:.2f} s, {count:,} episodes in {ended - found:.2f} s")
        started = time.perf_counter()
        export_agenttraj(run, folder / "set.jsonl")
        exported = time.perf_counter()
        assert sum(1 for _ in AgentTrajReader(folder / "set.jsonl")) == count
        ended = time.perf_counter()
        print(
            f"store: AgentTraj export {exported - started:.2f} s, import {ended - exported:.2f} s ({count:,} episodes)"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"store: {peak:.0f} MiB resident at most, all of the above included (target {TARGET_MIB})")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
