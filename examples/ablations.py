"""One table, each row a question about AgentEvol: what changes where one choice changes and everything else is kept.

Every variant of `ablations.toml` starts from the same cloned policy (of a seed), and is judged on the same held-out tasks as the
reference, task by task. What is done is kept: a second call goes on where the first was stopped. A variant that is finished with a seed
leaves a small file in docs/results/ablations, with which it is done on any machine that has the file. It says before it starts how long it
will take.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from _study import Study, cost, entry, probe, row_of, settings_of, stopwatch, tell_the_cost
from _variants import EVOLVE, STARTS, VARIANTS, Variant

from agentgym_algo_agentevol.records import judged
from agentgym_core.cli.seeds import SeedsFailed, run_seeds, seeds
from agentgym_core.evaluation import Estimate
from agentgym_viewer.leaderboard import leaderboard

HERE = Path(__file__).resolve().parent
FILE = HERE / "ablations.toml"
GUESS = 250.0
"""Processor seconds of a run where `probe` takes one second, until one is done."""
SHARED = ("demos", "words", "base", "clone", "evolve/stages/evaluate-0")
"""Stages that a variant takes from its start: their settings are the same, so they count as done."""


def main() -> None:
    """Say what it costs and can tell, run what is not done, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("runs/ablations"), help="where everything is kept")
    parser.add_argument(
        "--seeds",
        type=seeds,
        default=(1, 2, 3, 4, 5),
        metavar="N,N,...",
        help="each variant once a seed (default: 1 to 5)",
    )
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="so many runs at once, a thread each (default: 2)"
    )
    parser.add_argument("--only", default="", metavar="NAME,NAME,...", help="these variants, beside those they need")
    parser.add_argument(
        "--set", action="append", default=[], dest="changes", metavar="PATH=VALUE", help="in every run: kept apart"
    )
    parser.add_argument("--results", type=Path, help="where small results lie (default: docs/results/ablations)")
    parser.add_argument(
        "--only-tell", action="store_true", help="say what it costs and can tell, and the table of what is done"
    )
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    chosen = _chosen(arguments.only)
    if arguments.one:
        name, seed = arguments.one.rsplit(":", 1)
        _one(arguments, name, int(seed))
        return
    starts = tuple(dict.fromkeys(f"start-{variant.start}" for variant in chosen))
    studies = {name: _study(arguments, name) for name in (*starts, *(variant.name for variant in chosen))}
    missing = {
        name: [seed for seed in arguments.seeds if not study.done(seed, name)] for name, study in studies.items()
    }
    tell_the_cost(
        [(study, seed, name) for name, study in studies.items() for seed in arguments.seeds], GUESS, arguments.jobs
    )
    if not arguments.only_tell:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        needed = [f"start-{variant.start}" for variant in chosen if missing[variant.name]]
        failed = 0
        for batch in (dict.fromkeys([*(n for n in starts if missing[n]), *needed]), [v.name for v in chosen]):
            # A start is run again where its folder is gone and a variant has to go on from it.
            jobs = [
                (name, seed) for seed in arguments.seeds for name in batch if seed in missing[name] or name in needed
            ]
            with ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
                failed += sum(map(bool, pool.map(_child, jobs)))
        if failed:
            sys.exit(f"{failed} runs are not done; run the same command again: what is done is kept")
    print("\n".join(_table(studies, chosen, arguments.seeds)))


def _child(job: tuple[str, int]) -> int:
    """A process for each run: what it cost can then be told from what the others did."""
    return subprocess.run([sys.executable, *sys.argv, "--one", f"{job[0]}:{job[1]}"], check=False).returncode


def _one(arguments: argparse.Namespace, name: str, seed: int) -> None:
    """Run a start, or a variant from its start, with one seed, and keep its small result."""
    folder: Path = arguments.folder
    took, here = stopwatch(), probe()
    study = _study(arguments, name)
    parent = folder / "starts" / name.removeprefix("start-") if name.startswith("start-") else folder / name
    anew = not (parent / f"seed-{seed}").exists()
    if name.startswith("start-"):
        changes = (*STARTS[name.removeprefix("start-")], f"{EVOLVE}.iterations=0", *arguments.changes)
        (place,) = run_seeds(FILE, parent, changes, [seed], 1)
    else:
        (variant,) = (each for each in VARIANTS if each.name == name)
        _take(folder / "starts" / variant.start / f"seed-{seed}", parent / f"seed-{seed}")
        (place,) = run_seeds(FILE, parent, (*STARTS[variant.start], *variant.changes, *arguments.changes), [seed], 1)
    if not study.done(seed, name):
        # What an earlier call had done before it was stopped is in no figure of this one.
        study.keep(seed, [row_of(name, judged(place)[-1].run)], cost(took, here) if anew else {}, name)


def _study(arguments: argparse.Namespace, name: str) -> Study:
    """The study of one row: other rows may change without it."""
    if name.startswith("start-"):
        changes = STARTS[name.removeprefix("start-")]
    else:
        (variant,) = (each for each in VARIANTS if each.name == name)
        changes = (*STARTS[variant.start], *variant.changes)
    return Study(arguments.results or "ablations", settings_of(FILE, changes, sorted(arguments.changes)))


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


def _table(studies: Mapping[str, Study], variants: Sequence[Variant], numbers: Sequence[int]) -> Iterable[str]:
    """A row for each variant that is finished with some seed; a difference is over the seeds that both rows have."""
    kept = {name: study.files(numbers, name) for name, study in studies.items()}
    rows = {name: {_seed_of(file): study.rows(file)[0] for file in kept[name]} for name, study in studies.items()}
    found = {name: by_seed for name, by_seed in rows.items() if by_seed}
    if not found:
        yield "Nothing is done yet."
        return
    questions = {variant.name: variant.question for variant in variants}
    against = {variant.name: variant.against or f"start-{variant.start}" for variant in variants}
    lines = []
    columns: tuple[str, ...] = ()
    for name, by_seed in found.items():
        entries = [entry(name, by_seed, sorted(by_seed))]
        other = found.get(against.get(name, ""), {})
        common = sorted(by_seed.keys() & other.keys())
        if common:
            pair = [entry(against[name], other, common), entry(name, by_seed, common)]
            (difference,) = leaderboard(pair, differences=[(against[name], name)], trained=True).differences
        table = leaderboard(entries, trained=True)
        columns = columns or table.columns
        (row,) = table.rows
        cells = [_percent(row.cells[column].success) if column in row.cells else "-" for column in columns]
        paired = (
            f"{_percent(difference.overall[0].success, sign='+')} against {against[name]}, {len(common)} seeds"
            if common
            else ""
        )
        what = questions.get(name, "before any evolution")
        lines.append(f"| {name} | {what} | {len(by_seed)} | {' | '.join([*cells, _percent(row.success)])} | {paired} |")
    yield f"| row | what | seeds | {' | '.join(columns)} | mean | paired difference of the mean |"
    yield "|---|---|---|" + "---|" * (len(columns) + 2)
    yield from lines


def _seed_of(file: Path) -> int:
    return int(file.stem.rpartition("-")[2])


def _percent(estimate: Estimate, sign: str = "") -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "-"
    return f"{100 * estimate.value:{sign}.1f} ({100 * estimate.low:{sign}.0f} to {100 * estimate.high:{sign}.0f})"


if __name__ == "__main__":
    try:
        main()
    except SeedsFailed as error:
        sys.exit(str(error))
