"""The paper's own tasks, from the user's copies of AgentGym's files: `sheet.jsonl` and the workbook that it is about."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec
from attrs import evolve

from agentgym_core.types import Task, digest
from agentgym_env_sheet.plans import Setup
from agentgym_env_sheet.workbook import Tab, Workbook, plain
from agentgym_env_sheet.xlsx import Unreadable, read
from agentgym_tools import Aim
from agentgym_tools.user_files import UserFile, first_beside

_NAME = "Test Sheet-For Copy.xlsx"
_BESIDE = (_NAME, f"../toolusage/utils/sheet/{_NAME}")
_HINT = f"name AgentGym's agentenv-tool/Toolusage/data/sheet.jsonl, and {_NAME!r} of its toolusage/utils/sheet"


class _More(msgspec.Struct):
    answer: str


class _Question(msgspec.Struct):
    id: int
    goal: str
    additional_info: _More


@lru_cache(maxsize=4)
def read_questions(questions: Path, workbook: Path | None) -> dict[str, tuple[Task, ...]]:
    """The split `agenteval` out of the files, ids as in the paper: `tool_sheet_0` and so on. No workbook holds the sheets with answers.

    :raises ConfigError: a file cannot be read, or holds something else.
    """
    path = workbook or first_beside(questions, _BESIDE)
    file, kept = (UserFile("sheet", key, at, _HINT) for key, at in (("questions", questions), ("workbook", path)))
    try:
        book = read(path)
    except Unreadable as error:
        raise kept.unreadable(error) from error
    found = []
    for where, question in file.lines(_Question):
        name, answer = f"Sheet{question.id + 1}", book.tab(f"Answer{question.id + 1}")
        if book.tab(name) is None or answer is None:
            raise kept.unreadable(f"{where}: there is no {name} with its answer")
        try:
            grid = msgspec.json.decode(question.additional_info.answer, type=list[list[str]])
        except msgspec.MsgspecError as error:
            raise file.unreadable(f"{where}: {error}") from error
        if not grid or len({len(row) for row in grid}) != 1:
            raise file.unreadable(f"{where}: the answer is no table")
        found.append(_task(question, grid, book, evolve(answer, name=name)))
    return file.checked({"agenteval": found})


def _task(question: _Question, grid: list[list[str]], book: Workbook, answer: Tab) -> Task:
    name = answer.name
    start = Workbook([tab for tab in book.tabs if not tab.name.startswith("Answer")])
    wanted = Workbook([answer if tab.name == name else tab for tab in start.tabs])
    text = question.goal.strip()
    aim = Aim(text, None, conclusion="The sheet is as it was asked for.")
    content = digest(["sheet", text, grid, plain(Workbook([tab for tab in start.tabs if tab.name == name]))])
    setup = Setup(start, aim, (), asks=False, family="agenteval", given=wanted, grid=(name, tuple(map(tuple, grid))))
    return Task(f"tool_sheet_{question.id}", "agenteval", "sheet", content, setup)
