"""Workbooks to and from files: what is kept, and what a file that is none leads to."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from agentgym_env_sheet import xlsx
from agentgym_env_sheet.a1 import Area
from agentgym_env_sheet.engine import compute
from agentgym_env_sheet.workbook import Cell, Chart, ErrorValue, Style, Workbook, plain, tab_of


def full() -> Workbook:
    """A workbook with one of everything."""
    one = tab_of(
        "Data & more",
        [
            ["a", "b", "c"],
            [1, 2.5, "=SUM(A2:B2)"],
            [True, Cell("=no formula"), Cell("007")],
            [
                Cell(0.5, style=Style("0.0%", True, True, "FFF2CC", "center")),
                Cell("noted", note="two\nlines"),
                ErrorValue("#N/A"),
            ],
        ],
    )
    one.merges, one.frozen_rows, one.frozen_columns = (Area(5, 0, 6, 1),), 1, 2
    one.charts = tuple(Chart(kind, Area(0, 0, 2, 2), f"{kind} chart") for kind in ("bar", "column", "line", "pie"))
    return Workbook([one, tab_of("Second", [["='Data & more'!A2*2"]])])


def test_everything_comes_back_from_a_file() -> None:
    book = full()
    again = xlsx.read(xlsx.write(book))
    assert plain(again) == plain(book)
    assert compute(again) == compute(book)


def test_another_program_reads_what_is_written() -> None:
    read = openpyxl.load_workbook(io.BytesIO(xlsx.write(full())))
    sheet = read["Data & more"]
    assert (sheet["C2"].value, sheet["B3"].value, sheet["B3"].data_type) == ("=SUM(A2:B2)", "=no formula", "s")
    assert sheet["B4"].comment.text == "two\nlines"
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A6:B7"]


def test_operator_functions_of_google_are_written_as_excel_knows_them() -> None:
    book = Workbook([tab_of("A", [[5, 3, "=MINUS(A1,B1)"]])])
    again = xlsx.read(xlsx.write(book))
    assert again.tabs[0].at(0, 2).formula == "=((A1)-(B1))"
    assert compute(again)[0, 0, 2] == compute(book)[0, 0, 2] == 2.0


def test_dates_are_numbers_with_a_format(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active["A1"] = datetime.date(2024, 2, 29)
    made.active["A1"].number_format = "yyyy-mm-dd"
    made.active["A2"] = "=A1+1"
    path = tmp_path / "dates.xlsx"
    made.save(path)
    tab = xlsx.read(path).tabs[0]
    assert (tab.at(0, 0).value, tab.at(0, 0).style.number_format) == (45351.0, "yyyy-mm-dd")


def test_a_formula_that_is_not_computed_here_keeps_what_the_file_says(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active["A1"] = "=BESSELJ(1.9,2)"
    made.active["A2"] = "=SUM(A1,1)"
    path = tmp_path / "odd.xlsx"
    made.save(path)
    text = path.read_bytes()
    # What a spreadsheet has computed stands beside the formula in the file.
    with zipfile.ZipFile(io.BytesIO(text)) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.namelist():
            data = old.read(item)
            if item == "xl/worksheets/sheet1.xml":
                assert (
                    b"<f>BESSELJ(1.9,2)</f><v></v>" in data
                    or b"<f>BESSELJ(1.9,2)</f><v />" in data
                    or b"<f>BESSELJ(1.9,2)</f><v/>" in data
                )
                for empty in (b"<v></v>", b"<v />", b"<v/>"):
                    data = data.replace(b"<f>BESSELJ(1.9,2)</f>" + empty, b"<f>BESSELJ(1.9,2)</f><v>0.25</v>")
            new.writestr(item, data)
    book = xlsx.read(path)
    assert compute(book) == {(0, 0, 0): 0.25, (0, 1, 0): 1.25}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no xlsx workbook"),
        (b"PK\x03\x04 and then nothing", "no xlsx workbook"),
        (b"name,quantity\nx,1\n", "no xlsx workbook"),
    ],
)
def test_a_file_that_is_no_workbook_is_one_clear_line(data: bytes, words: str) -> None:
    with pytest.raises(xlsx.Unreadable, match=words) as caught:
        xlsx.read(data)
    assert "\n" not in str(caught.value)


def test_a_truncated_workbook_is_one_clear_line() -> None:
    data = xlsx.write(full())
    for part in (len(data) // 3, len(data) - 40):
        with pytest.raises(xlsx.Unreadable, match="no xlsx workbook"):
            xlsx.read(data[:part])


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(xlsx.Unreadable, match="No such file"):
        xlsx.read(tmp_path / "nothing.xlsx")


def test_a_file_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"\0" * (8 * xlsx.LARGEST + 1))
    with pytest.raises(xlsx.Unreadable, match="unpacks to more"):
        xlsx.read(stream.getvalue())


def test_a_sheet_without_end_is_refused() -> None:
    made = openpyxl.Workbook()
    made.active["A20000"] = 1
    stream = io.BytesIO()
    made.save(stream)
    with pytest.raises(xlsx.Unreadable, match="larger than 10000 rows"):
        xlsx.read(stream.getvalue())
