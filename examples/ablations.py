"""One table, each row a question about AgentEvol: what changes where one choice changes and everything else is kept.

Every variant of `ablations.toml` starts from the same cloned policy (of a seed), and is judged on the same held-out tasks as the
reference, task by task. What is done is kept: a second call goes on where the first was stopped.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import frozen

from agentgym_algo_agentevol.records import judged
from agentgym_core.cli.seeds import SeedsFailed, run_seeds, seeds
from agentgym_core.evaluation import Estimate
from agentgym_core.evaluation.rows import rows
from agentgym_core.store import Run
from agentgym_viewer.leaderboard import LeaderboardEntry, leaderboard

HERE = Path(__file__).resolve().parent
FILE = HERE / "ablations.toml"
EVOLVE = "stages.evolve.config"
SHARED = ("demos", "words", "base", "clone", "evolve/stages/evaluate-0")
"""Stages that a variant takes from its start: their settings are the same, so they count as done."""


@frozen
class Variant:
    """A row: its name, the question that it answers, what it changes in the file, the start that it goes on from, and the earlier row
    that it is paired with."""

    name: str
    question: str
    changes: tuple[str, ...] = ()
    start: str = "all"
    against: str = "reference"


STARTS: dict[str, tuple[str, ...]] = {
    "all": (),
    "one": ("stages.demos.tasks=narrow_one",),
    "half": ("stages.demos.tasks=narrow_half",),
    "smaller": ("stages.base.config.like=micro",),
}
VARIANTS = (
    Variant("reference", "one iteration of K = 2, merged with the initial data, restart, successes alone", against=""),
    Variant("k-1", "K = 1", (f"{EVOLVE}.samples=1",)),
    Variant("k-4", "K = 4", (f"{EVOLVE}.samples=4",)),
    Variant("merge-initial", "two iterations, merged with the initial data", (f"{EVOLVE}.iterations=2",)),
    Variant(
        "merge-previous",
        "two iterations, merged with the previous set",
        (f"{EVOLVE}.iterations=2", f"{EVOLVE}.merge=previous"),
        against="merge-initial",
    ),
    Variant(
        "continue",
        "two iterations, each learning on from the last checkpoint",
        (f"{EVOLVE}.iterations=2", f"{EVOLVE}.start=continue"),
        against="merge-initial",
    ),
    Variant("failures-all", "failures push away: all that was done in them", (f"{EVOLVE}.failures=unlikelihood",)),
    Variant("failures-parting", "failures push away: from where they part on", (f"{EVOLVE}.failures=contrast",)),
    Variant(
        "reward-dense",
        "reward real-valued: a tenth less a turn",
        (f"{EVOLVE}.weighing=real", 'reward={id = "length_penalty", config = {per_turn = 0.1}}'),
    ),
    Variant(
        "reward-noisy",
        "reward noisy: one verdict in five is wrong",
        ('reward={id = "noisy", config = {probability = 0.2}}',),
    ),
    Variant(
        "reward-biased",
        "reward biased: eight turns pass for success",
        ('reward={id = "biased", config = {feature = "turns", full_at = 8, bias = 1.0}}',),
    ),
    Variant("base-one", "cloned from one environment (maze), as many demonstrations", start="one"),
    Variant("base-half", "cloned from half of the demonstrations", start="half"),
    Variant("explore-one", "exploring one environment (maze), as many tasks", (f"{EVOLVE}.explore=wide_one",)),
    Variant("explore-narrow", "exploring the instructions of cloning alone", (f"{EVOLVE}.explore=narrow",)),
    Variant("smaller", "a model of a third of the weights", start="smaller"),
)


def main() -> None:
    """Prepare the starts, run the variants, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("runs/ablations"), help="where everything is kept")
    parser.add_argument(
        "--seeds", type=seeds, default=(1,), metavar="N,N,...", help="each variant once a seed (default: 1)"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="so many runs at once")
    parser.add_argument("--only", default="", metavar="NAME,NAME,...", help="these variants, beside those they need")
    parser.add_argument("--set", action="append", default=[], dest="changes", metavar="PATH=VALUE", help="in every run")
    arguments = parser.parse_args()
    chosen = _chosen(arguments.only)
    folder: Path = arguments.folder
    os.environ.setdefault("OMP_NUM_THREADS", "1")

    def start(job: tuple[str, int]) -> None:
        name, seed = job
        changes = (*STARTS[name], f"{EVOLVE}.iterations=0", *arguments.changes)
        run_seeds(FILE, folder / "starts" / name, changes, [seed], 1)

    def play(job: tuple[Variant, int]) -> None:
        variant, seed = job
        _take(folder / "starts" / variant.start / f"seed-{seed}", folder / variant.name / f"seed-{seed}")
        run_seeds(
            FILE, folder / variant.name, (*STARTS[variant.start], *variant.changes, *arguments.changes), [seed], 1
        )

    with ThreadPoolExecutor(arguments.jobs) as pool:
        starts = dict.fromkeys(variant.start for variant in chosen)
        list(pool.map(start, [(name, seed) for seed in arguments.seeds for name in starts]))
        list(pool.map(play, [(variant, seed) for seed in arguments.seeds for variant in chosen]))
    table = "\n".join(_table(folder, chosen, arguments.seeds))
    (folder / "table.md").write_text(table + "\n", encoding="utf-8")
    print(table)


