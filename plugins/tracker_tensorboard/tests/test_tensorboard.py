from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import ConfigError
from agentgym_core.registry import make
from agentgym_tracker import Point, TrackedRun
from agentgym_tracker.conformance import Kept, TrackerConformance
from agentgym_tracker_tensorboard.config import TensorboardConfig
from agentgym_tracker_tensorboard.observer import EventFiles

event_accumulator = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is not installed: make setup-learn"
)


def read(folder: Path) -> Kept:
    from tensorboard.plugins.hparams import api_pb2, metadata

    found = event_accumulator.EventAccumulator(str(folder), size_guidance={"scalars": 0})
    found.Reload()
    metrics = {tag: [(item.step, item.value) for item in found.Scalars(tag)] for tag in found.Tags()["scalars"]}
    about = found.PluginTagToContent("hparams")
    started = metadata.parse_session_start_info_plugin_data(about[metadata.SESSION_START_INFO_TAG])
    status = "running"
    if metadata.SESSION_END_INFO_TAG in about:
        ended = metadata.parse_session_end_info_plugin_data(about[metadata.SESSION_END_INFO_TAG])
        status = {"STATUS_SUCCESS": "finished", "STATUS_FAILURE": "failed"}[api_pb2.Status.Name(ended.status)]
    parameters = {name: str(getattr(value, value.WhichOneof("kind"))) for name, value in started.hparams.items()}
    return Kept(metrics, parameters, status)


class TestTensorboard(TrackerConformance):
    tracker = "tensorboard"

    def config(self, folder: Path) -> Mapping[str, Any]:
        return {}

    def read(self, folder: Path, run: str) -> Kept:
        return read(folder / run / "tensorboard")

    def sabotage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*arguments: Any) -> None:
            raise OSError("no space left")

        monkeypatch.setattr("tensorboard.summary.writer.event_file_writer.EventFileWriter", full)


class TestInAFolderOfItsOwn(TestTensorboard):
    """As for one TensorBoard over many runs."""

    def config(self, folder: Path) -> Mapping[str, Any]:
        return {"folder": str(folder / "board")}

    def read(self, folder: Path, run: str) -> Kept:
        (place,) = (folder / "board").glob(f"{run}-*")
        return read(place)


def test_files_of_one_second_are_joined_in_the_order_in_which_they_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tenth file of a process: its name sorts before the ninth's.
    module = importlib.import_module("tensorboard.summary.writer.event_file_writer")
    monkeypatch.setattr(module, "_global_uid", module.AtomicCounter(9))
    for step in (1, 2):
        files = EventFiles(TensorboardConfig(folder=str(tmp_path)))
        files.open(TrackedRun("abcdefgh1", "run", "rollout", None, {}))
        files.log([Point(name="score", value=1.0, axis="episodes", step=step)])
        files.close("finished")
    (place,) = tmp_path.iterdir()
    assert read(place).metrics["score"] == [(1, 1.0), (2, 1.0)]


def test_a_setting_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="folder_of"):
        make("extension", "observer.tensorboard", {"folder_of": "x"})
