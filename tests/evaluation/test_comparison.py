from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve

from agentgym_core.evaluation import Labels, as_json, compare
from agentgym_core.evaluation.comparison import BETTER, CANNOT_TELL, NOT_COMPARABLE, WORSE
from agentgym_core.types import Outcome, Trajectory

MakeEpisode = Callable[..., Trajectory]


def run(episode: MakeEpisode, scores: list[float], **more: object) -> list[Trajectory]:
    return [episode(f"t{n}", score, **more) for n, score in enumerate(scores)]


def test_a_clear_difference_is_ranked_both_ways(episode: MakeEpisode) -> None:
    low, high = run(episode, [0.0] * 30 + [1.0] * 10), run(episode, [1.0] * 40, policy="other")
    found = compare(low, high)
    item = found.environments[0]
    assert item.verdict == BETTER
    assert item.success is not None
    assert item.success.difference.value == 0.75
    assert item.success.test == "mcnemar exact"
    assert item.quadrants is not None
    assert (item.quadrants.gained, item.quadrants.lost, item.quadrants.both) == (30, 0, 10)
    assert compare(high, low).environments[0].verdict == WORSE
    assert "policy: expert against other" in found.notes
    assert found.overall[0].verdict == BETTER


def test_a_small_difference_is_not_ranked_and_says_what_it_takes(episode: MakeEpisode) -> None:
    a = run(episode, [1.0] * 20 + [0.0] * 20)
    b = run(episode, [1.0] * 18 + [0.0] * 2 + [1.0] * 4 + [0.0] * 16)
    item = compare(a, b).environments[0]
    assert item.verdict == CANNOT_TELL
    assert item.success is not None
    observed = [need for need in item.success.needed if need.observed]
    assert observed[0].tasks > 40
    assert str(observed[0].tasks) in item.reasons[0]
    assert compare(a, b).overall[0].verdict == CANNOT_TELL


def test_a_run_against_itself(episode: MakeEpisode) -> None:
    a = run(episode, [1.0, 0.0] * 20)
    found = compare(a, a)
    item = found.environments[0]
    assert item.verdict == CANNOT_TELL
    assert item.success is not None
    assert item.success.p == 1.0
    assert item.success.difference.value == 0.0
    assert item.success.difference.low is not None
    assert -0.1 < item.success.difference.low < 0
    assert found.notes == ()


def test_graded_scores_are_judged_by_reward(episode: MakeEpisode) -> None:
    scores = [float(v) for v in np.random.default_rng(3).uniform(0.0, 0.5, size=50)]
    item = compare(run(episode, scores), run(episode, [score + 0.2 for score in scores])).environments[0]
    assert item.measure == "reward"
    assert item.verdict == BETTER
    assert item.success is not None
    assert item.success.difference.value == 0.0


def test_faults_and_missing_tasks_are_counted_not_scored(episode: MakeEpisode) -> None:
    a = [*run(episode, [1.0] * 10), episode("only_a")]
    b = [episode("t0", outcome=Outcome.POLICY_FAULT), *run(episode, [1.0] * 10)[1:], episode("x"), episode("y")]
    pairing = compare(a, b).environments[0].pairing
    assert (pairing.tasks, pairing.only_a, pairing.only_b, pairing.faulted) == (9, 1, 2, 1)


def test_samples_pair_by_sample_or_else_by_task(episode: MakeEpisode) -> None:
    a = [episode(f"t{n}", float(n % 2), sample=s) for n in range(12) for s in range(4)]
    b = [episode(f"t{n}", 1.0, sample=s) for n in range(12) for s in range(4)]
    item = compare(a, b).environments[0]
    assert (item.pairing.by, item.pairing.tasks, item.pairing.pairs) == ("sample", 12, 48)
    assert item.success is not None
    assert item.success.test == "sign-flip by task"
    # Six tasks differ, whatever the number of their samples: 2 / 2^6.
    assert item.success.p == pytest.approx(2 / 64)
    fewer = compare(a, b[::4]).environments[0]
    assert (fewer.pairing.by, fewer.pairing.tasks) == ("task", 12)
    assert fewer.success is not None
    assert fewer.success.difference.value == 0.5


def test_holm_takes_back_what_many_environments_find_by_chance(episode: MakeEpisode) -> None:
    def runs(letter: str) -> list[Trajectory]:
        items = []
        for index in range(8):
            gained = 8 if index == 0 else 3
            for n in range(40):
                better = n < gained and letter == "b"
                worse = index > 0 and gained <= n < 6 and letter == "b"
                base = 1.0 if gained <= n < 20 else 0.0
                items.append(episode(f"t{n}", 1.0 if better else 0.0 if worse else base, environment=f"e{index}-v1"))
        return items

    found = compare(runs("a"), runs("b"))
    first = found.environments[0]
    assert first.success is not None
    assert first.success.p < 0.05 < first.success.p_holm
    assert first.verdict == CANNOT_TELL
    assert "correction" in first.reasons[0]
    alone = compare(runs("a")[:40], runs("b")[:40]).environments[0]
    assert alone.verdict == BETTER


