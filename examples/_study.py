"""A study over training seeds: a folder of runs, a folder of small results that are committed, and what a number of seeds can tell.

A seed that has its file is done, wherever it was run: another machine goes on with the others.
"""

from __future__ import annotations

import json
import math
import os
import resource
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_algo_agentevol import kept
from agentgym_core.evaluation.seeds import seeds_needed, spread, t_quantile
from agentgym_core.store import Run
from agentgym_core.types import digest
from agentgym_viewer.leaderboard import LeaderboardEntry, stored_rows

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results"
SPREAD = 0.05
"""The standard deviation over seeds of a difference of the mean over environments, where none was measured yet: that of the
first experiment's three seeds (docs/results/evolve-laptop.md)."""


@frozen
class Study:
    """Where the small results of a study lie, and what they were made with.

    :param settings: whatever decides a result beside the seed; files of other settings are another study's.
    """

    name: str | Path
    settings: Any

    def file(self, seed: int, part: str = "") -> Path:
        """The small result of a seed."""
        return RESULTS / self.name / f"{part + '-' if part else ''}seed-{seed}.json"

    def done(self, seed: int, part: str = "") -> bool:
        """Whether a seed is finished with these settings."""
        file = self.file(seed, part)
        return file.exists() and kept.load(file).get("settings") == digest(self.settings)

    def keep(self, seed: int, rows: Sequence[kept.KeptRow], cost: dict[str, Any], part: str = "") -> None:
        """Write the small result of a seed."""
        kept.keep(self.file(seed, part), rows, {"seed": seed, "settings": digest(self.settings), "cost": cost})

    def rows(self, file: Path) -> list[kept.KeptRow]:
        """The rows of a small result."""
        return kept.read(file)

    def files(self, seeds: Iterable[int], part: str = "") -> list[Path]:
        """Those of the seeds that are finished."""
        return [self.file(seed, part) for seed in seeds if self.done(seed, part)]


def probe() -> float:
    """Processor seconds of a fixed piece of training here, so that a cost that was measured on one machine says something of another."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layer = torch.nn.Sequential(*(torch.nn.Linear(128, 384), torch.nn.SiLU(), torch.nn.Linear(384, 128)) * 4)
    data = torch.randn(1024, 128)
    for turn in range(25):
        if turn == 5:
            begun = time.process_time()
        layer(data).square().mean().backward()
    return time.process_time() - begun


def processor_seconds() -> float:
    """Of this process's finished children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tell_the_cost(wanted: Sequence[tuple[Study, int, str]], guess: float | None, jobs: int) -> None:
    """Say how long what is not done yet will take.

    :param wanted: studies, each with a seed and a part.
    :param guess: processor seconds of one where `probe` takes one second, for where none was measured; None is no guess.
    """
    done = [(study, seed, part) for study, seed, part in wanted if study.done(seed, part)]
    costs = [kept.load(study.file(seed, part))["cost"] for study, seed, part in done]
    rates = [found["processor_seconds"] / found["probe_seconds"] for found in costs if found.get("probe_seconds")]
    missing = len(wanted) - len(done)
    if guess is None and not rates and missing:
        print(
            f"{len(done)} of {len(wanted)} runs are done: how long another takes is said once one was run here without a stop.",
            flush=True,
        )
        return
    each = probe() * (sum(rates) / len(rates) if rates else guess or 0.0) / 60
    cores = min(jobs, os.cpu_count() or 1, max(1, missing))
    source = f"by what {len(rates)} that are done took" if rates else "a guess: none was measured yet"
    print(
        f"{len(done)} of {len(wanted)} runs are done. The others take about {each * missing:.0f} processor minutes ({each:.1f} each, "
        f"{source}): {each * math.ceil(missing / cores):.0f} minutes on {cores} idle core{'s' if cores > 1 else ''}.",
        flush=True,
    )


def tell_the_power(
    files: Sequence[Path], pairs: Sequence[tuple[str, str]], seeds: int, tasks: int, environments: int
) -> None:
    """Say how wide intervals of differences will be with so many seeds.

    :param tasks: held-out tasks an environment, for where nothing was measured yet.
    """
    found = [kept.read(file) for file in files]
    if seeds < 2:
        print("One seed ranks nothing: it says what it did itself.", flush=True)
    elif len(found) > 1:
        for a, b in pairs:
            parts = [spread(table) for table in differences(found, a, b).values()]
            drawn = math.fsum(part.task_variance for part in parts) / len(parts) ** 2
            half = t_quantile(0.975, seeds - 1) * math.sqrt(_variance_of_seeds(parts) / seeds + drawn)
            print(
                f"{b} less {a}: {seeds} seeds will leave an interval of about {100 * half:.1f} points to each side of the mean over "
                f"environments, by the spread of {len(found)} that are done; what is seen so far would take "
                f"{seeds_needed(parts) or 'more than 1000'} seeds to be shown (power 0.8).",
                flush=True,
            )
    else:
        half = t_quantile(0.975, seeds - 1) * math.sqrt(SPREAD**2 / seeds + 0.25 / (tasks * environments))
        print(
            f"{seeds} seeds and {tasks} tasks in each of {environments} environments leave an interval of about {100 * half:.1f} "
            f"points to each side of a difference of the mean, if seeds spread as in the first experiment ({100 * SPREAD:.0f} points).",
            flush=True,
        )


