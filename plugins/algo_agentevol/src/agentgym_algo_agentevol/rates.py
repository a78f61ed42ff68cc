"""How often each task was solved so far, over all iterations."""

from __future__ import annotations

from collections.abc import Iterable

Unit = tuple[str, str, str]
"""Environment, configuration and task, as `EpisodeKey.unit`."""

_PRIOR = 2.0
"""What is known of an environment counts as so many attempts at each of its tasks."""


class PassRates:
    """Attempts and successes a task. Nothing of it is kept on disk: a run that goes on observes the same episodes again."""

    def __init__(self) -> None:
        self._tasks: dict[Unit, tuple[int, int]] = {}
        self._environments: dict[str, tuple[int, int]] = {}

    def observe(self, attempts: Iterable[tuple[Unit, bool]]) -> None:
        """Count scored attempts, each with whether it succeeded; their order does not matter."""
        for unit, solved in attempts:
            played, won = self._tasks.get(unit, (0, 0))
            self._tasks[unit] = played + 1, won + solved
            played, won = self._environments.get(unit[0], (0, 0))
            self._environments[unit[0]] = played + 1, won + solved

    def attempts(self, unit: Unit) -> tuple[int, int]:
        """How often a task was played, and how often solved."""
        return self._tasks.get(unit, (0, 0))

    def rate(self, unit: Unit) -> float:
        """The estimated probability of success, never 0 or 1.

        It is the mean of a beta distribution: the environment's own rate (a half where nothing is known) stands for two attempts.
        """
        played, won = self._environments.get(unit[0], (0, 0))
        usual = (won + 1) / (played + 2)
        played, won = self.attempts(unit)
        return (won + _PRIOR * usual) / (played + _PRIOR)
