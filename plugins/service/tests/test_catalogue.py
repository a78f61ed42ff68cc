"""A hostile environment's whole catalogue behind a server comes to what it comes to in the caller's thread."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import EnvironmentFault
from agentgym_core.rollout import Jobs, RolloutSettings, collect, make_environment
from agentgym_core.rollout.blocking import BlockingEnvironment
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run
from agentgym_core.types import Step, Trajectory
from agentgym_testing.strategies import steps


@pytest.fixture(scope="module")
def hostile() -> Any:
    """The module of `tests/rollout` with everything that an environment can say."""
    return importlib.import_module("hostile")


def played(folder: Path, source: EnvironmentSource) -> dict[str, Any]:
    """What each line of the catalogue came to, as a run has it after it was stored and read."""
    playing = RolloutSettings(max_failed_fraction=1.0, attempts=1, concurrency=4)
    with Run.create(folder) as run:
        collect(Jobs.of(source, "train"), "null", playing, run=run)
    return {item.key.task: essence(item) for item in Run.open(folder)}


def essence(item: Trajectory) -> Any:
    """All that must not depend on where an environment lives; of a fault its stage, and what was wrong, without where."""
    fault = item.fault and (item.fault.stage, item.fault.message.rpartition("'hostile' ")[2])
    turns = [(t.action, t.observation, t.score, t.success, t.terminated, t.truncated, dict(t.info)) for t in item.turns]
    return item.outcome, item.score, item.success, item.opening, fault, turns


@pytest.mark.parametrize("placement", ["inline", "thread"])
def test_a_server_comes_to_what_the_callers_thread_comes_to(
    server: Callable[..., Any], hostile: Any, tmp_path: Path, placement: str
) -> None:
    here = resolve_environment(hostile.HostileEnvironment)
    live = server(here, placement=ComponentChoice(placement))
    there = resolve_environment(f"ws://127.0.0.1:{live.port}/{here.spec.id}")
    inline = played(tmp_path / "here", here)
    remote = played(tmp_path / "there", there)
    assert remote.keys() == inline.keys() == hostile.STEPS.keys()
    assert {name: value for name, value in remote.items() if value != inline[name]} == {}


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_any_step_comes_through_a_server(echoes: tuple[Any, Any], step: Step) -> None:
    here, there = (_answer(environment, step) for environment in echoes)
    assert there == here


def _answer(environment: BlockingEnvironment, step: Step) -> Step | str:
    environment.reset("echo")
    try:
        return environment.step(importlib.import_module("echo").said(step))
    except EnvironmentFault as fault:
        return fault.message.rpartition("'echo' ")[2]


@pytest.fixture
def echoes(server: Callable[..., Any]) -> Iterator[tuple[BlockingEnvironment, BlockingEnvironment]]:
    """An environment that answers any step, here and behind a server."""
    source = resolve_environment(importlib.import_module("echo").EchoEnvironment)
    url = f"ws://127.0.0.1:{server(source).port}/{source.spec.id}"
    with make_environment(source) as here, make_environment(url) as there:
        yield here, there
