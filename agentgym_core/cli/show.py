"""All about one component: where it comes from, its configuration, and for an environment its actions, splits and limits."""

from __future__ import annotations

import argparse
import json
import textwrap
from itertools import islice
from typing import Any

from agentgym_core.cli.components import fields, find
from agentgym_core.cli.playing import add_placement, placement_from
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
        return 0
    say("\n\n".join("\n".join(_lines(facts)) for facts in shown))
    return 0


def _facts(kind: str, found: Announced | EnvironmentSource, arguments: argparse.Namespace) -> dict[str, Any]:
    component = found if isinstance(found, Announced) else found.component
    spec, plugin = component.spec, component.plugin
    lacking = set(missing(spec.requires))
    facts: dict[str, Any] = {
        "kind": kind,
        "id": spec.id,
        "canonical": spec.canonical,
        "summary": spec.summary,
        "plugin": plugin.name,
        "distribution": plugin.distribution,
        "distribution_version": plugin.version,
        "target": spec.target,
        "requires": [
            {"kind": item.kind, "name": item.name, "met": item not in lacking, "hint": item.hint}
            for item in spec.requires
        ],
        "configuration": [],
        "problem": "",
    }
    for name in ("placement", "per_host", "kinds", "needs", "trainable", "learner"):
        if hasattr(spec, name):
            facts[name] = getattr(spec, name)
    try:
        if spec.config and not isinstance(found, DescribedSource):
            facts["configuration"] = fields(load(kind, component, "config"))
        if kind == "environment":
            source = resolve_environment(f"{plugin.name}:{spec.id}") if isinstance(found, Announced) else found
            facts.update(_environment(source, arguments))
    except AgentGymError as error:
        facts["problem"] = str(error)
    return facts


def _environment(source: EnvironmentSource, arguments: argparse.Namespace) -> dict[str, Any]:
    from attrs import asdict

    told = source.description
    description = asdict(told)
    description["splits"] = dict(told.splits)
    for action in description["actions"]:
        action["text"] = action["text"] or f"{action['name']} with Action Input: {{json}}"
    facts: dict[str, Any] = {"description": description}
    if isinstance(source, DescribedSource):
        facts["configuration"] = [
            {"name": name, "type": type(value).__name__, "default": value, "description": ""}
            for name, value in source.config_values.items()
        ]
    if arguments.tasks:
        limit = arguments.limit if arguments.limit > 0 else None
        facts["tasks"] = {
            split: [{"id": task.id, "kind": task.kind} for task in islice(iter(source.tasks(split)), limit)]
            for split in told.splits
        }
    return facts


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = [f"{facts['kind']} {facts['id']}  ({facts['canonical']})"]
    if facts["summary"]:
        lines.append(f"  {facts['summary']}")
    lines.append(_row("from", f"{facts['distribution']} {facts['distribution_version']}, plugin {facts['plugin']}"))
    lines.append(_row("class", facts["target"]))
    lines.extend(_row("requires", f"{item['kind']} {item['name']} {_state(item)}") for item in facts["requires"])
    if "placement" in facts:
        lines.append(_row("lives", f"{facts['placement']} or stronger, up to {facts['per_host']} a host"))
    lines.extend(_row(name, ", ".join(facts[name])) for name in ("kinds", "needs") if facts.get(name))
    lines.extend(_configuration(facts["configuration"]))
    if "description" in facts:
        lines.extend(_description(facts["description"]))
    for split, tasks in facts.get("tasks", {}).items():
        lines.extend(_tasks(split, tasks, facts["description"]["splits"][split] - len(tasks)))
    if facts["problem"]:
        lines.append(_row("problem", facts["problem"].replace("\n", "\n" + " " * 14)))
    return lines


def _state(item: dict[str, Any]) -> str:
    if item["met"]:
        return "is here"
    return f"is missing ({item['hint']})" if item["hint"] else "is missing"


def _tasks(split: str, tasks: list[dict[str, str]], more: int) -> list[str]:
    lines = [f"  tasks of {split}"]
    lines.extend(f"    {task['id']}" + (f"  ({task['kind']})" if task["kind"] else "") for task in tasks)
    return [*lines, f"    and {more} more (--limit 0 lists all)"] if more > 0 else lines


def _configuration(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return [_row("configure", "nothing to configure")]
    lines = ["  configuration"]
    for row in rows:
        default = f" = {json.dumps(row['default'], ensure_ascii=False)}" if "default" in row else "  (required)"
        about = f"  {row['description']}" if row["description"] else ""
        lines.append(f"    {row['name']}: {row['type']}{default}{about}")
    return lines


def _description(told: dict[str, Any]) -> list[str]:
    splits = [
        f"{name} {count}{' (evaluation)' if name in told['evaluation'] else ''}"
        for name, count in told["splits"].items()
    ]
    expert = "none" if told["expert_score"] is None else f"scores {told['expert_score']:g}"
    lines = [
        _row("splits", ", ".join(splits) or "none"),
        _row(
            "rounds",
            f"{told['max_rounds']}; time limits {told['reset_seconds']:g} s to reset, {told['step_seconds']:g} s a step",
        ),
        _row("repeats", "yes: same task, seed and actions, same trajectory" if told["deterministic"] else "no"),
        _row("expert", f"{expert}; random actions stay under {told['random_ceiling']:g}"),
        "  actions",
    ]
    for action in told["actions"]:
        lines.append(f"    {action['text']}" + (f"  {action['description']}" if action["description"] else ""))
        for parameter in action["parameters"]:
            choices = f", one of {', '.join(parameter['choices'])}" if parameter["choices"] else ""
            optional = "" if parameter["required"] else ", optional"
            about = f": {parameter['description']}" if parameter["description"] else ""
            lines.append(f"      {parameter['name']} ({parameter['type']}{optional}{choices}){about}")
    lines.append("  instruction")
    for paragraph in told["instruction"].splitlines():
        lines.extend(textwrap.wrap(paragraph, 116, initial_indent="    ", subsequent_indent="    ") or [""])
    return lines


def _row(name: str, text: str) -> str:
    return f"  {name:<10}  {text}"
