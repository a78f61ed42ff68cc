"""Observers see a run; none of them can change or kill it, but one may ask it to stop."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import attrs
import pytest

from agentgym_core import StopRun, hookimpl
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


class Notes:
    """An observer that writes down its name, with the hook marked as the test wants it."""

    def __init__(self, name: str, seen: list[str], **options: Any) -> None:
        @hookimpl(**options)
        def plain(run: RunInfo) -> None:
            seen.append(f"{name} {run.id}")

        @hookimpl(**options)
        def wrapping(run: RunInfo) -> Generator[None, None, None]:
            seen.append(f"{name} before {run.id}")
            yield
            seen.append(f"{name} after {run.id}")

        self.agentgym_run_started = wrapping if options.get("wrapper") else plain


@pytest.fixture
def observing(load: Load) -> Iterator[Callable[..., Plugins]]:
    with ExitStack() as stack:
        loaded = load()

        def add(*observers: object) -> Plugins:
            for observer in observers:
                stack.enter_context(loaded.observed(observer, f"observer {id(observer)}"))
            return loaded

        yield add


def test_observers_are_called_in_the_order_of_pluggy(observing: Callable[..., Plugins]) -> None:
    seen: list[str] = []
    loaded = observing(
        Notes("last", seen, trylast=True),
        Notes("first plain", seen),
        Notes("around", seen, wrapper=True),
        Notes("second plain", seen),
        Notes("first", seen, tryfirst=True),
    )
    loaded.notify("agentgym_run_started", run=RUN)
    assert seen == ["around before r1", "first r1", "second plain r1", "first plain r1", "last r1", "around after r1"]


class Failing:
    """A wrapper that fails at the place that the test wants."""

    def __init__(self, place: str) -> None:
        self.place = place

    @hookimpl(wrapper=True)
    def agentgym_run_started(self) -> Generator[None, None, None]:
        if self.place == "before":
            raise OSError("full")
        try:
            yield
        except StopRun:
            if self.place == "swallowed":
                return
            raise
        if self.place == "after":
            raise OSError("full")
        if self.place == "again":
            yield


@pytest.mark.parametrize("place", ["before", "after", "again"])
def test_a_wrapper_that_fails_harms_no_other_observer(observing: Callable[..., Plugins], place: str) -> None:
    seen: list[str] = []
    loaded = observing(Notes("plain", seen), Failing(place), Notes("around", seen, wrapper=True))
    loaded.notify("agentgym_run_started", run=RUN)
    loaded.notify("agentgym_run_started", run=RUN)
    assert seen == ["around before r1", "plain r1", "around after r1"] * 2
    assert list(loaded.observer_errors.values()) == [2]


@pytest.mark.parametrize("place", ["nowhere", "before", "swallowed"])
def test_stop_run_passes_through_wrappers(observing: Callable[..., Plugins], place: str) -> None:
    class Stops:
        @hookimpl
        def agentgym_run_started(self) -> None:
            raise StopRun("enough")

    loaded = observing(Stops(), Failing(place))
    with pytest.raises(StopRun, match="enough"):
        loaded.notify("agentgym_run_started", run=RUN)


def test_an_observer_is_gone_after_its_block(load: Load) -> None:
    loaded, seen = load(), []
    with loaded.observed(Notes("one", seen), "one"):
        loaded.notify("agentgym_run_started", run=RUN)
    loaded.notify("agentgym_run_started", run=RUN)
    assert seen == ["one r1"]
