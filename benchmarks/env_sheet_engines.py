"""How many formulas of the table each spreadsheet engine computes as the reference does, and what a formula costs it.

Engines that are not installed are left out; `--libreoffice` runs the reference itself again and says where the table is no longer what it
gives. Run: python benchmarks/env_sheet_engines.py
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from _figures import Figure, main

TABLE = Path(__file__).resolve().parents[1] / "plugins/env_sheet/tests/data/functions.json"
DATA: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
CELLS = {(row, column): value for row, line in enumerate(DATA["cells"], 1) for column, value in enumerate(line, 1)}
CELLS |= {(row, column): value for row, column, value in DATA["more"]}
ROWS: list[dict[str, Any]] = DATA["rows"]
PLACE = 100
# What xlsx files write before functions that came after its standard.
_LATER = re.compile(
    r"\b(IFS|SWITCH|CONCAT|TEXTJOIN|MAXIFS|MINIFS|XLOOKUP|XMATCH|MODE\.SNGL|RANK\.(?:EQ|AVG)|STDEV\.[SP]|VAR\.[SP]|PERCENTILE\.INC|"
    r"QUARTILE\.INC|PERCENTRANK\.INC|FORECAST\.LINEAR|ISOWEEKNUM|DAYS|IFNA|XOR)\("
)


def by_ironcalc(formula: str) -> Any:
    """IronCalc as it is."""
    import ironcalc

    model = ironcalc.create("table")
    for (row, column), value in CELLS.items():
        if isinstance(value, str):
            model.update_cell_with_text(0, row, column, value)
        elif value is not None:
            model.update_cell_with_number(0, row, column, float(value))
    model.update_cell_with_formula(0, PLACE, 8, formula)
    model.evaluate()
    return model.get_cell_value(0, PLACE, 8)


def by_formualizer(formula: str) -> Any:
    """formualizer as it is."""
    import formualizer

    book = formualizer.Workbook()
    book.add_sheet("Data")
    for (row, column), value in CELLS.items():
        if value is not None:
            book.set_value("Data", row, column, value)
    try:
        book.set_formula("Data", PLACE, 8, formula)
        found = book.evaluate_cell("Data", PLACE, 8)
    except Exception:  # It raises what it cannot read.
        return "#ERROR!"
    return "#ERROR!" if isinstance(found, dict) else found


def by_the_environment(formula: str) -> Any:
    """IronCalc with the environment's corrections; what it refuses is None."""
    from agentgym_env_sheet.engine import compute
    from agentgym_env_sheet.functions import check
    from agentgym_env_sheet.references import BadFormula
    from agentgym_env_sheet.workbook import Cell, Workbook, tab_of

    try:
        check(formula, ["Data"])
    except BadFormula:
        return None
    tab = tab_of("Data", DATA["cells"])
    for row, column, value in DATA["more"]:
        tab.put(row - 1, [(column - 1, Cell(float(value)))])
    tab.put(PLACE - 1, [(7, Cell(formula=formula))])
    return compute(Workbook([tab]))[0, PLACE - 1, 7]


def right(found: Any, expected: Any) -> bool:
    """Whether a value is the reference's; an error is an error of whatever kind."""
    import datetime

    if isinstance(found, (datetime.date, datetime.time)):
        from openpyxl.utils.datetime import to_excel

        found = to_excel(found)
    if expected == "error":
        return isinstance(found, str) and found.startswith("#")
    if isinstance(expected, bool) or isinstance(found, bool):
        return found is expected
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)
    return ("" if found is None else found) == expected


ENGINES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "ironcalc": ("ironcalc", by_ironcalc),
    "formualizer": ("formualizer", by_formualizer),
    "the environment": ("agentgym_env_sheet", by_the_environment),
}


def figures() -> Iterator[Figure]:
    """Every engine that is installed."""
    for name, (module, compute) in ENGINES.items():
        if find_spec(module) is None:
            continue
        started = time.process_time()
        values = [compute(row["formula"]) for row in ROWS]
        seconds = time.process_time() - started
        good = sum(right(value, row["expected"]) for value, row in zip(values, ROWS, strict=True))
        yield Figure(f"{name}: formulas as the reference, of {len(ROWS)}", float(good), "")
        if name == "the environment":
            yield Figure(f"{name}: formulas refused", float(values.count(None)), "")
        yield Figure(f"{name}: a sheet of {len(CELLS)} cells and a formula", 1000 * seconds / len(ROWS), "ms")


def libreoffice() -> None:
    """Compute the table by LibreOffice again, and print where it is no longer so."""
    import openpyxl

    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Data"
    for (row, column), value in CELLS.items():
        sheet.cell(row, column).value = value
        if isinstance(value, str):
            sheet.cell(row, column).data_type = "s"
    for number, row in enumerate(ROWS, 1):
        sheet.cell(PLACE + number, 8).value = _LATER.sub(r"_xlfn.\1(", row["formula"])
    with TemporaryDirectory() as folder:
        made.save(Path(folder) / "in.xlsx")
        command = ["soffice", "--headless", "--convert-to", "xlsx", "--outdir", f"{folder}/out", f"{folder}/in.xlsx"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = openpyxl.load_workbook(Path(folder) / "out" / "in.xlsx", data_only=True)["Data"]
        changed = [
            (row["formula"], value, row["expected"])
            for number, row in enumerate(ROWS, 1)
            if row["source"].startswith("LibreOffice")
            and not right(value := found.cell(PLACE + number, 8).value, row["expected"])
        ]
    for formula, value, expected in changed:
        print(f"{formula}: {value!r}, the table says {expected!r}")
    print(f"{len(changed)} of {len(ROWS)} formulas are no longer what the table says")


if __name__ == "__main__":
    if "--libreoffice" in sys.argv:
        libreoffice()
    else:
        main("env_sheet_engines", figures, __doc__)
