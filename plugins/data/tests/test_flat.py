from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core.errors import ComponentUnavailable
from agentgym_core.store import Run
from agentgym_core.types import Fault, Outcome, Trajectory
from agentgym_data import export_jsonl, export_parquet, parquet
from agentgym_data.flat import COLUMNS, flat

Make = Callable[..., Trajectory]


def test_a_flat_record_has_the_documented_columns(make_trajectory: Make) -> None:
    found = flat(make_trajectory(2))
    assert list(found) == list(COLUMNS)
    assert (found["environment"], found["environment_version"], found["task"]) == ("maze", "maze-v1", "lmrlgym_maze_2")
    assert (found["outcome"], found["score"], found["rounds"]) == ("solved", 1.0, 2)
    assert found["actions"] == ["move up", "move down"]
    assert found["messages"][3] == {
        "role": "assistant",
        "content": "Thought:\nUp.\n\nAction:\nmove up",
        "reasoning": "hm",
        "weight": 1,
    }
    assert found["messages"][1]["weight"] == 0
    assert "weight" not in found["messages"][0]
    assert found["messages"][5]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "move", "arguments": '{"to": "down"}'}}
    ]


def test_a_fault_has_no_score(make_trajectory: Make) -> None:
    fault = Fault("step", "maze", "ValueError", "broke")
    found = flat(make_trajectory(0, Outcome.ENVIRONMENT_FAULT, None, fault=fault, success=None))
    assert (found["score"], found["success"], found["fault"]) == (None, None, "step maze: ValueError: broke")


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_json_lines_hold_one_record_an_episode(tmp_path: Path, make_trajectory: Make, name: str) -> None:
    episodes = [make_trajectory(number) for number in range(3)]
    assert export_jsonl(episodes, tmp_path / name) == 3
    data = (tmp_path / name).read_bytes()
    lines = (gzip.decompress(data) if name.endswith("gz") else data).splitlines()
    assert [json.loads(line) for line in lines] == [flat(episode) for episode in episodes]


def test_a_packed_file_is_the_same_every_time(tmp_path: Path, make_trajectory: Make) -> None:
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        export_jsonl([make_trajectory()], tmp_path / name)
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()


def test_parquet_holds_the_same_as_json_lines(
    tmp_path: Path, make_trajectory: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    monkeypatch.setattr(parquet, "GROUP_ROWS", 2)
    episodes = [make_trajectory(number) for number in range(5)]
    episodes[4] = make_trajectory(4, Outcome.CANCELLED, None, messages=(), turns=(), success=None)
    assert export_parquet(episodes, tmp_path / "out.parquet") == 5
    file = reader.ParquetFile(tmp_path / "out.parquet")
    assert file.num_row_groups == 3
    assert file.schema_arrow.names == list(COLUMNS)
    assert file.schema_arrow.field("score").metadata[b"description"].startswith(b"in [0, 1]")
    for row, episode in zip(file.read().to_pylist(), episodes, strict=True):
        expected = flat(episode)
        row["messages"] = [{key: value for key, value in m.items() if value is not None} for m in row["messages"]]
        assert row == expected


def test_parquet_replaces_what_is_no_unicode(tmp_path: Path, make_trajectory: Make) -> None:
    reader = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    export_parquet([make_trajectory(split="a\ud800b\ud83d\ude00é")], tmp_path / "out.parquet")
    assert reader.read_table(tmp_path / "out.parquet")["split"].to_pylist() == ["a\ufffdb\U0001f600é"]


def test_parquet_without_pyarrow_says_how_to_get_it(
    tmp_path: Path, make_trajectory: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ComponentUnavailable, match=r"pip install 'pyarrow>=17'"):
        export_parquet([make_trajectory()], tmp_path / "out.parquet")
    assert not list(tmp_path.iterdir())


def test_the_documentation_lists_the_columns() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
    rows = [f"| `{name}` | {kind} | {meaning} |" for name, (kind, meaning) in COLUMNS.items()]
    table = text.partition("<!-- columns")[2].partition("<!-- /columns -->")[0].strip().splitlines()
    assert table[3:] == rows


EXPORT = """
import resource, sys
from agentgym_core.errors import StoreError
from agentgym_core.store import Run
from agentgym_data import export_trajectories
run = Run.open(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (300, resource.RLIM_INFINITY))
try:
    export_trajectories(run, sys.argv[2], sys.argv[3])
except StoreError as error:
    print(error.message)
"""


@pytest.mark.parametrize("format", ["agenttraj", "jsonl", "parquet"])
def test_an_export_to_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, make_trajectory: Make, format: str
) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    with Run.create(tmp_path / "run") as run:
        for number in range(20):
            run.append(make_trajectory(number))
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-c", EXPORT, str(tmp_path / "run"), format, str(tmp_path / "out" / "set")]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert "cannot be written: File too large" in done.stdout
    assert not list((tmp_path / "out").iterdir())
