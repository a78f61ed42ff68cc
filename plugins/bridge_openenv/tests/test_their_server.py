"""A game on OpenEnv's own server, oldest and newest, as one of our environments."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.rollout import make_environment
from agentgym_testing import EnvironmentConformance

SERVER = Path(__file__).with_name("openenv_server.py")


@contextmanager
def serving(python: Path) -> Iterator[str]:
    """The address of a server, without its scheme."""
    with subprocess.Popen([python, SERVER], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


class Theirs(EnvironmentConformance):
    """The conformance kit, once the server is there."""

    environment = "openenv"
    peer_name: ClassVar[str]

    @classmethod
    def setup_class(cls) -> None:
        """Nothing: the fixture below knows the address."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def served(cls, peer: Callable[[str], Path]) -> Iterator[None]:
        """Starts the server."""
        with serving(peer(cls.peer_name)) as address:
            cls.config = {"url": f"ws://{address}", "max_rounds": 6, "train": 30, "eval": 5}
            super().setup_class()
            yield


class TestNewest(Theirs):
    peer_name = "openenv-0.10"


class TestOldest(Theirs):
    peer_name = "openenv-0.3"


@pytest.mark.parametrize("name", ["openenv-0.10", "openenv-0.3"])
def test_an_episode_by_its_address(peer: Callable[[str], Path], name: str) -> None:
    with serving(peer(name)) as address:
        source = resolve_environment(f"openenv+ws://{address}")
        with make_environment(source, needs=()) as game:
            assert game.reset("train-1") == "Count to 3."
            steps = [game.step(text) for text in ("up", "down", "up", "up")]
    assert [step.observation for step in steps] == ["1 of 3", "1 of 3", "2 of 3", "3 of 3"]
    assert [step.score for step in steps] == [pytest.approx(each / 3) for each in (1, 1, 2, 3)]
    assert [step.terminated for step in steps] == [False, False, False, True]
