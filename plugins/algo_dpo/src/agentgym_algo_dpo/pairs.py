"""Better and worse attempts at one task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agentgym_core.types import Trajectory


def pairs(rated: Iterable[tuple[Trajectory, float]], *, gap: float, most: int) -> list[tuple[Trajectory, Trajectory]]:
    """Pairs (better, worse) of attempts that share environment, configuration and task, and whose rewards are at least `gap` apart.

    Of equal attempts the earlier comes first, and none is in two pairs: the best goes with the worst, the second best with the second
    worst, up to `most` of a task.
    """
    tasks: dict[tuple[str, str, str], list[tuple[Trajectory, float]]] = {}
    for trajectory, reward in rated:
        tasks.setdefault(trajectory.key.unit, []).append((trajectory, reward))
    found = []
    for attempts in tasks.values():
        best = sorted(attempts, key=lambda pair: -pair[1])
        found += _of_task(best, gap, min(most, len(best) // 2))
    return found


def _of_task(best: Sequence[tuple[Trajectory, float]], gap: float, most: int) -> list[tuple[Trajectory, Trajectory]]:
    found = []
    for place in range(most):
        (better, high), (worse, low) = best[place], best[-1 - place]
        # A rounding error is no smaller gap: 0.3 - 0.2 is less than 0.1 as floating-point numbers.
        if high - low < gap - 1e-9:
            break
        found.append((better, worse))
    return found
