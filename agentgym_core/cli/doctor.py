"""What this machine lacks, and how to get it: Python, plugins, and what each component requires. Starts no engine."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterator

from attrs import asdict, frozen

from agentgym_core._entry_points import distribution_versions
from agentgym_core.cli.components import KINDS, find
from agentgym_core.cli.playing import add_placement, placement_from
from agentgym_core.environments import resolve_environment, scheme_of
from agentgym_core.errors import AgentGymError, ComponentUnavailable, UnknownComponent
from agentgym_core.plugins import Announced, Plugin, plugins
from agentgym_core.registry import load, missing
from agentgym_core.settings import ComponentChoice
from agentgym_core.terminal import say

OLDEST_PYTHON = (3, 11)
LIBRARIES = ("attrs", "importlib-metadata", "msgspec", "numpy", "pluggy", "pydantic", "rich")


@frozen
class _Finding:
    """One thing that was looked at. `whose` is `python`, `core`, or a plugin or component; `fix` is what to run.

    What only one component lacks is `optional` for a machine as a whole.
    """

    whose: str
    what: str
    fine: bool
    fix: str = ""
    optional: bool = False


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "id", nargs="?", help="look closely at one component: import it and ask it; or at the address of an environment"
    )
    add_placement(parser)
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print a line a finding; the exit status is 1 where something is wrong that is not one component's own need."""
    findings = list(_machine())
    placement = placement_from(arguments.placement)
    if arguments.id is not None and (placement is not None or scheme_of(arguments.id)):
        findings.append(_elsewhere(arguments.id, placement))
    elif arguments.id is None:
        findings.extend(_plugin(row) for row in plugins().rows)
        for kind in KINDS:
            for component in plugins().announced[kind]:
                findings.extend(_requirements(f"{kind} {component.spec.id}", component, optional=True))
    else:
        findings.extend(_one(arguments.id))
    if arguments.json:
        say(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print(findings)
    return 0 if all(finding.fine or finding.optional for finding in findings) else 1


def _print(findings: list[_Finding]) -> None:
    width = max(len(finding.whose) for finding in findings)
    for finding in findings:
        state = "ok" if finding.fine else "lacks" if finding.optional else "PROBLEM"
        say(f"{state:<7}  {finding.whose:<{width}}  {finding.what}")
        if finding.fix and not finding.fine:
            say(f"{'':<7}  {'':<{width}}  {finding.fix}")
    wrong = sum(not (finding.fine or finding.optional) for finding in findings)
    lacking = sum(finding.optional and not finding.fine for finding in findings)
    say(f"{len(findings)} things looked at: {wrong} wrong, {lacking} lacking for components that need them")


def _machine() -> Iterator[_Finding]:
    from agentgym_core import __version__

    yield _Finding(
        "python",
        f"Python {platform.python_version()} at {sys.executable} on {platform.system()} {platform.machine()}",
        sys.version_info >= OLDEST_PYTHON,
        "install Python 3.11 or newer",
    )
    versions = distribution_versions(LIBRARIES)
    lacking = [name for name in LIBRARIES if name not in versions]
    yield _Finding(
        "core",
        f"agentgym-core {__version__} with " + ", ".join(f"{name} {version}" for name, version in versions.items()),
        not lacking,
        f"run: pip install {' '.join(lacking)}",
    )


def _plugin(row: Plugin) -> _Finding:
    where = f"{row.distribution} {row.version}".strip()
    what = f"{where}: {row.state}" + (f" at {row.stage}: {row.error}" if row.error else "")
    return _Finding(f"plugin {row.name}", what, row.state in ("ok", "disabled"), row.hint)


def _requirements(whose: str, component: Announced, *, optional: bool = False) -> Iterator[_Finding]:
    lacking = missing(component.spec.requires)
    for item in component.spec.requires:
        met = item not in lacking
        module = item.kind == "module"
        fix = item.hint or (f"run: pip install {item.name}" if module else f"install {item.name!r} and put it on PATH")
        yield _Finding(whose, f"{item.kind} {item.name} is {'here' if met else 'missing'}", met, fix, optional)


def _one(id: str) -> Iterator[_Finding]:
    try:
        found = find(id)
    except (ComponentUnavailable, UnknownComponent):
        failed = [row for row in plugins().failures if id == row.name or row.name.endswith(f"_{id}")]
        if not failed:
            raise
        for row in failed:
            yield _plugin(row)
        return
    for kind, component in found:
        whose = f"{kind} {component.spec.id}"
        yield _plugin(component.plugin)
        yield from _requirements(whose, component)
        yield from _imports(kind, whose, component)


def _elsewhere(reference: str, placement: ComponentChoice | None) -> _Finding:
    whose = f"environment {reference}"
    try:
        source = resolve_environment(reference, None, placement)
        tasks = ", ".join(f"{split} {count}" for split, count in source.splits.items())
    except AgentGymError as error:
        return _Finding(whose, error.message, False, error.hint)
    return _Finding(whose, f"{source.spec.canonical} answers; its tasks: {tasks}", True)


def _imports(kind: str, whose: str, component: Announced) -> Iterator[_Finding]:
    for attribute in ("config", "target"):
        name = getattr(component.spec, attribute)
        if not name:
            continue
        doing = "cannot be imported"
        try:
            loaded = load(kind, component, attribute)
            yield _Finding(whose, f"{name} can be imported", True)
            # Only environments have something to ask, and anyone may write one without deriving it from ours.
            doing = "failed in doctor()"
            asked = getattr(loaded, "doctor", None) if attribute == "target" else None
            for what, fine, fix in asked() if callable(asked) else ():
                yield _Finding(whose, str(what), bool(fine), str(fix))
        except AgentGymError as error:
            hint = "" if error.hint.startswith("run: agentgym doctor") else error.hint
            yield _Finding(whose, f"{name} {doing}: {error.message}", False, hint)
        except Exception as error:
            yield _Finding(whose, f"{name} {doing}: {type(error).__name__}: {error}", False, "report it to its authors")
