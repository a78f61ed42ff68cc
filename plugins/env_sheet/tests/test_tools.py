"""Every tool and every error that it declares, over workbooks in memory."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.types import Action
from agentgym_env_sheet.a1 import Area
from agentgym_env_sheet.box import READING
from agentgym_env_sheet.local import LocalBackend
from agentgym_env_sheet.tools import SheetTools
from agentgym_env_sheet.workbook import Cell, Chart, Style, Workbook, tab_of
from agentgym_tools import Called

GRAMMAR = Grammar(SheetTools.actions())


def workbook() -> Workbook:
    """A small table with a formula, a note, a format, a chart, and a second sheet."""
    data = tab_of(
        "Data",
        [
            ["Name", "Team", "Points", "Share"],
            ["Ada", "Red", 30, Cell(0.5, style=Style("0.0%"))],
            [Cell("Bob", note="call him"), "Blue", 10, 0.25],
            ["Cy", "Red", "=C2+C3", None],
            ["Di", None, 5, True],
        ],
    )
    data.charts = (Chart("line", Area(0, 1, 4, 2), "Old"),)
    return Workbook([data, tab_of("Other", [["x", 1]])])


class Box:
    """Tools on that workbook, called by name."""

    def __init__(self, *, asks: bool = False, original: bool = False) -> None:
        self.backend = LocalBackend(workbook())
        self.tools = SheetTools(self.backend, asks=asks)
        self.tools.original_texts = original

    def call(self, tool: str, /, **arguments: Any) -> Called:
        return self.tools.call(GRAMMAR.action(GRAMMAR.canonical(tool, arguments)))

    def ok(self, tool: str, /, **arguments: Any) -> Any:
        called = self.call(tool, **arguments)
        assert called.ok, called.text
        return called.value

    def no(self, tool: str, /, **arguments: Any) -> str:
        before = self.tools.changes
        called = self.tools.call(Action(tool, arguments))
        assert not called.ok, called.text
        assert self.tools.changes == before
        return called.text


@pytest.fixture
def box() -> Iterator[Box]:
    found = Box()
    found.ok("open_sheet", name="Data")
    yield found
    found.tools.close()


def test_every_tool_has_a_test_named_after_it() -> None:
    tests = [name for name in globals() if name.startswith("test_")]
    for tool in SheetTools.tools():
        assert f"test_{tool}" in tests, tool
        errors = [name for name in tests if name.startswith(f"test_{tool}_refuses")]
        free = tool in (
            "list_sheets",
            "get_all_values",
            "get_merged_cells",
            "get_charts",
            "check_valid_actions",
            "finish",
        )
        assert errors or free, f"{tool} has no test of its errors"


def test_a_tool_before_a_sheet_is_open_says_which_there_are() -> None:
    box = Box()
    for tool in ("get_all_values", "get_merged_cells", "get_charts"):
        assert box.no(tool) == "No sheet is open: call open_sheet first, with one of Data, Other."
    assert Box(original=True).no("get_all_values") == "Please open a sheet before operating it"


def test_unknown_tools_are_named(box: Box) -> None:
    assert box.tools.call(Action("", {}, "fly")).text == "ERROR | Invalid action: fly."
    original = Box(original=True).tools.call(Action("", {}, "fly")).text
    assert original.startswith("ERROR | Invalid action: fly. Please choose another valid action from ['")


def test_list_sheets(box: Box) -> None:
    assert box.ok("list_sheets") == ["Data", "Other"]


def test_open_sheet(box: Box) -> None:
    assert box.ok("open_sheet", name="other") == "<Worksheet 'Other' id:1>"
    assert box.ok("get_all_values") == [["x", "1"]]


def test_open_sheet_refuses_a_sheet_that_is_not_there(box: Box) -> None:
    assert box.no("open_sheet", name="Answer1") == "Name: there is no sheet 'Answer1'; there are Data, Other."
    assert Box(original=True).no("open_sheet", name="A") == "ERROR | WorksheetNotFound('A')"


def test_del_sheet(box: Box) -> None:
    box.ok("update_cell", position="F1", value="=Other!B1")
    assert box.ok("del_sheet", name="Other") == "You have deleted sheet Other successfully"
    assert box.ok("get_formulas", start_position="F1", end_position="F1") == [["=#REF!"]]
    assert box.ok("get_cell_value", position="F1") == "#REF!"


def test_del_sheet_refuses_the_last_one_and_one_that_is_not_there(box: Box) -> None:
    assert box.no("del_sheet", name="Nope").startswith("Name: there is no sheet 'Nope'")
    box.ok("del_sheet", name="Other")
    assert box.no("del_sheet", name="Data") == "A workbook keeps at least one sheet."


def test_freeze_data(box: Box) -> None:
    assert box.ok("freeze_data", dimension="rows", num=1) == "You have successfully freeze the rows 1"
    box.ok("freeze_data", dimension="columns", num=2)
    tab = box.backend.book().tabs[0]
    assert (tab.frozen_rows, tab.frozen_columns) == (1, 2)


def test_freeze_data_refuses_everything_and_less_than_nothing(box: Box) -> None:
    assert "from 0 to 4" in box.no("freeze_data", dimension="rows", num=5)
    assert "from 0 to 3" in box.no("freeze_data", dimension="columns", num=-1)
    assert '"dimension" must be one of' in box.no("freeze_data", dimension="row", num=1)


def test_get_A1_annotation(box: Box) -> None:
    assert box.ok("get_A1_annotation", row=2, col=28) == "AB2"


def test_get_A1_annotation_refuses_what_is_outside(box: Box) -> None:
    assert "counted from 1" in box.no("get_A1_annotation", row=0, col=1)


def test_insert_cols(box: Box) -> None:
    shown = box.ok("insert_cols", values_list=[["Age", 7], ["Born"]], col_idx=2)
    assert shown[0] == ["Name", "Age", "Born", "Team", "Points", "Share"]
    assert shown[1][:4] == ["Ada", "7", "", "Red"]
    assert box.ok("get_formulas", start_position="E4", end_position="E4") == [["=E2+E3"]]


def test_insert_cols_refuses_a_gap_and_a_flat_list(box: Box) -> None:
    assert "from 1 to 5" in box.no("insert_cols", values_list=[["x"]], col_idx=6)
    assert "list of lists" in box.no("insert_cols", values_list=["x"], col_idx=1)


def test_insert_rows(box: Box) -> None:
    shown = box.ok("insert_rows", values_list=[["Eve", "Red", "12"]], row_idx=3)
    assert shown[2] == ["Eve", "Red", "12", ""]
    assert box.ok("get_formulas", start_position="C5", end_position="C5") == [["=C2+C4"]]
    assert box.backend.book().tabs[0].at(2, 2).value == 12.0


def test_insert_rows_refuses_a_gap_and_a_formula_that_is_none(box: Box) -> None:
    assert "from 1 to 6" in box.no("insert_rows", values_list=[["x"]], row_idx=7)
    assert "is no formula" in box.no("insert_rows", values_list=[["=SUM("]], row_idx=2)
    assert len(box.ok("get_all_values")) == 5, "nothing was inserted"


def test_delete_batch_data(box: Box) -> None:
    shown = box.ok("delete_batch_data", dimension="row", index_list=[5, 3])
    assert [row[0] for row in shown] == ["Name", "Ada", "Cy"]
    assert shown[2][2] == "#REF!"
    assert box.ok("delete_batch_data", dimension="col", index_list=[4])[0] == ["Name", "Team", "Points"]


def test_delete_batch_data_refuses_the_whole_sheet_and_what_is_not_there(box: Box) -> None:
    assert "the sheet has 5" in box.no("delete_batch_data", dimension="row", index_list=[6])
    assert "at least must stay" in box.no("delete_batch_data", dimension="row", index_list=[1, 2, 3, 4])
    assert "at least must stay" in box.no("delete_batch_data", dimension="col", index_list=[1, 2, 3, 4])
    assert "whole numbers" in box.no("delete_batch_data", dimension="row", index_list=["2"])
    old = Box(original=True)
    old.ok("open_sheet", name="Data")
    assert old.no("delete_batch_data", dimension="row", index_list=[1, 2, 3, 4]).startswith(
        "Warning: You cannot delete"
    )


def test_update_cell(box: Box) -> None:
    assert box.ok("update_cell", position="D4", value=3)[3][3] == "3"
    assert box.ok("update_cell", position="D2", value=0.25)[1][3] == "25.0%", "the format stays"
    assert box.ok("update_cell", position="e1", value="=SUM(C2:C5)")[0][4] == "85"
    box.ok("update_cell", position="B5", value="'007")
    box.ok("update_cell", position="B4", value="12.50")
    box.ok("update_cell", position="A5", value="")
    tab = box.backend.book().tabs[0]
    assert [tab.at(4, 1).value, tab.at(3, 1).value, tab.at(4, 0).value] == ["007", 12.5, None]
    box.ok("update_cell", position="A5", value=True)
    assert box.ok("get_cell_value", position="A5") == "TRUE"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("=NOW()", "the function NOW is not computed here"),
        ("=IMPORTXML(A1)", "the function IMPORTXML is not computed here"),
        ("=SUM({1,2})", "lists in braces"),
        ("=Nope!A1", "there is no sheet 'Nope': there are Data, Other"),
        ("=budget*2", "names are not known here"),
        ("=1+", "is no formula"),
        ("=SUM(A1", "no formula"),
        ('=COUNTIF(A1:A5,"<>Red")', "the criterion <>"),
        ([1], "a cell takes a number"),
        (10**400, "no number for a cell"),
        ("a\x07b", "characters that a sheet cannot hold"),
    ],
)
def test_update_cell_refuses_what_cannot_be_written(box: Box, value: Any, words: str) -> None:
    called = box.tools.call(Action("update_cell", {"position": "B2", "value": value}))
    assert not called.ok
    assert "B2: " in called.text
    assert words in called.text
    assert box.ok("get_cell_value", position="B2") == "Red"


def test_update_cell_refuses_what_is_no_cell_and_what_is_covered(box: Box) -> None:
    assert box.no("update_cell", position="2B", value=1) == "position: '2B' is no cell: name one like B2."
    assert "outside the sheet" in box.no("update_cell", position="A1000000", value=1)
    box.ok("merge_cells", start_position="A2", end_position="B2")
    assert "write into A2" in box.no("update_cell", position="B2", value=1)


def test_update_cell_by_formula(box: Box) -> None:
    shown = box.ok(
        "update_cell_by_formula", start_position="C2", end_position="C5", result_position="C6", operator="AVERAGE"
    )
    assert shown[5][2] == "21.25"
    box.ok("update_cell_by_formula", position_list=["C2", "C3"], result_position="E2", operator="MINUS")
    assert box.ok("get_formulas", start_position="E2", end_position="E2") == [["=MINUS(C2,C3)"]]
    assert box.ok("get_cell_value", position="E2") == "20"


def test_update_cell_by_formula_refuses_both_ways_neither_and_three_for_minus(box: Box) -> None:
    assert "not both" in box.no(
        "update_cell_by_formula",
        start_position="C2",
        end_position="C3",
        position_list=["C2"],
        result_position="E1",
        operator="SUM",
    )
    assert "or position_list" in box.no(
        "update_cell_by_formula", start_position="C2", result_position="E1", operator="SUM"
    )
    assert "two cells" in box.no(
        "update_cell_by_formula", position_list=["C2", "C3", "C4"], result_position="E1", operator="MINUS"
    )
    assert "operator" in box.no("update_cell_by_formula", position_list=["C2"], result_position="E1", operator="MODE")


def test_update_range(box: Box) -> None:
    shown = box.ok(
        "update_range", start_position="B2", end_position="C3", values_list=[["Green", 1], ["Pink", "=C2*2"]]
    )
    assert [row[1:3] for row in shown[1:3]] == [["Green", "1"], ["Pink", "2"]]


def test_update_range_refuses_another_shape_and_the_whole_sheet(box: Box) -> None:
    assert "has 2 rows of 2 cells, the values are 1 x 2" in box.no(
        "update_range", start_position="B2", end_position="C3", values_list=[[1, 2]]
    )
    values = [["x"] * 4] * 5
    assert "whole sheet" in box.no("update_range", start_position="A1", end_position="D5", values_list=values)


def test_sort_sheet_by_col(box: Box) -> None:
    shown = box.ok("sort_sheet_by_col", col_num=3, order="des")
    assert [row[0] for row in shown] == ["Name", "Cy", "Ada", "Bob", "Di"], "a header is text, and comes first"
    box.ok("freeze_data", dimension="rows", num=1)
    assert [row[1] for row in box.ok("sort_sheet_by_col", col_num=2, order="asc")] == ["Team", "Blue", "Red", "Red", ""]
    assert [row[1] for row in box.ok("sort_sheet_by_col", col_num=2, order="des")] == ["Team", "Red", "Red", "Blue", ""]
    assert box.backend.book().tabs[0].at(3, 0).note == "call him", "notes go with their rows"


def test_sort_sheet_by_col_refuses_merged_rows_and_a_column_that_is_not_there(box: Box) -> None:
    assert "from 1 to 4" in box.no("sort_sheet_by_col", col_num=5, order="asc")
    box.ok("merge_cells", start_position="A2", end_position="A3")
    assert "A2:A3 is merged" in box.no("sort_sheet_by_col", col_num=1, order="asc")


def test_merge_cells(box: Box) -> None:
    shown = box.ok("merge_cells", start_position="A2", end_position="B3")
    assert [row[:2] for row in shown[1:3]] == [["Ada", "Ada"], ["Ada", "Ada"]]
    assert box.ok("get_merged_cells") == ["A2:B3"]


def test_merge_cells_refuses_one_cell_and_an_overlap(box: Box) -> None:
    assert "is one cell" in box.no("merge_cells", start_position="A2", end_position="A2")
    box.ok("merge_cells", start_position="A2", end_position="B3")
    assert "overlaps A2:B3" in box.no("merge_cells", start_position="B3", end_position="C4")


def test_unmerge_cells(box: Box) -> None:
    box.ok("merge_cells", start_position="A2", end_position="B3")
    assert [row[:2] for row in box.ok("unmerge_cells", start_position="B2", end_position="D9")[1:3]] == [
        ["Ada", ""],
        ["", ""],
    ]


def test_unmerge_cells_refuses_where_nothing_is_merged(box: Box) -> None:
    assert box.no("unmerge_cells", start_position="A1", end_position="B1") == "Nothing is merged at A1:B1."


def test_get_merged_cells(box: Box) -> None:
    assert box.ok("get_merged_cells") == []


def test_update_note(box: Box) -> None:
    assert box.ok("update_note", position="A2", content="hello") == "Updated! the A2's note is hello"
    box.ok("update_note", position="A3", content="")
    assert [box.ok("get_note", position=each) for each in ("A2", "A3")] == ["hello", ""]


def test_update_note_refuses_a_novel(box: Box) -> None:
    assert "longer than 5,000" in box.no("update_note", position="A2", content="x" * 5001)


def test_get_note(box: Box) -> None:
    assert box.ok("get_note", position="A3") == "call him"


def test_get_note_refuses_what_is_no_cell(box: Box) -> None:
    assert "'A0' is no cell" in box.no("get_note", position="A0")


def test_get_all_values(box: Box) -> None:
    assert box.ok("get_all_values") == [
        ["Name", "Team", "Points", "Share"],
        ["Ada", "Red", "30", "50.0%"],
        ["Bob", "Blue", "10", "0.25"],
        ["Cy", "Red", "40", ""],
        ["Di", "", "5", "TRUE"],
    ]


def test_get_range_values(box: Box) -> None:
    assert box.ok("get_range_values", start_position="C3", end_position="B2") == [["Red", "30"], ["Blue", "10"]]


def test_get_range_values_refuses_too_much(box: Box) -> None:
    assert "4,000 at most" in box.no("get_range_values", start_position="A1", end_position="Z999")
    assert box.no("get_range_values", start_position="A1", end_position="B").lower().startswith("end_position")


def test_get_cell_value(box: Box) -> None:
    assert box.ok("get_cell_value", position="D2") == "50.0%"
    assert box.ok("get_cell_value", position="Z99") == ""


def test_get_cell_value_refuses_an_area(box: Box) -> None:
    assert "is no cell" in box.no("get_cell_value", position="A1:B2")


def test_get_formulas(box: Box) -> None:
    assert box.ok("get_formulas", start_position="C3", end_position="C4") == [[""], ["=C2+C3"]]


def test_get_formulas_refuses_too_much(box: Box) -> None:
    assert "4,000 at most" in box.no("get_formulas", start_position="A1", end_position="Z999")


def test_get_value_by_formula(box: Box) -> None:
    ask = {"start_position": "C2", "end_position": "C5"}
    shown = [
        box.ok("get_value_by_formula", **ask, operator=each)
        for each in ("SUM", "AVERAGE", "COUNT", "MAX", "MIN", "PRODUCT")
    ]
    assert shown == ["85", "21.25", "4", "40", "5", "60000"]
    assert box.ok("get_value_by_formula", position_list=["C2", "C3"], operator="MINUS") == "20"
    assert len(box.ok("get_all_values")) == 5, "nothing was written"


def test_get_value_by_formula_refuses_a_list_that_is_none(box: Box) -> None:
    assert "1 to 100 cells" in box.no("get_value_by_formula", position_list=[], operator="SUM")


def test_filter_cells(box: Box) -> None:
    assert box.ok("filter_cells", query="^Red$") == ["B2", "B4"]
    assert box.ok("filter_cells", query="0", in_column=3) == ["C2", "C3", "C4"]
    assert box.ok("filter_cells", query="^$", in_row=5) == ["B5"]
    assert box.ok("filter_cells", query="re.compile(r'red', re.I)") == ["B2", "B4"]


def test_filter_cells_refuses_both_no_expression_and_row_zero(box: Box) -> None:
    assert "cannot both" in box.no("filter_cells", query="a", in_row=1, in_column=1)
    assert "no regular expression" in box.no("filter_cells", query="(a")
    assert "no regular expression" in box.no("filter_cells", query="(?=a)b")
    assert "counted from 1" in box.no("filter_cells", query="a", in_row=0)


def test_filter_cells_is_not_slowed_by_what_it_is_asked(box: Box) -> None:
    """An expression over which a backtracking engine would brood for years."""
    box.ok("update_cell", position="F1", value="a" * 5000)
    assert box.ok("filter_cells", query="^(a+)+$") == ["F1"]
    assert box.ok("filter_cells", query="^(a|aa)+b$") == []


def test_format_cells(box: Box) -> None:
    box.ok(
        "format_cells", start_position="C2", end_position="C4", number_format="0.00", bold=True, background="#fff2cc"
    )
    assert [row[2] for row in box.ok("get_all_values")] == ["Points", "30.00", "10.00", "40.00", "5"]
    box.ok("format_cells", start_position="C2", end_position="C2", italic=True, background="")
    assert box.ok("get_format", position="C2") == {
        "number_format": "0.00", "bold": True, "italic": True, "background": "", "align": "",
    }  # fmt: skip


def test_format_cells_refuses_unknown_formats_colours_and_nothing(box: Box) -> None:
    ask = {"start_position": "A1", "end_position": "A2"}
    assert "not known here" in box.no("format_cells", **ask, number_format="[Red]0;0")
    assert "six hexadecimal" in box.no("format_cells", **ask, background="red")
    assert "Say what to change" in box.no("format_cells", **ask)
    assert "more than 20,000" in box.no("format_cells", start_position="A1", end_position="Z9999", bold=True)


def test_get_format(box: Box) -> None:
    assert box.ok("get_format", position="D2")["number_format"] == "0.0%"


def test_get_format_refuses_what_is_no_cell(box: Box) -> None:
    assert "is no cell" in box.no("get_format", position="")


def test_add_chart(box: Box) -> None:
    box.ok("add_chart", kind="pie", start_position="A1", end_position="C5", title="New")
    assert box.ok("get_charts")[1] == {"number": 2, "kind": "pie", "range": "A1:C5", "title": "New"}
    box.ok("insert_rows", values_list=[["x"]], row_idx=3)
    assert box.ok("get_charts")[1]["range"] == "A1:C6", "charts grow with what they show"


def test_add_chart_refuses_a_strip_and_other_kinds(box: Box) -> None:
    assert "too small" in box.no("add_chart", kind="bar", start_position="A1", end_position="A9")
    assert "kind" in box.no("add_chart", kind="radar", start_position="A1", end_position="C5")


def test_get_charts(box: Box) -> None:
    assert box.ok("get_charts") == [{"number": 1, "kind": "line", "range": "B1:C5", "title": "Old"}]


def test_delete_chart(box: Box) -> None:
    box.ok("delete_chart", number=1)
    assert box.ok("get_charts") == []


def test_delete_chart_refuses_one_that_is_not_there(box: Box) -> None:
    assert "there is no chart 2; the sheet has 1" in box.no("delete_chart", number=2)


def test_check_valid_actions(box: Box) -> None:
    assert "'update_cell'" in box.ok("check_valid_actions")


def test_finish(box: Box) -> None:
    assert box.call("finish").value == box.ok("get_all_values")
    asked = Box(asks=True)
    assert asked.ok("finish", answer=[1, "a"]) == [1, "a"]
    assert (asked.tools.finished, asked.tools.answer) == (True, [1, "a"])


def test_reading_changes_nothing(box: Box) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "open_sheet": {"name": "Data"},
        "get_A1_annotation": {"row": 1, "col": 1},
        "get_value_by_formula": {"start_position": "C2", "end_position": "C3", "operator": "SUM"},
        "filter_cells": {"query": "a"},
    }
    ends = {"start_position": "A1", "end_position": "B2"}
    before = str(box.backend.book())
    for tool in sorted(READING):
        takes = {parameter.name for parameter in SheetTools.tools()[tool].spec.parameters}
        given = arguments.get(tool) or (
            {"position": "A1"} if "position" in takes else ends if "start_position" in takes else {}
        )
        box.ok(tool, **given)
    assert str(box.backend.book()) == before
    assert box.tools.changes == 0


@pytest.mark.parametrize("style", sorted(FORMATS))
def test_wrong_calls_say_what_is_wrong_with_which_argument_in_every_format(style: str) -> None:
    """Through the grammar of each format, a wrong argument reaches the words that name it."""
    from agentgym_core.environments import resolve_environment

    source = resolve_environment("sheet")
    with source.make() as environment:
        environment.reset(source.find("sheet-train-0"), seed=0)
        for arguments, words in (({"position": "A1"}, "value"), ({"value": 1}, "position")):
            step = environment.step(Action("update_cell", arguments))
            assert f'"{words}"' in step.observation


WORDS = st.sampled_from(
    [
        "A1",
        "B2",
        "C5",
        "Z99",
        "",
        "A0",
        "=A1",
        "Data",
        "row",
        "rows",
        "col",
        "asc",
        "des",
        "SUM",
        "MINUS",
        "^a",
        "0.00",
        "pie",
    ]
)
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 30) | st.floats(allow_nan=False) | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    calls=st.lists(
        st.tuples(st.sampled_from(sorted(SheetTools.tools())), st.dictionaries(st.integers(0, 6), VALUES, max_size=7)),
        max_size=8,
    )
)
def test_whatever_is_called_gets_an_answer_and_keeps_the_sheet_whole(calls: list[tuple[str, dict[int, Any]]]) -> None:
    box = Box()
    box.ok("open_sheet", name="Data")
    for tool, drawn in calls:
        names = [parameter.name for parameter in SheetTools.tools()[tool].spec.parameters]
        arguments = {name: drawn[place] for place, name in enumerate(names) if place in drawn}
        called = box.tools.call(Action(tool, arguments))
        assert isinstance(called.text, str)
        for tab in box.backend.book().tabs:
            assert {len(row) for row in tab.rows} <= {tab.width}
        if box.tools.finished:
            break
    ast.literal_eval(str(box.ok("list_sheets")))
