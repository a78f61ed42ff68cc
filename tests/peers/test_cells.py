"""Each environment under each face with each version of the other side's own client: an expert's episode, whose score arrives.

`make test-peers` runs all of them, and writes the table of docs/results/peers.md.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from faces import FACES
from peers import head, ours
from workspace import ROOT

from agentgym_core.plugins import plugins
from agentgym_core.rollout import make_environment
from agentgym_testing.endpoint import Endpoint, Script, scripts, serving

CLIENTS = Path(__file__).parent / "clients"

ENVIRONMENTS = [
    "academia",
    "alfworld",
    "babyai",
    "bird",
    "maze",
    "movie",
    "sciworld",
    "sheet",
    "textcraft",
    "todo",
    "weather",
    "webarena",
    "webshop",
    "wordle",
]

SERVED = ("mcp", "openenv", "validate")
"""Clients that play at a server of ours."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@cache
def here() -> list[str]:
    """The environments that are installed, engine and all."""
    known = {item.spec.id for item in plugins().announced["environment"]}
    return [name for name in ENVIRONMENTS if name in known]


@cache
def expert(environment: str) -> Script | None:
    """The expert's way through a short task that is held out from training; None where it cannot be played here."""
    with make_environment(environment, needs=()) as game:
        splits = [name for name in game.description.splits if name in game.description.evaluation]
    try:
        found = scripts(environment, split=splits[0], limit=3)
    except Exception as error:
        pytest.skip(f"{environment} cannot be played here: {error}")
    return min(found, key=lambda script: len(script.moves))


@cache
def episode(environment: str) -> tuple[dict[str, Any], float]:
    """What a client is told, and the score that must arrive."""
    script = expert(environment)
    assert script is not None
    moves = [script.grammar.action(move.action) for move in script.moves]
    with make_environment(environment, needs=()) as game:
        game.reset(script.task)
        score = [game.step(move).score for move in moves][-1]
        split = game.source.find(script.task).split
    told = [[move.text, move.name, dict(move.arguments)] for move in moves]
    return {"environment": environment, "task": script.task, "split": split, "moves": told}, score


@pytest.fixture(scope="session")
def play(peer: Callable[[str], Path]) -> Callable[[str], dict[str, Any]]:
    """Plays every environment under a face, in one process of its own; scores and errors by environment."""

    @cache
    def played(name: str) -> dict[str, Any]:
        python = peer(name.split()[0])
        episodes = []
        for environment in here():
            try:
                episodes.append(episode(environment)[0])
            except pytest.skip.Exception:
                continue
        client = FACES[name][1]
        known = [each["environment"] for each in episodes]
        apart = [each for each in known if _reaches(name) and not _stands_in(each, name.split()[0])]
        with _served(apart) as addresses, _other_side(client, known) as arguments:
            for each in episodes:
                each["at"] = addresses.get(each["environment"], each["environment"])
            done = subprocess.run(
                [python, CLIENTS / f"{client}_.py", *arguments],
                input=json.dumps(episodes),
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
            )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"environment"')]
        found = {line["environment"]: line for line in lines}
        return {"": done.stderr[-3000:], **found}

    return played


def _stands_in(environment: str, peer: str) -> bool:
    """Whether a peer's own Python has an environment: one that does not stand on ours has what its file names."""
    told = head(peer)
    return bool(told["on"] or told["over"]) or ROOT / "plugins" / f"env_{environment}" in {
        item.folder for item in ours(peer)
    }


def _reaches(name: str) -> bool:
    """Whether a face that plays in the peer's own Python has our client of servers there."""
    return FACES[name][1] not in SERVED and ROOT / "plugins" / "remote" in {
        item.folder for item in ours(name.split()[0])
    }


@contextmanager
def _served(environments: list[str]) -> Iterator[dict[str, str]]:
    """The addresses of environments that a server of ours plays for a Python which lacks their engines."""
    if not environments:
        yield {}
        return
    with _server(environments) as address:
        at = address.removeprefix("http")
        yield {name: f"ws{at}/{name}" for name in environments}


@contextmanager
def _server(environments: list[str]) -> Iterator[str]:
    command = [sys.executable, "-m", "agentgym_core", "serve", *environments, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield _address(server.stdout.readline())
        finally:
            server.terminate()


@contextmanager
def _other_side(client: str, environments: list[str]) -> Iterator[list[str]]:
    """What a client needs beside the environments: a server of ours, or a model's endpoint."""
    if client in SERVED:
        with _server(environments) as address:
            yield [address]
    elif client in ("inspect", "nemo", "verifiers"):
        with serving(Endpoint([script for name in environments if (script := expert(name))])) as address:
            yield [address]
    else:
        yield []


def _address(line: str) -> str:
    found = re.search(r"http://[^\s/]+", line)
    assert found is not None, line
    return found[0]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("name", FACES)
def test_the_score_of_an_episode_arrives(name: str, environment: str, play: Callable[[str], dict[str, Any]]) -> None:
    if environment not in here():
        pytest.skip(f"the plugin env_{environment} is not installed")
    if FACES[name][1] not in SERVED and not _reaches(name) and not _stands_in(environment, name.split()[0]):
        pytest.skip(f"the Python of {name} has neither the engine of {environment} nor our client of servers")
    _, score = episode(environment)
    assert score > 0
    if FACES[name][1] == "validate":
        score = 1.0
    found = play(name)
    assert environment in found, found[""]
    assert "error" not in found[environment], found[environment]
    assert found[environment]["score"] == pytest.approx(score)
