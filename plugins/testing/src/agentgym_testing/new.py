"""Write a new plugin whose tests pass at once."""

from __future__ import annotations

import argparse
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from agentgym_core.cli import EXIT_USAGE
from agentgym_core.errors import AgentGymError
from agentgym_core.terminal import say

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
_LONGEST = 40

KINDS = {
    "env": "environment",
    "policy": "policy",
    "reward": "reward",
    "algorithm": "algorithm",
    "placement": "placement",
    "observer": "observer",
}
"""What can be written, with the word for it. Each has a folder of templates."""

_PREFIX = {"algorithm": "algo"}
"""How the folder of a plugin starts, where it is not the kind itself."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("what", choices=list(KINDS), help="what the plugin offers")
    parser.add_argument("name", help="the id of it, such as my_game")
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="where to put the folder (default: here)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the folder and say what to do next."""
    kind, name = arguments.what, arguments.name
    problem = _problem(KINDS[kind], name)
    if problem:
        import sys

        say(f"agentgym: {problem}", file=sys.stderr)
        return EXIT_USAGE
    folder = write_plugin(kind, name, arguments.out)
    module = "plugin" if kind == "observer" else KINDS[kind]
    package = f"agentgym_{_PREFIX.get(kind, kind)}_{name}"
    say(f"wrote {folder}: the {KINDS[kind]} is in {folder / 'src' / package / f'{module}.py'}")
    say(f"  next: cd {folder} && pip install --no-deps -e . && pytest")
    return 0


def write_plugin(kind: str, name: str, out: Path) -> Path:
    """Write a plugin that offers one thing of a kind into a new folder under `out`; its path.

    :param kind: one of `KINDS`.
    :raises AgentGymError: the folder exists, or cannot be written.
    """
    place = f"{_PREFIX.get(kind, kind)}_{name}"
    folder = out / f"agentgym-{place.replace('_', '-')}"
    values = {
        "id": name,
        "what": KINDS[kind],
        "folder": place,
        "package": f"agentgym_{place}",
        "distribution": folder.name,
        "class": "".join(part.capitalize() for part in name.split("_")) + KINDS[kind].capitalize(),
    }
    templates = files("agentgym_testing") / "templates"
    try:
        folder.mkdir(parents=True)
        for template in [*(templates / "common").iterdir(), *(templates / kind).iterdir()]:
            path = folder / _home(template, values["package"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_fill(template.read_text(encoding="utf-8"), values), encoding="utf-8")
        (folder / "src" / values["package"] / "py.typed").touch()
    except FileExistsError as error:
        raise AgentGymError(
            f"{folder} is there already", hint="choose another name, or another place with --out"
        ) from error
    except OSError as error:
        raise AgentGymError(
            f"{folder} cannot be written: {error.strerror}", hint="choose another place with --out"
        ) from error
    return folder


def _home(template: Traversable, package: str) -> str:
    """Where a template's file belongs in the new folder: tests, the package, or the top."""
    name = template.name.removesuffix(".in")
    if name.startswith(("test_", "conftest")):
        return f"tests/{name}"
    return f"src/{package}/{name}" if name.endswith(".py") else name


def _problem(kind: str, name: str) -> str:
    if not _NAME.match(name) or len(name) > _LONGEST:
        hint = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_").lstrip("0123456789_")[:_LONGEST].strip("_")
        better = f", such as {hint!r}" if _NAME.match(hint) else ""
        return f"{name!r} is no id: lower-case letters, digits and single underscores, a letter first, {_LONGEST} at most{better}"
    from agentgym_core.catalog import entry
    from agentgym_core.registry import PLURALS, specs

    if kind in PLURALS and (entry(kind, name) or any(spec.id == name for spec in specs(kind))):
        return f"the id {name!r} is taken: choose another (see: agentgym list {PLURALS[kind]})"
    return ""


def _fill(text: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", value)
    return text
