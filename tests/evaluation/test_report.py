from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from attrs import evolve

from agentgym_core.evaluation import Labels, as_json, summarize
from agentgym_core.reward import Reward
from agentgym_core.types import Outcome, Score, Trajectory

MakeEpisode = Callable[..., Trajectory]


def test_faults_are_shown_and_never_scored(episode: MakeEpisode) -> None:
    faults = [
        episode("p", outcome=Outcome.POLICY_FAULT),
        episode("e", outcome=Outcome.ENVIRONMENT_FAULT),
        episode("i", outcome=Outcome.INFRASTRUCTURE_FAULT),
        episode("c", outcome=Outcome.CANCELLED),
    ]
    played = [episode("a", 1.0), episode("b", 0.5), episode("t", 0.0, outcome=Outcome.TRUNCATED, truncation="rounds")]
    found = summarize([*played, *faults]).groups[0].metrics
    assert (found.episodes, found.scored, found.tasks) == (7, 3, 7)
    assert found.reward.value == 0.5
    assert found.success.value == pytest.approx(1 / 3)
    counted = {name: (item.count, item.denominator) for name, item in found.outcomes.items()}
    assert counted == {
        "solved": (1, 3),
        "failed": (1, 3),
        "truncated": (1, 3),
        "policy_fault": (1, 4),
        "environment_fault": (1, 5),
        "infrastructure_fault": (1, 6),
        "cancelled": (1, 7),
    }
    assert found.truncations == {"rounds": 1}


def test_nothing_scored_is_not_zero(episode: MakeEpisode) -> None:
    report = summarize([episode("p", outcome=Outcome.POLICY_FAULT)])
    found = report.groups[0].metrics
    assert found.reward.value is None
    assert found.success.value is None
    assert found.rounds.mean is None
    assert found.outcomes["solved"].rate.value is None
    assert report.overall[0].macro_reward.value is None
    assert summarize([]).groups == ()


def test_an_outcome_without_a_score_is_in_no_mean(episode: MakeEpisode) -> None:
    claimed = evolve(episode("a", 1.0), score=None, success=None)
    report = summarize([claimed, episode("b", 0.0)], Negative())
    found = report.groups[0].metrics
    assert (found.scored, found.reward.value, found.success.value) == (1, -1.0, 0.0)
    assert found.outcomes["solved"].count == 1
    assert "no score was recorded" in report.notes[0]


def test_every_task_counts_the_same(episode: MakeEpisode) -> None:
    items = [episode("a", 1.0, sample=n) for n in range(3)] + [episode("b", 0.0)]
    found = summarize(items).groups[0].metrics
    assert found.reward.value == 0.5
    assert found.success.value == 0.5


def test_success_is_the_environments_word(episode: MakeEpisode) -> None:
    items = [episode("a", 0.7, success=True), episode("b", 1.0, success=False, outcome=Outcome.FAILED)]
    assert summarize(items[:1]).groups[0].metrics.success.value == 1.0
    assert summarize(items[1:]).groups[0].metrics.success.value == 0.0


def test_macro_and_pooled_differ_and_say_so(episode: MakeEpisode) -> None:
    items = [episode(f"m{n}", 1.0) for n in range(30)]
    items += [episode(f"w{n}", 0.0, environment="wordle-v1") for n in range(10)]
    overall = summarize(items).overall
    assert len(overall) == 1
    assert overall[0].environments == ("maze-v1", "wordle-v1")
    assert overall[0].macro_success.value == 0.5
    assert overall[0].pooled.success.value == 0.75


def test_prompt_styles_differ_by_environment_and_still_share_a_mean(episode: MakeEpisode) -> None:
    items = []
    for name in ("maze", "wordle"):
        made = episode("a", environment=f"{name}-v1")
        items.append(evolve(made, key=evolve(made.key, prompt_style=name)))
    report = summarize(items)
    assert [item.environments for item in report.overall] == [("maze-v1", "wordle-v1")]
    assert len(report.players) == 1