def test_runs_that_are_not_comparable_are_refused_with_reasons(episode: MakeEpisode) -> None:
    a = run(episode, [1.0] * 10)
    cases = {
        "configuration": run(episode, [0.0] * 10, configuration="c1"),
        "version of the environment": run(episode, [0.0] * 10, environment="maze-v2"),
        "suite": run(episode, [0.0] * 10, split="train"),
    }
    for word, b in cases.items():
        item = compare(a, b).environments[0]
        assert item.verdict == NOT_COMPARABLE, word
        assert any(word in reason for reason in item.reasons)
        assert item.success is None
        assert not compare(a, b).comparable


def test_official_items_and_a_stand_in_never_meet(episode: MakeEpisode) -> None:
    a = run(episode, [1.0] * 10)
    found = compare(
        a, a, labels_a=Labels(suites={"maze": "agenteval"}), labels_b=Labels(suites={"maze": "agenteval-standin"})
    )
    assert found.environments[0].reasons == ("another suite: agenteval against agenteval-standin",)
    assert found.overall == ()


def test_round_limits_must_agree_where_both_are_known(episode: MakeEpisode) -> None:
    a = run(episode, [1.0] * 10)
    short, long = Labels(max_rounds={"maze": 10}), Labels(max_rounds={"maze": 20})
    assert compare(a, a, labels_a=short, labels_b=long).environments[0].verdict == NOT_COMPARABLE
    assert compare(a, a, labels_a=short).environments[0].verdict == CANNOT_TELL


def test_changed_contents_under_one_id_are_refused(episode: MakeEpisode) -> None:
    item = compare([episode("t", fingerprint="x")], [episode("t", fingerprint="y")]).environments[0]
    assert "another content" in item.reasons[0]


def test_what_differs_without_harm_is_told(episode: MakeEpisode) -> None:
    a = run(episode, [1.0] * 10)
    b = [evolve(made, key=evolve(made.key, seed=8, prompt_style="terse", action_format="json")) for made in a]
    found = compare(a, b, labels_a=Labels(versions={"engine": "1"}), labels_b=Labels(versions={"engine": "2"}))
    assert found.environments[0].verdict == CANNOT_TELL
    assert found.notes == (
        "action format: react against json",
        "prompt style: another one in maze",
        "seeds: some episodes of one task and sample were seeded differently",
        "engine: version 1 against 2",
    )


def test_two_players_in_one_run_are_refused(episode: MakeEpisode) -> None:
    a = run(episode, [1.0] * 10)
    both = [*a, *run(episode, [0.0] * 10, policy="random")]
    item = compare(a, both).environments[0]
    assert "run B itself holds more than one player" in item.reasons[0]


def test_a_missing_environment_keeps_the_whole_from_being_ranked(episode: MakeEpisode) -> None:
    a = run(episode, [0.0] * 30)
    b = run(episode, [1.0] * 30)
    found = compare([*a, *run(episode, [1.0] * 5, environment="wordle-v1")], b)
    assert [item.verdict for item in found.environments] == [BETTER, NOT_COMPARABLE]
    assert found.overall[0].verdict == CANNOT_TELL
    assert "wordle" in found.overall[0].reasons[0]


def test_too_few_tasks_are_not_ranked(episode: MakeEpisode) -> None:
    found = compare(run(episode, [0.0] * 3), run(episode, [1.0] * 3))
    assert found.environments[0].verdict == CANNOT_TELL
    assert found.overall[0].verdict == CANNOT_TELL
    assert compare([], []).environments == ()


def test_comparison_is_json(episode: MakeEpisode) -> None:
    found = as_json(compare(run(episode, [1.0, 0.0] * 5), run(episode, [1.0] * 10)))
    assert json.loads(json.dumps(found, allow_nan=False))["schema"] == "agentgym.comparison/1"


def test_no_false_alarms(episode: MakeEpisode) -> None:
    generator = np.random.default_rng(9)
    alarms = 0
    for _ in range(60):
        difficulty = generator.uniform(size=40)
        a = run(episode, [float(v) for v in generator.binomial(1, difficulty)], rounds=1)
        b = run(episode, [float(v) for v in generator.binomial(1, difficulty)], rounds=1)
        alarms += compare(a, b).environments[0].verdict != CANNOT_TELL
    assert alarms <= 7
