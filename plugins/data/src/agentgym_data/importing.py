"""Files of conversations as runs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from attrs import evolve

from agentgym_core.errors import StoreError
from agentgym_core.store.run import Run
from agentgym_core.types import Trajectory
from agentgym_data.agenttraj import IMPORTED, from_record, origin_of
from agentgym_data.atif_reading import from_atif, is_atif
from agentgym_data.jsonfile import JsonFile, Record
from agentgym_data.jsonstyle import JsonStyle
from agentgym_data.sidecar import Sidecar
from agentgym_data.transfer import STYLE, LeftOut, PathLike, Transfer


class AgentTrajReader:
    """The trajectories of a file in AgentTraj's form, OpenAI's or ATIF: a JSON array, JSON Lines or objects, gzipped or not. Iterate once.

    Where the sidecar lies beside the file, an episode comes back just as it was exported. A record that was changed since is read as
    anyone's. `restored` counts the former.

    :param samples: how often each item was read already, of several files that make one run.
    :param on_misfit: is told of each record that cannot be read, which is then passed over, instead of the error being raised.
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
        name = f"{self.file.path.name.split('.')[0]}-{record.number}"
        if is_atif(record.value):
            return self._of_atif(record, where, name)
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
            name=name,
        )
        return self._placed(found, record)

    def _of_atif(self, record: Record, where: str, name: str) -> Trajectory:
        found = from_atif(record.value, where, environment=self._environment, split=self._split, name=name)
        if IMPORTED not in found.info:
            self.restored += 1
            return found
        sample = self._samples[found.key.task]
        self._samples[found.key.task] += 1
        key = evolve(found.key, sample=sample)
        return evolve(found, key=key, id=key.digest)

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

    :param path: files in AgentTraj's form, OpenAI's or ATIF, and folders, of which every JSON file is read in the order of names.
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
