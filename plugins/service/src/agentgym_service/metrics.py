"""What a server counts, and how Prometheus reads it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
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

        # A registry of its own: the library's global one adds figures of the whole process, and belongs to whoever embeds the server.
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """What a registry asks for: every figure as a family, its rows labelled by environment."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        rows = list(self._environments())
        label = ["environment"]
        active = GaugeMetricFamily("agentgym_sessions_active", "Sessions that are open.", labels=label)
        opened = CounterMetricFamily("agentgym_sessions_opened", "Sessions that were opened.", labels=label)
        closed = CounterMetricFamily(
            "agentgym_sessions_closed", "Sessions that were closed, by reason.", labels=[*label, "reason"]
        )
        resets = CounterMetricFamily("agentgym_resets", "Episodes that were started.", labels=label)
        steps = CounterMetricFamily("agentgym_steps", "Steps that were taken.", labels=label)
        seconds = CounterMetricFamily("agentgym_step_seconds", "Time spent in steps.", labels=label)
        faults = CounterMetricFamily(
            "agentgym_faults", "Calls that an environment or its host did not survive.", labels=label
        )
        errors = CounterMetricFamily(
            "agentgym_errors", "Requests that were answered with an error, by code.", labels=[*label, "code"]
        )
        for id, counters, open_now in sorted(rows, key=lambda row: row[0]):
            active.add_metric([id], open_now)
            opened.add_metric([id], counters.opened)
            resets.add_metric([id], counters.resets)
            steps.add_metric([id], counters.steps)
            seconds.add_metric([id], counters.seconds)
            faults.add_metric([id], counters.faults)
            for reason, count in sorted(counters.closed.items()):
                closed.add_metric([id, reason], count)
            for code, count in sorted(counters.errors.items()):
                errors.add_metric([id, code], count)
        yield from (active, opened, closed, resets, steps, seconds, faults, errors)
        yield GaugeMetricFamily("agentgym_sessions_limit", "Sessions that may be open at once.", value=self._limit)
        uptime = time.monotonic() - self._started
        yield GaugeMetricFamily("agentgym_uptime_seconds", "Time since the server started.", value=uptime)
        yield GaugeMetricFamily("agentgym_resident_bytes", "Resident memory of the server.", value=resident_bytes())


def resident_bytes() -> int:
    """Resident memory of this process; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    import resource

    return pages * resource.getpagesize()
