"""The paper's own tasks: read from files of their shape. AGENTGYM_SHEET_QUESTIONS names the real one, where you have it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.types import Action, Step
from agentgym_testing.players import play_expert

START = [["Fruit", "Left"], ["plum", 4], ["fig", 9], ["lime", 2]]
GOLDS = [
    [["Fruit", "Left"], ["fig", "9"], ["plum", "4"], ["lime", "2"]],
    [["Fruit", "Left"], ["plum", "4.0"], ["fig", "9.0"]],
]


def line(id: int, gold: Any) -> dict[str, Any]:
    return {
        "task": "tool-operation",
        "id": id,
        "goal": f'Do something to "Sheet{id + 1}".',
        "subgoals": "Reference Action Path: \n",
        "additional_info": {"answer": json.dumps(gold), "init_config": None, "goal_type": 1, "tool": "sheet"},
        "difficulty": "easy",
    }


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A questions file, its workbook beside it: a sheet and its answer for each task."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for id, gold in enumerate(GOLDS):
        for name, rows in ((f"Sheet{id + 1}", START), (f"Answer{id + 1}", gold)):
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append([float(value) if str(value).replace(".", "").isdigit() else value for value in row])
            if name == "Answer2":
                for cell in ("B2", "B3"):
                    sheet[cell].number_format = "0.0"
    book.save(tmp_path / "Test Sheet-For Copy.xlsx")
    path = tmp_path / "sheet.jsonl"
    path.write_text("\n".join(json.dumps(line(id, gold)) for id, gold in enumerate(GOLDS)) + "\n")
    return path


def play(source: EnvironmentSource, task: str) -> list[Step]:
    """The expert's episode."""
    return [step for _, step in play_expert(source, task)]


def test_tasks_keep_their_ids(files: Path) -> None:
    source = resolve_environment("sheet", {"questions": str(files)})
    assert [task.id for task in source.tasks("agenteval")] == ["tool_sheet_0", "tool_sheet_1"]
    assert "agenteval" in source.description.evaluation


def test_the_expert_solves_them_and_doing_nothing_scores_nothing(files: Path) -> None:
    source = resolve_environment("sheet", {"questions": str(files)})
    for task in source.tasks("agenteval"):
        steps = play(source, task.id)
        assert (steps[0].score, steps[-1].score) == (0.0, 1.0)
        with source.make() as environment:
            environment.reset(task)
            environment.step(Action("open_sheet", {"name": f"Sheet{int(task.id[-1]) + 1}"}))
            assert environment.step(Action("finish", {})).score == 0.0


def test_sheets_with_answers_cannot_be_opened_nor_read_by_formulas(files: Path) -> None:
    source = resolve_environment("sheet", {"questions": str(files)})
    with source.make() as environment:
        environment.reset(source.find("tool_sheet_0"))
        assert environment.step(Action("list_sheets", {})).observation == "['Sheet1', 'Sheet2']"
        assert "there is no sheet" in environment.step(Action("open_sheet", {"name": "Answer1"})).observation
        environment.step(Action("open_sheet", {"name": "Sheet1"}))
        step = environment.step(Action("update_cell", {"position": "C1", "value": "=Answer1!A2"}))
        assert "there is no sheet 'Answer1'" in step.observation


def test_numbers_count_by_value_unless_judged_as_the_original_does(files: Path) -> None:
    for strict in (False, True):
        source = resolve_environment("sheet", {"questions": str(files), "strict_answers": strict})
        with source.make() as environment:
            environment.reset(source.find("tool_sheet_1"))
            environment.step(Action("open_sheet", {"name": "Sheet2"}))
            environment.step(Action("delete_batch_data", {"dimension": "row", "index_list": [4]}))
            assert environment.step(Action("finish", {})).success is not strict


def test_another_sheet_that_is_right_does_not_count(files: Path) -> None:
    """In the original the sheet that happens to be open is judged, over what both have in common."""
    source = resolve_environment("sheet", {"questions": str(files)})
    with source.make() as environment:
        environment.reset(source.find("tool_sheet_0"))
        environment.step(Action("open_sheet", {"name": "Sheet2"}))
        environment.step(Action("sort_sheet_by_col", {"col_num": 2, "order": "des"}))
        assert environment.step(Action("finish", {})).score == 0.0


def test_the_workbook_may_lie_elsewhere(files: Path, tmp_path: Path) -> None:
    apart = tmp_path / "apart"
    apart.mkdir()
    moved = (tmp_path / "Test Sheet-For Copy.xlsx").rename(apart / "book.xlsx")
    with pytest.raises(ConfigError, match=r"workbook: .*No such file"):
        resolve_environment("sheet", {"questions": str(files)}).splits  # noqa: B018
    source = resolve_environment("sheet", {"questions": str(files), "workbook": str(moved)})
    assert source.splits["agenteval"] == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1"),
        ("", "it is empty"),
        (json.dumps({"id": 1}), "goal"),
        ("\n".join([json.dumps(line(0, GOLDS[0]))] * 2), "share an id"),
        (json.dumps(line(0, [["a"], ["b", "c"]])), "no table"),
        (json.dumps(line(0, "text")), "line 1"),
        (json.dumps(line(7, GOLDS[0])), "there is no Sheet8"),
    ],
)
def test_a_file_of_another_shape_is_an_error_that_says_where(files: Path, text: str, words: str) -> None:
    files.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        resolve_environment("sheet", {"questions": str(files)}).splits  # noqa: B018
    assert "sheet.jsonl" in caught.value.hint or "sheet.jsonl" in str(caught.value)


def test_a_corrupt_workbook_is_one_clear_line(files: Path, tmp_path: Path) -> None:
    path = tmp_path / "Test Sheet-For Copy.xlsx"
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(ConfigError, match=r"workbook: .*no xlsx workbook"):
        resolve_environment("sheet", {"questions": str(files)}).splits  # noqa: B018


def test_the_real_files() -> None:
    path = os.environ.get("AGENTGYM_SHEET_QUESTIONS", "")
    if not Path(path).is_file():
        pytest.skip("AGENTGYM_SHEET_QUESTIONS names no copy of AgentGym's sheet.jsonl")
    source = resolve_environment("sheet", {"questions": path})
    assert source.splits["agenteval"] == 20
    for task in source.tasks("agenteval"):
        steps = play(source, task.id)
        assert (steps[-1].score, len(steps) <= 15) == (1.0, True), task.id
