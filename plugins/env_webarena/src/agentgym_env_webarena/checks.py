"""Whether a task was done: every check, 0 or 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from agentgym_env_webarena.objective import Address, Answer, Check, Rows

Ask = Callable[[str, str], Sequence[tuple[object, ...]]]


def clean(answer: str) -> str:
    """An answer as it is compared: without blanks and one pair of quotes around it, in lower case."""
    text = answer.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    return text.lower()


def passes(check: Check, answer: str, address: str, ask: Ask) -> bool:
    """Whether one check holds at the end of an episode.

    :param address: that of the tab in front. :param ask: reads the data of a site.
    """
    match check:
        case Answer():
            given = clean(answer)
            exact = not check.exact or given == clean(check.exact)
            return bool(given) and exact and all(clean(part) in given for part in check.include)
        case Address():
            return same_address(check.address, address)
        case Rows():
            return tuple(ask(check.data, check.query)) == check.rows


def same_address(wanted: str, given: str) -> bool:
    """The same host and path, without a slash at the end, and every part of the wanted query with one of its values."""
    one, other = urlsplit(wanted), urlsplit(given)
    if (one.netloc.lower(), unquote(one.path).rstrip("/")) != (other.netloc.lower(), unquote(other.path).rstrip("/")):
        return False
    found = parse_qs(other.query)
    return all(set(values) & set(found.get(name, ())) for name, values in parse_qs(one.query).items())
