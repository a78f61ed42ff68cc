from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.cli import main
from agentgym_core.evaluation import compare
from agentgym_core.evaluation.comparison import BETTER, CANNOT_TELL, NOT_COMPARABLE
from agentgym_core.evaluation.rows import EpisodeRow, row
from agentgym_core.evaluation.seeds import (
    by_seed,
    seed_interval,
    seed_test,
    seeds_needed,
    spread,
    t_probability,
    t_quantile,
)
from agentgym_core.store import Run
from agentgym_core.types import Trajectory

MakeEpisode = Callable[..., Trajectory]
WIDE = (-9.0, 9.0)


# Printed tables of Student's distribution.
@pytest.mark.parametrize(
    ("probability", "freedom", "value"),
    [(0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 7, 2.365), (0.9, 4, 1.533), (0.975, 30, 2.042), (0.5, 3, 0.0)],
)
def test_quantiles_are_those_of_the_tables(probability: float, freedom: float, value: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(value, abs=6e-4)
    assert t_probability(t_quantile(probability, freedom), freedom) == pytest.approx(probability, abs=1e-6)


@pytest.mark.parametrize(("seeds", "tasks", "goals"), [(3, 60, 60), (8, 40, 40), (5, 60, 12)])
def test_intervals_hold_the_truth_about_as_often_as_they_say(seeds: int, tasks: int, goals: int) -> None:
    generator = np.random.default_rng(seeds)
    content = [number % goals for number in range(tasks)]
    held = 0
    for _ in range(300):
        luck = generator.normal(0, 0.05, (2, seeds, 1)) + generator.normal(0, 0.3, (2, 1, goals))[:, :, content]
        values = luck + generator.normal(0, 0.3, (2, seeds, tasks))
        found = seed_interval([spread(part.tolist(), content) for part in values], WIDE)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
    # 300 draws of 95 % have a standard error of 1.3 %; with three seeds Satterthwaite's approximation costs two points.
    assert 0.90 <= held / 300 <= 0.98


def test_an_interval_over_tasks_alone_would_be_too_narrow() -> None:
    # All tasks agree, the seeds do not: no number of tasks makes this certain.
    values = [[0.2] * 500, [0.5] * 500, [0.8] * 500]
    found = seed_interval([spread(values)], (0.0, 1.0))
    assert (found.value, found.low, found.high) == (pytest.approx(0.5), 0.0, 1.0)


def test_one_seed_has_no_interval_and_equal_values_have_one_that_is_not_empty() -> None:
    assert seed_interval([spread([[0.0, 1.0]])], WIDE).low is None
    found = seed_interval([spread([[1.0] * 50] * 3)], (0.0, 1.0))
    assert found.low is not None
    assert 0.9 < found.low < found.value == 1.0  # type: ignore[operator]
    assert seed_test([spread([[0.0] * 50] * 3)]) == 1.0


def test_seeds_of_equal_means_whose_tasks_differ_are_not_told_to_be_equal() -> None:
    # Seen with two real seeds: both differed by one task of a hundred, each by another one.
    few = seed_interval([spread([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])], WIDE)
    many = seed_interval([spread([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])], WIDE)
    assert few.note == "2 training seeds: too few to rank"
    assert many.note == "no spread was found over seeds and tasks"
    assert few.low is not None
    assert few.low < few.value


tables = st.integers(2, 5).flatmap(
    lambda seeds: st.integers(2, 8).flatmap(
        lambda tasks: st.lists(
            st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=tasks, max_size=tasks), min_size=seeds, max_size=seeds
        )
    )
)


@settings(deadline=None, max_examples=100)
@given(tables, st.randoms(use_true_random=False))
def test_order_says_nothing_and_copies_of_a_task_are_no_news(values: list[list[float]], chance: object) -> None:
    once = spread(values)
    order = list(range(len(values[0])))
    chance.shuffle(order)  # type: ignore[attr-defined]
    turned = spread([[line[task] for task in order] for line in reversed(values)])
    assert sorted(turned.means) == pytest.approx(sorted(once.means))
    assert turned.task_variance == pytest.approx(once.task_variance, abs=1e-12)
    twice = spread([line * 2 for line in values], order_of(values) * 2)
    assert twice.task_variance == pytest.approx(once.task_variance, abs=1e-12)
    assert twice.tasks == once.tasks


def order_of(values: list[list[float]]) -> list[int]:
    return list(range(len(values[0])))