def differences(found: Sequence[Sequence[kept.KeptRow]], a: str, b: str) -> dict[str, list[list[float]]]:
    """By environment, for each seed and task, the success of row b less that of row a, of tasks that every seed has scored."""
    tables: dict[str, list[dict[tuple[Any, ...], float]]] = {}
    for seed in found:
        by_name = {row.name: {(e.unit, e.sample): e for e in row.episodes} for row in seed}
        here: dict[str, dict[tuple[Any, ...], float]] = {}
        for key, episode in by_name[b].items():
            other = by_name[a].get(key)
            if other is not None and episode.success is not None and other.success is not None:
                here.setdefault(episode.environment, {})[key] = float(episode.success) - float(other.success)
        for environment, values in here.items():
            tables.setdefault(environment, []).append(values)
    return {
        environment: [[values[key] for key in sorted(set.intersection(*map(set, each)))] for values in each]
        for environment, each in tables.items()
    }


def _variance_of_seeds(parts: Sequence[Any]) -> float:
    """The variance over seeds of the mean over environments, without what the draw of tasks adds."""
    means = [math.fsum(values) / len(parts) for values in zip(*(part.means for part in parts), strict=True)]
    centre = math.fsum(means) / len(means)
    return math.fsum((mean - centre) ** 2 for mean in means) / (len(means) - 1)


def stopwatch() -> Callable[[], float]:
    """Processor seconds of children that have ended since it was made."""
    begun = processor_seconds()
    return lambda: processor_seconds() - begun


def cost(took: Callable[[], float], here: float) -> dict[str, float]:
    """What a small result says of its run's cost. :param here: what `probe` took on this machine."""
    return {"processor_seconds": round(took(), 1), "probe_seconds": round(here, 4)}


def shares(folder: Path, seconds: float) -> dict[str, float]:
    """How much of a run's wall time went into generating and training, and how fast both were.

    :param folder: of a pipeline that has run to its end. :param seconds: the wall time of all of it.
    """
    generated = played = trained = learned = 0.0
    for file in folder.rglob("result.json"):
        metrics = json.loads(file.read_text(encoding="utf-8"))["result"].get("metrics", {})
        # What an algorithm says of its learners stands in their own stages too.
        if metrics.get("train_seconds") and (file.parent / "rows.jsonl").exists():
            trained += metrics["train_seconds"]
            learned += metrics["tokens_per_second"] * metrics["train_seconds"]
    for manifest in folder.rglob("run/manifest.json"):
        with Run.open(manifest.parent) as stored:
            spans = [
                (each.started, each.started + each.seconds, each.usage.completion_tokens)
                for each in stored.trajectories()
            ]
        if any(tokens for _, _, tokens in spans):
            generated += sum(tokens for _, _, tokens in spans)
            played += max(end for _, end, _ in spans) - min(begin for begin, _, _ in spans)
    return {
        "wall_seconds": round(seconds, 1),
        "generate_seconds": round(played, 1),
        "train_seconds": round(trained, 1),
        "generated_tokens_per_second": round(generated / played, 1) if played else 0.0,
        "trained_tokens_per_second": round(learned / trained, 1) if trained else 0.0,
    }


def row_of(name: str, run: Path, iteration: int | None = None) -> kept.KeptRow:
    """The episodes of a run as a row."""
    return kept.KeptRow(name, stored_rows(run), iteration)


def entry(name: str, by_seed: Mapping[int, kept.KeptRow], numbers: Iterable[int]) -> LeaderboardEntry:
    """A row of the table over these training seeds."""
    return LeaderboardEntry(name, tuple(by_seed[number].episodes for number in numbers))


def settings_of(file: Path, *more: Any) -> list[Any]:
    """What decides a result: the text of a pipeline file without its comments, and what is changed in it."""
    lines = [line.partition("  #")[0].rstrip() for line in file.read_text(encoding="utf-8").splitlines()]
    return [[line for line in lines if line and not line.startswith("#")], *json.loads(json.dumps(more))]
