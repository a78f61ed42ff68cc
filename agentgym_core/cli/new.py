"""Write a new plugin whose tests pass at once."""

from __future__ import annotations

import argparse
import re
from importlib.resources import files
from pathlib import Path

from agentgym_core.cli import EXIT_USAGE
from agentgym_core.errors import AgentGymError

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
_LONGEST = 40

FILES = {
    "pyproject.toml.in": "pyproject.toml",
    "README.md.in": "README.md",
    "__init__.py.in": "src/{{package}}/__init__.py",
    "plugin.py.in": "src/{{package}}/plugin.py",
    "environment.py.in": "src/{{package}}/environment.py",
    "conftest.py.in": "tests/conftest.py",
}
"""Each template with the file that it becomes."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("what", choices=["env"], help="what the plugin offers")
    parser.add_argument("name", help="the id of the environment, such as my_game")
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="where to put the folder (default: here)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the folder and say what to do next."""
    name = arguments.name
    problem = _problem(name)
    if problem:
        import sys

        print(f"agentgym: {problem}", file=sys.stderr)
        return EXIT_USAGE
    folder = write_environment(name, arguments.out)
    print(f"wrote {folder}: the game is in {folder / 'src' / f'agentgym_env_{name}' / 'environment.py'}")
    print(f"  next: cd {folder} && pip install -e . && pytest")
    return 0


def write_environment(name: str, out: Path) -> Path:
    """Write the plugin of an environment into a new folder under `out`; its path.

    :raises AgentGymError: the folder exists, or cannot be written.
    """
    folder = out / f"agentgym-env-{name.replace('_', '-')}"
    values = {
        "id": name,
        "package": f"agentgym_env_{name}",
        "distribution": folder.name,
        "class": "".join(part.capitalize() for part in name.split("_")) + "Environment",
    }
    templates = files("agentgym_core.cli") / "templates" / "env"
    try:
        folder.mkdir(parents=True)
        for template, target in FILES.items():
            path = folder / _fill(target, values)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_fill((templates / template).read_text(encoding="utf-8"), values), encoding="utf-8")
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


def _problem(name: str) -> str:
    if not _NAME.match(name) or len(name) > _LONGEST:
        hint = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_").lstrip("0123456789_")[:_LONGEST].strip("_")
        better = f", such as {hint!r}" if _NAME.match(hint) else ""
        return f"{name!r} is no id: lower-case letters, digits and single underscores, a letter first, {_LONGEST} at most{better}"
    from agentgym_core.catalog import entry
    from agentgym_core.registry import specs

    if entry("environment", name) or any(spec.id == name for spec in specs("environment")):
        return f"the id {name!r} is taken: choose another (see: agentgym list environments)"
    return ""


def _fill(text: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", value)
    return text
