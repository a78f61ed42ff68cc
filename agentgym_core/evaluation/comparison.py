"""Two runs, compared task by task. Says better or worse only if the data support it, and refuses runs that are not comparable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import Factory, evolve, frozen

from agentgym_core._notebook import Shown
from agentgym_core.evaluation._pairing import Pairing, Side, differences, pair, refusals, side, training_seeds
from agentgym_core.evaluation.intervals import FEW_TASKS, Estimate, combine
from agentgym_core.evaluation.measures import (
    ALPHA,
    ContingencyTable,
    Measure,
    quadrants,
    reward_measure,
    seed_measure,
    success_measure,
)
from agentgym_core.evaluation.metrics import mixed_seed
from agentgym_core.evaluation.rows import EpisodeRow, Labels
from agentgym_core.evaluation.seeds import FEW_SEEDS, seed_interval
from agentgym_core.evaluation.significance import holm
from agentgym_core.reward import Reward
from agentgym_core.types import Trajectory

SCHEMA = "agentgym.comparison/1"
BETTER, WORSE, CANNOT_TELL, NOT_COMPARABLE = "better", "worse", "cannot tell", "not comparable"


@frozen
class EnvironmentComparison:
    """One environment. `reasons` say why it is not ranked or not comparable.

    `measure` names what the verdict rests on: `success`, or `reward` where scores are graded. `quadrants` is None where runs are paired
    by task. `success` and `reward` are None where it is not comparable.
    """

    environment: str
    suite: str
    verdict: str
    pairing: Pairing
    reasons: tuple[str, ...] = ()
    measure: str = "success"
    success: Measure | None = None
    reward: Measure | None = None
    quadrants: ContingencyTable | None = None


@frozen
class OverallComparison:
    """The mean over the comparable environments of one suite, each counting the same."""

    suite: str
    environments: tuple[str, ...]
    success: Estimate
    reward: Estimate
    verdict: str
    reasons: tuple[str, ...] = ()


@frozen
class Comparison(Shown):
    """B against A. `notes` list differences that do not make the runs incomparable, and weaknesses of either run;
    `player_a` and `player_b` are what their manifests record about the policies."""

    a: str
    b: str
    environments: tuple[EnvironmentComparison, ...]
    overall: tuple[OverallComparison, ...]
    notes: tuple[str, ...] = ()
    reward: str = "environment"
    player_a: Mapping[str, str] = Factory(dict)
    player_b: Mapping[str, str] = Factory(dict)
    alpha: float = ALPHA
    schema: str = SCHEMA

    @property
    def comparable(self) -> bool:
        """Whether at least one environment could be compared."""
        return any(item.verdict != NOT_COMPARABLE for item in self.environments)


def compare(
    a: Iterable[Trajectory | EpisodeRow],
    b: Iterable[Trajectory | EpisodeRow],
    *,
    reward: Reward | None = None,
    reward_id: str = "",
    labels_a: Labels | None = None,
    labels_b: Labels | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare two runs by environment and task, and by sample where both have the same samples.

    Differences are B minus A: `better` means that B is better. Where rows are of several training seeds (`seeds.by_seed`), intervals and
    tests are over seeds and tasks.

    :param reward: scores both runs; None takes the environments' own scores.
    :param seed: of the bootstrap and of randomisation tests.
    """
    left, right = side("A", a, reward, labels_a), side("B", b, reward, labels_b)
    bounds = (0.0, 1.0) if reward is None else reward.range
    measured = [_environment(name, left, right, bounds, seed) for name in sorted({*left.rows, *right.rows})]
    judged = [_judged(item) for item in _corrected(measured)]
    return Comparison(
        a=left.labels.name or "A",
        b=right.labels.name or "B",
        environments=tuple(judged),
        overall=tuple(_overall(judged, bounds)),
        notes=differences(left, right),
        player_a=left.labels.player,
        player_b=right.labels.player,
        reward=reward_id or ("environment" if reward is None else type(reward).__name__),
    )


def _environment(name: str, a: Side, b: Side, bounds: tuple[float, float], seed: int) -> EnvironmentComparison:
    suites = {row.suite for run in (a, b) for row in run.rows.get(name, [])}
    suite = " / ".join(sorted(suites))
    pairs, pairing = pair(name, a, b)
    reasons = refusals(name, a, b)
    if not reasons and not pairs:
        reasons = ["no task was scored in both runs"]
    if reasons:
        return EnvironmentComparison(name, suite, NOT_COMPARABLE, pairing, tuple(reasons))
    graded = any(row.score not in bounds for halves in pairs for half in halves for row in half)
    counted = quadrants(pairs) if pairing.by == "sample" else None
    # McNemar's test needs exactly one pair a task: with several samples the pairs of a task are not independent.
    single = counted if all(len(left) == 1 for left, _ in pairs) else None
    if len(training_seeds(pairs[0][0])) > 1:
        success, reward = seed_measure(pairs, None), seed_measure(pairs, bounds)
    else:
        success = success_measure(pairs, single, mixed_seed(seed, f"{name}/success"))
        reward = reward_measure(pairs, bounds, mixed_seed(seed, f"{name}/reward"))
    return EnvironmentComparison(
        environment=name,
        suite=suite,
        verdict=CANNOT_TELL,
        pairing=pairing,
        measure="reward" if graded else "success",
        success=success,
        reward=reward,
        quadrants=counted,
    )


