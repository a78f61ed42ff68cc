"""The paper's evaluation suite, AgentEval: its official items where they are at hand, else a stand-in under another name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import evolve

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ComponentUnavailable, ConfigError, StoreError, TaskNotFound, UnknownComponent
from agentgym_core.evaluation.suites import Part, Suite
from agentgym_core.rollout.jobs import of_kinds
from agentgym_core.types import Task
from agentgym_data.paper import PAPER, PaperEnvironment

AGENTEVAL = "agenteval"
STAND_IN = "agenteval-standin"
"""What our own tasks are called where the official ones are not at hand: no table puts the two together."""


def agenteval(
    make: Callable[[str], EnvironmentSource],
    *,
    items: Path | None = None,
    only: Sequence[str] = (),
    partial: bool = True,
    limit: int | None = None,
    max_rounds: int | None = None,
    kinds: Sequence[str] = (),
) -> Suite:
    """AgentEval over the environments that are installed.

    An environment plays official items where the files in `items` name them and it knows every one, or where it has a split `agenteval`
    of the right size. Otherwise the first tasks of its evaluation split stand in, as many as the paper has, under the name
    `agenteval-standin`.

    :param make: gives the source of an environment by id, configured as the user wants.
    :param items: a folder with files such as `webshop_test.json`.
    :param only: ids of environments; empty for all 14.
    :param partial: whether to go on where some are not here.
    :param limit, max_rounds, kinds: the first tasks alone, another limit on rounds, some kinds of tasks: the suite then has another name.
    :raises StoreError: `items` is no folder, or a file in it cannot be read. :raises ConfigError: the suite lacks one of `only`.
    :raises ComponentUnavailable: one is not here, or none is.
    """
    if strangers := [id for id in only if id not in {entry.id for entry in PAPER}]:
        known = ", ".join(entry.id for entry in PAPER)
        raise ConfigError(f"{', '.join(strangers)}: not in {AGENTEVAL}", hint=f"it has: {known}")
    if items is not None and not items.is_dir():
        raise StoreError(f"{items}: no such folder", hint="--items names a folder with files such as webshop_test.json")
    parts: list[Part] = []
    missing: dict[str, str] = {}
    for entry in PAPER:
        if only and entry.id not in only:
            continue
        try:
            source = make(entry.id)
            splits = source.splits
        except (ComponentUnavailable, UnknownComponent) as error:
            missing[entry.id] = error.hint.removeprefix("run: ") or f"agentgym doctor {entry.id}"
            continue
        official, reason = _official(source, entry, items)
        if official is not None:
            parts.append(Part(source, AGENTEVAL, official, entry.rounds))
            continue
        split = next((name for name in ("eval", *source.description.evaluation) if splits.get(name)), "")
        if not split:
            missing[entry.id] = f"agentgym show {entry.id}"
            continue
        tasks = source.tasks(split)[: entry.eval]
        short = "" if len(tasks) == entry.eval else f"; it has only {len(tasks)} of {entry.eval}"
        note = f"{reason}, so the first tasks of its split {split!r} stand in{short}"
        parts.append(Part(source, STAND_IN, tasks, entry.rounds, note))
    if missing and not (partial and parts):
        commands = "\n  ".join(f"{id}: {command}" for id, command in missing.items())
        raise ComponentUnavailable(
            f"{AGENTEVAL}: {len(missing)} of {len(only or PAPER)} environments are not here",
            hint=f"{commands}\n  or go on without them: --partial",
        )
    return Suite(tuple(_narrowed(part, limit, max_rounds, kinds) for part in parts), missing)


def _narrowed(part: Part, limit: int | None, max_rounds: int | None, kinds: Sequence[str]) -> Part:
    """A suite that is cut short or played under another limit is another suite, and says so in its name."""
    name, tasks, rounds = part.suite, part.tasks, part.max_rounds
    if kinds:
        name, tasks = f"{name}-{'-'.join(kinds)}", of_kinds(part.source, tasks, kinds)
    if limit is not None and limit < len(tasks):
        name, tasks = f"{name}-first{limit}", tasks[:limit]
    if max_rounds is not None and max_rounds != rounds:
        name, rounds = f"{name}-rounds{max_rounds}", max_rounds
    return evolve(part, suite=name, tasks=tasks, max_rounds=rounds)


def _official(
    source: EnvironmentSource, entry: PaperEnvironment, items: Path | None
) -> tuple[Sequence[Task] | None, str]:
    """The official tasks, or None and why not."""
    path = None if items is None else _file(items, entry)
    if path is not None:
        return _named(source, entry, path)
    if source.splits.get(AGENTEVAL) == entry.eval:
        return source.tasks(AGENTEVAL), ""
    where = "no file names its official items" if items is None else f"no file in {items} names its official items"
    return None, where


def _named(source: EnvironmentSource, entry: PaperEnvironment, path: Path) -> tuple[Sequence[Task] | None, str]:
    from agentgym_data import read_items

    ids = list(dict.fromkeys(item.id for item in read_items(path, environment=entry.id)))
    if len(ids) != entry.eval:
        return None, f"{path.name} names {len(ids)} items, but AgentEval has {entry.eval}"
    tasks = []
    unknown = []
    for id in ids:
        try:
            tasks.append(source.find(id))
        except TaskNotFound:
            unknown.append(id)
    if unknown:
        return None, f"{len(unknown)} of {len(ids)} official items are not among its tasks ({unknown[0]!r} is one)"
    return tasks, ""


def _file(folder: Path, entry: PaperEnvironment) -> Path | None:
    stems = dict.fromkeys(f"{name}_test" for name in (entry.prefix, entry.id, f"tool_{entry.id}"))
    names = [f"{stem}.{ending}" for stem in stems for ending in ("json", "jsonl", "json.gz", "jsonl.gz")]
    return next((folder / name for name in names if (folder / name).is_file()), None)
