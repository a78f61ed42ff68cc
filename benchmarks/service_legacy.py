"""AgentGym's dialect under a load generator that keeps its connections: whole episodes of create, reset, 20 steps and close.

The server has all cores, and so had theirs: an engine with threads of its own, held on one core, takes twice the processor time.
The anchors are what AgentGym's own servers gave on such a machine (steps a second of the same episodes, 1 client and the most of 8 to 64):
TextCraft 423 to 582 and 1,551, BabyAI 70 to 80 and 138, ScienceWorld 3.0 and 7.1.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from _figures import Figure, main
from _load import HttpClient, Script, load, request
from service import Server, ask

STEPS = 20
REPEATS = 3
SECONDS = 2.0
GAMES = {
    "textcraft": ("agentgym_env_textcraft", ("inventory", "get 1 oak logs", "inventory"), 503.0, 1551.0, 3.0, 2.0),
    "babyai": ("minigrid", ("move forward", "turn left", "turn right", "move forward"), 75.0, 138.0, 5.0, 2.0),
    "sciworld": ("scienceworld", ("look around", "inventory", "open door to hallway", "wait"), 3.0, 7.1, 20.0, 20.0),
}
"""What must be installed, actions, the anchors for one client and for many, how many times as much there should be, and for how many
seconds it is played before anything is measured: a JVM takes that long to compile what it runs."""

SERVE = "import sys; from agentgym_core.cli import main; main(['serve', sys.argv[1], '--dialect', 'legacy', '--port', sys.argv[2]])"


def episodes(game: str, actions: tuple[str, ...], numbers: Iterator[int], sessions: set[int]) -> Script:
    """One client's requests: episode after episode, tasks 0 to 39 in turn. `sessions` are those that are not closed yet."""
    state: dict[str, Any] = {"begun": False, "creating": False, "number": 0, "queue": []}

    def script(reply: bytes | None) -> bytes | None:
        if not state["begun"]:
            # From here on requests are counted.
            state["begun"] = True
            return None
        queue = state["queue"]
        if not queue:
            state["creating"] = not state["creating"]
            if state["creating"]:
                return request(f"/legacy/{game}/create", {})
            state["number"] = json.loads(reply or b"{}")["id"]
            sessions.add(state["number"])
            steps = [("step", {"action": actions[place % len(actions)]}) for place in range(STEPS)]
            queue += [("reset", {"data_idx": next(numbers) % 40}), *steps, ("close", {})]
        verb, body = queue.pop(0)
        if verb == "close":
            sessions.discard(state["number"])
        return request(f"/legacy/{game}/{verb}", {**body, "id": state["number"]})

    return script


def tree_cpu(pid: int) -> float:
    """Processor seconds of a process and of what it has started."""
    from agentgym_core.rollout.placements.process_tree import descendants

    total = 0.0
    for each in [pid, *descendants(pid)]:
        try:
            fields = Path(f"/proc/{each}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def played(server: Server, game: str, clients: int, numbers: Iterator[int], seconds: float) -> tuple[float, float]:
    """Steps a second, and microseconds of the server's processor time a request."""
    actions = GAMES[game][1]
    before, left = tree_cpu(server.process.pid), set[int]()
    found = asyncio.run(load(server.port, HttpClient, lambda: episodes(game, actions, numbers, left), clients, seconds))
    cpu = tree_cpu(server.process.pid) - before
    for number in left:
        # Whoever stops in the middle would leave sessions that the next ones find in their way.
        ask(server, f"/legacy/{game}/close", {"id": number})
    return found["per_second"] * STEPS / (STEPS + 3), 1e6 * cpu / found["count"]


def measure() -> Iterator[Figure]:
    """Every game that is installed."""
    for game, (module, _, one, many, times, warming) in GAMES.items():
        if find_spec(module) is None:
            print(f"{game}: not run, {module} is not installed", file=sys.stderr)
            continue
        server = Server(game, [sys.executable, "-c", SERVE, game], free=True)
        numbers = itertools.count()
        try:
            # The first episodes load the engine and are nobody's measure.
            played(server, game, 8, numbers, warming)
            for clients, anchor in ((1, one), (8, many)):
                runs = [played(server, game, clients, numbers, SECONDS) for _ in range(REPEATS)]
                steps, us = (statistics.median(run[place] for run in runs) for place in (0, 1))
                yield Figure(f"{game}, {clients} client(s): steps", steps, "/s", times * anchor, True)
                yield Figure(f"{game}, {clients} client(s): server cpu a request", us, "us")
        finally:
            server.end()


if __name__ == "__main__":
    main("service_legacy", measure, __doc__)
