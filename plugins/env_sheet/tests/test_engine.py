"""The engine against what references give: every function of the table, every structural edit."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from agentgym_env_sheet import edits
from agentgym_env_sheet.a1 import cell, cell_name
from agentgym_env_sheet.backend import Entry
from agentgym_env_sheet.engine import bounded, compute
from agentgym_env_sheet.functions import FUNCTIONS, check
from agentgym_env_sheet.local import LocalBackend
from agentgym_env_sheet.references import BadFormula
from agentgym_env_sheet.workbook import Cell, ErrorValue, Value, Workbook, tab_of

DATA = Path(__file__).parent / "data"
TABLE: dict[str, Any] = json.loads((DATA / "functions.json").read_text(encoding="utf-8"))
EDITS: dict[str, Any] = json.loads((DATA / "edits.json").read_text(encoding="utf-8"))

DIFFERENT = {
    '=SUM("3",TRUE,1)': 5.0,
    "=RANK.EQ(5,D2:D9)": "error",
    "=SUMIF(C2:C9,5,D2:D9)": 1.25,
    "=COUNTIF(C2:C9,5)": 1.0,
    '=SUMIF(B2:B9,"Red",D2)': "error",
    "=SUMPRODUCT(D2:D9>2.5)": 0.0,
    "=MROUND(5,-2)": "error",
    "=ISNUMBER(TRUE)": False,
    "=1=TRUE": False,
}
"""Where the engine differs from the reference and is left to: what it gives. Excel gives the same in all but the fifth, by its pages: text
in quotes counts as a number among arguments, numbers that are text equal numbers in criteria, truth values are no numbers.
"""


def book() -> Workbook:
    tab = tab_of("Data", TABLE["cells"])
    for row, column, value in TABLE["more"]:
        tab.put(row - 1, [(column - 1, Cell(float(value)))])
    return Workbook([tab])


def test_the_table_is_large_enough() -> None:
    assert len({row["function"] for row in TABLE["rows"]}) >= 60
    assert len(EDITS["cases"]) >= 30


def test_every_function_that_is_allowed_is_in_the_table() -> None:
    assert {row["function"] for row in TABLE["rows"]} >= FUNCTIONS


def same(value: Value, expected: Any) -> bool:
    if expected == "error":
        return isinstance(value, ErrorValue)
    if isinstance(expected, bool) or isinstance(value, bool):
        return value is expected
    if isinstance(expected, (int, float)) and isinstance(value, float):
        return math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-12)
    return (value or "") == expected


def compared() -> dict[str, list[str]]:
    """Formulas by what became of them: right, different as listed, refused."""
    found: dict[str, list[str]] = {"right": [], "different": [], "refused": [], "wrong": []}
    for row in TABLE["rows"]:
        formula = row["formula"]
        try:
            check(formula, ["Data"])
        except BadFormula:
            found["refused"].append(formula)
            continue
        one = book()
        one.tabs[0].put(100, [(7, Cell(formula=formula))])
        value = compute(one)[0, 100, 7]
        if formula in DIFFERENT:
            assert same(value, DIFFERENT[formula]), (formula, value)
            assert not same(value, row["expected"]), f"{formula} is no longer different"
            found["different"].append(formula)
        else:
            found["right" if same(value, row["expected"]) else "wrong"].append(f"{formula} {value!r}")
    return found


def test_formulas_give_what_the_reference_gives_or_are_refused() -> None:
    found = compared()
    assert found["wrong"] == []
    assert len(found["different"]) == len(DIFFERENT)
    assert set(found["refused"]) == {
        '=COUNTIF(E2:E9,"<>ok")',
        '=COUNTIFS(B2:B9,"Red",C2:C9,"<>5")',
        '=SUMIF(B2:B9,"<>Red",D2:D9)',
        '=LOOKUP(2,{1,2,2,3},{"a","b","c","d"})',
        '=XLOOKUP(2,{1,2,3},{"a","b","c"})',
        '=INDIRECT("D3")',
        "=OFFSET(A1,2,3)",
        "=SUM(OFFSET(D1,1,0,3,1))",
        "=SUM(D2:D4 D3:D5)",
        "=FACT(5)",
        "=FACT(1.9)",
        "=COMBIN(8,2)",
        '=REPT("*-",3)',
    }


@pytest.mark.parametrize("case", EDITS["cases"], ids=lambda case: case["name"])
def test_edits_of_structure(case: dict[str, Any]) -> None:
    one = Workbook([tab_of("Data", EDITS["cells"]), tab_of("Sum", [])])
    data, other = one.tabs
    for name, formula in case["formulas"].items():
        row, column = cell(name.removeprefix("Sum!"))
        (other if name.startswith("Sum!") else data).put(row, [(column, Cell(formula=formula))])
    for kind, at, count in case["edits"]:
        axis = "row" if kind.endswith("rows") else "column"
        do = edits.insert if kind.startswith("insert") else edits.delete
        do(one, data, axis, at - 1, count)  # type: ignore[arg-type]
    values = compute(one)
    found = {
        ("Sum!" if tab else "") + cell_name(row, column): (one.tabs[tab].at(row, column).formula, value)
        for (tab, row, column), value in values.items()
    }
    assert {name: formula for name, (formula, _) in found.items()} == {
        name: formula for name, (formula, _) in case["expected"].items()
    }
    for name, (_, expected) in case["expected"].items():
        assert same(found[name][1], expected), (name, found[name], expected)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("=SUM(A1:ZZ99999)", "outside the sheet"),
        ("=SUM(1:1048576)", "outside the sheet"),
        ("=SUM(A1:AZ9000)", "reads 200,000 at most"),
        ('=SUBSTITUTE(A1,"a",A2)', "the new text of SUBSTITUTE"),
        ('=SUBSTITUTE(SUBSTITUTE(A1,"a","bb"),"b","cc")', "one SUBSTITUTE"),
        ("=TEXTJOIN(A1,TRUE,B1:B9)", "what TEXTJOIN puts in between"),
        ("=FACT(1E9)", "the function FACT"),
        ('=REPT("a",1E9)', "the function REPT"),
    ],
)
def test_formulas_that_would_take_the_machine_are_refused(formula: str, words: str) -> None:
    with pytest.raises(BadFormula, match=words):
        check(formula, ["Data"])


def test_whole_columns_end_with_their_sheet() -> None:
    """An engine that walks through a million rows takes seconds and hundreds of megabytes."""
    one = Workbook([tab_of("A", [[1, 2, "=SUMPRODUCT(A:A*B:B)"], [3, 4, "=SUM(1:1)-C1+SUM(B:B)"]])])
    assert bounded(one, 0, "=SUM(A:A)+SUM(2:2)") == "=SUM(A1:A2)+SUM(A2:C2)"
    assert compute(one)[0, 0, 2] == 14.0


def test_texts_that_double_from_cell_to_cell_end() -> None:
    rows: list[list[Any]] = [["x" * 100]] + [[f"=A{row}&A{row}"] for row in range(1, 40)]
    values = compute(Workbook([tab_of("A", rows)]))
    assert values[0, 5, 0] == "x" * 3200
    assert isinstance(values[0, 6, 0], ErrorValue)
    assert isinstance(values[0, 39, 0], ErrorValue)


def test_what_the_engine_panics_about_is_refused_and_nothing_is_changed() -> None:
    backend = LocalBackend(Workbook([tab_of("A", [[45000, 1, "=EDATE(A1,B1)"]])]))
    before = dict(backend.values())
    with pytest.raises(edits.Refused, match="the engine cannot compute this"):
        backend.write("A", [Entry(0, 1, 1e12)])
    assert dict(backend.values()) == before
    assert backend.book().tabs[0].at(0, 1).value == 1.0


def test_a_workbook_that_reads_millions_of_cells_is_refused() -> None:
    backend = LocalBackend(Workbook([tab_of("A", [[1.0]])]))
    with pytest.raises(edits.Refused, match="all formulas together would read"):
        backend.write("A", [Entry(row, 2, formula="=SUM(D1:Z8000)") for row in range(20)])
    assert backend.values() == {}
