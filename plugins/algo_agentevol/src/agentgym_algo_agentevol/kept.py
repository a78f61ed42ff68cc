"""An evolution's results as one small file: what a table with intervals over seeds and tasks needs, without the runs behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_core.errors import StoreError
from agentgym_core.evaluation.rows import EpisodeRow, Player
from agentgym_core.store.manifest import write_whole
from agentgym_core.types import Outcome

SCHEMA = "agentgym.evolution/1"
_MARKS = {"1": True, "0": False, "-": None}
"""An episode each, in the order of the tasks: solved, not solved, not scored."""


@frozen
class KeptRow:
    """A row of the table: how it is called, its episodes, and its iteration (None: no step of the evolution)."""

    name: str
    episodes: tuple[EpisodeRow, ...]
    at: int | None = None


def keep(file: Path, judged: Sequence[KeptRow], more: Mapping[str, Any]) -> None:
    """Write the file of one training seed.

    :param judged: the rows of its table. :param more: what else is worth keeping, as JSON values by name.
    :raises StoreError: it cannot be written.
    """
    sets: dict[tuple[str, str, str], dict[str, Any]] = {}
    told = []
    for entry in judged:
        found: dict[str, str] = {}
        by_set: dict[tuple[str, str, str], list[EpisodeRow]] = {}
        for row in entry.episodes:
            by_set.setdefault((row.environment, row.configuration, row.suite), []).append(row)
        for key, items in by_set.items():
            items.sort(key=lambda row: (row.task, row.sample))
            tasks = [[row.task, row.sample, row.content] for row in items]
            known = sets.setdefault(key, {"number": str(len(sets)), "tasks": tasks, "rounds": items[0].max_rounds})
            if known["tasks"] != tasks:
                raise StoreError(
                    f"{entry.name} was judged on other tasks of {key[0]} than the rows before it",
                    hint="one file holds rows that were judged on the same tasks",
                )
            found[known["number"]] = "".join(_mark(row.success if row.score is not None else None) for row in items)
        told.append({"name": entry.name, "at": entry.at, "results": found})
    record = {
        "schema": SCHEMA,
        **more,
        "sets": {
            known["number"]: {
                "environment": key[0], "configuration": key[1], "suite": key[2],
                "tasks": [task for task, _, _ in known["tasks"]],
                "samples": [sample for _, sample, _ in known["tasks"]],
                "contents": [content for _, _, content in known["tasks"]], "max_rounds": known["rounds"],
            }
            for key, known in sets.items()
        },
        "rows": told,
    }  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, _text(record).encode())


def read(file: Path) -> list[KeptRow]:
    """The rows of a file, in its order.

    :raises StoreError: it cannot be read, or is another file.
    """
    record = load(file)
    try:
        return [
            KeptRow(
                row["name"],
                tuple(
                    episode
                    for number, marks in row["results"].items()
                    for episode in _episodes(record["sets"][number], marks, str(row["name"]))
                ),
                row["at"],
            )
            for row in record["rows"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(
            f"{file}: a damaged result of an evolution: {error!r}", hint="keep it again from its run"
        ) from error


def load(file: Path) -> dict[str, Any]:
    """The record of a file as JSON values.

    :raises StoreError: it cannot be read, or is another file.
    """
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{file}: cannot be read: {error}", hint="name a folder of an evolution, or a file that --keep wrote"
        ) from error
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise StoreError(
            f"{file} is no kept evolution", hint="name a folder of an evolution, or a file that --keep wrote"
        )
    return record


def _episodes(tasks: Mapping[str, Any], marks: str, name: str) -> list[EpisodeRow]:
    found = []
    for task, sample, content, mark in zip(tasks["tasks"], tasks["samples"], tasks["contents"], marks, strict=True):
        solved = _MARKS[mark]
        outcome = Outcome.POLICY_FAULT if solved is None else Outcome.SOLVED if solved else Outcome.FAILED
        found.append(
            EpisodeRow(
                environment=tasks["environment"], configuration=tasks["configuration"], suite=tasks["suite"], split="", kind="",
                task=task, fingerprint=content, sample=sample, seed=0, player=Player(name),
                outcome=outcome, truncation="", cut=False, score=None if solved is None else float(solved), success=solved,
                rounds=0, unread=0, overlong=0, invalid=0, prompt_tokens=0, completion_tokens=0, cost=0.0, seconds=0.0,
                max_rounds=tasks["max_rounds"], episode=f"{task} {sample}",
            )
        )  # fmt: skip
    return found


def _mark(success: bool | None) -> str:
    return "-" if success is None else str(int(success))


def _text(record: Mapping[str, Any]) -> str:
    """JSON with a line for each entry: small, and its changes can be read."""
    lines = []
    for name, value in record.items():
        if isinstance(value, dict) and value:
            inner = ",\n".join(f"  {json.dumps(key)}: {json.dumps(each)}" for key, each in value.items())
            lines.append(f" {json.dumps(name)}: {{\n{inner}\n }}")
        elif isinstance(value, list) and value:
            inner = ",\n".join(f"  {json.dumps(each)}" for each in value)
            lines.append(f" {json.dumps(name)}: [\n{inner}\n ]")
        else:
            lines.append(f" {json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
