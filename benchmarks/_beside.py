"""The benchmarks of this checkout beside those of another, each in its own environment: interleaved runs, medians, ratios.

A ratio over 1 says that this checkout is the better one. Two builds that are measured one after the other are measured on two machines:
other work comes and goes, clocks and caches warm. So they take turns, run by run, and each goes first every other round.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attrs import Factory, define, frozen

SHORTER: dict[str, dict[str, Any]] = {
    "environments": {"REPEATS": 1, "EPISODES": 5000},
    "env_todo": {"EPISODES": 2000},
    "listing": {"REPEATS": 8},
    "rollout": {"REPEATS": 1},
    "service_legacy": {"REPEATS": 1, "SECONDS": 1.0},
    "store": {"COUNT": 5000},
}
"""Constants of benchmarks: what they repeat for a median of their own, five runs need not."""

ARGUMENTS = {"policy_transformers": ["--episodes", "16", "--turns", "6"]}
"""The same for one that has arguments."""

FIRST = ("rollout", "store", "listing", "environments")
"""What goes first where the time is not enough for all runs of everything."""

_DRIVER = """
import importlib, json, pathlib, sys
script, values = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
sys.path.insert(0, str(script.parent))
sys.argv[1:] = ["--json"]
module = importlib.import_module(script.stem)
for name, value in values.items():
    setattr(module, name, value)
importlib.import_module("_figures").main(script.stem, getattr(module, "figures", None) or module.measure, "")
"""
_LIMIT = 300
_UNDER = 0.95


@frozen
class Side:
    """A checkout with the Python of its environment."""

    name: str
    folder: Path
    python: Path

    def run(self, benchmark: str) -> list[dict[str, Any]]:
        """The figures of one run, and what the whole of it took.

        :raises RuntimeError: it failed; the last line that it said.
        """
        script = self.folder / "benchmarks" / f"{benchmark}.py"
        words = [str(self.python), str(script), "--json", *ARGUMENTS.get(benchmark, [])]
        if benchmark in SHORTER:
            words = [str(self.python), "-c", _DRIVER, str(script), json.dumps(SHORTER[benchmark])]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            started = time.perf_counter()
            child = subprocess.Popen(words, cwd=self.folder, stdout=out, stderr=err)
            try:
                # Not `child.wait`, which would not tell what the child and those that it waited for used.
                while (ended := os.wait4(child.pid, os.WNOHANG))[0] == 0:
                    if time.perf_counter() - started > _LIMIT:
                        child.kill()
                    time.sleep(0.02)
            except BaseException:
                child.kill()
                raise
            wall = time.perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(ended[1])
            out.seek(0)
            err.seek(0)
            if child.returncode:
                raise RuntimeError((err.read().decode(errors="replace").strip() or "it failed").splitlines()[-1][:100])
            report = json.loads(out.read())
        if isinstance(report, dict):
            values = {name.replace("_", " "): value for name, value in report.items()}
            report = [{"name": name, "value": v, "unit": ""} for name, v in values.items() if type(v) is float]
        used = ended[2].ru_utime + ended[2].ru_stime
        whole = (("the whole run, processor time", used), ("the whole run, by the wall clock", wall))
        return [*report, *({"name": name, "value": value, "unit": "s"} for name, value in whole)]


@define
class Pair:
    """One figure of both sides, a value a run."""

    benchmark: str
    name: str
    unit: str
    better_high: bool
    here: list[float] = Factory(list)
    beside: list[float] = Factory(list)

    @property
    def medians(self) -> tuple[float, float]:
        """Of the other side, and of this one."""
        return statistics.median(self.beside), statistics.median(self.here)

    @property
    def ratio(self) -> float:
        """How many times as good this side is, of the medians."""
        other, own = self.medians
        good, bad = (own, other) if self.better_high else (other, own)
        return good / bad if bad else float("nan")


def compare(names: Iterable[str], here: Path, folder: Path, *, runs: int, minutes: float, out: Path | None) -> int:
    """Run, show how far it has come, print the table and write the JSON; the exit status.

    :param minutes: how long it may take: where that is not enough, what stands last is run fewer times, and the table says so.
    """
    sides = (Side("here", here, Path(sys.executable)), Side("beside", folder, folder / ".venv" / "bin" / "python"))
    for side in sides:
        if not side.python.exists():
            raise SystemExit(f"{side.folder}: there is no environment at .venv; make one there with: make setup")
    todo = [name for name in names if (folder / "benchmarks" / f"{name}.py").exists()]
    todo.sort(key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    end = time.monotonic() + 60 * minutes
    pairs: dict[str, list[Pair]] = {}
    cost: dict[str, float] = {}
    left_out = []
    for name in todo:
        started = time.monotonic()
        problem = _round(name, sides, pairs, 0)
        cost[name] = time.monotonic() - started
        if problem:
            left_out.append(problem)
            print(problem, flush=True)
    plan = dict.fromkeys(pairs, 1)
    left = 0.95 * (end - time.monotonic())
    for name in pairs:
        more = min(runs - 1, int(left // cost[name]))
        plan[name] += more
        left -= more * cost[name]
    # Other work may make a round longer than the first was: the time is kept all the same.
    for number, name in [(number, name) for number in range(1, runs) for name in pairs if plan[name] > number]:
        if time.monotonic() + cost[name] > end:
            continue
        try:
            problem = _round(name, sides, pairs, number)
        except KeyboardInterrupt:
            left_out.append("interrupted: what was measured until then counts")
            break
        left_out += [problem] if problem else []
    found = [pair for group in pairs.values() for pair in group]
    print(_table(found))
    print("\n".join(left_out))
    under = [pair for pair in found if pair.ratio < _UNDER]
    print(f"{len(found)} figures, {len(under)} with a ratio under {_UNDER}")
    if out is not None:
        _write(out, sides, runs, found, left_out)
    return 0


def _round(name: str, sides: tuple[Side, Side], pairs: dict[str, list[Pair]], number: int) -> str:
    """One run of each side; why there is none, or an empty text."""
    reports: dict[str, list[dict[str, Any]]] = {}
    for side in sides if number % 2 else reversed(sides):
        started = time.monotonic()
        try:
            reports[side.name] = side.run(name)
        except (RuntimeError, ValueError) as error:
            return f"{name}: run {number + 1} {side.name} failed: {error}"
        print(f"{name:<20} run {number + 1} {side.name:<7}{time.monotonic() - started:6.1f} s", flush=True)
    if len(reports["here"]) != len(reports["beside"]):
        # What the whole run took says nothing where one of them measures more.
        reports = {side: report[:-2] for side, report in reports.items()}
    if number == 0:
        pairs[name] = [
            Pair(name, own["name"], own["unit"], _better_high(own))
            for own, _ in _matched(reports["here"], reports["beside"])
        ]
    by_name = {pair.name: pair for pair in pairs[name]}
    for own, other in _matched(reports["here"], reports["beside"]):
        if (pair := by_name.get(own["name"])) is not None:
            pair.here.append(own["value"])
            pair.beside.append(other["value"])
    return ""


def _better_high(figure: dict[str, Any]) -> bool:
    rate = figure["unit"] in ("/s", "/min") or (not figure["unit"] and "per second" in figure["name"])
    return bool(figure.get("at_least")) or rate or figure["name"] == "faster"


def _matched(here: list[dict[str, Any]], beside: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Figures of one name; else of one name but for its numbers, such as that of the installed plugins."""
    exact = {figure["name"]: figure for figure in beside}
    blurred: dict[str, list[dict[str, Any]]] = {}
    own_names = {figure["name"] for figure in here}
    for figure in beside:
        if figure["name"] not in own_names:
            blurred.setdefault(_blur(figure["name"]), []).append(figure)
    out = []
    for figure in here:
        near = [exact[figure["name"]]] if figure["name"] in exact else blurred.get(_blur(figure["name"]), [])
        if len(near) == 1:
            out.append((figure, near[0]))
    return out


