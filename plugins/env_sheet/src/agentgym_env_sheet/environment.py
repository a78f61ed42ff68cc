"""The spreadsheet behind the interface."""

from __future__ import annotations

from msgspec.structs import replace

from agentgym_core.errors import ConfigError
from agentgym_core.types import Action, ExpertAction, Step, Task, digest
from agentgym_env_sheet.a1 import cell_name
from agentgym_env_sheet.backend import Backend
from agentgym_env_sheet.comparing import Grid, compare, compare_displayed, displayed, reached, same_displayed
from agentgym_env_sheet.config import SheetConfig
from agentgym_env_sheet.engine import compute
from agentgym_env_sheet.keeping import keep
from agentgym_env_sheet.local import LocalBackend
from agentgym_env_sheet.page import page
from agentgym_env_sheet.plans import Setup, same_book
from agentgym_env_sheet.tasks import CATALOGUE
from agentgym_env_sheet.tools import SheetTools
from agentgym_tools.environment import ToolEnvironment
from agentgym_tools.goals import Aim, move, text_of
from agentgym_tools.live import live_client, recording_of

INSTRUCTION = """\
You work on a workbook of several sheets with the help of tools. Open a sheet before you work on it; every tool works on the open sheet. \
Cells are named as in B2; rows and columns are counted from 1.
Change nothing that was not asked for. Where a formula is asked for, a number in its place does not count.
When you are through, call finish once: with the answer where one is asked for, else without."""


