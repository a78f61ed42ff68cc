"""Whole files of AgentTraj in and out of a run, with a sidecar for what AgentTraj has no place for."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, frozen

from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.store.codec import from_plain, read_json, slim, slim_message, write_json
from agentgym_core.store.run import Run
from agentgym_core.types import Trajectory, digest
from agentgym_data.agenttraj import POLICY, from_record, origin_of, to_line, to_messages, to_record
from agentgym_data.files import WholeFile, open_plain
from agentgym_data.flat import export_jsonl
from agentgym_data.jsonfile import JsonFile, JsonStyle
from agentgym_data.parquet import export_parquet

STYLE = "agenttraj_style"
"""The entry of a run's manifest that tells how the file was written that the run was imported from."""


@frozen
class Transfer:
    """What a file became, or what became a file.

    `restored` counts the episodes that a sidecar completes, `claimed` those whose outcome nobody measured, `environments` the episodes
    of each environment. `sidecar` is the sidecar that was written, or an empty string.
    """

    episodes: int
    restored: int = 0
    claimed: int = 0
    environments: Mapping[str, int] = Factory(dict)
    sidecar: str = ""


def sidecar_path(path: str | os.PathLike[str]) -> Path:
    """Where the sidecar of an AgentTraj file lies: `NAME.meta.jsonl` beside it."""
    found = Path(path)
    name = found.name.removesuffix(".gz")
    return found.with_name(name.removesuffix(".jsonl").removesuffix(".json") + ".meta.jsonl")


