"""What pages ask of the index: episodes by filter, text in turns, counts. Every answer is bounded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from agentgym_viewer.workbench.database import TURNS
from agentgym_viewer.workbench.filters import ORDERS, Filter
from agentgym_viewer.workbench.rows import JOINED, storable

PAGE = 100
"""Episodes a page."""

FEWEST = 5
"""Episodes of a group in the course of a run: the success of fewer jumps about."""


@frozen
class Listed:
    """An episode in a list. `turn` is the first in which the text was found (0: before the first turn), None without a text."""

    id: int
    run: int
    line: int
    environment: str
    kind: str
    task: str
    sample: int
    outcome: str
    score: float | None
    rounds: int
    unread: int
    tokens: int
    cost: float
    ended: float
    seconds: float
    turn: int | None = None


_SHOWN = (
    "episode.id, episode.run, line, part.environment, part.kind, task, sample, outcome, score, rounds, unread, "
    "prompt_tokens + completion_tokens, cost, started + seconds, seconds"
)
_FROM = f"FROM {JOINED}"

_APART = {ord('"'): " ", 0: " "}
"""What would end a quoted word in FTS5's own language."""


class Words:
    """A text as FTS5 looks for it: every word must stand in one turn, the last of its letters may be missing.

    What a person types is never read as FTS5's own language.
    """

    def __init__(self, text: str) -> None:
        self.words = [word for word in storable(text).translate(_APART).split() if any(map(str.isalnum, word))]

    @property
    def match(self) -> str:
        """For `MATCH`, empty where there is no word to look for."""
        return " ".join(f'"{word}"*' for word in self.words)


def listed(connection: sqlite3.Connection, run: int, chosen: Filter, size: int = PAGE) -> tuple[list[Listed], int]:
    """A page of a run's episodes, and how many there are under the filter."""
    where, values = chosen.conditions(run)
    counted, joined = "FROM episode", _FROM
    if chosen.text:
        match = Words(chosen.text).match
        if not match:
            return [], 0
        counted = "FROM found JOIN episode ON episode.id = found.episode"
        joined = f"{counted} JOIN part ON part.id = episode.part"
        with_ = f"WITH found AS (SELECT rowid / {TURNS} AS episode, min(rowid % {TURNS}) AS turn FROM said WHERE said MATCH ? GROUP BY 1) "
        shown, values = f"{_SHOWN}, found.turn", [match, *values]
    else:
        with_, shown = "", f"{_SHOWN}, NULL"
    count = connection.execute(f"{with_}SELECT count(*) {counted} WHERE {where}", values).fetchone()[0]
    order = ORDERS[chosen.order][1]
    asked = f"{with_}SELECT {shown} {joined} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
    page = connection.execute(asked, [*values, size, chosen.page * size]).fetchall()
    return [Listed(*values) for values in page], int(count)


def search(
    connection: sqlite3.Connection, text: str, runs: Sequence[int], size: int = PAGE
) -> tuple[list[Listed], int]:
    """Episodes of some runs, by number, in which a text stands, the latest of the index first, and how many turns have it."""
    match = Words(text).match
    if not match:
        return [], 0
    # Text stays where an episode was superseded or its run went; it is no answer.
    stands = (
        f"EXISTS (SELECT 1 FROM episode WHERE episode.id = said.rowid / {TURNS} AND current = 1 "
        "AND episode.run IN (SELECT value FROM json_each(?)))"
    )
    asked_for = (match, json.dumps(list(runs)))
    count = connection.execute(f"SELECT count(*) FROM said WHERE said MATCH ? AND {stands}", asked_for).fetchone()[0]
    # The latest rows are taken until the page is full: a common word stands in every turn, and most of them are never looked at.
    asked = (
        f"SELECT {_SHOWN}, min(found.turn) FROM (SELECT rowid / {TURNS} AS episode, rowid % {TURNS} AS turn FROM said "
        f"WHERE said MATCH ? AND {stands} ORDER BY rowid DESC LIMIT {size * 50}) AS found JOIN episode ON episode.id = found.episode "
        "JOIN part ON part.id = episode.part WHERE current = 1 GROUP BY episode.id ORDER BY episode.id DESC LIMIT ?"
    )
    page = connection.execute(asked, (*asked_for, size)).fetchall()
    return [Listed(*values) for values in page], int(count)


def place(connection: sqlite3.Connection, run: int, line: int) -> tuple[int, int] | None:
    """Where the episode of a line begins and how long it is; None where there is none."""
    found = connection.execute("SELECT start, size FROM episode WHERE run = ? AND line = ?", (run, line)).fetchone()
    return None if found is None else (int(found[0]), int(found[1]))


def by_name(connection: sqlite3.Connection, run: int, name: str) -> int | None:
    """The line of a run's standing episode of an id."""
    try:
        key = bytes.fromhex(name)
    except ValueError:
        key = b""
    asked = "SELECT line FROM episode WHERE run = ? AND current = 1 AND "
    found = connection.execute(f"{asked} key = ?", (run, key)).fetchone()
    found = found or connection.execute(f"{asked} name = ? LIMIT 1", (run, storable(name))).fetchone()
    return None if found is None else int(found[0])


