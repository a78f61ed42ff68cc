"""Reading SQL: out of a reply, and far enough to know what SQLite itself does not limit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import log, log1p

from agentgym_env_bird.limits import CTE_REFERENCES, SQL_LENGTH

_WORD = re.compile(
    r"\s+|--[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|([^\W\d][\w$]*|\d[\w.]*|'(?:[^']|'')*+(?:'|\Z)|\"(?:[^\"]|\"\")*+(?:\"|\Z)|`[^`]*(?:`|\Z)|\[[^\]]*(?:\]|\Z)|.)",
    re.DOTALL,
)
_LANGUAGE = re.compile(r"\A\s*sql(?:ite)?\b\s*:?\s*(?=select\b|with\b|values\b|explain\b|\()", re.IGNORECASE)
_MARKED = re.compile(r"```sql(?:ite)?\b(.*?)(?:```|\Z)", re.IGNORECASE | re.DOTALL)
_NO_ARGUMENT = re.compile(r"\(\s*(?:\)|--|/\*)")
_MANY = 100
_CLOCK_FUNCTIONS = frozenset({"date", "time", "datetime", "julianday", "unixepoch"})


def read(text: str) -> str:
    """The SQL of a reply: what the last fence marked `sql` holds, else the last fence, else all of it."""
    if "```" in text:
        marked = _MARKED.findall(text)
        if marked:
            text = marked[-1]
        else:
            blocks = [block for block in text.split("```")[1::2] if block.strip()]
            text = blocks[-1] if blocks else text.replace("```", "")
            text = re.sub(r"\A[\w+-]*\n", "", text)
    return _LANGUAGE.sub("", text, count=1).strip() if text[:16].lstrip()[:3].lower() == "sql" else text.strip()


def objection(sql: str, *, clock: bool) -> str | None:
    """Why a statement is not even given to SQLite, or None.

    :param clock: whether it may ask for the present time.
    """
    if not sql:
        return "there is no SQL in this"
    if len(sql) > SQL_LENGTH:
        return f"the SQL is longer than {SQL_LENGTH:,} characters"
    if "\0" in sql:
        return "the SQL has a NUL character in it"
    lowered = sql.lower()
    asks_time = not clock and (
        "now" in lowered
        or "strftime" in lowered
        or (
            ("date" in lowered or "time" in lowered or "julian" in lowered or "unixepoch" in lowered)
            and _NO_ARGUMENT.search(sql) is not None
        )
    )
    copies = "with" in lowered and _may_copy(lowered)
    if not asks_time and not copies:
        return None
    words = split(sql)
    if asks_time and _tells_time(words):
        return "the present time is not known here: take dates from the question"
    if copies and "with" in words and _references(words) > CTE_REFERENCES:
        return "its WITH clauses refer to one another too often"
    return None


def split(sql: str) -> list[str]:
    """The words of a statement without blanks and comments, in lower case; quoted names without their quotes."""
    return [word[1:-1] if word[0] in '"`[' else word for word in _WORD.findall(sql.lower()) if word]


def sorts(sql: str) -> bool:
    """Whether the result of a statement is ordered: an ORDER BY outside all parentheses."""
    depth = 0
    words = split(sql)
    for word, following in pairwise(words):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word == "order" and following == "by":
            return True
    return False


def _tells_time(words: Sequence[str]) -> bool:
    if any(word.strip("'").strip() == "now" for word in words if word.startswith("'")):
        return True
    for at, name in enumerate(words):
        if name in _CLOCK_FUNCTIONS and words[at + 1 : at + 3] == ["(", ")"]:
            return True
        if name == "strftime" and words[at + 1 : at + 2] == ["("] and words[at + 3 : at + 4] == [")"]:
            return True
    return False


def _may_copy(lowered: str) -> bool:
    """Whether WITH clauses could name one another so often that counting is worth its while.

    A name is copied where FROM, JOIN, IN or a comma comes before it, and there are as many bodies as SELECTs at most. So many
    references in so many bodies that build on one another come to no more copies than they do when they are dealt out evenly.
    """
    references = lowered.count(",") + lowered.count("from") + lowered.count("join") + lowered.count("in")
    bodies = 1 + lowered.count("select") + lowered.count("values")
    return bodies * log1p(references / bodies) > log(CTE_REFERENCES)


def _references(words: Sequence[str]) -> int:
    """How many selects the WITH clauses of a statement come to when each reference is replaced by what it names.

    SQLite copies a common table expression for each reference, in a step that nothing interrupts: thirty that each name the one
    before twice are a thousand million copies. The count errs on the high side.
    """
    names = [word.strip("'") for word in words]
    bodies: dict[str, list[tuple[int, int]]] = {}
    found = 0
    for at, word in enumerate(words):
        if word != "as":
            continue
        start = at + 1
        while start < len(words) and words[start] in ("not", "materialized"):
            start += 1
        if start < len(words) and words[start] == "(":
            bodies.setdefault(names[_name_before(words, at)], []).append((start, _closing(words, start)))
            found += 1
            if found > _MANY:
                return CTE_REFERENCES + 1
    known: dict[str, int] = {}

    def within(start: int, end: int) -> int:
        total = 1
        for at in range(start, end):
            name = names[at]
            if name in bodies and words[at + 1 : at + 2] != ["."]:
                total += cost(name)
            if total > CTE_REFERENCES:
                break
        return total

    def cost(name: str) -> int:
        if name not in known:
            known[name] = 1
            known[name] = min(CTE_REFERENCES + 1, sum(within(start, end) for start, end in bodies[name]))
        return known[name]

    return within(0, len(words))


def _name_before(words: Sequence[str], at: int) -> int:
    """Where the name stands that is defined by the `as` at this place, over a list of columns."""
    before = max(at - 1, 0)
    if words[before] == ")":
        depth = 0
        while before > 0:
            depth += (words[before] == ")") - (words[before] == "(")
            if depth == 0:
                return max(before - 1, 0)
            before -= 1
    return before


def _closing(words: Sequence[str], start: int) -> int:
    depth = 0
    for at in range(start, len(words)):
        depth += (words[at] == "(") - (words[at] == ")")
        if depth == 0:
            return at
    return len(words)
