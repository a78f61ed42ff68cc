"""Makes the reference pages under docs/reference from the code; `--check` fails where a page has drifted."""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

from agentgym_core import hookspecs
from agentgym_core.pipeline.schema import PipelineSettings
from agentgym_core.pipeline.stage import POINT
from agentgym_core.plugins import Candidate, Plugins, installed, plugins
from agentgym_core.registry import PLURALS
from agentgym_core.rewards._weighted import WeightedPart
from agentgym_core.rollout import RolloutSettings
from agentgym_core.settings import ComponentChoice, Sampling, TaskSet, fields_of

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "reference"
TABLES: dict[str, type[Any]] = {
    "At the top": PipelineSettings,
    "`[policies.NAME]`, `[rewards.NAME]`, `[reward]`, `[rollout.placement]`": ComponentChoice,
    "`[tasks.NAME]`, or several `[[tasks.NAME]]`": TaskSet,
    "`[rollout]`": RolloutSettings,
    "`[rollout.sampling]`, and `sampling` of a stage": Sampling,
}
INNER: tuple[type[Any], ...] = (ComponentChoice, WeightedPart)
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


def workspace() -> Plugins:
    """Core and every plugin of this repository, whether it is installed or not: announcing takes strings only."""
    candidates = [candidate for candidate in installed() if candidate.name == "core"]
    for manifest in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        sys.path.append(str(manifest.parent / "src"))
        offered = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"].get("entry-points", {})
        candidates += [
            Candidate(name, partial(importlib.import_module, module))
            for name, module in offered.get("agentgym", {}).items()
        ]
    return Plugins(candidates, allow=None, block=frozenset(), strict=True)


def config_page() -> str:
    """The pipeline file, and the configuration of every component of core and of the plugins of this repository."""
    parts = [NOTE, "# Configuration\n", "## The pipeline file\n"]
    for heading, cls in TABLES.items():
        parts.append(f"### {heading}\n\n{inspect.cleandoc(cls.__doc__ or '')}\n\n{_fields(cls)}")
    announced = workspace().announced
    for item in announced["extension"]:
        if item.spec.id.startswith(POINT):
            cls = _load(item.spec.target)
            kind = item.spec.id.removeprefix(POINT)
            parts.append(
                f"### `[[stages]]` of kind `{kind}`\n\n{inspect.cleandoc(cls.__doc__ or '')}\n\n{_fields(cls)}"
            )
    parts.append("## Rewards within rewards\n")
    parts += [f"### {cls.__name__}\n\n{inspect.cleandoc(cls.__doc__ or '')}\n\n{_fields(cls)}" for cls in INNER]
    for kind in PLURALS:
        for item in announced[kind]:
            config: str = getattr(item.spec, "config", "")
            if config:
                parts.append(f"## {kind} `{item.spec.id}`\n\n{item.spec.summary}\n\n{_fields(_load(config))}")
    return "\n".join(parts)


def _load(target: str) -> Any:
    home, _, attribute = target.partition(":")
    return getattr(importlib.import_module(home), attribute)


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
    for name, field in fields_of(cls).items():
        default = "required" if field.is_required() else f"`{_default(field)}`"
        rows.append(
            f"| `{name}` | `{_type(field.annotation)}` | {default} | {field.description or ''} |".replace("\n", " ")
        )
    return "\n".join(rows) + "\n"


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    # What has a table of its own, and stands as it is there, is not written out again.
    fields = fields_of(type(value))
    plain = fields and not any(field.is_required() for field in fields.values()) and value == type(value)()
    return f"{type(value).__name__}()" if plain else repr(value)


def _type(annotation: Any) -> str:
    if inspect.isclass(annotation):
        return str(annotation.__name__)
    text = str(annotation).replace("typing.Annotated[agentgym_core.pipeline.stage.Stage, SerializeAsAny()]", "Stage")
    # Python 3.13 names paths by the module that defines them.
    text = text.replace("pathlib._local.Path", "pathlib.Path")
    # What older versions of pydantic leave unresolved.
    text = re.sub(r"ForwardRef\('([^']*)'\)", r"\1", text)
    return re.sub(r"\b(?:typing|collections\.abc|agentgym\w+(?:\.\w+)+)\.(?=\w)", "", text).replace("|", "or")


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
