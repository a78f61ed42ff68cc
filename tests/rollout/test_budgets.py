"""What the run's own budget cuts says nothing of the policy, and a budget that cannot be kept is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError
from agentgym_core.policy import Reply
from agentgym_core.rollout import Jobs, RolloutSettings, collect
from agentgym_core.store import Run
from agentgym_core.types import Outcome, Usage

Make = Callable[..., EnvironmentSource]
PAID = Reply("Action:\nadd 1", usage=Usage(90, 10, 1.0))


@pytest.mark.parametrize("retry_faults", [False, True])
@pytest.mark.parametrize("wave", [None, 3])
def test_resume_plays_again_what_a_budget_cut(
    source: Make, zoo: Any, tmp_path: Path, retry_faults: bool, wave: int | None
) -> None:
    jobs = Jobs.of(source(length=4), "train", limit=6)
    settings = RolloutSettings(concurrency=4, wave=wave, retry_faults=retry_faults)
    with Run.create(tmp_path / "run") as run:
        first = collect(jobs, zoo.Says(PAID), replace(settings, max_total_tokens=700), policy_id="p", run=run)
        assert (first.ended, first.budget) == ("stopped", "max_total_tokens")
        assert first.reason == "the budget of max_total_tokens is spent"
        cut = [item for item in run if item.truncation == "budget"]
        assert cut
        assert {(item.outcome, item.score, item.success) for item in cut} == {(Outcome.CANCELLED, None, None)}
        assert first.mean_score in (None, 1.0)
        second = collect(jobs, zoo.Says(PAID), settings, policy_id="p", run=run)
        assert second.ended == "finished"
        assert {item.outcome for item in run} == {Outcome.SOLVED}
        assert len(run) == 6


@pytest.mark.parametrize("retry_faults", [False, True])
def test_records_of_older_runs_that_call_it_truncated_are_played_again(
    source: Make, zoo: Any, tmp_path: Path, retry_faults: bool
) -> None:
    jobs = Jobs.of(source(), "train", limit=3)
    old = collect(jobs, zoo.Says(PAID), policy_id="p").trajectories
    with Run.create(tmp_path / "run") as run:
        for item in old:
            run.append(
                evolve(item, outcome=Outcome.TRUNCATED, truncated=True, truncation="budget", score=0.0, success=False)
            )
        settings = RolloutSettings(retry_faults=retry_faults)
        assert collect(jobs, zoo.Says(PAID), settings, policy_id="p", run=run).played == 3


def test_a_budget_that_just_sufficed_leaves_nothing_to_say(source: Make, zoo: Any) -> None:
    jobs = Jobs.of(source(length=2), "train", limit=1)
    summary = collect(jobs, zoo.Says(PAID), RolloutSettings(max_total_tokens=200), policy_id="p")
    assert (summary.ended, summary.budget, summary.reason) == ("finished", "", "")


@pytest.mark.parametrize(
    ("budget", "usage"),
    [
        ({"max_cost": 1.0}, Usage(90, 10)),
        ({"max_cost": 1.0}, Usage()),
        ({"max_total_tokens": 1000}, Usage()),
        ({"max_total_tokens": 1000}, Usage(cost=1.0)),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused(
    source: Make, zoo: Any, tmp_path: Path, budget: dict[str, Any], usage: Usage
) -> None:
    policy = zoo.Says(evolve(PAID, usage=usage))
    jobs, settings = Jobs.of(source(), "train"), RolloutSettings(concurrency=2, **budget)
    refused = pytest.raises(ConfigError, match=f"{next(iter(budget))} cannot be kept")
    with Run.create(tmp_path / "run") as run, refused as caught:
        collect(jobs, policy, settings, policy_id="p", run=run)
    assert ("prices" in caught.value.hint) == ("max_cost" in budget)
    assert len(policy.requests) <= 2
    with Run.open(tmp_path / "run") as run:
        assert not run.finished()
