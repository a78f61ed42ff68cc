"""All about one component: where it comes from, its configuration, and for an environment its actions, splits and limits."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator
from itertools import islice
from typing import Any

from attrs import asdict

from agentgym_core.cli.components import fields, find
from agentgym_core.cli.playing import add_kinds, add_placement, names, placement_from
from agentgym_core.environments import EnvironmentSource, resolve_environment, scheme_of
from agentgym_core.environments.described import DescribedSource
from agentgym_core.errors import AgentGymError
from agentgym_core.plugins import Announced
from agentgym_core.registry import load, missing
from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "id", help="the id of a component, PLUGIN:ID where two claim it, or the address of an environment"
    )
    add_placement(parser)
    parser.add_argument("--tasks", action="store_true", help="list the ids of an environment's tasks")
    add_kinds(parser)
    parser.add_argument(
        "--limit", type=int, default=20, metavar="N", help="tasks to list a split (default 20, 0 for all)"
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print what there is to know."""
    placement = placement_from(arguments.placement)
    if placement is not None or scheme_of(arguments.id):
        # It may be installed elsewhere only.
        shown = [_facts("environment", resolve_environment(arguments.id, None, placement), arguments)]
    else:
        shown = [_facts(kind, component, arguments) for kind, component in find(arguments.id)]
    if arguments.json:
        say(json.dumps(shown if len(shown) > 1 else shown[0], indent=2, ensure_ascii=False))
    else:
        say("\n\n".join("\n".join(_lines(facts)) for facts in shown))
    return 0


def _facts(kind: str, found: Announced | EnvironmentSource, arguments: argparse.Namespace) -> dict[str, Any]:
    component = found if isinstance(found, Announced) else found.component
    spec, plugin = component.spec, component.plugin
    lacking = missing(spec.requires)
    facts: dict[str, Any] = {
        "kind": kind,
        "id": spec.id,
        "canonical": spec.canonical,
        "summary": spec.summary,
        "plugin": plugin.name,
        "distribution": plugin.distribution,
        "distribution_version": plugin.version,
        "target": spec.target,
        "requires": [{**asdict(item), "met": item not in lacking} for item in spec.requires],
        "configuration": [],
        "problem": "",
    }
    more = ("placement", "per_host", "kinds", "needs", "trainable", "learner")
    facts.update({name: getattr(spec, name) for name in more if hasattr(spec, name)})
    try:
        if isinstance(found, DescribedSource):
            facts["configuration"] = [
                {"name": name, "type": type(value).__name__, "default": value, "description": ""}
                for name, value in found.config_values.items()
            ]
        elif spec.config:
            facts["configuration"] = fields(load(kind, component, "config"))
        if kind == "environment":
            source = resolve_environment(f"{plugin.name}:{spec.id}") if isinstance(found, Announced) else found
            facts.update(_environment(source, arguments))
    except AgentGymError as error:
        facts["problem"] = str(error)
    return facts


def _environment(source: EnvironmentSource, arguments: argparse.Namespace) -> dict[str, Any]:
    told = source.description
    description = {**asdict(told), "splits": dict(told.splits)}
    for action in description["actions"]:
        action["text"] = action["text"] or f"{action['name']} with Action Input: {{json}}"
    if not (arguments.tasks or arguments.kinds):
        return {"description": description}
    kinds = names(arguments.kinds)
    tasks = {
        split: [task for task in source.tasks(split) if task.kind in kinds] if kinds else source.tasks(split)
        for split in told.splits
    }
    limit = arguments.limit if arguments.limit > 0 else None
    return {
        "description": description,
        "tasks": {
            split: [{"id": task.id, "kind": task.kind} for task in islice(iter(found), limit)]
            for split, found in tasks.items()
        },
        "more_tasks": {split: max(0, len(found) - (limit or len(found))) for split, found in tasks.items()},
    }


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    yield f"{facts['kind']} {facts['id']}  ({facts['canonical']})"
    if facts["summary"]:
        yield f"  {facts['summary']}"
    yield _row("from", f"{facts['distribution']} {facts['distribution_version']}, plugin {facts['plugin']}")
    yield _row("class", facts["target"])
    for item in facts["requires"]:
        state = "is here" if item["met"] else "is missing" + (f" ({item['hint']})" if item["hint"] else "")
        yield _row("requires", f"{item['kind']} {item['name']} {state}")
    if "placement" in facts:
        yield _row("lives", f"{facts['placement']} or stronger, up to {facts['per_host']} a host")
    yield from (_row(name, ", ".join(facts[name])) for name in ("kinds", "needs") if facts.get(name))
    yield "  configuration" if facts["configuration"] else _row("configure", "nothing to configure")
    for row in facts["configuration"]:
        default = f" = {json.dumps(row['default'], ensure_ascii=False)}" if "default" in row else "  (required)"
        yield f"    {row['name']}: {row['type']}{default}{_about('  ', row)}"
    if "description" in facts:
        yield from _description(facts["description"])
    for split, tasks in facts.get("tasks", {}).items():
        yield f"  tasks of {split}"
        yield from (f"    {task['id']}" + (f"  ({task['kind']})" if task["kind"] else "") for task in tasks)
        if more := facts["more_tasks"][split]:
            yield f"    and {more} more (--limit 0 lists all)"
    if facts["problem"]:
        yield _row("problem", facts["problem"].replace("\n", "\n" + " " * 14))


def _description(told: dict[str, Any]) -> Iterator[str]:
    splits = [
        f"{name} {count}{' (evaluation)' * (name in told['evaluation'])}" for name, count in told["splits"].items()
    ]
    expert = "none" if told["expert_score"] is None else f"scores {told['expert_score']:g}"
    limits = f"{told['reset_seconds']:g} s to reset, {told['step_seconds']:g} s a step"
    yield _row("splits", ", ".join(splits) or "none")
    yield _row("rounds", f"{told['max_rounds']}; time limits {limits}")
    yield _row("repeats", "yes: same task, seed and actions, same trajectory" if told["deterministic"] else "no")
    yield _row("expert", f"{expert}; random actions stay under {told['random_ceiling']:g}")
    yield "  actions"
    for action in told["actions"]:
        yield f"    {action['text']}{_about('  ', action)}"
        for parameter in action["parameters"]:
            choices = f", one of {', '.join(parameter['choices'])}" if parameter["choices"] else ""
            optional = "" if parameter["required"] else ", optional"
            yield f"      {parameter['name']} ({parameter['type']}{optional}{choices}){_about(': ', parameter)}"
    yield "  instruction"
    for paragraph in told["instruction"].splitlines():
        yield from textwrap.wrap(paragraph, 116, initial_indent="    ", subsequent_indent="    ") or [""]


def _about(sign: str, row: dict[str, Any]) -> str:
    return f"{sign}{row['description']}" if row["description"] else ""


def _row(name: str, text: str) -> str:
    return f"  {name:<10}  {text}"
