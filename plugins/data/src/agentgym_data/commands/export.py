"""Write the episodes of a run as an AgentTraj file, as OpenAI messages, as JSON Lines or as Parquet."""

from __future__ import annotations

import argparse
import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agentgym_core.terminal import say
from agentgym_core.types import Outcome, WeightedTrajectory

if TYPE_CHECKING:
    from agentgym_core.store import Run
    from agentgym_core.types import Trajectory

FORMATS = ("agenttraj", "messages", "jsonl", "parquet")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", help="a run folder")
    parser.add_argument(
        "--to",
        required=True,
        metavar="FORMAT",
        help=f"{', '.join(FORMATS)}, or one that a plugin adds (`export.NAME`), such as trl",
    )
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="settings of a plugin's format, such as model=DIR",
    )
    parser.add_argument("--out", required=True, help="the file to write; .gz packs it (not Parquet)")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[outcome.value for outcome in Outcome],
        help="only this outcome; may be repeated",
    )
    parser.add_argument("--min-score", type=float, metavar="X", help="only episodes with at least this score")
    parser.add_argument(
        "--skip-corrupt", action="store_true", help="pass over lines that cannot be read, and count them"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Export and say what was written and what was left out."""
    from agentgym_core.store import Run
    from agentgym_data import export_agenttraj, export_jsonl, export_messages, export_parquet
    from agentgym_data.transfer import STYLE

    write = None if arguments.to in FORMATS else _of_plugin(arguments.to, arguments.config)
    if write is None:
        _refuse_ending(Path(arguments.out), arguments.to)
    source = Run.open(arguments.run, skip_corrupt=arguments.skip_corrupt)
    target = Path(arguments.out)
    refuse_existing(target, arguments.force)
    left_out: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    notes: Mapping[str, int] = {}
    episodes = _chosen(source, frozenset(arguments.only), arguments.min_score, left_out, outcomes)
    sidecar = ""
    if write is not None:
        count = write(map(WeightedTrajectory, episodes), target)
    elif arguments.to in ("agenttraj", "messages"):
        export = export_agenttraj if arguments.to == "agenttraj" else export_messages
        done = export(episodes, target, style=source.manifest.get(STYLE))
        count, sidecar, notes = done.episodes, done.sidecar, done.notes
    else:
        count = (export_jsonl if arguments.to == "jsonl" else export_parquet)(episodes, target)
    if arguments.json:
        report = {
            "file": str(target),
            "episodes": count,
            "outcomes": dict(outcomes),
            "left_out": dict(left_out),
            "skipped": source.skipped,
            "sidecar": sidecar,
            "notes": dict(notes),
        }
        say(json.dumps(report, indent=2))
        return 0
    say(f"{count} episodes in {target}" + (f", what the format cannot hold in {sidecar}" if sidecar else ""))
    unsolved = count - outcomes[Outcome.SOLVED.value]
    if arguments.to in ("agenttraj", "messages") and unsolved:
        say(f"{unsolved} of them are not solved, which the format does not say: --only solved leaves them out")
    for note, number in notes.items():
        say(f"note: {note} ({number})")
    for reason, number in sorted(left_out.items()):
        say(f"{number} left out: {reason}")
    if source.skipped:
        say(f"{source.skipped} corrupt lines passed over")
    return 0


def _of_plugin(name: str, pairs_: list[str]) -> Callable[[Iterator[WeightedTrajectory], Path], int]:
    """What writes a format that a plugin announces.

    :raises UnknownComponent, ComponentUnavailable: there is none.
    """
    from agentgym_core.cli.playing import pairs
    from agentgym_core.registry import extension

    return functools.partial(extension(f"export.{name}"), **pairs(pairs_, "--config"))


_ENDINGS = {
    "agenttraj": (".json", ".jsonl"),
    "messages": (".jsonl", ".json"),
    "jsonl": (".jsonl", ".json"),
    "parquet": (".parquet",),
}


def _refuse_ending(path: Path, form: str) -> None:
    """Refuse a name that says another format: whoever opens the file later would be misled."""
    from agentgym_core.errors import ConfigError

    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    others = {each for endings in _ENDINGS.values() for each in endings} | {".csv", ".tsv", ".txt", ".xlsx"}
    if (ending in others and ending not in _ENDINGS[form]) or (form == "parquet" and path.suffix == ".gz"):
        raise ConfigError(
            f"--out {path}: {form} is not written under that ending", hint=f"name it with {' or '.join(_ENDINGS[form])}"
        )


def refuse_existing(path: Path, force: bool) -> None:
    """Raise where writing would replace a file without permission.

    :raises StoreError: the file is there.
    """
    from agentgym_core.errors import StoreError

    if path.is_dir():
        raise StoreError(f"{path}: is a folder", hint="name a file in it")
    if path.exists() and not force:
        raise StoreError(f"{path}: is there already", hint="replace it with --force, or name another file")


def _chosen(
    source: Run, only: frozenset[str], least: float | None, left_out: Counter[str], outcomes: Counter[str]
) -> Iterator[Trajectory]:
    for trajectory in source.trajectories():
        outcome, score = trajectory.outcome.value, trajectory.score
        if only and outcome not in only:
            left_out[f"outcome {outcome}"] += 1
        elif least is not None and (score is None or score < least):
            left_out["no score" if score is None else f"score under {least:g}"] += 1
        else:
            outcomes[outcome] += 1
            yield trajectory
