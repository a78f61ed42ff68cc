"""TensorBoard's event files, written by TensorBoard's own writer: neither TensorFlow nor torch is needed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agentgym_core.errors import ConfigError
from agentgym_tracker import Point, TrackedRun, Tracker
from agentgym_tracker_tensorboard.config import TensorboardConfig

_STATUS = {"finished": "STATUS_SUCCESS", "failed": "STATUS_FAILURE"}


def observer(config: TensorboardConfig) -> Tracker:
    """The tracker, for `observers`."""
    return Tracker("tensorboard", lambda: EventFiles(config), close_seconds=config.close_seconds)


class EventFiles:
    """One run's event files. What is gone on with gets a further file in the same folder, which TensorBoard joins."""

    def __init__(self, config: TensorboardConfig) -> None:
        self._config = config
        self._writer: Any = None

    def open(self, run: TrackedRun) -> None:
        """Write the parameters, for the page of hyperparameters.

        :raises ConfigError: the run is kept nowhere, and the settings name no folder.
        """
        from tensorboard.plugins.hparams import summary_v2
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        if not self._config.folder and run.folder is None:
            raise ConfigError("this run is kept nowhere: where should its event files go?", hint="set folder")
        own = Path(self._config.folder) / f"{run.name}-{run.id[:8]}" if self._config.folder else None
        folder = own or Path(str(run.folder)) / "tensorboard"
        _wait_for_a_second_of_its_own(folder)
        self._writer = EventFileWriter(str(folder))
        self._write(time.time(), 0, summary_v2.hparams_pb(dict(run.parameters), trial_id=run.id))

    def log(self, points: Sequence[Point]) -> None:
        """Write scalars."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        now = time.time()
        for point in points:
            value = Summary.Value(tag=point.name, simple_value=point.value)
            self._write(now, point.step, Summary(value=[value]))
        self._writer.flush()

    def close(self, outcome: str) -> None:
        """Write how the run ended."""
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

        if self._writer is None:
            return
        status = getattr(api_pb2, _STATUS.get(outcome, "STATUS_UNKNOWN"))
        ended = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
        data = plugin_data_pb2.HParamsPluginData(session_end_info=ended)
        about = metadata.create_summary_metadata(data)
        value = Summary.Value(tag=metadata.SESSION_END_INFO_TAG, metadata=about, tensor=metadata.NULL_TENSOR)
        self._write(time.time(), 0, Summary(value=[value]))
        self._writer.close()

    def _write(self, now: float, step: int, summary: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.add_event(Event(wall_time=now, step=step, summary=summary))


def _wait_for_a_second_of_its_own(folder: Path) -> None:
    """Let the second of the newest event file pass; two seconds at most, should the clock have been set back.

    Files are joined in the order of their names: the second, then process and counter compared as text, so that of one second 10 comes
    before 9. What was written first would then be read last, and the curve would run backwards.
    """
    parts = (path.name.split(".")[3] for path in folder.glob("events.out.tfevents.*"))
    newest = max((int(part) for part in parts if part.isdecimal()), default=0)
    patience = time.monotonic() + 2
    while int(time.time()) <= newest and time.monotonic() < patience:
        time.sleep(0.02)
