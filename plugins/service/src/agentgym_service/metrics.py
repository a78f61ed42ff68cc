"""What a server counts, and how Prometheus reads it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import Factory, define

if TYPE_CHECKING:
    from prometheus_client import Metric


@define
class Counters:
    """What is counted for one environment. `seconds` is the time spent in steps."""

    opened: int = 0
    steps: int = 0
    resets: int = 0
    faults: int = 0
    seconds: float = 0.0
    closed: dict[str, int] = Factory(dict)
    errors: dict[str, int] = Factory(dict)

    def count(self, code: str) -> None:
        """Count a request that was answered with an error."""
        self.errors[code] = self.errors.get(code, 0) + 1


class Metrics:
    """Figures of a server in Prometheus' text format.

    :param limit: how many sessions there may be. :param environments: each environment's id, counters and number of open sessions, now.
    """

    def __init__(self, limit: int, environments: Callable[[], Iterable[tuple[str, Counters, int]]]) -> None:
        self._limit = limit
        self._environments = environments
        self._started = time.monotonic()

    def exposition(self) -> bytes:
        """The figures now."""
        from prometheus_client import CollectorRegistry, generate_latest

        # A registry of its own: the library's global one adds figures of the whole process, and belongs to the embedding program.
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """What a registry asks for: every figure as a family, its rows labelled by environment."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
        from psutil import Process

        rows = sorted(self._environments(), key=lambda row: row[0])
        active = GaugeMetricFamily("agentgym_sessions_active", "Sessions that are open.", labels=["environment"])
        for id, _, open_now in rows:
            active.add_metric([id], open_now)
        yield active
        for name, field, label, words in _COUNTED:
            family = CounterMetricFamily(f"agentgym_{name}", words, labels=["environment", *([label] if label else [])])
            for id, counters, _ in rows:
                counted = getattr(counters, field)
                for key, count in sorted(counted.items()) if label else [("", counted)]:
                    family.add_metric([id, key] if label else [id], count)
            yield family
        yield GaugeMetricFamily("agentgym_sessions_limit", "Sessions that may be open at once.", value=self._limit)
        uptime = time.monotonic() - self._started
        yield GaugeMetricFamily("agentgym_uptime_seconds", "Time since the server started.", value=uptime)
        yield GaugeMetricFamily(
            "agentgym_resident_bytes", "Resident memory of the server.", value=Process().memory_info().rss
        )


_COUNTED = (
    ("sessions_opened", "opened", "", "Sessions that were opened."),
    ("sessions_closed", "closed", "reason", "Sessions that were closed, by reason."),
    ("resets", "resets", "", "Episodes that were started."),
    ("steps", "steps", "", "Steps that were taken."),
    ("step_seconds", "seconds", "", "Time spent in steps."),
    ("faults", "faults", "", "Calls that an environment or its host did not survive."),
    ("errors", "errors", "code", "Requests that were answered with an error, by code."),
)
"""Name, field of `Counters`, label where the field counts by something, and words of each counter."""
