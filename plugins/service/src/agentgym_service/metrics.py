"""What a server counts, and how Prometheus reads it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, define


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


_HELP = {
    "agentgym_sessions_active": ("gauge", "Sessions that are open."),
    "agentgym_sessions_opened_total": ("counter", "Sessions that were opened."),
    "agentgym_sessions_closed_total": ("counter", "Sessions that were closed, by reason."),
    "agentgym_resets_total": ("counter", "Episodes that were started."),
    "agentgym_steps_total": ("counter", "Steps that were taken."),
    "agentgym_step_seconds_total": ("counter", "Time spent in steps."),
    "agentgym_faults_total": ("counter", "Calls that an environment or its host did not survive."),
    "agentgym_errors_total": ("counter", "Requests that were answered with an error, by code."),
    "agentgym_sessions_limit": ("gauge", "Sessions that may be open at once."),
    "agentgym_uptime_seconds": ("gauge", "Time since a worker started."),
    "agentgym_resident_bytes": ("gauge", "Resident memory of a worker."),
}


class Sample:
    """Figures of one worker as plain data, so that workers can ask each other for them."""

    def __init__(self, worker: int, limit: int) -> None:
        self._worker = worker
        self._limit = limit
        self._started = time.monotonic()

    def take(self, environments: Iterable[tuple[str, Counters, int]]) -> dict[str, Any]:
        """The figures now, from each environment's id, counters and number of open sessions."""
        return {
            "worker": self._worker,
            "limit": self._limit,
            "uptime": time.monotonic() - self._started,
            "resident": resident_bytes(),
            "environments": {
                id: {
                    "active": active,
                    "opened": counters.opened,
                    "closed": counters.closed,
                    "resets": counters.resets,
                    "steps": counters.steps,
                    "seconds": counters.seconds,
                    "faults": counters.faults,
                    "errors": counters.errors,
                }
                for id, counters, active in environments
            },
        }


def exposition(samples: Iterable[Mapping[str, Any]]) -> str:
    """Prometheus' text format: the figures of every worker."""
    rows: dict[str, list[str]] = {name: [] for name in _HELP}

    def add(name: str, value: float, **labels: object) -> None:
        inside = ",".join(f'{key}="{_escape(str(label))}"' for key, label in labels.items())
        rows[name].append(f"{name}{{{inside}}} {value:.17g}" if inside else f"{name} {value:.17g}")

    for sample in samples:
        worker = sample["worker"]
        if not rows["agentgym_sessions_limit"]:
            add("agentgym_sessions_limit", sample["limit"])
        add("agentgym_uptime_seconds", sample["uptime"], worker=worker)
        add("agentgym_resident_bytes", sample["resident"], worker=worker)
        for id, figures in sorted(sample["environments"].items()):
            labels = {"environment": id, "worker": worker}
            add("agentgym_sessions_active", figures["active"], **labels)
            add("agentgym_sessions_opened_total", figures["opened"], **labels)
            add("agentgym_resets_total", figures["resets"], **labels)
            add("agentgym_steps_total", figures["steps"], **labels)
            add("agentgym_step_seconds_total", figures["seconds"], **labels)
            add("agentgym_faults_total", figures["faults"], **labels)
            for reason, count in sorted(figures["closed"].items()):
                add("agentgym_sessions_closed_total", count, **labels, reason=reason)
            for code, count in sorted(figures["errors"].items()):
                add("agentgym_errors_total", count, **labels, code=code)
    lines = []
    for name, (kind, words) in _HELP.items():
        if rows[name]:
            lines += [f"# HELP {name} {words}", f"# TYPE {name} {kind}", *rows[name]]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def resident_bytes() -> int:
    """Resident memory of this process; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    import resource

    return pages * resource.getpagesize()
