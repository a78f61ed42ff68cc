"""What counts, what does not, and how much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.environments import resolve_environment
from agentgym_core.types import Action, Step, Task
from agentgym_env_sheet.a1 import Area, area, cell, cell_name
from agentgym_env_sheet.comparing import compare, equivalent, reached, same_displayed, same_value
from agentgym_env_sheet.environment import SheetEnvironment
from agentgym_env_sheet.families import FAMILIES
from agentgym_env_sheet.formats import shown
from agentgym_env_sheet.references import changed, moved, parts, reference, shifted
from agentgym_env_sheet.workbook import Cell, ErrorValue, Style, Workbook, tab_of

SOURCE = resolve_environment("sheet")


def first_of(kind: str) -> Task:
    return SOURCE.find(f"sheet-train-{list(FAMILIES).index(kind)}")


class Player:
    """An environment on the first task of a kind."""

    def __init__(self, kind: str) -> None:
        environment = SOURCE.make()
        assert isinstance(environment, SheetEnvironment)
        self.environment, self.task = environment, first_of(kind)
        environment.reset(self.task, seed=0)

    def call(self, tool: str, /, **arguments: object) -> Step:
        return self.environment.step(Action(tool, arguments))

    def expert(self, until: str = "finish") -> Step | None:
        step = None
        while True:
            move = self.environment.expert()
            assert move is not None
            name, _, given = move.action.partition(" with Action Input: ")
            if name == until:
                return step
            import json

            step = self.environment.step(Action(name, json.loads(given)))


@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_doing_nothing_scores_nothing(kind: str) -> None:
    player = Player(kind)
    step = player.call("finish", answer=player.task.data.aim.answer)
    assert (step.score, step.success, step.terminated) == (0.0, False, True)


def test_a_typed_constant_in_place_of_a_formula_does_not_count() -> None:
    player = Player("totals")
    player.expert()
    tab = player.task.data.wanted.tabs[0]
    row, column, _ = next(iter(tab.formulas()))
    value = player.environment.box.value(row, column)
    assert isinstance(value, float)
    player.call("update_cell", position=cell_name(row, column), value=value)
    assert player.call("finish").success is False


def test_a_constant_dressed_as_a_formula_does_not_count() -> None:
    player = Player("totals")
    player.expert()
    row, column, _ = next(iter(player.task.data.wanted.tabs[0].formulas()))
    value = player.environment.box.value(row, column)
    player.call("update_cell", position=cell_name(row, column), value=f"=0+{value!r}")
    assert player.call("finish").success is False


def test_another_formula_that_means_the_same_counts() -> None:
    player = Player("products")
    player.expert()
    tab = player.task.data.wanted.tabs[0]
    row, column, formula = next(iter(tab.formulas()))
    one, other = formula[1:].split("*")
    player.call("update_cell", position=cell_name(row, column), value=f"=PRODUCT({other},{one})")
    step = player.call("finish")
    assert (step.score, step.success) == (1.0, True)


def test_a_formula_that_is_right_by_chance_only_does_not_count() -> None:
    wanted = Workbook([tab_of("A", [[2, 2, "=A1*B1"]])])
    now = Workbook([tab_of("A", [[2, 2, "=A1+B1"]])])
    start = Workbook([tab_of("A", [[2, 2]])])
    assert compare(start, wanted, now).unsure == [(0, 0, 2)]
    assert not reached(start, wanted, now)
    assert equivalent(wanted, Workbook([tab_of("A", [[2, 2, "=B1*A1"]])]), [(0, 0, 2)])


def test_lookups_are_compared_with_other_texts_as_well() -> None:
    rows = [["k", "v"], ["a", 1], ["b", 2], ["c", 3]]
    wanted = Workbook([tab_of("A", [[*rows[0], '=VLOOKUP("b",A2:B4,2,FALSE)'], *rows[1:]])])
    by_place = Workbook([tab_of("A", [[*rows[0], "=B3"], *rows[1:]])])
    by_match = Workbook([tab_of("A", [[*rows[0], '=INDEX(B2:B4,MATCH("b",A2:A4,0))'], *rows[1:]])])
    assert not equivalent(wanted, by_place, [(0, 0, 2)])
    assert equivalent(wanted, by_match, [(0, 0, 2)])


def test_what_was_not_asked_for_spoils_the_end_and_the_score() -> None:
    player = Player("correct_cells")
    before = player.expert()
    assert before is not None
    step = player.call("update_note", position="A1", content="I was here")
    assert step.score < before.score
    assert player.call("finish").success is False


def test_an_undone_change_counts_no_more() -> None:
    player = Player("add_record")
    done = player.expert()
    assert done is not None
    assert done.score > 0
    rows, old = player.task.data.wanted.tabs[0].rows, player.task.data.start.tabs[0].rows
    row = next((number for number, line in enumerate(old) if line != rows[number]), len(rows) - 1)
    assert player.call("delete_batch_data", dimension="row", index_list=[row + 1]).score == 0.0


def test_a_right_answer_that_was_not_looked_up_does_not_count() -> None:
    player = Player("figure")
    assert player.call("finish", answer=player.task.data.aim.answer).success is False


def test_an_answer_after_another_way_of_looking_counts() -> None:
    player = Player("where")
    player.call("open_sheet", name=player.task.data.start.names[0])
    player.call("get_all_values")
    step = player.call("finish", answer=player.task.data.aim.answer)
    assert (step.score, step.success) == (1.0, True)


def test_an_answer_beside_a_changed_workbook_does_not_count() -> None:
    player = Player("where")
    player.call("open_sheet", name=player.task.data.start.names[0])
    player.call("get_all_values")
    player.call("update_cell", position="A2", value="changed")
    assert player.call("finish", answer=player.task.data.aim.answer).success is False


def test_values_are_the_same_up_to_a_millionth() -> None:
    assert same_value(1.0, 1.0000001)
    assert not same_value(1.0, 1.001)
    assert not same_value(1.0, "1")
    assert not same_value(1.0, True)
    assert same_value(None, "")
    assert not same_value("#N/A", ErrorValue("#N/A"))
    assert same_displayed((("1,234.0", "a"),), (("1234", "a"),))
    assert not same_displayed((("1", "a"),), (("1", "A"),))
    assert not same_displayed((("1",),), (("1",), ("",)))


def test_formats_and_notes_count() -> None:
    start = Workbook([tab_of("A", [["x", "y"]])])
    bold = Workbook([tab_of("A", [[Cell("x", style=Style(bold=True)), "y"]])])
    noted = Workbook([tab_of("A", [[Cell("x", note="n"), "y"]])])
    assert compare(start, bold, start).share == 0.0
    assert compare(start, bold, bold).share == 1.0
    assert not reached(start, bold, noted)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (2.5, "0", "3"), (0.125, "0.00", "0.13"), (1234.5, "#,##0", "1,235"), (-0.5, "0", "-1"), (1.005, "0.00", "1.01"),
        (0.285, "0%", "29%"),
        (1234.5, "$#,##0.00", "$1,234.50"), (-3.0, "€#,##0.00", "-€3.00"), (7.25, '0.0" kg"', "7.3 kg"),
        (45000.0, "yyyy-mm-dd", "2023-03-15"),
        (45000.5, "d mmm yyyy", "15 Mar 2023"), (1 / 3, "General", "0.3333333333"), (1e20, "General", "1E+20"),
        (12345678901.0, "General", "12345678901"),
        (True, "0.00", "TRUE"), ("x", "0.00", "x"), (-0.001, "0.00", "0.00"),
    ],
)  # fmt: skip
def test_numbers_are_shown_as_spreadsheets_show_them(value: float | str, form: str, text: str) -> None:
    assert shown(value, form) == text


PLACES = st.tuples(st.integers(0, 200), st.integers(0, 60))


@given(PLACES, PLACES)
def test_names_of_cells_are_read_back(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert cell(cell_name(*one)) == one
    found = area(cell_name(*one), cell_name(*other))
    assert isinstance(found, Area)
    assert found.holds(*one)
    assert found.holds(*other)


def written(one: tuple[int, int], other: tuple[int, int], fixed: bool) -> str:
    """A reference to one cell, with a dollar or not, or to the area between two."""
    if one == other:
        return f"{'$' * fixed}{cell_name(*one)}"
    return area(cell_name(*one), cell_name(*other)).name


REFERENCES = st.builds(written, PLACES, PLACES, st.booleans())


@given(REFERENCES)
def test_references_are_read_back_as_they_are_written(text: str) -> None:
    assert str(reference(text)) == text
    formula = f"=SUM({text})+1"
    assert changed(formula, lambda one: one) == formula
    assert "".join(map(str, parts(formula))) == formula[1:]


@given(REFERENCES, st.sampled_from(["row", "column"]), st.integers(0, 210), st.integers(1, 5))
def test_an_insertion_undone_leaves_every_formula_as_it_was(text: str, axis: str, at: int, count: int) -> None:
    formula = f"=SUM({text})"
    there = shifted(formula, "A", "A", axis, at, count)  # type: ignore[arg-type]
    assert shifted(there, "A", "A", axis, at, -count) == formula  # type: ignore[arg-type]
    assert shifted(formula, "A", "B", axis, at, count) == formula  # type: ignore[arg-type]


@given(REFERENCES, st.integers(0, 9), st.integers(0, 9))
def test_a_move_there_and_back_leaves_every_formula_as_it_was(text: str, rows: int, columns: int) -> None:
    formula = f"=SUM({text})"
    assert moved(moved(formula, rows, columns), -rows, -columns) == formula