def test_how_many_seeds_a_difference_takes() -> None:
    generator = np.random.default_rng(0)
    luck = generator.normal(0, 0.05, (8, 1))
    values = 0.03 + luck - luck.mean() + generator.choice([-0.3, 0.3], (8, 400))
    small, large = spread((values - values.mean() + 0.03).tolist()), spread((values - values.mean() + 0.2).tolist())
    needed = seeds_needed([small])
    assert needed is not None
    assert needed > 5
    assert seeds_needed([large]) in (2, 3, 4)
    # Few tasks that differ much: more seeds do not help.
    stuck = spread([[1.0, -0.9, 1.0, -0.9]] * 3)
    assert seeds_needed([stuck]) is None


def weighed(episode: Trajectory, weights: str) -> Trajectory:
    """The episode as a policy of other weights would have played it."""
    return evolve(episode, key=evolve(episode.key, weights=weights))


def _runs(episode: MakeEpisode, rates: list[float], tasks: int = 40, **more: object) -> list[list[EpisodeRow]]:
    return [
        [row(weighed(episode(f"t{n}", float(n < rate * tasks), **more), f"w{seed}")) for n in range(tasks)]
        for seed, rate in enumerate(rates)
    ]


def test_a_gain_is_ranked_when_the_seeds_agree(episode: MakeEpisode) -> None:
    a, b = _runs(episode, [0.3, 0.35, 0.3, 0.35]), _runs(episode, [0.6, 0.7, 0.65, 0.7])
    (item,) = compare(by_seed(a), by_seed(b)).environments
    assert item.verdict == BETTER
    assert item.success is not None
    assert item.success.test == "t-test over seeds and tasks"
    assert item.success.spread is not None
    assert item.success.spread.means == pytest.approx((0.3, 0.35, 0.35, 0.35))


def test_a_gain_that_the_seeds_disagree_about_is_not_ranked(episode: MakeEpisode) -> None:
    # The mean of all is +0.2 over 160 pairs, which tasks alone would call certain.
    a, b = _runs(episode, [0.3, 0.3, 0.3, 0.3], tasks=200), _runs(episode, [0.9, 0.2, 0.6, 0.3], tasks=200)
    (item,) = compare(by_seed(a), by_seed(b)).environments
    assert item.verdict == CANNOT_TELL
    assert "seeds to be seen" in item.reasons[0]


def test_two_seeds_rank_nothing_and_unequal_numbers_are_refused(episode: MakeEpisode) -> None:
    a, b = _runs(episode, [0.1, 0.1]), _runs(episode, [0.9, 0.9])
    (item,) = compare(by_seed(a), by_seed(b)).environments
    assert (item.verdict, item.reasons) == (CANNOT_TELL, ("2 training seeds: too few to rank",))
    (item,) = compare(by_seed(a), by_seed(b[:1])).environments
    assert item.verdict == NOT_COMPARABLE
    assert "2 training seeds against 1" in item.reasons[0]


def test_a_task_that_one_seed_lost_is_left_out_of_all(episode: MakeEpisode) -> None:
    a, b = _runs(episode, [0.3] * 3), _runs(episode, [0.6] * 3)
    del b[1][0]
    (item,) = compare(by_seed(a), by_seed(b)).environments
    assert (item.pairing.tasks, item.pairing.faulted) == (39, 1)


def test_tasks_of_one_content_are_one(episode: MakeEpisode) -> None:
    def runs(rates: list[float]) -> list[list[EpisodeRow]]:
        # Forty tasks that are ten draws of four goals.
        return [
            [row(episode(f"t{n}", float(n % 4 < 4 * rate), fingerprint=f"goal{n % 4}")) for n in range(40)]
            for rate in rates
        ]

    (item,) = compare(by_seed(runs([0.25] * 3)), by_seed(runs([0.5] * 3))).environments
    assert item.success is not None
    assert item.success.spread is not None
    assert item.success.spread.tasks == 4
    assert item.verdict == CANNOT_TELL


def test_the_command_takes_a_run_for_each_seed(
    tmp_path: Path, episode: MakeEpisode, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, rates in (("a", [0.3, 0.35, 0.3]), ("b", [0.7, 0.75, 0.7])):
        for seed, rate in enumerate(rates):
            with Run.create(tmp_path / f"{name}{seed}", {}) as run:
                for n in range(40):
                    run.append(weighed(episode(f"t{n}", float(n < rate * 40)), f"{name}{seed}"))
    a, b = (",".join(str(tmp_path / f"{name}{seed}") for seed in range(3)) for name in "ab")
    assert main(["compare", a, b]) == 0
    said = capsys.readouterr().out
    assert "+40.0" in said
    assert "better" in said
