"""Whole files of conversations in and out of a run, with a sidecar for what such a file has no place for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from attrs import Factory, evolve, frozen

from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.store.codec import write_json
from agentgym_core.store.run import Run
from agentgym_core.types import Trajectory
from agentgym_data.agenttraj import IMPORTED, from_record, origin_of, record_text, to_openai_record, to_record
from agentgym_data.files import WholeFile
from agentgym_data.flat import export_jsonl
from agentgym_data.jsonfile import JsonFile, Record
from agentgym_data.jsonstyle import JsonStyle
from agentgym_data.parquet import export_parquet
from agentgym_data.sidecar import Sidecar, sidecar_entry, sidecar_path
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


class AgentTrajReader:
    """The trajectories of a file in AgentTraj's form or OpenAI's: a JSON array, JSON Lines or objects, gzipped or not. Iterate once.

    Where the sidecar lies beside the file, an episode comes back just as it was exported. A record that was changed since is read as
    anyone's. `restored` counts the former.

    :param samples: how often each item was read already, of several files that make one run.
    :param on_misfit: is called for each record that cannot be read, which is then passed over, instead of the error being raised.
    :raises StoreError: when made or iterated: the file cannot be read or a record does not fit; the message names file, line and record.
    """

    def __init__(
        self,
        path: PathLike,
        *,
        environment: str = "",
        split: str = "train",
        samples: Counter[str] | None = None,
        on_misfit: Callable[[StoreError], None] | None = None,
    ) -> None:
        self.file = JsonFile(path, on_corrupt=on_misfit)
        self.restored = 0
        self._environment = environment
        self._split = split
        self._samples = Counter() if samples is None else samples
        self._on_misfit = on_misfit

    @property
    def style(self) -> JsonStyle:
        """How the file is written, known once it was read."""
        return self.file.style

    def __iter__(self) -> Iterator[Trajectory]:
        with Sidecar(self.file.path) as sidecar:
            for record in self.file:
                try:
                    yield self._read(record, sidecar)
                except StoreError as error:
                    if self._on_misfit is None:
                        raise
                    self._on_misfit(error)

    def _read(self, record: Record, sidecar: Sidecar) -> Trajectory:
        where = f"{self.file.path}, line {record.line}, record {record.number}"
        found = sidecar.restored(record.value, where)
        if found is not None:
            self.restored += 1
            if IMPORTED in found.info:
                task = found.key.task
                self._samples[task] = max(self._samples[task], found.key.sample + 1)
            return found
        found = from_record(
            record.value,
            environment=self._environment,
            split=self._split,
            where=where,
            text=record.text,
            style=self.style,
            name=f"{self.file.path.name.split('.')[0]}-{record.number}",
        )
        return self._placed(found, record)

    def _placed(self, found: Trajectory, record: Record) -> Trajectory:
        task = found.key.task
        sample = self._samples[task]
        self._samples[task] += 1
        if sample:
            key = evolve(found.key, sample=sample)
            found = evolve(found, key=key, id=key.digest)
        if record.number > 1 and record.before != self.style.joint:
            origin = {**origin_of(found), "before": record.before}
            found = evolve(found, info={**found.info, IMPORTED: origin})
        return found


def import_agenttraj(
    path: PathLike | Sequence[PathLike],
    folder: PathLike,
    *,
    environment: str = "",
    split: str = "train",
    skip_corrupt: bool = False,
) -> Transfer:
    """Make a run of a file, of several, or of a folder of them. Of a file that does not fit, no run is left behind half made.

    :param path: files in AgentTraj's form or OpenAI's, and folders, of which every JSON file is read in the order of names.
    :param folder: where the run is made.
    :param environment: the id of the environment of all records, where their ids do not tell.
    :param split: the split that the tasks are from.
    :param skip_corrupt: pass over records that cannot be read, and say which, instead of refusing the file.
    :raises StoreError: a file does not fit, or the run cannot be made.
    """
    if Path(folder).is_file():
        raise StoreError(f"{folder}: is a file", hint="--out names the folder of the run to make")
    paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
    named = list(chain.from_iterable(_files(Path(each)) for each in paths))
    files = list(dict.fromkeys(named))
    # One pass to see that every record fits costs less than a run that is half there.
    for _ in _Reading(files, environment, split, skip_corrupt):
        pass
    reading = _Reading(files, environment, split, skip_corrupt)
    counts: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    notes["a file that was named twice, read once"] += len(named) - len(files)
    kept: Counter[str] = Counter()
    claimed = 0
    with Run.create(folder, {"imported_from": ", ".join(file.name for file in files[:8])}) as run:
        for trajectory in reading:
            run.append(trajectory)
            origin = origin_of(trajectory)
            counts[trajectory.environment] += 1
            claimed += origin.get("outcome") == "claimed"
            notes.update(origin.get("notes") or {})
            kept.update(set(origin.get("extra") or ()) - {"reward", "success"})
        if len(files) == 1:
            run.annotate(**{STYLE: reading.style.values()})
    return Transfer(
        counts.total(),
        reading.restored,
        claimed,
        dict(sorted(counts.items())),
        notes=dict(sorted((+notes).items())),
        kept=dict(sorted(kept.items())),
        left_out=reading.left_out,
    )


class _Reading:
    """The trajectories of several files, and what was passed over."""

    def __init__(self, files: Sequence[Path], environment: str, split: str, skip_corrupt: bool) -> None:
        self._files = files
        self._settings = {"environment": environment, "split": split}
        self._skip = skip_corrupt
        self._left_out: dict[str, LeftOut] = {}
        self.restored = 0
        self.style = JsonStyle()

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        return tuple(self._left_out.values())

    def __iter__(self) -> Iterator[Trajectory]:
        samples: Counter[str] = Counter()
        for file in self._files:
            reader = AgentTrajReader(
                file, samples=samples, on_misfit=self._passed_over if self._skip else None, **self._settings
            )
            yield from reader
            self.restored += reader.restored
            self.style = reader.style

    def _passed_over(self, error: StoreError) -> None:
        place, _, reason = error.message.partition(": ")
        known = self._left_out.get(reason)
        self._left_out[reason] = (
            LeftOut(reason, 1, place) if known is None else evolve(known, records=known.records + 1)
        )


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    if (path / "manifest.json").is_file() and (path / "trajectories.jsonl").is_file():
        raise StoreError(f"{path}: is a run already", hint=f"look at it with: agentgym score {path}")
    names = sorted(each for each in path.iterdir() if each.name.endswith(_ENDINGS) and each.is_file())
    found = [each for each in names if ".meta." not in each.name]
    if not found:
        raise StoreError(f"{path}: holds no JSON file", hint="name a file, or a folder with files such as maze_1.json")
    return found


_ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")


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
