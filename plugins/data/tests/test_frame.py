"""A run becomes a frame: every value is the episode's, what is missing is missing, and types do not depend on what is there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.errors import ComponentUnavailable, ConfigError, StoreError
from agentgym_core.store import Run
from agentgym_core.types import Outcome, Trajectory, Usage, WeightedTrajectory
from agentgym_data import flat, frames
from agentgym_data.frames import EPISODES, TURNS, frame
from agentgym_testing.trajectories import _episode

MakeEpisode = Callable[..., Trajectory]


@pytest.fixture(params=["pandas", "polars"])
def library(request: pytest.FixtureRequest) -> str:
    """Each library in turn, where it is installed."""
    name = str(request.param)
    pytest.importorskip(name, reason=f"{name} is not installed (run: pip install --group dev)")
    return name


def columns(found: Any) -> dict[str, list[Any]]:
    """The values of a frame by column, None for each that is missing."""
    if type(found).__module__.startswith("polars"):
        return dict(found.to_dict(as_series=False))
    return {
        name: [None if missing else value for value, missing in zip(found[name], found[name].isna(), strict=True)]
        for name in found
    }


def types(found: Any) -> dict[str, str]:
    names = found.columns if type(found).__module__.startswith("polars") else found
    return {name: str(found[name].dtype) for name in names}


episodes = st.builds(
    _episode,
    st.text(st.characters(), min_size=1, max_size=5),
    st.floats(0, 1),
    outcome=st.sampled_from(Outcome),
    success=st.none() | st.booleans(),
    sample=st.integers(0, 2**62),
    rounds=st.integers(0, 3),
    text=st.text(st.characters(), max_size=5),
    started=st.floats(0, 4e9),
    seconds=st.floats(0, 1e6),
)


@settings(deadline=None, max_examples=30)
@given(items=st.lists(episodes, max_size=4))
@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_every_value_is_the_episodes_and_types_are_always_the_same(name: str, items: list[Trajectory]) -> None:
    pytest.importorskip(name)
    for rows, wanted in (("episodes", EPISODES), ("turns", TURNS)):
        found, none = frame(items, rows, name), frame([], rows, name)
        assert list(columns(found)) == list(wanted)
        assert types(found) == types(none)
    found = columns(frame(items, "episodes", name))
    assert found["score"] == [item.score for item in items]
    assert found["success"] == [item.success for item in items]
    assert found["outcome"] == [item.outcome.value for item in items]
    assert found["sample"] == [item.key.sample for item in items]
    assert found["rounds"] == [len(item.turns) for item in items]
    turns = columns(frame(items, "turns", name))
    assert turns["id"] == [item.id for item in items for _ in item.turns]
    assert turns["turn"] == [number for item in items for number in range(len(item.turns))]
    assert turns["score"] == [turn.score for item in items for turn in item.turns]


def test_a_score_that_was_not_measured_is_missing_and_no_zero(library: str, episode: MakeEpisode) -> None:
    items = [episode("a", 1.0), episode("b", 0.0), episode("c", outcome=Outcome.ENVIRONMENT_FAULT)]
    found = frame(items, library=library)  # type: ignore[arg-type]
    assert found["score"].mean() == 0.5
    assert columns(found)["score"] == [1.0, 0.0, None]
    assert columns(found)["fault"][:2] == [None, None]


def test_outcomes_are_a_category_of_all_outcomes(library: str, episode: MakeEpisode) -> None:
    column = frame([episode()], library=library)["outcome"]  # type: ignore[arg-type]
    known = column.cat.categories if library == "pandas" else column.dtype.categories
    assert list(known) == [outcome.value for outcome in Outcome]


def test_times_are_in_utc_and_missing_where_unknown(library: str, episode: MakeEpisode) -> None:
    items = [episode("a", started=1_800_000_000.25), episode("b"), episode("c", started=1e300)]
    found = columns(frame(items, library=library))["started"]  # type: ignore[arg-type]
    assert found == [datetime.fromtimestamp(1_800_000_000.25, UTC), None, None]


def test_a_turn_has_its_reply_and_why_it_was_not_read(library: str, episode: MakeEpisode) -> None:
    made = episode(rounds=2)
    made = evolve(made, turns=(evolve(made.turns[0], action=None, error="no action", message=99), made.turns[1]))
    found = columns(frame([WeightedTrajectory(made, 2.0)], "turns", library))  # type: ignore[arg-type]
    assert found["action"] == [None, "go 1"]
    assert found["error"] == ["no action", None]
    assert found["reply"] == [None, "Action: go 1"]
    assert columns(frame([WeightedTrajectory(made, 2.0)], library=library))["weight"] == [2.0]  # type: ignore[arg-type]


def test_a_run_and_its_folder_are_the_same_frame(library: str, episode: MakeEpisode, tmp_path: Path) -> None:
    with Run.create(tmp_path / "run") as run:
        run.append(episode("a"))
        run.append(episode("a", 0.0))
        run.append(episode("b"))
    for given_as in (tmp_path / "run", str(tmp_path / "run"), Run.open(tmp_path / "run")):
        found = columns(frame(given_as, library=library))  # type: ignore[arg-type]
        assert list(zip(found["task"], found["score"], strict=True)) == [("a", 0.0), ("b", 1.0)]


def test_a_number_of_more_than_64_bits_is_named(library: str, episode: MakeEpisode) -> None:
    with pytest.raises(StoreError, match="prompt_tokens: 36893488147419103232 takes more than 64 bits"):
        frame([episode(usage=Usage(1 << 65, 1))], library=library)  # type: ignore[arg-type]


def test_the_flat_record_and_the_frame_have_the_same_columns() -> None:
    assert list(EPISODES) == [name for name in flat.COLUMNS if name not in ("messages", "actions")]


def test_what_does_not_exist_is_named(episode: MakeEpisode) -> None:
    with pytest.raises(ConfigError, match="no rows of 'steps'"):
        frame([episode()], "steps")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="made with 'dask'"):
        frame([episode()], library="dask")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "there", "words"),
    [
        (None, (), "neither pandas nor polars is installed.*pip install pandas"),
        ("polars", ("pandas",), "polars is not installed.*pip install polars"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch, wanted: Any, there: tuple[str, ...], words: str
) -> None:
    monkeypatch.setattr(frames, "find_spec", lambda name: object() if name in there else None)
    with pytest.raises(ComponentUnavailable, match=f"(?s){words}"):
        frame([], library=wanted)


def test_nothing_is_imported_before_it_is_used() -> None:
    code = "import sys, agentgym_data.frames; sys.exit(bool({'pandas', 'polars'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