def test_suites_are_never_put_together(episode: MakeEpisode) -> None:
    labels = Labels(suites={"maze-v1": "agenteval", "wordle": "agenteval-standin"}, max_rounds={"maze-v1": 15})
    items = [episode("a"), episode("a", environment="wordle-v1")]
    report = summarize(items, labels=labels)
    assert [(group.suite, group.environment) for group in report.groups] == [
        ("agenteval", "maze-v1"),
        ("agenteval-standin", "wordle-v1"),
    ]
    assert [item.environments for item in report.overall] == [("maze-v1",), ("wordle-v1",)]
    assert [group.max_rounds for group in report.groups] == [15, None]


def test_players_and_configurations_are_kept_apart(episode: MakeEpisode) -> None:
    items = [episode("a"), episode("a", policy="random"), episode("a", configuration="other")]
    assert len(summarize(items).groups) == 3


def test_pass_at_k_uses_the_tasks_that_have_k_samples(episode: MakeEpisode) -> None:
    items = [episode("a", float(n == 0), sample=n) for n in range(4)]
    items += [episode("b", 0.0, sample=n) for n in range(4)]
    items += [episode("c", 1.0)]
    found = summarize(items).groups[0].metrics.pass_at
    assert list(found) == ["1", "2", "4"]
    assert found["1"].value == pytest.approx((0.25 + 0 + 1) / 3)
    assert found["2"].value == pytest.approx((0.5 + 0) / 2)
    assert found["4"].value == pytest.approx(0.5)
    assert found["4"].tasks == 2


def test_kinds_are_broken_out(episode: MakeEpisode) -> None:
    items = [episode("a", 1.0, kind="easy"), episode("b", 0.0, kind="hard")]
    kinds = summarize(items).groups[0].kinds
    assert {name: part.success.value for name, part in kinds.items()} == {"easy": 1.0, "hard": 0.0}


class Negative(Reward):
    range = (-1.0, 0.0)

    def score(self, trajectory: Trajectory) -> Score:
        assert trajectory.outcome.scored, "a fault reached the reward"
        assert trajectory.score is not None
        return Score(trajectory.score - 1.0)


def test_another_reward_scores_again(episode: MakeEpisode) -> None:
    items = [episode("a", 1.0), episode("b", 0.0), episode("f", outcome=Outcome.POLICY_FAULT)]
    report = summarize(items, Negative(), reward_id="negative")
    assert report.groups[0].metrics.reward.value == -0.5
    assert report.bounds == (-1.0, 0.0)
    assert report.reward == "negative"
    assert sum(report.groups[0].scores_histogram) == 2


def test_the_report_is_json_and_the_same_whatever_the_order(episode: MakeEpisode) -> None:
    items = [episode(f"t{n}", (n % 5) / 4, rounds=n % 7 + 1, environment=f"e{n % 3}-v1") for n in range(60)]
    first = as_json(summarize(items))
    text = json.dumps(first, allow_nan=False, sort_keys=True)
    assert json.loads(text)["schema"] == "agentgym.report/1"
    again = as_json(summarize(items[::-1]))
    for group, other in zip(first["groups"], again["groups"], strict=True):
        assert group["metrics"]["reward"]["value"] == pytest.approx(other["metrics"]["reward"]["value"])
    assert text == json.dumps(as_json(summarize(items)), allow_nan=False, sort_keys=True)


def test_ten_thousand_trajectories_stream(episode: MakeEpisode) -> None:
    def stream() -> Iterator[Trajectory]:
        for n in range(10_000):
            yield episode(f"t{n}", float(n % 2), text="a long observation " * 50)

    tracemalloc.start()
    report = summarize(stream())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.groups[0].metrics.episodes == 10_000
    # The trajectories themselves would take above 100 MB.
    assert peak < 40_000_000
