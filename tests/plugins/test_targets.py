"""Every name that an installed plugin announces as a string is there: a rename that forgets one would be found by a user."""

from __future__ import annotations

import importlib

from agentgym_core.plugins import plugins
from agentgym_core.registry import missing


def _problem(text: str) -> str:
    home, _, attribute = text.partition(":")
    try:
        module = importlib.import_module(home)
        return "" if not attribute or hasattr(module, attribute) else f"{home} has no {attribute}"
    except Exception as error:
        return f"{home}: {type(error).__name__}: {error}"


def test_every_announced_target_is_there() -> None:
    problems = {}
    for kind, items in plugins().announced.items():
        for item in items:
            if missing(getattr(item.spec, "requires", ())):
                continue
            for key in ("target", "config", "source"):
                text = getattr(item.spec, key, "")
                if text and _problem(text):
                    problems[f"{item.plugin.distribution}: {kind} {item.spec.id}: {key}"] = _problem(text)
    assert problems == {}
