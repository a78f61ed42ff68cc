"""The functions that formulas may use, and the corrections under which the engine gives what spreadsheets document.

A function is here only if the engine agreed with the reference on every row of the table in `tests/data/functions.json`. What depends on
the clock, on chance or on other machines is not here; neither is what reads cells that the formula's text does not name, nor what takes the
engine seconds or gigabytes for a few letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from openpyxl.formula.tokenizer import Token

from agentgym_env_sheet.a1 import MOST_COLUMNS, MOST_ROWS, cell_name
from agentgym_env_sheet.references import BROKEN, BadFormula, Reference, parts, reference, tokens

FUNCTIONS = frozenset(
    (
        "ABS", "ADDRESS", "AND", "AVEDEV", "AVERAGE", "AVERAGEA", "AVERAGEIF", "AVERAGEIFS", "CEILING", "CHAR", "CHOOSE", "CODE",
        "COLUMN", "COLUMNS", "CONCAT", "CONCATENATE", "CORREL", "COUNT", "COUNTA", "COUNTBLANK", "COUNTIF", "COUNTIFS",
        "DATE", "DATEDIF", "DATEVALUE", "DAY", "DAYS", "DAYS360", "DEVSQ", "EDATE", "EOMONTH", "EVEN", "EXACT", "EXP",
        "FIND", "FLOOR", "FORECAST.LINEAR", "FV", "GCD", "GEOMEAN", "HARMEAN", "HLOOKUP", "HOUR", "IF", "IFERROR", "IFNA", "IFS",
        "INDEX", "INT", "INTERCEPT", "IRR", "ISBLANK", "ISERROR", "ISEVEN", "ISLOGICAL", "ISNA", "ISNUMBER", "ISODD", "ISOWEEKNUM",
        "ISTEXT", "LARGE", "LCM", "LEFT", "LEN", "LN", "LOG", "LOG10", "LOOKUP", "LOWER", "MATCH", "MAX", "MAXA", "MAXIFS", "MEDIAN",
        "MID", "MIN", "MINIFS", "MINUTE", "MOD", "MODE.SNGL", "MONTH", "MROUND", "N", "NA", "NETWORKDAYS", "NOT", "NPER", "NPV",
        "ODD", "OR", "PERCENTILE.INC", "PERCENTRANK.INC", "PI", "PMT", "POWER", "PRODUCT", "PROPER", "PV", "QUARTILE.INC",
        "QUOTIENT", "RANK", "RANK.AVG", "RANK.EQ", "RATE", "REPLACE", "RIGHT", "ROUND", "ROUNDDOWN", "ROUNDUP", "ROW",
        "ROWS", "SEARCH", "SECOND", "SIGN", "SLOPE", "SMALL", "SQRT", "STDEV", "STDEV.P", "STDEV.S", "SUBSTITUTE", "SUBTOTAL", "SUM",
        "SUMIF", "SUMIFS", "SUMPRODUCT", "SUMSQ", "SWITCH", "T", "TEXT", "TEXTJOIN", "TIME", "TRIM", "TRIMMEAN", "TRUNC", "UPPER",
        "VALUE", "VAR.P", "VAR.S", "VLOOKUP", "WEEKDAY", "WEEKNUM", "WORKDAY", "XLOOKUP", "XMATCH", "XOR", "YEAR", "YEARFRAC",
    )
)  # fmt: skip
"""Functions that the engine computes as documented."""

OPERATORS = {"MINUS": "-", "ADD": "+", "MULTIPLY": "*", "DIVIDE": "/"}
"""Functions of Google Sheets for which the engine has only the operator."""

LONGEST_TEXT = 5_000
"""Characters of a text that a formula gives; a longer one is an error, so that texts that double from cell to cell end somewhere."""
MOST_READ = 200_000
"""Cells that one formula may read."""
_SHORT = 40
_GROWING = frozenset({"CONCAT", "CONCATENATE", "TEXTJOIN", "SUBSTITUTE", "REPLACE"})
_NOT_EQUAL = re.compile(r'"<>.')
_DIGITS = re.compile(r'"(?:[^"0#%]*)(?:#,##)?0(?:\.(0+))?(%?)(?:[^"0#%]*)"\Z')


def check(formula: str, names: list[str]) -> None:
    """Refuse what cannot be computed as spreadsheets compute it.

    :param names: the workbook's sheets.
    :raises BadFormula: says what, and why.
    """
    found = tokens(formula)
    if not found:
        raise BadFormula("a formula needs something behind the equals sign")
    if sum((token.subtype == Token.OPEN) - (token.subtype == Token.CLOSE) for token in found):
        raise BadFormula(f"{formula[:80]!r} is no formula: a parenthesis is not closed")
    known = {name.casefold() for name in names}
    _check_growth(found)
    before = ""
    for place, token in enumerate(found):
        if token.type == Token.FUNC and token.subtype == Token.OPEN:
            _check_function(token.value[:-1])
        elif token.type == Token.ARRAY:
            raise BadFormula("lists in braces are not computed here: put the values into cells")
        elif token.type == Token.OPERAND and token.subtype == Token.RANGE:
            _check_reference(token.value, known, names)
        elif token.type == Token.OPERAND and token.subtype == Token.TEXT:
            _check_criterion(found, place)
        # Two areas with a space between them mean what both have in common, with a comma what either has.
        if (token.type == Token.OPERAND and before == "value") or (token.type == Token.OP_IN and token.value == ","):
            raise BadFormula("areas cannot be joined or cut here: name one area")
        if token.type != Token.WSPACE:
            before = "value" if token.type == Token.OPERAND or token.subtype == Token.CLOSE else ""


def _check_function(name: str) -> None:
    upper = name.upper()
    if upper and upper not in FUNCTIONS and upper not in OPERATORS:
        raise BadFormula(f"the function {name[:40]} is not computed here")


def _check_reference(text: str, known: set[str], names: list[str]) -> None:
    if text.upper() in ("TRUE", "FALSE") or BROKEN in text:
        return
    one = reference(text)
    if one is None:
        raise BadFormula(f"{text[:60]!r} is no cell or area, and names are not known here (text stands in quotes)")
    if one.tab is not None and one.tab.casefold() not in known:
        raise BadFormula(f"there is no sheet {one.tab[:60]!r}: there are {', '.join(names)}")

    area = one.within(MOST_ROWS, MOST_COLUMNS)
    far = (one.bottom is not None and one.bottom.at >= MOST_ROWS) or (
        one.right is not None and one.right.at >= MOST_COLUMNS
    )
    if area is None or far:
        raise BadFormula(
            f"{text[:60]} is outside the sheet, which ends at {cell_name(MOST_ROWS - 1, MOST_COLUMNS - 1)}"
        )
    if one.top is not None and one.left is not None and area.height * area.width > MOST_READ:
        raise BadFormula(f"{text[:60]} has {area.height * area.width:,} cells; a formula reads {MOST_READ:,} at most")


def _check_growth(found: list[Token]) -> None:
    """A text in place of each letter of another one, or between all cells of an area, grows beyond any memory: only short ones go there."""
    opened = [token.value[:-1].upper() for token in found if token.type == Token.FUNC and token.subtype == Token.OPEN]
    if opened.count("SUBSTITUTE") > 1:
        raise BadFormula("one SUBSTITUTE is computed in a formula: put the first step into a cell of its own")
    for name, number in (("SUBSTITUTE", 2), ("TEXTJOIN", 0)):
        for arguments in _arguments(found, name):
            given = arguments[number] if number < len(arguments) else []
            text = given[0] if len(given) == 1 else None
            if text is None or text.type != Token.OPERAND or text.subtype == Token.RANGE or len(text.value) > _SHORT:
                what = "the new text of SUBSTITUTE" if name == "SUBSTITUTE" else "what TEXTJOIN puts in between"
                raise BadFormula(f"{what} must be a text in quotes of up to {_SHORT - 2} characters")


def _arguments(found: list[Token], name: str) -> list[list[list[Token]]]:
    """The arguments of every call of a function, each as its tokens without white space."""
    calls: list[list[list[Token]]] = []
    stack: list[list[list[Token]] | None] = []
    for token in found:
        closes = token.subtype == Token.CLOSE
        if closes and stack:
            stack.pop()
        if token.type == Token.SEP and stack and stack[-1] is not None:
            stack[-1].append([])
        elif token.type != Token.WSPACE:
            for call in stack:
                if call is not None:
                    call[-1].append(token)
        if token.subtype == Token.OPEN:
            mine = token.type == Token.FUNC and token.value[:-1].upper() == name
            fresh: list[list[Token]] | None = [[]] if mine else None
            stack.append(fresh)
            if fresh is not None:
                calls.append(fresh)
    return calls


def _check_criterion(found: list[Token], place: int) -> None:
    """The engine counts an empty cell, and a number that is text, wrongly as unequal to something."""
    text = found[place].value
    joined = place + 1 < len(found) and found[place + 1].value == "&"
    if (_NOT_EQUAL.match(text) and len(text) > 4) or (text == '"<>"' and joined):
        opened = [t.value[:-1].upper() for t in found[:place] if t.type == Token.FUNC and t.subtype == Token.OPEN]
        if any(name.endswith(("IF", "IFS")) and name not in ("IF", "IFS") for name in opened):
            raise BadFormula("the criterion <> is not computed here: take what is equal off the whole")


@lru_cache(maxsize=20_000)
def for_engine(formula: str) -> str:
    """A formula as the engine must be told it to give what spreadsheets give.

    Google's operator functions become operators; a number that TEXT shows is rounded half away from zero before it; a text that is too
    long becomes an error.
    """
    found = tokens(formula)
    names = {token.value[:-1].upper() for token in found if token.type == Token.FUNC and token.subtype == Token.OPEN}
    text = "".join(_rewritten(found)) if names & {*OPERATORS, "TEXT"} else formula[1:]
    if names & _GROWING or any(token.type == Token.OP_IN and token.value == "&" for token in found):
        text = f'IF(IFERROR(LEN({text}),0)>{LONGEST_TEXT},VALUE("too long"),{text})'
    return f"={text}"


def _rewritten(found: list[Token]) -> list[str]:
    texts = [token.value for token in found]
    stack: list[tuple[str, int, list[int]]] = []
    for place, token in enumerate(found):
        if token.subtype == Token.OPEN:
            stack.append((token.value[:-1].upper() if token.type == Token.FUNC else "", place, []))
        elif token.type == Token.SEP and stack:
            stack[-1][2].append(place)
        elif token.subtype == Token.CLOSE and stack:
            name, start, separators = stack.pop()
            if name in OPERATORS and len(separators) == 1:
                texts[start], texts[separators[0]], texts[place] = "((", f"){OPERATORS[name]}(", "))"
            elif name == "TEXT" and len(separators) == 1:
                _round_before(texts, start, separators[0], place)
    return texts


def _round_before(texts: list[str], start: int, middle: int, end: int) -> None:
    form = "".join(texts[middle + 1 : end]).strip()
    digits = _DIGITS.match(form)
    if digits is None:
        return
    places = len(digits[1] or "") + 2 * bool(digits[2])
    value = "".join(texts[start + 1 : middle])
    texts[start + 1 : middle] = [f"IFERROR(ROUND({value},{places}),{value})"] + [""] * (middle - start - 2)


def normal(formula: str) -> str:
    """A formula without what makes no difference: capitals outside texts, white space."""
    texts = []
    for part in parts(formula):
        if isinstance(part, Reference):
            texts.append(str(part).replace("$", "").upper())
        else:
            texts.append(part if part.startswith('"') else part.strip().upper())
    return "=" + "".join(texts)


Check = Callable[[str, list[str]], None]
