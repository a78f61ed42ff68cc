"""A hostile environment's and a hostile policy's whole catalogue: every placement comes to the same, and the run can be read."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.rollout import Jobs, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run, decode, encode
from agentgym_core.types import Outcome, Trajectory


@pytest.fixture(scope="module")
def hostile() -> Any:
    return importlib.import_module("hostile")


def played(folder: Path, hostile: Any, choice: Any, placement: str) -> dict[str, Trajectory]:
    source = resolve_environment(hostile.HostileEnvironment)
    settings = RolloutSettings(placement=choice(placement), max_failed_fraction=1.0, attempts=1, concurrency=1)
    with Run.create(folder / placement) as run:
        collect(Jobs.of(source, "train"), "null", settings, run=run)
    with Run.open(folder / placement) as run:
        return {item.key.task: item for item in run}


def essence(item: Trajectory) -> Any:
    fault = item.fault and (item.fault.stage, item.fault.type, item.fault.message)
    turns = [(t.action, t.observation, t.score, t.success, t.terminated, t.truncated, t.info) for t in item.turns]
    return item.outcome, item.score, item.success, item.opening, fault, turns


@pytest.fixture(scope="module")
def inline(tmp_path_factory: pytest.TempPathFactory, hostile: Any) -> dict[str, Trajectory]:
    return played(tmp_path_factory.mktemp("inline"), hostile, ComponentChoice, "inline")


@pytest.mark.parametrize("placement", ["thread", "process"])
def test_every_placement_comes_to_the_same(
    inline: dict[str, Trajectory], tmp_path: Path, hostile: Any, choice: Any, placement: str
) -> None:
    found = played(tmp_path, hostile, choice, placement)
    assert found.keys() == inline.keys() == hostile.STEPS.keys()
    assert {name: essence(item) for name, item in found.items()} == {
        name: essence(item) for name, item in inline.items()
    }


def test_what_each_comes_to(inline: dict[str, Trajectory], hostile: Any) -> None:
    for name, (_, wanted) in hostile.STEPS.items():
        item = inline[name]
        if wanted is None:
            assert (item.outcome, item.score, item.success) == (Outcome.ENVIRONMENT_FAULT, None, None), name
            assert item.fault is not None
            assert "'hostile'" in item.fault.message
        else:
            assert (item.outcome, item.score) == wanted, name
        assert decode(encode(item)) == item


def test_an_info_is_kept_as_it_was(inline: dict[str, Trajectory]) -> None:
    assert [turn.info for turn in inline["info used again"].turns] == [{"n": 1}, {"n": 2}, {"n": 3}]


class Says(Policy):
    def __init__(self, reply: Any) -> None:
        self.reply = reply

    async def act(self, request: Request) -> Reply:
        said: Reply = self.reply() if callable(self.reply) else self.reply
        return said


def test_every_reply_is_played_or_the_policys_fault(tmp_path: Path, hostile: Any) -> None:
    source = resolve_environment(hostile.HostileEnvironment)
    jobs = Jobs.of(source, "train", ids=["fine"])
    settings = RolloutSettings(max_failed_fraction=1.0, attempts=1)
    with Run.create(tmp_path / "run") as run:
        for name, (reply, _) in hostile.REPLIES.items():
            collect(jobs, Says(reply), settings, policy_id=name, run=run)
    with Run.open(tmp_path / "run") as run:
        found = {item.key.policy: item for item in run}
    for name, (_, fine) in hostile.REPLIES.items():
        item = found[name]
        assert (item.outcome is Outcome.FAILED) == fine, (name, item.fault)
        if not fine:
            assert item.outcome is Outcome.POLICY_FAULT, name
        assert decode(encode(item)) == item
