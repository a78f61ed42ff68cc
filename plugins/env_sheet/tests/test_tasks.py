"""Splits: hundreds of tasks of every kind and tool, each its own; no names, answers or workbooks of one split in the other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.types import Action, Task
from agentgym_env_sheet.config import SheetConfig
from agentgym_env_sheet.families import FAMILIES
from agentgym_env_sheet.plans import Setup
from agentgym_env_sheet.tasks import CATALOGUE
from agentgym_env_sheet.tools import SheetTools
from agentgym_env_sheet.vocabulary import POOLS, pool
from agentgym_env_sheet.workbook import plain
from agentgym_env_sheet.xlsx import read, write
from agentgym_testing import TaskConformance


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Task]]:
    return {split: list(found) for split, found in CATALOGUE.of(SheetConfig()).items()}


class TestTasks(TaskConformance):
    environment = "sheet"
    counts: ClassVar[dict[str, int]] = CATALOGUE.splits(SheetConfig())
    kinds = FAMILIES
    kind_of = CATALOGUE.kind_of

    def answer_of(self, task: Task) -> str:
        """An answer as text; where changes are asked for, the workbook that they lead to."""
        setup: Setup = task.data
        return json.dumps(setup.aim.answer if setup.asks else plain(setup.wanted))

    def question_of(self, task: Task) -> Hashable:
        return (task.data.aim.text, str(plain(task.data.start)))


def test_splits_share_no_names(splits: dict[str, list[Task]]) -> None:
    train, evaluation = splits["train"], splits["eval"]
    assert all(not set(pool(name, "train")) & set(pool(name, "eval")) for name in POOLS)
    texts = [
        " ".join(task.data.aim.text + str(plain(task.data.start)) for task in found) for found in (train, evaluation)
    ]
    for name in ("people", "things", "cities"):
        assert not [word for word in pool(name, "eval") if word in texts[0]]
        assert not [word for word in pool(name, "train") if word in texts[1]]


def test_no_answer_is_a_safe_guess(splits: dict[str, list[Task]]) -> None:
    for found in splits.values():
        answers = Counter(json.dumps(task.data.aim.answer) for task in found if task.data.asks)
        assert answers.most_common(1)[0][1] <= len(found) / 20


def test_no_single_tool_whose_result_is_repeated_solves_many(splits: dict[str, list[Task]]) -> None:
    """Call one tool without looking at the task, and answer what it says."""
    source = resolve_environment("sheet")
    solved: Counter[str] = Counter()
    for task in splits["eval"]:
        for tool in ("list_sheets", "get_all_values", "get_charts", "get_merged_cells"):
            with source.make() as environment:
                environment.reset(task, seed=0)
                environment.step(Action("open_sheet", {"name": task.data.start.names[0]}))
                told = environment.step(Action(tool, {})).observation
                solved[tool] += bool(environment.step(Action("finish", {"answer": told})).success)
    assert max(solved.values(), default=0) <= len(splits["eval"]) / 20


def test_every_tool_is_needed_by_some_task(splits: dict[str, list[Task]]) -> None:
    for found in splits.values():
        used = {act.tool for task in found for act in task.data.plan} | {"open_sheet", "finish", "check_valid_actions"}
        assert used == set(SheetTools.tools())


def test_hops_go_from_one_to_five_and_more(splits: dict[str, list[Task]]) -> None:
    lengths = {len(task.data.plan) for task in splits["train"]}
    assert set(range(1, 6)) <= lengths
    assert max(lengths) <= 12


def test_a_task_that_asks_for_changes_starts_away_from_its_end(splits: dict[str, list[Task]]) -> None:
    for found in splits.values():
        for task in found:
            assert task.data.asks == (task.data.changes == 0), task.id


def test_workbooks_are_what_their_xlsx_files_hold(splits: dict[str, list[Task]]) -> None:
    for task in splits["eval"]:
        for book in (task.data.start, task.data.wanted):
            if not any("MINUS" in formula for tab in book.tabs for _, _, formula in tab.formulas()):
                assert plain(read(write(book))) == plain(book), task.id


def test_more_tasks_are_an_option_away() -> None:
    more = CATALOGUE.tasks(SheetConfig(train=2000, seed=3), "train")
    assert len(more) == 2000
    assert more[1999].data.aim.text


def test_the_expert_finds_back_from_wherever_it_is_led(splits: dict[str, list[Task]]) -> None:
    """After changes that nobody asked for it still reaches the end."""
    source = resolve_environment("sheet")
    grammar = Grammar(source.description.actions)
    detours: list[tuple[str, dict[str, Any]]] = [
        ("update_cell", {"position": "B2", "value": "wrong"}),
        ("insert_rows", {"values_list": [["stray", 1]], "row_idx": 3}),
        ("sort_sheet_by_col", {"col_num": 1, "order": "asc"}),
        ("format_cells", {"start_position": "A1", "end_position": "C3", "italic": True}),
        ("update_note", {"position": "C3", "content": "stray"}),
        ("merge_cells", {"start_position": "A2", "end_position": "A3"}),
        ("add_chart", {"kind": "pie", "start_position": "A1", "end_position": "B3"}),
        ("freeze_data", {"dimension": "columns", "num": 1}),
        ("delete_batch_data", {"dimension": "row", "index_list": [4]}),
    ]
    with source.make() as environment:
        for number, task in enumerate(splits["eval"][:111]):
            environment.reset(task, seed=0)
            environment.step(Action("open_sheet", {"name": task.data.start.names[0]}))
            environment.step(Action(*detours[number % len(detours)]))
            for _ in range(200):
                move = environment.expert()
                assert move is not None, task.id
                step = environment.step(grammar.action(move.action))
                assert step.info["ok"], (task.id, move.action, step.observation)
                if step.ended:
                    break
            assert step.score == 1.0, task.id


def test_fewer_kinds_and_records_are_settings() -> None:
    small = SheetConfig(kinds=("sort_table", "drop_columns"), records=(5, 6), train=40, eval=20)
    for split in ("train", "eval"):
        found = list(CATALOGUE.tasks(small, split))
        assert {len(task.data.start.tabs[0].rows) - 1 for task in found} == {5, 6}
        assert [task.data.family for task in found] == ["sort_table", "drop_columns"] * (len(found) // 2)
        assert CATALOGUE.kind_of(found[1].id, small) == "drop_columns"


def test_every_kind_has_tasks_in_the_smallest_and_the_largest_tables() -> None:
    for size in (5, 28):
        config = SheetConfig(records=(size, size), train=len(FAMILIES), eval=len(FAMILIES))
        possible = [kind for kind in FAMILIES if not (kind == "add_column" and size > 10)]
        config = config.model_copy(update={"kinds": tuple(possible)})
        for split in ("train", "eval"):
            assert len(list(CATALOGUE.tasks(config, split))) == len(FAMILIES)


def test_names_may_be_shared_where_workbooks_are_not() -> None:
    shared = SheetConfig(held_out="workbooks", train=148, eval=148)
    train, evaluation = (list(CATALOGUE.tasks(shared, split)) for split in ("train", "eval"))
    assert {task.data.start.names[0] for task in train} == {task.data.start.names[0] for task in evaluation}
    assert not {task.fingerprint for task in train} & {task.fingerprint for task in evaluation}
    books = [{str(plain(task.data.start)) for task in found if not task.data.asks} for found in (train, evaluation)]
    assert not books[0] & books[1]
    answers = [{json.dumps(task.data.aim.answer) for task in found if task.data.asks} for found in (train, evaluation)]
    assert not answers[0] & answers[1]


def test_tables_that_are_too_large_for_a_kind_are_named_with_the_setting() -> None:
    found = CATALOGUE.tasks(SheetConfig(kinds=("add_column",), records=(11, 12)), "train")
    with pytest.raises(ConfigError, match=r"'add_column' with records=\(11, 12\)"):
        list(found)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kinds": ["fly"]}, "must be some of these, each once: sort_table, "),
        ({"records": [9, 8]}, "the least and the most"),
        ({"records": [4, 8]}, "greater than or equal to 5"),
    ],
)
def test_sizes_that_cannot_be_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SheetConfig.model_validate(settings)
