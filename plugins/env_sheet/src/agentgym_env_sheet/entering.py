"""From what a policy gives to what is written into cells."""

from __future__ import annotations

import ast
import math
import re
from functools import lru_cache
from typing import Any

import ironcalc
import re2

from agentgym_env_sheet.a1 import NoPlace, cell_name
from agentgym_env_sheet.backend import Entry
from agentgym_env_sheet.engine import UNREADABLE, Uncomputable, bounded, run
from agentgym_env_sheet.functions import check, for_engine
from agentgym_env_sheet.references import BadFormula
from agentgym_env_sheet.workbook import Tab, Workbook

_NOWHERE = Workbook([Tab("formula")])
_LONGEST = 5_000
_GREATEST = 10**300
# A number as a person types it. Codes such as 007 stay text.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?\Z")
_COMPILED = re.compile(r"""re\.compile\(\s*(r?(?:'[^'\n]*'|"[^"\n]*"))\s*(?:,\s*(re\.I(?:GNORECASE)?)\s*)?\)\Z""")


class Unfit(ValueError):
    """What a policy gave cannot be written; the message says what, and what can."""


def entered(row: int, column: int, value: Any, names: list[str]) -> Entry:
    """What is written into a cell: numbers as numbers, also where they are text; texts beginning with = as formulas; an apostrophe in
    front keeps a text.

    :param names: the workbook's sheets.
    :raises Unfit: it is none of these, or a formula that is not computed here.
    """
    where = cell_name(row, column)
    if value is None or value == "":
        return Entry(row, column)
    if isinstance(value, bool):
        return Entry(row, column, value)
    if isinstance(value, (int, float)):
        if abs(value) > _GREATEST or not math.isfinite(value):
            raise Unfit(f"{where}: {str(value)[:40]} is no number for a cell")
        return Entry(row, column, float(value))
    if not isinstance(value, str):
        raise Unfit(f"{where}: a cell takes a number, true, false or text, not {type(value).__name__}")
    if len(value) > _LONGEST:
        raise Unfit(f"{where}: the text is longer than {_LONGEST:,} characters")
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in value):
        raise Unfit(f"{where}: the text has characters that a sheet cannot hold")
    if value.startswith("'"):
        return Entry(row, column, value[1:])
    if value.startswith("=") and len(value) > 1:
        return Entry(row, column, formula=formula_of(value, names, where))
    if value.upper() in ("TRUE", "FALSE"):
        return Entry(row, column, value.upper() == "TRUE")
    if _NUMBER.match(value.strip()):
        return Entry(row, column, float(value))
    return Entry(row, column, value)


def formula_of(text: str, names: list[str], where: str) -> str:
    """A formula that can be computed.

    :raises Unfit: it cannot; says why.
    """
    try:
        check(text, names)
    except (BadFormula, NoPlace) as error:
        raise Unfit(f"{where}: {error}") from None
    if not _readable(text):
        raise Unfit(f"{where}: {text[:80]!r} is no formula: look at its parentheses, commas and arguments")
    return text


@lru_cache(maxsize=20_000)
def _readable(formula: str) -> bool:
    """Whether the engine can read it; each one's number of arguments is checked on the way."""
    model = ironcalc.create("formula")
    model.update_cell_with_formula(0, 9_999, 399, for_engine(bounded(_NOWHERE, 0, formula)))
    try:
        run(model)
    except Uncomputable:
        return False
    return bool(model.get_cell_value(0, 9_999, 399) != UNREADABLE)


def pattern(query: str) -> Any:
    """A regular expression for the texts of cells, by RE2: its time grows with the text only, whatever a policy asks for.

    `re.compile('...')` is read as what it compiles.

    :raises Unfit: it is none.
    """
    if len(query) > 500:
        raise Unfit("query: the expression is longer than 500 characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    found = _COMPILED.match(query.strip())
    if found is not None:
        query = ast.literal_eval(found[1])
        options.case_sensitive = found[2] is None
    try:
        return re2.compile(query, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise Unfit(f"query: {query[:80]!r} is no regular expression here ({text[:120]})") from None
