"""Whole files of conversations in and out of a run, with a sidecar for what such a file has no place for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

from attrs import Factory, evolve, frozen

from agentgym_core.errors import ConfigError
from agentgym_core.store.codec import write_json
from agentgym_core.types import Trajectory
from agentgym_data.agenttraj import origin_of, record_text, to_openai_record, to_record
from agentgym_data.files import WholeFile
from agentgym_data.flat import export_jsonl
from agentgym_data.jsonstyle import JsonStyle
from agentgym_data.parquet import export_parquet
from agentgym_data.sidecar import sidecar_entry, sidecar_path
from agentgym_data.tool_lists import ToolLists

STYLE = "agenttraj_style"
"""The entry of a run's manifest that tells how the file was written that the run was imported from."""

PathLike = str | os.PathLike[str]


@frozen
class LeftOut:
    """Records that were not imported: how many for one reason, and where the first stands."""

    reason: str
    records: int
    first: str


@frozen
class Transfer:
    """What files became, or what became a file.

    `restored` counts the episodes that a sidecar completes, `claimed` those whose outcome was not measured, `environments` the episodes
    of each environment. `sidecar` is the sidecar that was written, or an empty string. `notes` counts what was read in a special way or
    not taken over, `kept` the keys that nothing here reads, `left_out` says which records were passed over.
    """

    episodes: int
    restored: int = 0
    claimed: int = 0
    environments: Mapping[str, int] = Factory(dict)
    sidecar: str = ""
    notes: Mapping[str, int] = Factory(dict)
    kept: Mapping[str, int] = Factory(dict)
    left_out: tuple[LeftOut, ...] = ()


def export_agenttraj(
    trajectories: Iterable[Trajectory], path: PathLike, *, style: Mapping[str, Any] | None = None
) -> Transfer:
    """Write an AgentTraj file, and beside it `NAME.meta.jsonl` where an episode has more than AgentTraj can hold.

    :param path: `.json` for one array, `.jsonl` for a record a line; `.gz` behind it packs the file.
    :param style: how a file was written that these were imported from; used where it has the same form.
    :raises StoreError: a file cannot be written.
    """
    return _export(trajectories, path, style, to_record)


def export_messages(
    trajectories: Iterable[Trajectory], path: PathLike, *, style: Mapping[str, Any] | None = None
) -> Transfer:
    """Write OpenAI's form, `{"messages", "tools"}`, and beside it `NAME.meta.jsonl` with what it cannot hold.

    :param path: `.jsonl` for a record a line, as OpenAI's API takes it; `.json` for one array; `.gz` behind it packs the file.
    :param style: how a file was written that these were imported from; used where it has the same form.
    :raises StoreError: a file cannot be written.
    """
    tools = ToolLists()
    done = _export(trajectories, path, style, lambda episode: to_openai_record(episode, tools(episode)))
    if not tools.missing:
        return done
    return evolve(
        done, notes={"an episode that calls tools which no installed environment lists: no `tools`": tools.missing}
    )


def _export(
    trajectories: Iterable[Trajectory],
    path: PathLike,
    style: Mapping[str, Any] | None,
    to: Callable[[Trajectory], dict[str, Any]],
) -> Transfer:
    target = Path(path)
    episodes = iter(trajectories)
    start = list(islice(episodes, 2))
    chosen, as_it_was = _layout(target, style, len(start))
    beside = sidecar_path(target)
    counts: Counter[str] = Counter()
    kept = 0
    with WholeFile(beside) as sidecar, WholeFile(target) as file:
        for number, trajectory in enumerate(chain(start, episodes)):
            record = to(trajectory)
            text = record_text(record, trajectory, chosen, as_it_was=as_it_was)
            before = origin_of(trajectory).get("before") if as_it_was else None
            gap = (before or chosen.joint) if number else chosen.opening
            file.write((gap + text).encode())
            counts[trajectory.environment] += 1
            entry = sidecar_entry(trajectory, record)
            if entry is not None:
                sidecar.write(write_json(entry) + b"\n")
                kept += 1
        file.write((chosen.closing if counts else chosen.empty).encode())
        # An old sidecar must not complete the records of a new file.
        if not kept and not beside.exists():
            sidecar.discard()
    return Transfer(counts.total(), kept, 0, dict(sorted(counts.items())), str(beside) if kept else "")


def _layout(target: Path, style: Mapping[str, Any] | None, episodes: int) -> tuple[JsonStyle, bool]:
    """How to write a file, and whether that is how its episodes came."""
    known = JsonStyle.read(style) if style else None
    in_json = target.name.removesuffix(".gz").endswith(".json")
    # Objects over several lines, one or many, are a form of `.json` too.
    wanted = ("array", "objects") if in_json else ("lines",)
    if known is not None and (known.form in wanted or (in_json and episodes == 1 and known.form == "lines")):
        return known, True
    return JsonStyle.of("array" if in_json else "lines"), False


def export_trajectories(trajectories: Iterable[Trajectory], format: str, path: PathLike) -> int:
    """Write episodes in a format by name, `agenttraj`, `messages`, `jsonl` or `parquet`, and return their number.

    :raises ConfigError: there is no such format.
    :raises ComponentUnavailable: Parquet without pyarrow.
    :raises StoreError: the file cannot be written.
    """
    if format == "agenttraj":
        return export_agenttraj(trajectories, path).episodes
    if format == "messages":
        return export_messages(trajectories, path).episodes
    if format == "jsonl":
        return export_jsonl(trajectories, path)
    if format == "parquet":
        return export_parquet(trajectories, path)
    raise ConfigError(f"there is no format {format!r}", hint="formats are: agenttraj, messages, jsonl, parquet")