class SheetEnvironment(ToolEnvironment[SheetTools]):
    """Change a workbook as asked, or answer a question about it."""

    catalogue = CATALOGUE
    tools = SheetTools
    instruction = INSTRUCTION
    max_rounds = 15
    random_ceiling = 0.1
    live_version = "google sheets v4"
    config: SheetConfig

    def __init__(self, config: SheetConfig, engine: object = None) -> None:
        super().__init__(config, engine)
        self._setup: Setup | None = None
        self._task = ""
        self._seed: int | None = None
        self._progress = (-1, 0.0)
        self._first: Grid | None = None

    def aim(self, task: Task) -> Aim:
        setup: Setup = task.data
        return setup.aim

    def open(self, task: Task, seed: int | None) -> SheetTools:
        setup: Setup = task.data
        self._setup, self._progress, self._first = setup, (-1, 0.0), None
        self._task, self._seed = task.id, seed
        return SheetTools(self._backend(task, setup, seed), asks=setup.asks)

    def step(self, action: Action) -> Step:
        """As every tool environment; where changes are asked for, the score before the end is how far the workbook is."""
        step = super().step(action)
        setup, box = self.setup, self.box
        if step.terminated and self.config.keep is not None:
            keep(box.backend.book(), self.config.keep, f"{self._task} {self._seed}")
        if setup.asks or step.success:
            return step
        if self._progress[0] != box.changes:
            self._progress = box.changes, self._share(box)
        steps = max(setup.changes, 1)
        share = self._progress[1]
        return replace(step, score=share * steps / (steps + 1), info={**step.info, "changed": share})

    def settled(self, box: SheetTools) -> bool:
        """Whether the workbook is as it should be, and an answer's sheets were looked at."""
        setup, book = self.setup, box.backend.book()
        if setup.asks:
            return setup.sheets_read() <= box.read and same_book(setup.start, book)
        if setup.grid is not None:
            shows = displayed(book, box.backend.values(), setup.grid[0])
            return shows == setup.grid[1] if self.config.strict_answers else same_displayed(shows, setup.grid[1])
        return reached(setup.start, setup.wanted, book)

    def expert(self) -> ExpertAction | None:
        """The plan's next call; off the plan's path what leads back; then the end."""
        setup, box = self.setup, self.box
        if setup.grid is None or not self.settled(box):
            found = setup.move(box)
            if found is not None:
                return found
        if setup.grid is None and not same_book(setup.start if setup.asks else setup.wanted, box.backend.book()):
            return None
        return move(setup.aim.conclusion, "finish", {"answer": setup.aim.answer} if setup.asks else {})

    def _share(self, box: SheetTools) -> float:
        """How much of what is to be changed is changed."""
        setup, book = self.setup, box.backend.book()
        if setup.grid is None:
            return compare(setup.start, setup.wanted, book).share
        name, wanted = setup.grid
        if self._first is None:
            self._first = displayed(setup.start, compute(setup.start), name)
        return compare_displayed(self._first, wanted, displayed(book, box.backend.values(), name)).share

    def available_actions(self) -> list[str]:
        """A call of each kind about every sheet and about cells of the open one."""
        box = self.box
        texts = [text_of("list_sheets", {})]
        texts += [text_of("open_sheet", {"name": name}) for name in box.backend.book().names]
        tab = box.backend.book().tab(box.tab) if box.tab else None
        if tab is not None:
            rows, columns = tab.used()
            texts += [text_of(name, {}) for name in ("get_all_values", "get_merged_cells", "get_charts")]
            for column in range(min(columns, 12)):
                texts += [
                    text_of("sort_sheet_by_col", {"col_num": column + 1, "order": order}) for order in ("asc", "des")
                ]
                first, last = cell_name(1, column), cell_name(max(rows - 1, 1), column)
                area = {"start_position": first, "end_position": last}
                texts.append(text_of("get_range_values", area))
                texts.append(text_of("get_value_by_formula", {**area, "operator": "SUM"}))
                texts.append(
                    text_of(
                        "update_cell_by_formula",
                        {**area, "result_position": cell_name(rows, column), "operator": "SUM"},
                    )
                )
                texts.append(text_of("get_formulas", area))
            texts += [text_of("get_cell_value", {"position": cell_name(row, 0)}) for row in range(min(rows, 20))]
            texts += [text_of("get_note", {"position": cell_name(row, 0)}) for row in range(min(rows, 20))]
            texts += [
                text_of("delete_batch_data", {"dimension": "row", "index_list": [row]})
                for row in range(2, min(rows, 20) + 1)
            ]
            texts.append(text_of("freeze_data", {"dimension": "rows", "num": 1}))
            texts.append(text_of("del_sheet", {"name": tab.name}))
        texts.append(text_of("check_valid_actions", {}))
        return [*texts, text_of("finish", {"answer": 0} if self.setup.asks else {})]

    def render(self) -> str | None:
        """The workbook; not of a live one, which would have to be asked for it."""
        if self._box is None or self.config.backend == "live":
            return None
        return page(self._box.backend.book(), self._box.backend.values(), self._box.tab)

    @property
    def setup(self) -> Setup:
        """What this episode's task carries."""
        assert self._setup is not None, "core resets before it steps"
        return self._setup

    def _backend(self, task: Task, setup: Setup, seed: int | None) -> Backend:
        if self.config.backend == "live":
            return self._google(task, setup, seed)
        return LocalBackend(setup.start)

    def _google(self, task: Task, setup: Setup, seed: int | None) -> Backend:
        scope, settings = f"sheet {task.id} {seed}", self.config.live
        try:
            from agentgym_env_sheet.carrier import DRIVE, SHEETS, Carrier, carry
            from agentgym_env_sheet.google import TOKEN, GoogleBackend
        except ImportError as error:
            raise ConfigError(
                f"sheet: the backend live needs gspread, which is not installed ({error})",
                hint="run: pip install gspread",
            ) from None
        recording = recording_of(settings, scope)
        clients = [
            live_client(
                name,
                settings,
                base_url=url,
                token_variable=TOKEN,
                scope=scope,
                transport=carry,
                recording=recording,
            )
            for name, url in (("Google Sheets", SHEETS), ("Google Drive", DRIVE))
        ]
        name = f"agentgym scratch {digest(scope)}"
        return GoogleBackend(Carrier(*clients), setup.start, name, replayed=settings.mode == "replay")
