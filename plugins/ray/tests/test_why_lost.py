"""What lies behind an error: a lost head, or something else, told by when the head last said something."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("ray", reason="ray is not installed: make test-ray")

from agentgym_core.errors import AgentGymError, ComponentUnavailable, InfrastructureFault
from agentgym_ray import cluster
from agentgym_ray.config import ClusterConfig

Why = Callable[[Callable[[float], float]], AgentGymError]
FAULT = InfrastructureFault("the workers failed", hint="run again")


@pytest.fixture
def why(monkeypatch: pytest.MonkeyPatch) -> Why:
    """The reason of an error at 100 s, on a clock that goes on while one waits; given when the head last said something, by the clock."""
    now = 100.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(cluster, "time", SimpleNamespace(monotonic=lambda: now, sleep=sleep))

    def ask(said: Callable[[float], float]) -> AgentGymError:
        class Talking:
            nodes: tuple[Any, ...] = ()

            @property
            def silent(self) -> float:
                return now - said(now)

        monkeypatch.setattr(cluster, "_head", Talking())
        return cluster.why_lost(FAULT, ClusterConfig(head_seconds=3))

    return ask


@pytest.mark.parametrize("last", [97.5, 99.9, 100.0, 100.4])
def test_a_head_that_went_with_it_is_lost(why: Why, last: float) -> None:
    found = why(lambda now: last)
    assert isinstance(found, ComponentUnavailable)
    assert "the head of the Ray cluster is lost" in found.message


@pytest.mark.parametrize("slow", [0.0, 1.0, 2.5])
def test_a_head_that_goes_on_talking_is_not(why: Why, slow: float) -> None:
    assert why(lambda now: now - (now % slow if slow else 0)) is FAULT
