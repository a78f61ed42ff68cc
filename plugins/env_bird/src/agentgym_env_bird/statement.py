"""Reading SQL: out of a reply, and as far as the environment has to know what it says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from agentgym_env_bird.limits import SQL_LENGTH

# A word for the language before the query itself, as in `sql SELECT 1` or `SQL: SELECT 1`.
_LANGUAGE = re.compile(r"\A\s*sql(?:ite)?\b\s*:?\s*(?=select\b|with\b|values\b|explain\b|\()", re.IGNORECASE)
# What a fence marked as SQL holds, up to its end or to the end of the reply.
_MARKED = re.compile(r"```sql(?:ite)?\b(.*?)(?:```|\Z)", re.IGNORECASE | re.DOTALL)


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
    return _LANGUAGE.sub("", text, count=1).strip()


def objection(sql: str) -> str | None:
    """Why a statement is not even given to SQLite, or None."""
    if not sql:
        return "there is no SQL in this"
    if len(sql) > SQL_LENGTH:
        return f"the SQL is longer than {SQL_LENGTH:,} characters"
    if "\0" in sql:
        return "the SQL has a NUL character in it"
    if not sql.isascii() and any("\ud800" <= letter <= "\udfff" for letter in sql):
        return "the SQL has characters that are no valid Unicode"
    return None


def is_ordered(sql: str) -> bool:
    """Whether a reference query orders its result. One that the parser does not know counts as unordered."""
    if "order" not in sql.lower():
        return False
    tree = _parsed(sql)
    return tree is not None and tree.args.get("order") is not None


def table_names(sql: str) -> frozenset[str]:
    """The tables that a reference query reads, in lower case; none where the parser does not know it."""
    from sqlglot import expressions

    tree = _parsed(sql)
    return frozenset() if tree is None else frozenset(table.name.lower() for table in tree.find_all(expressions.Table))


@lru_cache(maxsize=16)
def _parsed(sql: str) -> Any:
    """The syntax tree of a trusted statement, or None. sqlglot is imported here: it takes as long as all the rest."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        return sqlglot.parse_one(sql, dialect="sqlite")
    except (SqlglotError, RecursionError):
        return None
