"""What a task carries, and how an expert goes about it: by its plan, or, off the path, cell by cell towards the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import Factory, define, frozen

from agentgym_core.types import Action, ExpertAction
from agentgym_env_sheet.box import READING, call_key
from agentgym_env_sheet.comparing import compare
from agentgym_env_sheet.local import LocalBackend
from agentgym_env_sheet.mending import mend
from agentgym_env_sheet.tools import SheetTools
from agentgym_env_sheet.workbook import Workbook
from agentgym_tools import Aim, Called
from agentgym_tools.goals import move


@frozen
class Act:
    """One call of a plan. `tab` is the sheet that must be open for it, empty where none has to be."""

    tool: str
    thought: str
    tab: str = ""
    arguments: Mapping[str, Any] = Factory(dict)

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.tool in READING

    @property
    def key(self) -> str:
        """What the toolbox keeps once it was answered."""
        return call_key(self.tab, self.tool, self.arguments)

    def move(self, box: SheetTools) -> ExpertAction:
        """The call, or that of opening its sheet before."""
        if self.tab and box.tab != self.tab:
            return move(f"This is about the sheet {self.tab}: I open it.", "open_sheet", {"name": self.tab})
        return move(self.thought, self.tool, self.arguments)


@frozen
class Looked:
    """A sub-goal: a plan's call that reads was answered. Others may read the same in other ways, so that no answer needs it."""

    act: Act
    needed: bool = False

    def after(self, box: SheetTools, called: Called, met: bool) -> bool:
        """Whether it was asked by now."""
        return met or self.act.key in box.asked

    def move(self, box: SheetTools) -> ExpertAction:
        """Ask it."""
        return self.act.move(box)


@define(eq=False, slots=False)
class Setup:
    """What a task of this environment carries: the workbook to start from, what it is about, and the plan that leads to the end."""

    start: Workbook
    aim: Aim
    plan: tuple[Act, ...]
    asks: bool
    family: str = ""
    given: Workbook | None = None
    """How it must end, where no plan says so."""
    grid: tuple[str, tuple[tuple[str, ...], ...]] | None = None
    """A sheet and what it must show in the end, where only that is judged."""

    @cached_property
    def stages(self) -> list[Workbook]:
        """The workbook as it starts, and after each change of the plan."""
        backend = LocalBackend(self.start)
        box = SheetTools(backend)
        stages = [backend.book().copy()]
        for act in self.plan:
            if act.reads:
                continue
            box.tab = act.tab
            called = box.call(Action(act.tool, dict(act.arguments)))
            if not called.ok:
                raise AssertionError(f"{self.family}: the plan does not work: {act.tool}: {called.text}")
            stages.append(backend.book().copy())
        return stages

    @property
    def wanted(self) -> Workbook:
        """The workbook as it must end."""
        return self.stages[-1] if self.given is None else self.given

    @property
    def changes(self) -> int:
        """How many calls of the plan change something."""
        return len(self.stages) - 1

    def sheets_read(self) -> set[str]:
        """The sheets that an answer rests on."""
        return {act.tab for act in self.plan if act.tab}

    def move(self, box: SheetTools) -> ExpertAction | None:
        """The plan's next call from where the workbook is; off its path what brings it nearer to the end; None where all is done."""
        stage = self._stage(box.backend.book()) if self.given is None else None
        if stage is None:
            return mend(box, self.wanted)
        return next((act.move(box) for act in self._after(stage) if not (act.reads and act.key in box.asked)), None)

    def _after(self, stage: int) -> Iterator[Act]:
        changes = 0
        for act in self.plan:
            if changes >= stage:
                yield act
            changes += not act.reads

    def _stage(self, book: Workbook) -> int | None:
        for number in range(len(self.stages) - 1, -1, -1):
            if same_book(self.stages[number], book):
                return number
        return None


def same_book(one: Workbook, other: Workbook) -> bool:
    """Whether two workbooks are the same, formulas by how they are written."""
    return compare(one, one, other).spoilt == 0
