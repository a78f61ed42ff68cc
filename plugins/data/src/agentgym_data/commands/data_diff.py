"""`agentgym data diff A B`: the first turn at which two runs part, task by task."""

from __future__ import annotations

import json
from typing import Any

from agentgym_core.terminal import say

SHOWN = 10
WIDTH = 100


def show_difference(first: str, second: str, *, as_json: bool) -> int:
    """Print where two runs part; the exit status is 0 where they hold the same episodes, else 1."""
    from attrs import asdict

    from agentgym_core.store import Run
    from agentgym_data.diff import diff

    found = diff(Run.open(first), Run.open(second))
    if as_json:
        say(json.dumps({"alike": found.alike, **asdict(found)}, indent=2))
        return 0 if found.alike else 1
    for parting in found.partings[:SHOWN]:
        where = "at the start" if parting.turn < 0 else f"at turn {parting.turn}"
        say(f"{parting.environment} {parting.task} sample {parting.sample}: part {where}")
        a, b = parting.a or {}, parting.b or {}
        for name in dict.fromkeys((*a, *b)):
            if a.get(name) != b.get(name) or (name in a) != (name in b):
                say(f"  {name}\n    A {_short(a, name)}\n    B {_short(b, name)}")
    if len(found.partings) > SHOWN:
        say(f"and {len(found.partings) - SHOWN} more (all with --json)")
    say(f"{found.same} the same, {len(found.partings)} differ, {found.only_a} only in A, {found.only_b} only in B")
    return 0 if found.alike else 1


def _short(row: dict[str, Any], name: str) -> str:
    text = json.dumps(row[name], ensure_ascii=False) if name in row else "nothing"
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."
