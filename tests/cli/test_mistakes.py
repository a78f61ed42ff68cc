"""What a person types wrong gets one line and a next step that works."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agentgym_core.cli import main
from agentgym_core.errors import ConfigError
from agentgym_core.settings import Sampling

pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")


@pytest.fixture
def stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["collect", "maze", "--limit", "3", "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--limit", "many"], "'many' is not a whole number"),
        (["--limit", "0"], "'0' is not a whole number of at least 1"),
        (["--attempts", "many"], "'many' is not a whole number"),
        (["--concurrency", "0"], "'0': Input should be greater than or equal to 1"),
        (["--limit", "1.5"], "'1.5' is not a whole number"),
        (["--max-failed", "half"], "'half' is not a number"),
        (["--max-failed", "nan"], "'nan': Input should be"),
        (["--temperature", "nan"], "--temperature: 'nan': Input should be"),
        (["--temperature", "-1"], "--temperature: '-1': Input should be greater than or equal to 0"),
        (["--top-p", "7"], "--top-p: '7': Input should be less than or equal to 1"),
    ],
)
def test_numbers_out_of_range(words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", "maze", "--out", str(tmp_path / "run"), *words]) in (1, 2)
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("value", [0, 1.5, True, "9", float("inf")])
def test_sampling_refuses_what_no_server_takes(value: object) -> None:
    with pytest.raises(ConfigError, match="max_tokens"):
        Sampling(max_tokens=value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "command",
    [
        "score RUN",
        "view RUN",
        "compare RUN RUN",
        "export RUN --to jsonl --out OUT",
        "collect maze --limit 3 --out RUN --resume",
    ],
)
def test_the_way_past_a_corrupt_line_is_open_wherever_it_is_named(
    command: str, stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stored / "trajectories.jsonl"
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b"{" + second + third)
    words = [{"RUN": str(stored), "OUT": str(tmp_path / "out.jsonl")}.get(word, word) for word in command.split()]
    assert main(words) == 1
    error = capsys.readouterr().err
    assert "line 2" in error
    assert "--skip-corrupt" in error
    assert main([*words, "--skip-corrupt"]) == 0
    out, error = capsys.readouterr()
    if words[0] != "collect":
        assert "1 corrupt line" in out + error
    assert path.read_bytes().startswith(first + b"{" + second + third)


def test_importing_what_is_no_json_says_what_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text("not json")
    assert main(["import", str(tmp_path / "a.json"), "--out", str(tmp_path / "run")]) == 1
    assert "JSON Lines" in capsys.readouterr().err
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\xff")
    assert main(["import", str(tmp_path / "b.json"), "--out", str(tmp_path / "run")]) == 1
    assert "iconv -f UTF-16" in capsys.readouterr().err


def test_one_is_told_from_many(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(stored)
    assert main(["collect", "maze", "--limit", "1", "--out", str(stored)]) == 0
    assert "1 episode in" in capsys.readouterr().out
