"""How values are shown: number formats as spreadsheets write them, as far as they are named here."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from agentgym_env_sheet.workbook import Value

GENERAL = "General"
TEXT = "@"
_DAY_ZERO = datetime(1899, 12, 30)
_FIRST, _LAST = 1.0, 2_958_465.0
# Digits before the point with or without groups, digits behind it, a percent sign; a currency may stand on either side.
_NUMBER = re.compile(
    r'(?P<before>[$€£]|"[^"]{1,8}")?(?P<groups>#,##)?0(?:\.(?P<digits>0{1,8}))?(?P<after>%| ?(?:[$€£]|"[^"]{1,8}"))?\Z'
)
_DATES = {
    "yyyy-mm-dd": "%Y-%m-%d",
    "dd/mm/yyyy": "%d/%m/%Y",
    "mm/dd/yyyy": "%m/%d/%Y",
    "dd.mm.yyyy": "%d.%m.%Y",
    "d mmm yyyy": "{day} %b %Y",
    "mmm yyyy": "%b %Y",
    "yyyy-mm-dd hh:mm": "%Y-%m-%d %H:%M",
    "hh:mm": "%H:%M",
}
EXAMPLES = 'General, 0, 0.00, #,##0, #,##0.00, 0%, 0.0%, $#,##0.00, 0.0" kg", yyyy-mm-dd, dd/mm/yyyy, d mmm yyyy, @'


def known(number_format: str) -> bool:
    """Whether values can be shown in a format."""
    return number_format in (GENERAL, TEXT) or number_format in _DATES or _NUMBER.match(number_format) is not None


def is_date(number_format: str) -> bool:
    """Whether a format shows numbers as days."""
    return number_format in _DATES


def shown(value: Value, number_format: str = GENERAL) -> str:
    """A value as a sheet shows it. Numbers are rounded half away from zero; an unknown format shows them plainly."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return str(value)
    if number_format in _DATES:
        return _date(value, _DATES[number_format])
    found = _NUMBER.match(number_format)
    return _general(value) if found is None else _number(value, found)


def _general(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.10g}"
    if "e" not in text:
        return text
    digits, _, power = text.partition("e")
    return f"{digits}E{power[0]}{power[1:].zfill(2)}"


def _number(value: float, form: re.Match[str]) -> str:
    digits = len(form["digits"] or "")
    after = form["after"] or ""
    # The shortest decimal that is this number: 1.005 is rounded as it reads, as spreadsheets do.
    with localcontext(prec=400):
        exact = Decimal(repr(value)) * (100 if after == "%" else 1)
        rounded = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):{',' if form['groups'] else ''}.{digits}f}"
    sign = "-" if rounded < 0 else ""
    return f"{sign}{(form['before'] or '').strip(_QUOTE)}{text}{after.replace(_QUOTE, '')}"


_QUOTE = '"'


def _date(value: float, form: str) -> str:
    if not _FIRST <= value <= _LAST:
        return _general(value)
    moment = _DAY_ZERO + timedelta(minutes=round(value * 1440))
    return moment.strftime(form).replace("{day}", str(moment.day))