def beside(connection: sqlite3.Connection, run: int, line: int) -> tuple[int | None, int | None]:
    """The lines of the episodes before and after one, in the order in which they ended."""
    asked = "SELECT {what}(line) FROM episode WHERE run = ? AND current = 1 AND line {sign} ?"
    before = connection.execute(asked.format(what="max", sign="<"), (run, line)).fetchone()[0]
    after = connection.execute(asked.format(what="min", sign=">"), (run, line)).fetchone()[0]
    return before, after


def of_task(connection: sqlite3.Connection, run: int, environment: str, task: str, sample: int) -> int | None:
    """The line of a run's episode of a task: of the same sample where there is one, otherwise of the first."""
    found = connection.execute(
        f"SELECT line {_FROM} WHERE episode.run = ? AND current = 1 AND part.environment = ? AND task = ? "
        "ORDER BY sample <> ?, sample LIMIT 1",
        (run, environment, storable(task), sample),
    ).fetchone()
    return None if found is None else int(found[0])


def unread_reasons(connection: sqlite3.Connection, run: int, most: int = 50) -> list[tuple[str, int, int]]:
    """Why replies could not be read: the reason, how many replies, of how many episodes; the most frequent first."""
    asked = (
        "SELECT error, count(*), count(DISTINCT episode) FROM unread JOIN episode ON episode.id = unread.episode "
        "WHERE unread.run = ? AND current = 1 GROUP BY error ORDER BY 2 DESC, 1 LIMIT ?"
    )
    return connection.execute(asked, (run, most)).fetchall()


def damaged_lines(connection: sqlite3.Connection, run: int, most: int = 50) -> list[tuple[int, str]]:
    """Lines of the file that are no episodes: the number of each, and why."""
    asked = "SELECT line, error FROM damaged WHERE run = ? ORDER BY line LIMIT ?"
    return connection.execute(asked, (run, most)).fetchall()


def faults(connection: sqlite3.Connection, run: int, most: int = 50) -> list[tuple[str, str, int, int]]:
    """What faults there were: the outcome, the words, how often, and the line of the first."""
    asked = (
        "SELECT outcome, fault, count(*), min(line) FROM episode WHERE run = ? AND current = 1 AND fault <> '' "
        "GROUP BY 1, 2 ORDER BY 3 DESC LIMIT ?"
    )
    return connection.execute(asked, (run, most)).fetchall()


def course(
    connection: sqlite3.Connection, run: int, points: int = 60
) -> list[tuple[int, int, float | None, float | None]]:
    """How a run went, in at most so many groups of episodes one after the other: episodes, scored, solved share, mean score."""
    most = connection.execute("SELECT max(line) FROM episode WHERE run = ?", (run,)).fetchone()[0]
    if not most:
        return []
    step = max(FEWEST, -(-int(most) // points))
    asked = (
        "SELECT max(line), count(*), avg(CASE WHEN score IS NOT NULL THEN success END), avg(score) FROM episode "
        "WHERE run = ? AND current = 1 GROUP BY (line - 1) / ? ORDER BY 1"
    )
    return connection.execute(asked, (run, step)).fetchall()


def spent(connection: sqlite3.Connection, run: int) -> list[tuple[Any, ...]]:
    """Tokens, money and time by environment and kind: episodes, rounds, prompt and completion tokens, cost, seconds, solved."""
    asked = (
        "SELECT part.environment, part.kind, count(*), sum(rounds), sum(prompt_tokens), sum(completion_tokens), sum(cost), "
        f"sum(seconds), sum(success = 1 AND score IS NOT NULL) {_FROM} WHERE episode.run = ? AND current = 1 GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return connection.execute(asked, (run,)).fetchall()


def pairs(
    connection: sqlite3.Connection, a: int, b: int, *, differ: bool, page: int = 0, size: int = PAGE
) -> tuple[list[tuple[Any, ...]], int, int, int]:
    """The episodes of two runs that are attempts at one task, by sample: a page of them, the largest difference of scores first; how many
    there are; how many only B solved, and only A.

    :param differ: only those with another outcome or score.
    """
    joined = (
        "FROM episode AS a JOIN part AS pa ON pa.id = a.part JOIN episode AS b ON b.run = ? AND b.task = a.task AND "
        "b.sample = a.sample AND b.current = 1 JOIN part AS pb ON pb.id = b.part AND pb.environment = pa.environment AND "
        "pb.configuration = pa.configuration WHERE a.run = ? AND a.current = 1"
    )
    only = " AND (a.outcome <> b.outcome OR a.score IS NOT b.score)" if differ else ""
    solved = "sum(b.success = 1 AND a.success = 0), sum(a.success = 1 AND b.success = 0)"
    total, gained, lost = connection.execute(f"SELECT count(*), {solved} {joined}{only}", (b, a)).fetchone()
    asked = (
        f"SELECT a.line, pa.environment, a.task, a.sample, a.outcome, b.outcome, a.score, b.score {joined}{only} "
        "ORDER BY abs(ifnull(a.score, -1) - ifnull(b.score, -1)) DESC, a.line LIMIT ? OFFSET ?"
    )
    return connection.execute(asked, (b, a, size, page * size)).fetchall(), total, gained or 0, lost or 0
