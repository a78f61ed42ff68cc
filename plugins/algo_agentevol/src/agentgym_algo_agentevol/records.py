"""An evolution as it lies on disk: which stages it has, and what the pipeline around it judged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from agentgym_algo_agentevol import lineage
from agentgym_core.errors import StoreError

_JUDGED = re.compile(r"evaluate-(\d+)")


@frozen
class Judged:
    """A run of held-out tasks: how a table calls it, where it lies, and its iteration (None: no step of the evolution)."""

    name: str
    run: Path
    iteration: int | None = None


def evolution(folder: Path) -> Path:
    """The stage of the evolution in a folder: the folder itself, or the one stage of a pipeline that is one.

    :raises StoreError: there is none, or more than one.
    """
    if (folder / lineage.FOLDER).is_dir():
        return folder
    found = [path.parent for path in sorted(folder.glob(f"stages/*/{lineage.FOLDER}")) if path.is_dir()]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(str(path) for path in found)
        raise StoreError(f"{folder} holds more than one evolution", hint=f"name one of: {names}")
    raise StoreError(
        f"{folder} holds no evolution that has begun to learn",
        hint="name the folder of a pipeline with an agentevol stage, or that stage's own folder",
    )


def judged(folder: Path) -> list[Judged]:
    """The runs of held-out tasks in the order of the table: what the pipeline judged before, the evolution, what it judged after.

    :raises StoreError: as `evolution`.
    """
    stage = evolution(folder)
    rows = [
        Judged("BC" if number == 0 else f"iteration {number}", path, number)
        for number, path in sorted(_evaluations(stage))
    ]
    if stage == folder:
        return rows
    before: list[Judged] = []
    after: list[Judged] = []
    place = before
    for name, kind in _stages(folder):
        if name == stage.name:
            place = after
        elif kind == "evaluate" and (folder / "stages" / name / "run" / "manifest.json").exists():
            place.append(Judged(name, folder / "stages" / name / "run"))
    return [*before, *rows, *after]


def _evaluations(stage: Path) -> Iterator[tuple[int, Path]]:
    for path in stage.glob("stages/evaluate-*"):
        match = _JUDGED.fullmatch(path.name)
        if match and (path / "result.json").exists():
            yield int(match[1]), path / "run"


def _stages(folder: Path) -> list[tuple[str, str]]:
    file = folder / "pipeline.json"
    try:
        return [(stage["name"], stage["kind"]) for stage in json.loads(file.read_text(encoding="utf-8"))["stages"]]
    except (OSError, ValueError, KeyError, TypeError):
        # `agentgym train` has one stage, and a folder that was copied may lack the file: its evolution is still whole.
        return []