def _corrected(items: Sequence[EnvironmentComparison]) -> list[EnvironmentComparison]:
    usable = [item for item in items if item.success is not None and item.reward is not None]
    # One family per measure: the question is asked once for each environment, so Holm corrects over environments.
    success = dict(zip(map(id, usable), holm([item.success.p for item in usable if item.success]), strict=True))
    reward = dict(zip(map(id, usable), holm([item.reward.p for item in usable if item.reward]), strict=True))
    return [
        evolve(
            item,
            success=item.success and evolve(item.success, p_holm=success[id(item)]),
            reward=item.reward and evolve(item.reward, p_holm=reward[id(item)]),
        )
        for item in items
    ]


def _direction(measure: Measure) -> int:
    # A direction takes both: a corrected p-value below alpha, and an interval that leaves out 0. Test and interval rest
    # on different approximations, and few tasks can make either of them optimistic.
    low, high = measure.difference.low, measure.difference.high
    if measure.p_holm > ALPHA or low is None or high is None or _few_seeds(measure):
        return 0
    return 1 if low > 0 else -1 if high < 0 else 0


def _few_seeds(measure: Measure) -> bool:
    return measure.spread is not None and len(measure.spread.means) < FEW_SEEDS


def _judged(item: EnvironmentComparison) -> EnvironmentComparison:
    if item.success is None or item.reward is None:
        return item
    # The verdict rests on success, unless scores are graded (neither the lowest nor the highest): then success throws
    # most of the information away. The other measure can only veto.
    main, other = (item.reward, item.success) if item.measure == "reward" else (item.success, item.reward)
    direction = _direction(main)
    if direction and _direction(other) == -direction:
        return evolve(item, reasons=("success and reward point in opposite directions, each clearly",))
    if direction:
        return evolve(item, verdict=BETTER if direction > 0 else WORSE)
    return evolve(item, reasons=(_why_not(item.pairing.tasks, main),))


def _why_not(tasks: int, measure: Measure) -> str:
    difference = measure.difference
    if difference.low is None:
        return difference.note or "too few tasks for an interval"
    if not difference.value:
        return f"no difference over {tasks} paired tasks"
    if measure.p <= ALPHA < measure.p_holm:
        return f"p = {measure.p:.3g} does not survive the correction over environments ({measure.p_holm:.3g})"
    gap = abs(difference.value)
    if measure.spread is not None:
        if _few_seeds(measure):
            return difference.note
        seen = f"a difference of {gap:.3f} over {len(measure.spread.means)} training seeds and {tasks} tasks"
        if measure.seeds_needed is None:
            return f"{seen}: on these tasks no number of seeds would show it"
        return f"{seen} may be chance (p = {measure.p:.3g}); it takes about {measure.seeds_needed} seeds to be seen"
    wanted = next((need.tasks for need in measure.needed if need.observed), 0)
    if wanted <= tasks:
        return f"a difference of {gap:.3f} over {tasks} paired tasks may be chance (p = {measure.p:.3g})"
    return f"a difference of {gap:.3f} takes about {wanted} paired tasks to be seen; there are {tasks}"


def _overall(items: Sequence[EnvironmentComparison], bounds: tuple[float, float]) -> list[OverallComparison]:
    suites: dict[str, list[EnvironmentComparison]] = {}
    for item in items:
        if item.success is not None:
            suites.setdefault(item.suite, []).append(item)
    # A mean over some environments must not rank the whole suite, so one incomparable environment blocks the verdict.
    left_out = [item.environment for item in items if item.success is None]
    found = []
    for suite, group in suites.items():
        success = _mean([item.success for item in group if item.success], 1.0)
        reward = _mean([item.reward for item in group if item.reward], bounds[1] - bounds[0])
        main = reward if any(item.measure == "reward" for item in group) else success
        reasons = []
        verdict = CANNOT_TELL
        if left_out:
            reasons.append(f"not comparable, so left out: {', '.join(left_out)}; a part does not rank the whole")
        elif main.low is None or main.high is None or any(item.success and _few_seeds(item.success) for item in group):
            reasons.append(main.note)
        elif main.tasks < FEW_TASKS:
            reasons.append(f"{main.tasks} paired tasks are too few to rank")
        elif main.low > 0 or main.high < 0:
            verdict = BETTER if main.low > 0 else WORSE
        else:
            reasons.append("the interval holds 0")
        # A mean over one environment is that environment: two verdicts on it must not differ.
        if len(group) == 1 and not left_out:
            verdict, reasons = group[0].verdict, list(group[0].reasons)
        names = tuple(item.environment for item in group)
        found.append(OverallComparison(suite, names, success, reward, verdict, tuple(reasons)))
    return found


def _mean(measures: Sequence[Measure], width: float) -> Estimate:
    spreads = [measure.spread for measure in measures if measure.spread is not None]
    # Environments share no task, so their intervals are independent; but one training seed made the policy of them all.
    return seed_interval(spreads, (-width, width)) if spreads else combine([item.difference for item in measures])
