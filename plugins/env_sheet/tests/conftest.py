"""A stand-in for Google on this machine: the Sheets and Drive APIs as far as they are used, and every way in which they can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentgym_env_sheet import edits
from agentgym_env_sheet.a1 import Area
from agentgym_env_sheet.backend import Entry, Look
from agentgym_env_sheet.local import LocalBackend
from agentgym_env_sheet.workbook import PLAIN, Cell, Chart, ErrorValue, Tab, Value, Workbook
from agentgym_testing.stub_services import StubRequest, StubService, serve

__all__ = ["serve"]

TOKEN = "ya29.stub-token-31415926"
ERRORS = {
    "#DIV/0!": "DIVIDE_BY_ZERO",
    "#VALUE!": "VALUE",
    "#REF!": "REF",
    "#NAME?": "NAME",
    "#NUM!": "NUM",
    "#N/A": "N_A",
}


class Bad(Exception):
    """A request that Google answers with 400."""


class File:
    """One spreadsheet of the account: sheets with ids and grids over a workbook in memory."""

    def __init__(self) -> None:
        self.backend = LocalBackend(Workbook([Tab("Sheet1")]))
        self.ids = {"Sheet1": 0}
        self.grids = {"Sheet1": [1000, 26]}
        self.charts: dict[str, list[int]] = {"Sheet1": []}
        self.next = 5000

    @property
    def book(self) -> Workbook:
        return self.backend.book()

    def title(self, id: int) -> str:
        for title, known in self.ids.items():
            if known == id:
                return title
        raise Bad(f"No grid with id: {id}")

    def area(self, place: dict[str, Any]) -> tuple[str, Area]:
        title = self.title(place.get("sheetId", 0))
        rows, columns = self.grids[title]
        area = Area(
            place.get("startRowIndex", 0),
            place.get("startColumnIndex", 0),
            place.get("endRowIndex", rows) - 1,
            place.get("endColumnIndex", columns) - 1,
        )
        if area.bottom >= rows or area.right >= columns:
            raise Bad("Range exceeds grid limits")
        return title, area

    def do(self, name: str, body: dict[str, Any]) -> None:
        getattr(self, f"do_{name}")(body)

    def do_addSheet(self, body: dict[str, Any]) -> None:
        made = body["properties"]
        grid = made["gridProperties"]
        tab = Tab(
            made["title"], frozen_rows=grid.get("frozenRowCount", 0), frozen_columns=grid.get("frozenColumnCount", 0)
        )
        if self.book.tab(tab.name) is not None:
            raise Bad(f'A sheet with the name "{tab.name}" already exists.')
        self.book.tabs.insert(made["index"], tab)
        self.ids[tab.name], self.charts[tab.name] = made["sheetId"], []
        self.grids[tab.name] = [grid["rowCount"], grid["columnCount"]]

    def do_deleteSheet(self, body: dict[str, Any]) -> None:
        title = self.title(body["sheetId"])
        self.backend.delete_tab(title)
        del self.ids[title]

    def do_updateSheetProperties(self, body: dict[str, Any]) -> None:
        title = self.title(body["properties"]["sheetId"])
        grid = body["properties"]["gridProperties"]
        assert body["fields"].startswith("gridProperties/frozen")
        for axis, key in (("row", "frozenRowCount"), ("column", "frozenColumnCount")):
            if key in grid:
                self.backend.freeze(title, axis, grid[key])  # type: ignore[arg-type]

    def do_updateCells(self, body: dict[str, Any]) -> None:
        fields = set(body["fields"].split(","))
        if "range" in body:
            title, area = self.area(body["range"])
            top, left = area.top, area.left
        else:
            title = self.title(body["start"]["sheetId"])
            top, left = body["start"].get("rowIndex", 0), body["start"].get("columnIndex", 0)
        rows, columns = self.grids[title]
        for row, line in enumerate(body["rows"], top):
            for column, cell in enumerate(line["values"], left):
                if row >= rows or column >= columns:
                    raise Bad("Range exceeds grid limits")
                if "userEnteredValue" in fields:
                    self.backend.write(title, [entered(row, column, cell.get("userEnteredValue", {}))])
                if "userEnteredFormat" in fields and "userEnteredFormat" in cell:
                    self.backend.look(title, Area(row, column, row, column), look(cell["userEnteredFormat"]))
                if "note" in fields:
                    self.backend.note(title, row, column, cell.get("note", ""))

    def do_repeatCell(self, body: dict[str, Any]) -> None:
        title, area = self.area(body["range"])
        assert body["fields"].startswith("userEnteredFormat(")
        self.backend.look(title, area, look(body["cell"]["userEnteredFormat"]))

    def do_appendDimension(self, body: dict[str, Any]) -> None:
        self.grids[self.title(body["sheetId"])][body["dimension"] == "COLUMNS"] += body["length"]

    def _span(self, body: dict[str, Any]) -> tuple[str, Any, int, int]:
        span = body["range"]
        axis = "row" if span["dimension"] == "ROWS" else "column"
        return self.title(span["sheetId"]), axis, span["startIndex"], span["endIndex"] - span["startIndex"]

    def do_insertDimension(self, body: dict[str, Any]) -> None:
        title, axis, at, count = self._span(body)
        self.backend.insert(title, axis, at, count)
        self.grids[title][axis == "column"] += count

    def do_deleteDimension(self, body: dict[str, Any]) -> None:
        title, axis, at, count = self._span(body)
        self.backend.delete(title, axis, range(at, at + count))
        self.grids[title][axis == "column"] -= count

    def do_mergeCells(self, body: dict[str, Any]) -> None:
        self.backend.merge(*self.area(body["range"]))

    def do_unmergeCells(self, body: dict[str, Any]) -> None:
        self.backend.unmerge(*self.area(body["range"]))

    def do_sortRange(self, body: dict[str, Any]) -> None:
        title, area = self.area(body["range"])
        tab = self.book.tab(title)
        assert tab is not None
        assert (area.top, area.bottom + 1) == (tab.frozen_rows, tab.used()[0])
        spec = body["sortSpecs"][0]
        self.backend.sort(title, spec["dimensionIndex"], spec["sortOrder"] == "DESCENDING")

    def do_addChart(self, body: dict[str, Any]) -> None:
        spec, title = (
            body["chart"]["spec"],
            self.title(body["chart"]["position"]["overlayPosition"]["anchorCell"]["sheetId"]),
        )
        areas: list[Area] = []
        collect(self, spec, areas)
        whole = Area(
            min(a.top for a in areas),
            min(a.left for a in areas),
            max(a.bottom for a in areas),
            max(a.right for a in areas),
        )
        kind = spec["basicChart"]["chartType"].lower() if "basicChart" in spec else "pie"
        if kind == "pie" and whole.width > 2:
            raise Bad("A pie chart has one series")
        self.backend.chart(title, Chart(kind, whole, spec.get("title", "")))
        self.next += 1
        self.charts[title].append(self.next)

    def do_deleteEmbeddedObject(self, body: dict[str, Any]) -> None:
        for title, known in self.charts.items():
            if body["objectId"] in known:
                self.backend.drop_chart(title, known.index(body["objectId"]))
                known.remove(body["objectId"])
                return
        raise Bad("No such object")

    def shown(self, id: str, full: bool) -> dict[str, Any]:
        sheets = []
        values = self.backend.values()
        for number, tab in enumerate(self.book.tabs):
            grid = {"rowCount": self.grids[tab.name][0], "columnCount": self.grids[tab.name][1]}
            if tab.frozen_rows:
                grid["frozenRowCount"] = tab.frozen_rows
            if tab.frozen_columns:
                grid["frozenColumnCount"] = tab.frozen_columns
            sheet: dict[str, Any] = {
                "properties": {
                    "sheetId": self.ids[tab.name],
                    "title": tab.name,
                    "index": number,
                    "gridProperties": grid,
                }
            }
            if tab.merges:
                sheet["merges"] = [span(self.ids[tab.name], area) for area in tab.merges]
            if tab.charts:
                sheet["charts"] = [
                    {"chartId": key, "spec": chart_spec(self.ids[tab.name], chart)}
                    for key, chart in zip(self.charts[tab.name], tab.charts, strict=True)
                ]
            if full:
                rows = [
                    {
                        "values": [
                            cell_shown(cell, values.get((number, row, column))) for column, cell in enumerate(line)
                        ]
                    }
                    for row, line in enumerate(tab.rows)
                ]
                sheet["data"] = [{"rowData": rows}] if rows else [{}]
            sheets.append(sheet)
        return {"spreadsheetId": id, "properties": {"title": "x", "locale": "en_US"}, "sheets": sheets}


def span(sheet: int, area: Area) -> dict[str, int]:
    """A grid range; a start at 0 is left out, as Google does."""
    ends = {"startRowIndex": area.top, "startColumnIndex": area.left}
    return {"sheetId": sheet, "endRowIndex": area.bottom + 1, "endColumnIndex": area.right + 1} | {
        key: value for key, value in ends.items() if value
    }


def chart_spec(sheet: int, chart: Chart) -> dict[str, Any]:
    """A chart as Google shows it."""
    source = {"sourceRange": {"sources": [span(sheet, chart.area)]}}
    if chart.kind == "pie":
        return {"title": chart.title, "pieChart": {"domain": source, "series": source}}
    return {"title": chart.title, "basicChart": {"chartType": chart.kind.upper(), "series": [{"series": source}]}}


def collect(file: File, value: Any, found: list[Area]) -> None:
    """Every source range of a chart."""
    if isinstance(value, dict):
        if "sources" in value:
            found += [file.area(place)[1] for place in value["sources"]]
        for each in value.values():
            collect(file, each, found)
    elif isinstance(value, list):
        for each in value:
            collect(file, each, found)


def entered(row: int, column: int, value: dict[str, Any]) -> Entry:
    """A value as it was sent."""
    assert len(value) <= 1
    if "formulaValue" in value:
        return Entry(row, column, formula=value["formulaValue"])
    found = next(iter(value.values()), None)
    if "numberValue" in value:
        assert isinstance(found, (int, float))
        return Entry(row, column, float(found))
    return Entry(row, column, found)


def look(sent: dict[str, Any]) -> Look:
    """A format as it was sent."""
    colour = sent.get("backgroundColor")
    shade = (
        None
        if colour is None
        else "".join(f"{round(colour.get(name, 0) * 255):02X}" for name in ("red", "green", "blue"))
    )
    text = sent.get("textFormat", {})
    form = sent.get("numberFormat")
    return Look(
        None if form is None else form["pattern"] or "General",
        text.get("bold"),
        text.get("italic"),
        "" if shade == "FFFFFF" else shade,
        sent.get("horizontalAlignment", "").lower() or None,
    )


def cell_shown(cell: Cell, computed: Value) -> dict[str, Any]:
    """A cell as Google shows it."""
    shown: dict[str, Any] = {}
    if cell.formula:
        shown["userEnteredValue"] = {"formulaValue": cell.formula}
        shown["effectiveValue"] = typed(computed)
    elif cell.value is not None:
        shown["userEnteredValue"] = shown["effectiveValue"] = typed(cell.value)
    if cell.note:
        shown["note"] = cell.note
    if cell.style != PLAIN:
        style = cell.style
        shown["userEnteredFormat"] = form = {"textFormat": {"bold": style.bold, "italic": style.italic}}
        if style.number_format != "General":
            form["numberFormat"] = {"type": "NUMBER", "pattern": style.number_format}  # type: ignore[dict-item]
        if style.background:
            shades = {
                name: int(style.background[at : at + 2], 16) / 255
                for name, at in (("red", 0), ("green", 2), ("blue", 4))
            }
            form["backgroundColor"] = {name: shade for name, shade in shades.items() if shade}  # type: ignore[misc]
        if style.align:
            form["horizontalAlignment"] = style.align.upper()  # type: ignore[assignment]
    return shown


def typed(value: Value) -> dict[str, Any]:
    """An extended value."""
    if isinstance(value, ErrorValue):
        return {"errorValue": {"type": ERRORS.get(value, "ERROR"), "message": "an error"}}
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"numberValue": value} if isinstance(value, float) else {"stringValue": value or ""}


class Google(StubService):
    """The account."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, File] = {"private": File()}

    def left(self) -> set[str]:
        """The spreadsheets that were not there in the beginning."""
        return set(self.files) - {"private"}

    def answer(self, request: StubRequest) -> tuple[int, Any]:
        if request.headers.get("Authorization", "") != f"Bearer {TOKEN}":
            return 401, {"error": {"code": 401, "message": "Request had invalid credentials"}}
        method, path, query, sent = request.method, request.parts, request.query, request.body or {}
        if path[:3] == ["drive", "v3", "files"]:
            return self._drive(method, path[3:], sent)
        if path[:2] != ["v4", "spreadsheets"]:
            return 404, {"error": {"code": 404, "message": "Not found"}}
        id, _, verb = path[2].partition(":")
        file = self.files.get(id)
        if file is None:
            return 404, {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}
        if method == "GET":
            return 200, file.shown(id, query.get("includeGridData") == "true")
        assert (method, verb) == ("POST", "batchUpdate")
        before = file.book.copy(), dict(file.ids), {key: list(grid) for key, grid in file.grids.items()}
        try:
            for request in sent["requests"]:
                ((name, body),) = request.items()
                file.do(name, body)
        except (Bad, edits.Refused) as bad:
            file.backend = LocalBackend(before[0])
            file.ids, file.grids = before[1], before[2]
            message = f"Invalid requests[0]: {bad}"
            return 400, {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}
        return 200, {"spreadsheetId": id, "replies": [{} for _ in sent["requests"]]}

    def _drive(self, method: str, path: list[str], sent: dict[str, Any]) -> tuple[int, Any]:
        if method == "POST" and not path:
            assert sent["mimeType"] == "application/vnd.google-apps.spreadsheet"
            id = f"file-{len(self.requests)}"
            self.files[id] = File()
            return 200, {"id": id, "name": sent["name"], "kind": "drive#file"}
        if method == "DELETE" and path and path[0] in self.files:
            del self.files[path[0]]
            return 204, None
        return 404, {"error": {"code": 404, "message": "File not found"}}


@pytest.fixture
def google(serve: Callable[[Google], Google], monkeypatch: pytest.MonkeyPatch) -> Google:
    """A running stand-in, and the token that it takes in the usual environment variable."""
    monkeypatch.setenv("GOOGLE_SHEETS_TOKEN", TOKEN)
    return serve(Google())


@pytest.fixture
def live(google: Google) -> dict[str, Any]:
    """A configuration that plays on the stand-in."""
    return {"backend": "live", "live": {"base_url": google.url, "seconds": 5.0}}


@pytest.fixture
def token() -> str:
    """The secret that must appear nowhere."""
    return TOKEN
