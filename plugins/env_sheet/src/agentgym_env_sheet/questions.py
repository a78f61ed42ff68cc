"""The paper's own tasks, from the user's copies of AgentGym's files: `sheet.jsonl` and the workbook that it is about."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from attrs import evolve

from agentgym_core.errors import ConfigError
from agentgym_core.types import Task, digest
from agentgym_env_sheet.plans import Setup
from agentgym_env_sheet.workbook import Tab, Workbook, plain
from agentgym_env_sheet.xlsx import Unreadable, read
from agentgym_tools import Aim

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
    path = workbook or _beside(questions)
    try:
        book = read(path)
    except Unreadable as error:
        raise _unreadable("workbook", path, str(error)) from error
    found = []
    for number, line in enumerate(_lines(questions), 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            question = msgspec.json.decode(line, type=_Question)
            grid = msgspec.json.decode(question.additional_info.answer, type=list[list[str]])
        except msgspec.MsgspecError as error:
            raise _unreadable("questions", questions, f"{where}: {error}") from error
        found.append(_task(question, grid, book, path, where))
    ids = [task.id for task in found]
    if not ids or len(set(ids)) != len(ids):
        raise _unreadable("questions", questions, "two questions share an id" if ids else "it is empty")
    return {"agenteval": tuple(found)}


def _task(question: _Question, grid: list[list[str]], book: Workbook, path: Path, where: str) -> Task:
    name, answer = f"Sheet{question.id + 1}", book.tab(f"Answer{question.id + 1}")
    if book.tab(name) is None or answer is None:
        raise _unreadable("workbook", path, f"{where}: there is no {name} with its answer")
    if not grid or len({len(row) for row in grid}) != 1:
        raise _unreadable("questions", path, f"{where}: the answer is no table")
    start = Workbook([tab for tab in book.tabs if not tab.name.startswith("Answer")])
    wanted = Workbook([_under(answer, name) if tab.name == name else tab for tab in start.tabs])
    text = question.goal.strip()
    aim = Aim(text, None, conclusion="The sheet is as it was asked for.")
    content = digest(["sheet", text, grid, plain(Workbook([tab for tab in start.tabs if tab.name == name]))])
    setup = Setup(start, aim, (), asks=False, family="agenteval", given=wanted, grid=(name, tuple(map(tuple, grid))))
    return Task(f"tool_sheet_{question.id}", "agenteval", "sheet", content, setup)


def _under(tab: Tab, name: str) -> Tab:
    return evolve(tab, name=name)


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise _unreadable("questions", path, error.strerror or str(error)) from error


def _beside(questions: Path) -> Path:
    places = [questions.parent / place for place in _BESIDE]
    return next((place for place in places if place.is_file()), places[0])


def _unreadable(key: str, path: Path, why: Any) -> ConfigError:
    return ConfigError(f"sheet: {key}: {str(path)!r}: {why}", hint=_HINT)
