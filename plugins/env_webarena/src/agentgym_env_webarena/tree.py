"""The accessibility tree as text, and what its numbers stand for.

Chromium's `Accessibility.getFullAXTree`, printed as WebArena prints it: a tab for each level, `[id] role 'name' property: value`. The ids
count what is printed, from 1, so that a page gives one text whenever it is loaded (Chromium's own ids count what the process made before).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

_UNSAID = frozenset(("focusable", "editable", "readonly", "level", "settable", "multiline", "invalid"))
"""Properties that are not printed."""

_HOLLOW = frozenset(
    (
        "generic",
        "img",
        "list",
        "strong",
        "paragraph",
        "banner",
        "navigation",
        "Section",
        "LabelText",
        "Legend",
        "listitem",
    )
)
"""Roles that are not printed without a name and properties: they only hold others."""

_REPEATED = 3
"""A piece of text is left out where one of so many lines before has it."""


@frozen
class Element:
    """A printed node. `node` is Chromium's number of the element in the page."""

    id: int
    role: str
    name: str
    line: str
    node: int


@frozen
class Tree:
    """A printed tree."""

    text: str
    elements: Mapping[int, Element]


def printed(nodes: Sequence[Mapping[str, Any]], visible: frozenset[int] | None = None) -> Tree:
    """Print a tree.

    :param nodes: as the browser gives them. :param visible: the nodes of the page that are seen, or None for all.
    """
    by_id = {node["nodeId"]: node for node in nodes}
    lines: list[str] = []
    elements: dict[int, Element] = {}
    recent: deque[str] = deque(maxlen=_REPEATED)
    # Depth first, without recursion: pages nest deeper than Python may.
    waiting = [(nodes[0]["nodeId"], 0)] if nodes else []
    while waiting:
        key, depth = waiting.pop()
        node = by_id.get(key)
        if node is None:
            continue
        line = _line(node, visible)
        below = depth
        if line is not None:
            name = str(node["name"].get("value", ""))
            role = str(node["role"]["value"])
            if not (role == "StaticText" and any(name.strip() in before for before in recent)):
                number = len(elements) + 1
                lines.append("\t" * depth + f"[{number}] {line}")
                elements[number] = Element(number, role, name, line, node.get("backendDOMNodeId", 0))
                recent.append(line)
                below = depth + 1
        waiting += [(child, below) for child in reversed(node.get("childIds", ()))]
    return Tree("\n".join(lines), elements)


def _line(node: Mapping[str, Any], visible: frozenset[int] | None) -> str | None:
    """What a node prints, or None where it prints nothing and its children take its place."""
    if node.get("ignored") or "name" not in node:
        return None
    role = node["role"]["value"]
    if role == "InlineTextBox" or (visible is not None and node.get("backendDOMNodeId") not in visible):
        return None
    name = node["name"].get("value", "")
    properties = [
        f"{item['name']}: {item['value'].get('value')}"
        for item in node.get("properties", ())
        if item["name"] not in _UNSAID and "value" in item["value"]
    ]
    if not str(name).strip() and role in _HOLLOW and (not properties or role == "listitem"):
        return None
    return " ".join((role, repr(name), *properties))
