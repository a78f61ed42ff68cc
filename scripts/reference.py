"""Makes the reference pages under docs/reference from the code; `--check` fails where a page has drifted."""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from agentgym_core import hookspecs
from agentgym_core.config import RewardChoice
from agentgym_core.pipeline import schema
from agentgym_core.plugins import plugins
from agentgym_core.registry import PLURALS
from agentgym_core.rewards._weighted import WeightedPart

OUT = Path(__file__).resolve().parent.parent / "docs" / "reference"
TABLES: dict[str, type[BaseModel]] = {
    "At the top": schema.PipelineSettings,
    "`[policies.NAME]`, `[rewards.NAME]`, `[reward]`, `[rollout.placement]`": schema.ComponentSettings,
    "`[tasks.NAME]`, or several `[[tasks.NAME]]`": schema.TaskSettings,
    "`[rollout]`": schema.RolloutOptions,
    "`[rollout.sampling]`": schema.SamplingSettings,
}
STAGES: tuple[type[BaseModel], ...] = (
    schema.Collect,
    schema.Filter,
    schema.Weigh,
    schema.Train,
    schema.Evaluate,
    schema.Export,
)
INNER: tuple[type[BaseModel], ...] = (RewardChoice, WeightedPart)
NOTE = "<!-- Made by `make docs` from the code: edit the code. -->\n"


def hooks_page() -> str:
    """One heading a hook, with its signature and its docstring."""
    parts = [NOTE, "# Hooks\n"]
    for name, function in vars(hookspecs).items():
        if name.startswith("agentgym_"):
            signature = str(inspect.signature(function)).replace("'", "")
            parts.append(
                f"## `{name}`\n\n```text\n{name}{signature}\n```\n\n{inspect.cleandoc(function.__doc__ or '')}\n"
            )
    return "\n".join(parts)


def config_page() -> str:
    """The pipeline file, and the configuration of every component of core."""
    parts = [NOTE, "# Configuration\n", "## The pipeline file\n"]
    for heading, cls in TABLES.items():
        parts.append(f"### {heading}\n\n{inspect.cleandoc(cls.__doc__ or '')}\n\n{_fields(cls)}")
    for cls in STAGES:
        kind = cls.model_fields["kind"].default
        parts.append(f"### `[[stages]]` of kind `{kind}`\n\n{inspect.cleandoc(cls.__doc__ or '')}\n\n{_fields(cls)}")
    parts.append("## Rewards within rewards\n")
    parts += [f"### {cls.__name__}\n\n{inspect.cleandoc(cls.__doc__ or '')}\n\n{_fields(cls)}" for cls in INNER]
    for kind in PLURALS:
        for item in plugins().announced[kind]:
            config: str = getattr(item.spec, "config", "")
            if item.plugin.name == "core" and config:
                home, _, attribute = config.partition(":")
                cls = getattr(importlib.import_module(home), attribute)
                parts.append(f"## {kind} `{item.spec.id}`\n\n{item.spec.summary}\n\n{_fields(cls)}")
    return "\n".join(parts)


def commands_page() -> str:
    """The help page of every command of core."""
    from agentgym_core.cli import _Parser

    parts = [NOTE, "# Commands\n"]
    for item in plugins().announced["command"]:
        if item.plugin.name == "core":
            module = importlib.import_module(item.spec.target)
            parser = _Parser(prog=f"agentgym {item.spec.name}", description=module.__doc__, formatter_class=_Formatter)
            module.configure(parser)
            parts.append(f"## `agentgym {item.spec.name}`\n\n```text\n{parser.format_help().rstrip()}\n```\n")
    return "\n".join(parts)


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=100)


def _fields(cls: Any) -> str:
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, field in cls.model_fields.items():
        default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)!r}`"
        rows.append(
            f"| `{name}` | `{_type(field.annotation)}` | {default} | {field.description or ''} |".replace("\n", " ")
        )
    return "\n".join(rows) + "\n"


def _type(annotation: Any) -> str:
    if inspect.isclass(annotation):
        return str(annotation.__name__)
    return re.sub(r"\b(?:typing|agentgym_core(?:\.\w+)+)\.(?=\w)", "", str(annotation)).replace("|", "or")


def pages() -> dict[str, str]:
    """The text of every page by its name."""
    return {"hooks": hooks_page(), "config": config_page(), "commands": commands_page()}


def main() -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    drifted = []
    for name, page in pages().items():
        file = OUT / f"{name}.md"
        if check:
            if not file.exists() or file.read_text(encoding="utf-8") != page:
                drifted.append(str(file.relative_to(OUT.parent.parent)))
        else:
            OUT.mkdir(parents=True, exist_ok=True)
            file.write_text(page, encoding="utf-8")
    if drifted:
        print(f"drifted from the code: {', '.join(drifted)}\n  run: make docs", file=sys.stderr)
    return 1 if drifted else 0


if __name__ == "__main__":
    raise SystemExit(main())
