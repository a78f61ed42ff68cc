"""Observers see a run; none of them can change or kill it, but one may ask it to stop."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import attrs
import pytest

from agentgym_core import StopRun
from agentgym_core.plugins import Plugins
from agentgym_core.types import EpisodeKey, Outcome, RunInfo, Trajectory

Load = Callable[..., Plugins]
RUN = RunInfo("r1", "")


def trajectory() -> Trajectory:
    return Trajectory("t", EpisodeKey("a-v1", "", "t", 0), "train", Outcome.SOLVED)


def test_an_observer_that_raises_is_counted_and_told_of_once(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    loaded = load("observer_raises", "observer_notes")
    with caplog.at_level(logging.WARNING, "agentgym.plugins"):
        loaded.notify("agentgym_run_started", run=RUN)
        loaded.notify("agentgym_run_finished", run=RUN, outcome="finished")
    assert loaded.observer_errors == {"dist-observer-raises:observer_raises": 2}
    assert len(caplog.records) == 1
    assert "observer_raises" in caplog.text
    assert "disk of the observer is full" in caplog.text
    assert sys.modules["observer_notes"].SEEN == [("started", "r1"), ("finished", "finished")]


def test_stop_run_passes_through(load: Load) -> None:
    loaded = load("observer_stops")
    with pytest.raises(StopRun, match="seen enough"):
        loaded.notify("agentgym_episode_finished", run=RUN, trajectory=trajectory())
    assert loaded.observer_errors == {}


def test_a_failed_plugin_observes_nothing(load: Load) -> None:
    loaded = load("observer_notes", "unknown_hook", DISABLE="observer_notes")
    loaded.notify("agentgym_run_started", run=RUN)
    assert "observer_notes" not in sys.modules


def test_what_observers_get_is_frozen() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        trajectory().score = 1.0  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        RUN.folder = "/elsewhere"  # type: ignore[misc]
