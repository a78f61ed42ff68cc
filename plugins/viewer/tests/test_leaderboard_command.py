from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import Trajectory

MakeEpisode = Callable[..., Trajectory]
Stored = Callable[..., Path]


@pytest.fixture
def stored(episode: MakeEpisode, tmp_path: Path) -> Stored:
    """A run that solves the first so many of ten tasks in each environment."""

    def store(name: str, *, score: float | None = None, **solved: int) -> Path:
        folder = tmp_path / name
        with Run.create(folder, new_manifest(components={}, configuration={}, seeds={}, stage="", parent="")) as run:
            for environment, wins in solved.items():
                for number in range(10):
                    value = float(number < wins) if score is None else score
                    run.append(episode(f"t{number}", value, environment=f"{environment}-v1", policy=name))
        return folder

    return store


def table(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["leaderboard", *map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_row_a_model_and_a_column_an_environment_as_they_are_there(
    stored: Stored, capsys: pytest.CaptureFixture[str]
) -> None:
    expert = f"expert={stored('e-maze', maze=10)}+{stored('e-todo', todo=9)}"
    found = table(capsys, expert, f"chance={stored('c', maze=1)}", "--difference", "chance:expert")
    assert found["columns"] == ["maze", "todo"]
    assert [row["name"] for row in found["rows"]] == ["expert", "chance"]
    first, second = found["rows"]
    assert [first["cells"][name]["success"]["value"] for name in found["columns"]] == [1.0, 0.9]
    assert first["success"]["value"] == pytest.approx(0.95)
    assert list(second["cells"]) == ["maze"]
    assert second["success"]["value"] is None
    assert second["success"]["note"] == "not played: todo"


def test_runs_between_commas_are_training_seeds(stored: Stored, capsys: pytest.CaptureFixture[str]) -> None:
    runs = ",".join(str(stored(f"s{number}", maze=5 + number)) for number in range(3))
    (row,) = table(capsys, f"BC={runs}")["rows"]
    assert row["cells"]["maze"]["seeds"] == [0.5, 0.6, 0.7]
    assert row["success"]["value"] == pytest.approx(0.6)


def test_the_page_and_markdown_show_the_table_and_nothing_of_a_name_as_markup(
    stored: Stored, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, text = tmp_path / "t.html", tmp_path / "t.md"
    name = "<b>a|b`"
    arguments = [f"{name}={stored('x', maze=4, babyai=2)}", f"b={stored('y', maze=1)}", "--reward", "babyai"]
    assert main(["leaderboard", *arguments, "--html", str(page), "--markdown", str(text)]) == 0
    said = capsys.readouterr().out
    assert "maze" in said
    lines = text.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "| | babyai (reward) | maze |"
    assert lines[2].startswith(r"| \<b\>a\|b\` | 20.0 % [")
    assert lines[3].startswith("| b | – |")
    assert "<b>" not in page.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)\s*=\s*.?http", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["expert"], "not NAME=RUN"),
        (["expert=nowhere"], "no run folder"),
        (["{run}", "--difference", "a"], "not A:B"),
        (["{run}", "--difference", "a:b"], "there is no row 'b'"),
        (["{run}", "--reward", "chess"], "--reward chess: no column"),
        (["{run}", "{run}"], "two rows are called 'a'"),
    ],
)
def test_mistakes_are_one_line_and_a_next_step(
    stored: Stored, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    run = f"a={stored('r', maze=1)}"
    assert main(["leaderboard", *(word.replace("{run}", run) for word in arguments)]) == 1
    assert said in capsys.readouterr().err