def _blur(name: str) -> str:
    return re.sub(r"\d[\d.,]*", "#", name)


def _table(found: list[Pair]) -> str:
    head = f"{'benchmark':<20}{'figure':<64}{'beside':>12}{'here':>12} {'unit':<8}{'runs':>5}{'ratio':>7}"
    lines = [head, "-" * len(head)]
    for pair in found:
        other, own = pair.medians
        mark = "  UNDER" if pair.ratio < _UNDER else ""
        values = f"{other:>12,.4g}{own:>12,.4g} {pair.unit:<8}{len(pair.here):>5}{pair.ratio:>7.2f}"
        lines.append(f"{pair.benchmark:<20}{pair.name[:63]:<64}{values}{mark}")
    return "\n".join([*lines, "-" * len(head)])


def _write(out: Path, sides: tuple[Side, Side], runs: int, found: list[Pair], left_out: list[str]) -> None:
    record = {
        "commits": {side.name: _commit(side.folder) for side in sides},
        "python": sys.version.split()[0],
        "cores": os.cpu_count(),
        "runs": runs,
        "figures": [
            {
                "benchmark": pair.benchmark,
                "figure": pair.name,
                "unit": pair.unit,
                "ratio": round(pair.ratio, 3),
                **{name: [float(f"{value:.5g}") for value in getattr(pair, name)] for name in ("beside", "here")},
            }
            for pair in found
        ],
        "left_out": left_out,
    }
    out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"written: {out}")


def _commit(folder: Path) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True
    )
    return done.stdout.strip()
