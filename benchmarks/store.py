"""What storing an episode of eight turns costs, and what reading a run of many holds in memory. Times are processor time.

Run: python benchmarks/store.py
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from _figures import Figure, main, one_core
from attrs import evolve

from agentgym_core.store import Run, decode, encode
from agentgym_core.types import EpisodeKey, Message, Outcome, Trajectory, Turn, Usage
from agentgym_data import AgentTrajReader, export_agenttraj

TURNS = 8
COUNT = 10_000
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
        started = time.process_time()
        for _ in range(times):
            work()
        best = min(best, time.process_time() - started)
    return best / times * 1e6


def episodes(count: int) -> Iterator[Trajectory]:
    """Many episodes with keys of their own."""
    one = episode()
    for number in range(count):
        key = evolve(one.key, task=f"example_{number}", seed=number)
        yield evolve(one, id=key.digest, key=key)


def figures() -> Iterator[Figure]:
    """One episode, then a run of many."""
    one_core()
    one = episode()
    line = encode(one)
    yield Figure(
        f"encode an episode ({TURNS} turns, {len(line):,} bytes)", microseconds(lambda: encode(one), 500), "us"
    )
    yield Figure("decode it", microseconds(lambda: decode(line), 500), "us")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = list(episodes(500))
        with Run.create(folder / "small") as run:

            def append_all() -> None:
                for item in many:
                    run.append(item)

            yield Figure("encode and append it", microseconds(append_all, 1) / len(many), "us", TARGET_MICROSECONDS)
        with Run.create(folder / "big") as run:
            for item in episodes(COUNT):
                run.append(item)
        run = Run.open(folder / "big")
        yield Figure(f"read the keys of {COUNT:,}", _seconds(lambda: len(run.finished())), "s")
        yield Figure(f"read {COUNT:,} episodes", _seconds(lambda: sum(1 for _ in run.trajectories())), "s")
        written = _seconds(lambda: export_agenttraj(run, folder / "set.jsonl").episodes)
        yield Figure(f"write {COUNT:,} as AgentTraj", written, "s")
        yield Figure(
            f"read {COUNT:,} of AgentTraj", _seconds(lambda: sum(1 for _ in AgentTrajReader(folder / "set.jsonl"))), "s"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("resident memory at most, all of this included", peak, "MiB", TARGET_MIB)


def _seconds(work: Callable[[], int]) -> float:
    started = time.process_time()
    if work() != COUNT:
        raise SystemExit("episodes are missing: nothing to measure")
    return time.process_time() - started


if __name__ == "__main__":
    main("store", figures, __doc__)