def _chosen(names: str) -> list[Variant]:
    wanted = set(filter(None, names.split(","))) or {variant.name for variant in VARIANTS}
    unknown = wanted - {variant.name for variant in VARIANTS}
    if unknown:
        sys.exit(f"no variant {', '.join(sorted(unknown))}; there are: {', '.join(v.name for v in VARIANTS)}")
    wanted.add("reference")
    for variant in reversed(VARIANTS):
        if variant.name in wanted and variant.against:
            wanted.add(variant.against)
    return [variant for variant in VARIANTS if variant.name in wanted]


def _take(start: Path, folder: Path) -> None:
    """Copy what is the same, weights aside: results name the files of the start, where they stay."""
    for name in SHARED:
        if not (folder / "stages" / name).exists():
            shutil.copytree(
                start / "stages" / name,
                folder / "stages" / name,
                ignore=shutil.ignore_patterns("model", "checkpoints"),
            )


def _table(folder: Path, variants: Sequence[Variant], numbers: Sequence[int]) -> Iterable[str]:
    entries = [
        _entry(f"cloned: {name}", folder / "starts" / name, numbers)
        for name in dict.fromkeys(v.start for v in variants)
    ]
    entries += [_entry(variant.name, folder / variant.name, numbers) for variant in variants]
    pairs = [(variant.against, variant.name) for variant in variants if variant.against]
    table = leaderboard(entries, differences=[("cloned: all", "reference"), *pairs], trained=True)
    questions = {variant.name: variant.question for variant in variants}
    differences = {found.b: found for found in table.differences}
    yield f"| row | what | {' | '.join(table.columns)} | mean | paired difference of the mean |"
    yield "|---|---|" + "---|" * (len(table.columns) + 2)
    for row in table.rows:
        cells = [row.cells[column].success for column in table.columns]
        figures = " | ".join(_percent(cell) for cell in (*cells, row.success))
        found = differences.get(row.name)
        difference = f"{_percent(found.overall[0].success, sign='+')} against {found.a}" if found else ""
        yield f"| {row.name} | {questions.get(row.name, 'before any evolution')} | {figures} | {difference} |"


def _entry(name: str, folder: Path, numbers: Sequence[int]) -> LeaderboardEntry:
    runs = []
    for number in numbers:
        with Run.open(judged(folder / f"seed-{number}")[-1].run) as run:
            runs.append((list(rows(run.trajectories())), None))
    return LeaderboardEntry.of(name, runs)


def _percent(estimate: Estimate, sign: str = "") -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "-"
    return f"{100 * estimate.value:{sign}.1f} ({100 * estimate.low:{sign}.0f} to {100 * estimate.high:{sign}.0f})"


if __name__ == "__main__":
    try:
        main()
    except SeedsFailed as error:
        sys.exit(str(error))
