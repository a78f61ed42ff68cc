"""A picture of the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from agentgym_env_textcraft.recipes import display


def page(goal: str, inventory: Mapping[str, int]) -> str:
    """An HTML fragment: the goal, and a table of what is carried."""
    rows = "".join(
        f"<tr><td>{escape(display(item))}</td><td style='text-align:right'>{count}</td></tr>"
        for item, count in inventory.items()
    )
    body = f"<table><tr><th>item</th><th>count</th></tr>{rows}</table>" if rows else "<p>Nothing is carried.</p>"
    return f"<div class='textcraft'><p>Goal: {escape(display(goal))}</p>{body}</div>"
