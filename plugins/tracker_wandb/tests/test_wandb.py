from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import ConfigError
from agentgym_core.registry import make
from agentgym_tracker.conformance import Kept, TrackerConformance

wandb = pytest.importorskip("wandb", reason="wandb is not installed: make setup-learn")

BLOCK, HEADER, FILE_HEADER = 32 * 1024, 7, 7
WHOLE, FIRST, LAST = 1, 2, 4


def payloads(data: bytes) -> Iterator[bytes]:
    """The records of a .wandb file: a header, then LevelDB's log of blocks, whose reader wandb keeps in its service."""
    assert data[:4] == b":W&B"
    at, parts = FILE_HEADER, b""
    while at + HEADER <= len(data):
        if BLOCK - at % BLOCK < HEADER:
            at += BLOCK - at % BLOCK
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        parts = (
            data[at + HEADER : at + HEADER + length]
            if kind in (WHOLE, FIRST)
            else parts + data[at + HEADER : at + HEADER + length]
        )
        at += HEADER + length
        if kind in (WHOLE, LAST):
            yield parts


def records(folder: Path) -> Iterator[Any]:
    """What wandb's service has written for `wandb sync`, in wandb's own messages; of several processes one after the other."""
    from wandb.proto.wandb_internal_pb2 import Record

    # A run is finished before its file is written: only the end of wandb's service is waited for until it is.
    wandb.teardown()
    # Their folders are called after the second, and then numbered; the service may close an earlier file after a later one.
    for file in sorted((folder / "wandb").glob("offline-run-*/*.wandb")):
        for payload in payloads(file.read_bytes()):
            yield Record.FromString(payload)


def key_of(item: Any) -> str:
    return "/".join(item.nested_key) or str(item.key)


class TestWandb(TrackerConformance):
    tracker = "wandb"

    def config(self, folder: Path) -> Mapping[str, Any]:
        return {}

    def read(self, folder: Path, run: str) -> Kept:
        metrics: dict[str, list[tuple[int, float]]] = {}
        axes: dict[str, str] = {}
        parameters: dict[str, str] = {}
        names, status = set(), "running"
        for record in records(folder / run):
            kind = record.WhichOneof("record_type")
            if kind == "run":
                names.add((record.run.run_id, record.run.display_name))
                parameters |= {key_of(item): str(json.loads(item.value_json)) for item in record.run.config.update}
            elif kind == "metric" and record.metric.step_metric:
                axes[record.metric.name] = record.metric.step_metric
            elif kind == "history":
                row = {key_of(item): json.loads(item.value_json) for item in record.history.item}
                for name in row.keys() & axes.keys():
                    metrics.setdefault(name, []).append((row[axes[name]], row[name]))
            elif kind == "exit":
                status = "failed" if record.exit.exit_code else "finished"
        ((_, name),) = names
        assert name == run
        return Kept(metrics, parameters, status)

    def sabotage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(**arguments: Any) -> None:
            raise OSError("no space left")

        monkeypatch.setattr("wandb.init", full)

    def test_nothing_of_the_machine_goes_with_it(self, tmp_path: Path) -> None:
        self.collect(tmp_path, 1)
        kinds = {record.WhichOneof("record_type") for record in records(tmp_path / "played")}
        assert kinds.isdisjoint({"stats", "environment", "output", "output_raw"})
        files = [path for path in (tmp_path / "played" / "wandb").glob("*/files/*") if path.name != "config.yaml"]
        assert files == []


def test_a_setting_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="mode"):
        make("extension", "observer.wandb", {"mode": "dryrun"})
