"""The policy in real rollouts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import PolicyFault
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice, Sampling
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import Outcome, Trajectory

pytest.importorskip("agentgym_env_maze", reason="needs the maze: make setup")

SAMPLING = Sampling(temperature=1.0, max_tokens=8)


def jobs(count: int) -> list[Job]:
    from agentgym_core.environments import resolve_environment

    source = resolve_environment("maze")
    return [Job(source, task) for task in list(source.tasks("train"))[:count]]


def said(trajectories: tuple[Trajectory, ...]) -> list[tuple[Any, ...]]:
    return [(each.id, each.outcome, [turn.tokens for turn in each.turns]) for each in trajectories]


@pytest.fixture
def choice(make_folder: Callable[..., Path]) -> ComponentChoice:
    return ComponentChoice("transformers", {"model": str(make_folder()), "device": "cpu", "threads": 1})


def test_waves_give_the_same_bits_again(choice: ComponentChoice) -> None:
    settings = RolloutSettings(wave=4, max_rounds=4, sampling=SAMPLING)
    one = collect(jobs(10), choice, settings)
    two = collect(jobs(10), choice, settings)
    assert said(one.trajectories) == said(two.trajectories)
    assert all(turn.tokens is not None and turn.tokens.sampled for t in one.trajectories for turn in t.turns)
    assert {len(t.turns) for t in one.trajectories} == {4}


def test_a_wave_that_was_cut_is_played_again_with_the_same_bits(choice: ComponentChoice, tmp_path: Path) -> None:
    settings = RolloutSettings(wave=3, max_rounds=3, sampling=SAMPLING)
    whole = collect(jobs(6), choice, settings)
    expected = {each.id: [turn.tokens for turn in each.turns] for each in whole.trajectories}
    with Run.create(tmp_path / "run", new_manifest()) as run:
        collect(jobs(3), choice, settings, run=run)
        # One member of the second wave is there, the others are not.
        run.append(next(each for each in whole.trajectories if each.id not in {kept.id for kept in run.trajectories()}))
        collect(jobs(6), choice, settings, run=run)
        again = {each.id: [turn.tokens for turn in each.turns] for each in run.trajectories()}
    assert again == expected


def test_every_cache_is_freed_when_a_rollout_is_over(make_policy: Callable[..., Any]) -> None:
    policy = make_policy()
    summary = collect(jobs(9), policy, RolloutSettings(concurrency=5, max_rounds=3, sampling=SAMPLING))
    assert sum(summary.outcomes.values()) == 9
    assert policy.cache_bytes == 0
    assert not policy._episodes
    assert not policy._ended


def test_an_episode_longer_than_the_context_is_truncated_and_no_fault(make_policy: Callable[..., Any]) -> None:
    (first,) = collect(jobs(1), make_policy(), RolloutSettings(max_rounds=1, sampling=SAMPLING)).trajectories
    limit = first.usage.prompt_tokens + 200
    policy = make_policy(context_tokens=limit)
    summary = collect(jobs(2), policy, RolloutSettings(max_rounds=15, sampling=SAMPLING))
    for trajectory in summary.trajectories:
        assert trajectory.outcome is Outcome.TRUNCATED
        assert trajectory.truncation == "context"
        assert trajectory.score == 0
        assert 0 < len(trajectory.turns) < 15
        last = trajectory.turns[-1].usage
        assert last.prompt_tokens + last.completion_tokens <= limit


def test_a_prompt_that_never_fits_is_truncated_too(make_policy: Callable[..., Any]) -> None:
    summary = collect(jobs(1), make_policy(context_tokens=10), RolloutSettings(sampling=SAMPLING))
    assert [each.truncation for each in summary.trajectories] == ["context"]


def test_two_rollouts_with_new_weights_between(
    make_policy: Callable[..., Any], make_folder: Callable[..., Path]
) -> None:
    import asyncio

    policy = make_policy()
    settings = RolloutSettings(max_rounds=2, sampling=SAMPLING)
    one = collect(jobs(2), policy, settings)
    asyncio.run(policy.load(make_folder(seed=1)))
    two = collect(jobs(2), policy, settings)
    versions = [{turn.weights_version for t in summary.trajectories for turn in t.turns} for summary in (one, two)]
    assert [len(found) for found in versions] == [1, 1]
    assert versions[0] != versions[1]
    assert {t.key.weights for t in one.trajectories} == versions[0]
    assert {t.id for t in one.trajectories}.isdisjoint(t.id for t in two.trajectories)


def test_a_fault_of_the_model_is_a_fault_and_not_a_score(make_policy: Callable[..., Any], monkeypatch: Any) -> None:
    policy = make_policy()

    def broken(*args: Any) -> Any:
        raise RuntimeError("the device is gone")

    monkeypatch.setattr(policy._engine, "forward", broken)
    with pytest.raises(PolicyFault, match="the device is gone"):
        collect(jobs(2), policy, RolloutSettings(max_rounds=2))
    settings = RolloutSettings(max_rounds=2, max_failed_fraction=1.0)
    summary = collect(jobs(2), policy, settings)
    assert {t.outcome for t in summary.trajectories} == {Outcome.POLICY_FAULT}
    assert {t.score for t in summary.trajectories} == {None}
