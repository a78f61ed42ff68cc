"""WebArena's evaluator `url_match`."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit


def url_match(references: str, given: str) -> bool:
    """Whether the last page is one of those asked for: its host and path have those of a reference in them, and each name of the
    references' queries has one of their values.

    :param references: addresses, joined by ` |OR| `.
    """
    wanted = [_parts(each) for each in references.split(" |OR| ")]
    base, query = _parts(given)
    if not any(one in base for one, _ in wanted):
        return False
    values: dict[str, set[str]] = {}
    for _, each in wanted:
        for name, options in each.items():
            values.setdefault(name, set()).update(options)
    return all(options & set(query.get(name, ())) for name, options in values.items())


def _parts(address: str) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(address.strip().rstrip("/"))
    return f"{parts.netloc}{parts.path}", parse_qs(parts.query)
