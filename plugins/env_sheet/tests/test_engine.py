"""The engine against what references give: every function of the table, every structural edit."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from agentgym_env_sheet import edits
from agentgym_env_sheet.a1 import cell, cell_name
from agentgym_env_sheet.engine import compute
from agentgym_env_sheet.functions import FUNCTIONS, check
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