class AgentTrajReader:
    """The trajectories of an AgentTraj file: JSON array or JSON Lines, gzipped or not. Iterate once.

    Where the sidecar lies beside the file, an episode comes back just as it was exported. A record that was changed since is read as
    anyone's. `restored` counts the former.

    :raises StoreError: when made or iterated: the file cannot be read or a record does not fit; the message names file and record.
    """

    def __init__(self, path: str | os.PathLike[str], *, environment: str = "", split: str = "train") -> None:
        self.file = JsonFile(path)
        self.restored = 0
        self._environment = environment
        self._split = split
        self._sidecar = sidecar_path(path)

    @property
    def style(self) -> JsonStyle:
        """How the file is written; of an array, known once it was read."""
        return self.file.style

    def __iter__(self) -> Iterator[Trajectory]:
        places = self._index()
        samples: Counter[str] = Counter()
        lines = self.style if not self.file.is_array else None
        sidecar = open_plain(self._sidecar) if places else None
        try:
            for record in self.file:
                where = f"{self.file.path}, record {record.number}"
                item = str(record.value.get("item_id")) if isinstance(record.value, dict) else ""
                offsets = places.get(_digest(record.value)) if places else None
                if offsets and sidecar is not None:
                    sidecar.seek(offsets.pop(0))
                    found = self._restore(record.value, sidecar.readline(), where)
                    self.restored += 1
                    if found.key.policy == POLICY:
                        samples[item] = max(samples[item], found.key.sample + 1)
                else:
                    found = from_record(
                        record.value,
                        environment=self._environment,
                        split=self._split,
                        sample=samples[item],
                        where=where,
                        text=record.text,
                        style=lines,
                    )
                    samples[item] += 1
                yield found
        finally:
            if sidecar is not None:
                sidecar.close()

    def _index(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        if not self._sidecar.is_file():
            return places
        offset = 0
        with open_plain(self._sidecar) as file:
            for number, line in enumerate(file, 1):
                try:
                    places[read_json(line)["record"]].append(offset)
                except (StoreError, TypeError, KeyError):
                    raise StoreError(
                        f"{self._sidecar}, line {number}: not the sidecar of an export",
                        hint="move it away to import the file without it",
                    ) from None
                offset += len(line)
        return places

    def _restore(self, record: Any, line: bytes, where: str) -> Trajectory:
        try:
            kept = read_json(line)
            messages = [slim_message(message) for message in to_messages(record["conversations"], where)]
            for index, message in kept["messages"].items():
                messages[int(index)] = message
            return from_plain({**kept["trajectory"], "messages": messages})
        except (StoreError, TypeError, KeyError, ValueError, IndexError, AttributeError) as error:
            raise StoreError(
                f"{where}: its entry in {self._sidecar.name} cannot be read: {error}",
                hint="move the sidecar away to import the file without it",
            ) from error


def _digest(record: Any) -> str:
    try:
        return digest(record)
    except UnicodeEncodeError:
        return digest(JsonStyle(ascii=True).dumps(record))


def import_agenttraj(
    path: str | os.PathLike[str], folder: str | os.PathLike[str], *, environment: str = "", split: str = "train"
) -> Transfer:
    """Make a run of an AgentTraj file. Of a file that does not fit, no run is left behind half made.

    :param folder: where the run is made.
    :param environment: the id of the environment of all records, where their ids do not tell.
    :param split: the split that the tasks are from.
    :raises StoreError: the file does not fit, or the run cannot be made.
    """
    # One pass to see that every record fits costs less than a run that is half there.
    for _ in AgentTrajReader(path, environment=environment, split=split):
        pass
    reader = AgentTrajReader(path, environment=environment, split=split)
    counts: Counter[str] = Counter()
    claimed = 0
    with Run.create(folder, {"imported_from": Path(path).name}) as run:
        for trajectory in reader:
            run.append(trajectory)
            counts[trajectory.environment] += 1
            claimed += origin_of(trajectory).get("outcome") == "claimed"
        run.annotate(**{STYLE: reader.style.values()})
    return Transfer(counts.total(), reader.restored, claimed, dict(sorted(counts.items())))


def export_agenttraj(
    trajectories: Iterable[Trajectory], path: str | os.PathLike[str], *, style: Mapping[str, Any] | None = None
) -> Transfer:
    """Write an AgentTraj file, and beside it `NAME.meta.jsonl` where an episode has more than AgentTraj can hold.

    :param path: `.json` for one array, `.jsonl` for a record a line; `.gz` behind it packs the file.
    :param style: how a file was written that these were imported from; used where it has the same form.
    :raises StoreError: a file cannot be written.
    """
    target = Path(path)
    form = "array" if target.name.removesuffix(".gz").endswith(".json") else "lines"
    chosen = JsonStyle(**style) if style and style.get("form") == form else JsonStyle(form)
    beside = sidecar_path(target)
    counts: Counter[str] = Counter()
    kept = 0
    with WholeFile(beside) as sidecar, WholeFile(target) as file:
        write = _array_writer(file, chosen) if form == "array" else _line_writer(file, chosen)
        for trajectory in trajectories:
            write(trajectory)
            counts[trajectory.environment] += 1
            entry = _sidecar_entry(trajectory)
            if entry is not None:
                sidecar.write(write_json(entry) + b"\n")
                kept += 1
        write(None)
        # An old sidecar must not complete the records of a new file.
        if not kept and not beside.exists():
            sidecar.discard()
    return Transfer(counts.total(), kept, 0, dict(sorted(counts.items())), str(beside) if kept else "")


def export_trajectories(trajectories: Iterable[Trajectory], format: str, path: str | os.PathLike[str]) -> int:
    """Write episodes in a format by name, `agenttraj`, `jsonl` or `parquet`, and return their number.

    :raises ConfigError: there is no such format.
    :raises ComponentUnavailable: Parquet without pyarrow.
    :raises StoreError: the file cannot be written.
    """
    if format == "agenttraj":
        return export_agenttraj(trajectories, path).episodes
    if format == "jsonl":
        return export_jsonl(trajectories, path)
    if format == "parquet":
        return export_parquet(trajectories, path)
    raise ConfigError(f"there is no format {format!r}", hint="formats are: agenttraj, jsonl, parquet")


def _sidecar_entry(trajectory: Trajectory) -> dict[str, Any] | None:
    record = to_record(trajectory)
    messages = to_messages(record["conversations"], "")
    key = trajectory.key
    if key.policy == POLICY and trajectory.split == "train" and not key.sample:
        raw = origin_of(trajectory).get("raw", "")
        if from_record(record, environment=key.environment, text=raw) == trajectory:
            return None
    return {
        "record": _digest(record),
        "trajectory": slim(trajectory, messages=False),
        "messages": {
            str(index): slim_message(message)
            for index, (message, read) in enumerate(zip(trajectory.messages, messages, strict=True))
            if message != read
        },
    }


def _line_writer(file: WholeFile, style: JsonStyle) -> Any:
    def write(trajectory: Trajectory | None) -> None:
        if trajectory is not None:
            file.write((to_line(trajectory, style) + style.end).encode())

    return write


def _array_writer(file: WholeFile, style: JsonStyle) -> Any:
    """Writes an array record by record, in the bytes that writing it as a whole would give."""
    first = True

    def write(trajectory: Trajectory | None) -> None:
        nonlocal first
        if trajectory is None:
            file.write((("[]" if first else style.close) + style.end).encode())
            return
        body = style.dumps([to_record(trajectory)])
        body = body[len(style.open) : len(body) - len(style.close)]
        file.write(((style.open if first else style.between) + body).encode())
        first = False

    return write
