"""The workbook at Google Sheets, by gspread, in a spreadsheet that each episode makes and deletes.

Only the spreadsheet that this episode made is ever named in a request: nothing else in the account is read or changed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gspread import Client, Worksheet

from agentgym_core.errors import AgentGymError, EnvironmentFault, InfrastructureFault
from agentgym_env_sheet.a1 import Area, cell_name
from agentgym_env_sheet.backend import Entry, Look
from agentgym_env_sheet.carrier import Carrier
from agentgym_env_sheet.edits import Refused
from agentgym_env_sheet.engine import Place
from agentgym_env_sheet.google_read import FIELDS, Seen, seen
from agentgym_env_sheet.google_sent import grid_range, sent_cell, sent_chart, sent_look, sent_rows
from agentgym_env_sheet.references import Axis
from agentgym_env_sheet.workbook import Chart, Value, Workbook
from agentgym_tools.service import ServiceRefused

TOKEN = "GOOGLE_SHEETS_TOKEN"  # noqa: S105 - the name of a variable
_LOG = logging.getLogger(__name__)
_FIRST_ID = 1_000
_SPARE = 200
_REASON = 300


class GoogleBackend:
    """A spreadsheet at Google. What it makes it deletes in `close`; where that fails, a warning names what is left.

    :param carrier: makes the requests.
    :param book: the workbook to begin with.
    :param name: the spreadsheet's name.
    :param replayed: whether nothing is there to delete.
    :raises InfrastructureFault, ConfigError: as the client says. :raises EnvironmentFault: the account takes no such spreadsheet.
    """

    def __init__(self, carrier: Carrier, book: Workbook, name: str, *, replayed: bool = False) -> None:
        self._carrier, self._replayed = carrier, replayed
        self._client = Client(None, http_client=lambda auth, session: carrier)
        self._seen: Seen | None = None
        try:
            self._sheet = self._client.create(name)
            self._upload(book)
        except ServiceRefused as refused:
            self.close()
            raise EnvironmentFault(
                f"Google does not take the workbook of this episode: {refused.text[:_REASON]}",
                hint="the account must be allowed to create spreadsheets (scopes spreadsheets and drive.file): see the plugin's README",
            ) from None
        except BaseException:
            self.close()
            raise

    def _upload(self, book: Workbook) -> None:
        requests: list[dict[str, Any]] = []
        for number, tab in enumerate(book.tabs):
            grid = {
                "rowCount": len(tab.rows) + _SPARE,
                "columnCount": tab.width + 20,
                "frozenRowCount": tab.frozen_rows,
                "frozenColumnCount": tab.frozen_columns,
            }
            properties = {"sheetId": _FIRST_ID + number, "title": tab.name, "index": number, "gridProperties": grid}
            requests.append({"addSheet": {"properties": properties}})
        requests += [{"deleteSheet": {"sheetId": sheet.id}} for sheet in self._sheet.worksheets()]
        for number, tab in enumerate(book.tabs):
            id = _FIRST_ID + number
            if tab.rows:
                rows = [{"values": [sent_cell(cell) for cell in row]} for row in tab.rows]
                start = {"sheetId": id, "rowIndex": 0, "columnIndex": 0}
                requests.append(
                    {"updateCells": {"rows": rows, "fields": "userEnteredValue,userEnteredFormat,note", "start": start}}
                )
            requests += [
                {"mergeCells": {"mergeType": "MERGE_ALL", "range": grid_range(id, area)}} for area in tab.merges
            ]
            requests += [{"addChart": {"chart": sent_chart(id, chart)}} for chart in tab.charts]
        self._sheet.batch_update({"requests": requests})

    def book(self) -> Workbook:
        return self._now.book

    def values(self) -> Mapping[Place, Value]:
        return self._now.values

    def delete_tab(self, tab: str) -> None:
        if len(self.book().tabs) == 1:
            raise Refused("a workbook keeps at least one sheet")
        self._change({"deleteSheet": {"sheetId": self._id(tab)}})

    def freeze(self, tab: str, axis: Axis, count: int) -> None:
        sheet = self._worksheet(tab)
        self._do(lambda: sheet.freeze(rows=count) if axis == "row" else sheet.freeze(cols=count))

    def insert(self, tab: str, axis: Axis, at: int, count: int) -> None:
        place = self._span(tab, axis, at, at + count)
        inherits = at > 1 if axis == "row" else at > 0
        self._change({"insertDimension": {"range": place, "inheritFromBefore": inherits}})

    def delete(self, tab: str, axis: Axis, numbers: Sequence[int]) -> None:
        spans = [self._span(tab, axis, number, number + 1) for number in sorted(numbers, reverse=True)]
        self._change(*({"deleteDimension": {"range": span}} for span in spans))

    def write(self, tab: str, entries: Sequence[Entry]) -> None:
        id = self._id(tab)
        rows = max(entry.row for entry in entries) + 1
        columns = max(entry.column for entry in entries) + 1
        requests = self._room(tab, rows, columns)
        for run in _runs(entries):
            start = {"sheetId": id, "rowIndex": run[0].row, "columnIndex": run[0].column}
            requests.append({"updateCells": {"rows": sent_rows(run), "fields": "userEnteredValue", "start": start}})
        self._change(*requests)

    def sort(self, tab: str, column: int, descending: bool) -> None:
        found = self.book().tab(tab)
        assert found is not None, "the tools name a sheet that is there"
        rows, columns = found.used()
        for merged in found.merges:
            if merged.bottom >= found.frozen_rows:
                raise Refused(f"{merged.name} is merged: rows with merged cells cannot be sorted, unmerge them before")
        if rows <= found.frozen_rows:
            return
        place = f"{cell_name(found.frozen_rows, 0)}:{cell_name(rows - 1, columns - 1)}"
        sheet = self._worksheet(tab)
        self._do(lambda: sheet.sort((column + 1, "des" if descending else "asc"), range=place))

    def merge(self, tab: str, area: Area) -> None:
        found = self.book().tab(tab)
        if area.single:
            raise Refused(f"{area.name} is one cell: name two different ones")
        for other in found.merges if found else ():
            if other != area and other.meets(area):
                raise Refused(f"{area.name} overlaps {other.name}, which is merged: unmerge that before")
        self._grow(tab, area)
        sheet = self._worksheet(tab)
        self._do(lambda: sheet.merge_cells(area.name))

    def unmerge(self, tab: str, area: Area) -> None:
        found = self.book().tab(tab)
        if found is None or not any(merged.meets(area) for merged in found.merges):
            raise Refused(f"nothing is merged at {area.name}")
        # Google undoes whole merges only: the area is widened to those that it touches.
        touched = [merged for merged in found.merges if merged.meets(area)]
        self._change(*({"unmergeCells": {"range": grid_range(self._id(tab), merged)}} for merged in touched))

    def note(self, tab: str, row: int, column: int, text: str) -> None:
        self._grow(tab, Area(row, column, row, column))
        sheet = self._worksheet(tab)
        self._do(lambda: sheet.update_note(cell_name(row, column), text))

    def look(self, tab: str, area: Area, look: Look) -> None:
        self._grow(tab, area)
        sheet = self._worksheet(tab)
        self._do(lambda: sheet.format(area.name, sent_look(look)))

    def chart(self, tab: str, chart: Chart) -> None:
        self._grow(tab, chart.area)
        self._change({"addChart": {"chart": sent_chart(self._id(tab), chart)}})

    def drop_chart(self, tab: str, number: int) -> None:
        self._change({"deleteEmbeddedObject": {"objectId": self._now.charts[tab][number]}})

    def close(self) -> None:
        """Delete the spreadsheet. A failure here spoils no episode that was played."""
        if self._replayed:
            self._carrier.made.clear()
        while self._carrier.made:
            id = self._carrier.made.pop()
            try:
                self._client.del_spreadsheet(id)
            except ServiceRefused as refused:
                if refused.status != 404:
                    _LOG.warning("sheet: the spreadsheet %s is left at Google: %s. Delete it by hand.", id, refused)
            except AgentGymError as error:
                _LOG.warning("sheet: the spreadsheet %s is left at Google: %s. Delete it by hand.", id, error)

    @property
    def _now(self) -> Seen:
        if self._seen is None:
            asked = {"includeGridData": "true", "fields": FIELDS}
            try:
                self._seen = seen(self._sheet.fetch_sheet_metadata(asked))
            except ServiceRefused as refused:
                raise InfrastructureFault(
                    f"Google does not show the spreadsheet of this episode ({refused.status}): {refused.text[:_REASON]}",
                    hint="something else may have deleted it: leave spreadsheets named 'agentgym scratch ...' alone",
                ) from None
        return self._seen

    def _id(self, tab: str) -> int:
        return self._now.ids[tab]

    def _worksheet(self, tab: str) -> Any:
        rows, columns = self._now.sizes[tab]
        grid = {"rowCount": rows, "columnCount": columns}
        properties = {"sheetId": self._id(tab), "title": tab, "gridProperties": grid}
        return Worksheet(self._sheet, properties, self._sheet.id, self._carrier)

    def _span(self, tab: str, axis: Axis, first: int, last: int) -> dict[str, Any]:
        return {
            "sheetId": self._id(tab),
            "dimension": "ROWS" if axis == "row" else "COLUMNS",
            "startIndex": first,
            "endIndex": last,
        }

    def _room(self, tab: str, rows: int, columns: int) -> list[dict[str, Any]]:
        """The requests that make a sheet large enough."""
        have, id = self._now.sizes[tab], self._id(tab)
        wanted = (("ROWS", rows - have[0]), ("COLUMNS", columns - have[1]))
        return [
            {"appendDimension": {"sheetId": id, "dimension": dimension, "length": more}}
            for dimension, more in wanted
            if more > 0
        ]

    def _grow(self, tab: str, area: Area) -> None:
        requests = self._room(tab, area.bottom + 1, area.right + 1)
        if requests:
            self._change(*requests)

    def _change(self, *requests: dict[str, Any]) -> None:
        self._do(lambda: self._sheet.batch_update({"requests": list(requests)}))

    def _do(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except ServiceRefused as refused:
            raise Refused(f"Google refuses it: {refused.text[:_REASON]}") from None
        finally:
            self._seen = None


def _runs(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Entries that lie side by side in one row, together."""
    runs: list[list[Entry]] = []
    for entry in sorted(entries, key=lambda entry: (entry.row, entry.column)):
        if runs and runs[-1][-1].row == entry.row and runs[-1][-1].column + 1 == entry.column:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs
