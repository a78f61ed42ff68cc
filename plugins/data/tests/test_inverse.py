"""What is exported is what was there: over every value that the types allow, in every form and file ending."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.errors import StoreError
from agentgym_core.store import Run
from agentgym_core.types import Message, Trajectory, WeightedTrajectory
from agentgym_data import (
    AgentTrajReader,
    export_agenttraj,
    export_jsonl,
    export_messages,
    export_parquet,
    import_agenttraj,
)
from agentgym_data.flat import flat
from agentgym_testing.strategies import trajectories

SPEAKERS = ("system", "user", "assistant", "tool")


@st.composite
def episodes(draw: st.DrawFn) -> list[Trajectory]:
    """Some episodes, each with messages of speakers that there are and a task with a name."""
    found = []
    for one in draw(st.lists(trajectories, min_size=1, max_size=2)):
        spoken = tuple(evolve(message, role=draw(st.sampled_from(SPEAKERS))) for message in one.messages)
        spoken = spoken or (Message("user", ""),)
        found.append(evolve(one, messages=spoken, key=evolve(one.key, task=one.key.task or "t")))
    return found


@settings(max_examples=50)
@given(
    episodes(), st.sampled_from([export_agenttraj, export_messages]), st.sampled_from([".json", ".jsonl", ".jsonl.gz"])
)
def test_any_episodes_come_back_from_file_and_sidecar(
    tmp_path_factory: pytest.TempPathFactory, found: list[Trajectory], export: Any, ending: str
) -> None:
    path = tmp_path_factory.mktemp("set") / f"set{ending}"
    assert export(found, path).episodes == len(found)
    assert list(AgentTrajReader(path)) == found


@settings(max_examples=40)
@given(episodes())
def test_any_episodes_come_back_into_a_run(tmp_path_factory: pytest.TempPathFactory, found: list[Trajectory]) -> None:
    folder = tmp_path_factory.mktemp("run")
    unique = {one.key.digest: one for one in found}
    export_agenttraj(unique.values(), folder / "set.json")
    done = import_agenttraj(folder / "set.json", folder / "run")
    assert done.restored == done.episodes == len(unique)
    assert list(Run.open(folder / "run")) == list(unique.values())


def _mended(value: Any) -> Any:
    """Text as UTF-16 has it, in which two halves are one character."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {key: _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=50)
@given(st.lists(trajectories, max_size=2), st.floats(0, 10))
def test_flat_records_are_read_back_by_anyones_json(
    tmp_path_factory: pytest.TempPathFactory, found: list[Trajectory], weight: float
) -> None:
    path = tmp_path_factory.mktemp("flat") / "out.jsonl.gz"
    weighted = [WeightedTrajectory(one, weight) for one in found]
    export_jsonl(weighted, path)
    lines = gzip.decompress(path.read_bytes()).splitlines()
    assert [json.loads(line) for line in lines] == [flat(one) for one in weighted]


@settings(max_examples=40)
@given(st.lists(trajectories, max_size=2))
def test_parquet_holds_any_episode(tmp_path_factory: pytest.TempPathFactory, found: list[Trajectory]) -> None:
    reader = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    path = tmp_path_factory.mktemp("parquet") / "out.parquet"
    fits = [one for one in found if all(abs(n) < 2**63 for n in _integers(one))]
    if len(fits) < len(found):
        with pytest.raises(StoreError, match="64 bits"):
            export_parquet(found, path)
        assert not path.exists()
    assert export_parquet(fits, path) == len(fits)
    for row, one in zip(reader.read_table(path).to_pylist(), fits, strict=True):
        row["messages"] = [{key: value for key, value in m.items() if value is not None} for m in row["messages"]]
        assert row == _mended(flat(one))


def _integers(one: Trajectory) -> list[int]:
    return [one.key.sample, one.usage.prompt_tokens, one.usage.completion_tokens]


def test_a_reader_gives_samples_their_numbers_over_several_files(tmp_path: Path) -> None:
    record = {"item_id": "maze_1", "conversations": [{"from": "gpt", "value": "Action: a"}]}
    samples: Counter[str] = Counter()
    found = []
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(json.dumps(record) + "\n")
        found += [one.key.sample for one in AgentTrajReader(tmp_path / name, samples=samples)]
    assert found == [0, 1]
