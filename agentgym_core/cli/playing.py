"""Arguments of every command that plays episodes, and what they come to."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from agentgym_core.cli.options import add_options, options_of
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.evaluation.suites import Part
from agentgym_core.registry import configure, load, lookup
from agentgym_core.rollout import RolloutSettings
from agentgym_core.rollout.jobs import select_tasks
from agentgym_core.rollout.observers import POINT
from agentgym_core.settings import ComponentChoice, Sampling, fields_of

REFERENCE = "an id (see: agentgym list environments), or an address such as ws://host:8000/maze"


def add_kinds(parser: argparse._ActionsContainer) -> None:
    """The argument that says which kinds of tasks are meant."""
    parser.add_argument("--kinds", default="", metavar="KIND[,KIND...]", help="only tasks of these kinds")


def add_placement(parser: argparse._ActionsContainer) -> None:
    """The argument that says where environments live."""
    parser.add_argument("--placement", metavar="ID[:KEY=VALUE,...]", help="inline, thread, process or a plugin's")


def add_place(parser: argparse._ActionsContainer) -> None:
    """The arguments that say where environments live, and how long a call may take."""
    add_placement(parser)
    add_options(parser, RolloutSettings, ("reset_seconds", "step_seconds"))


def add_prompting(parser: argparse._ActionsContainer) -> None:
    """The arguments that say how a policy is prompted, and how it answers."""
    add_options(parser, RolloutSettings, ("action_format", "style", "show_actions"))
    add_options(parser, Sampling, fields_of(Sampling))


def add_rollout(parser: argparse._ActionsContainer) -> None:
    """The arguments that say how episodes are played: all settings of rollouts that no other argument says."""
    add_place(parser)
    elsewhere = {"samples", "seed", "action_format", "style", "show_actions", "sampling", "placement"}
    elsewhere |= {"reset_seconds", "step_seconds"}
    add_options(parser, RolloutSettings, (name for name in fields_of(RolloutSettings) if name not in elsewhere))


def add_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The arguments that say how episodes are played. `required`: whether environments must be named."""
    what = parser.add_argument_group("what is played")
    what.add_argument("environments", metavar="ENV", nargs="+" if required else "*", help=REFERENCE)
    what.add_argument("--config", action="append", default=[], metavar="[ENV.]KEY=VALUE", help="their configuration")
    what.add_argument("--limit", type=_count, metavar="N", help="the first N tasks of each environment")
    what.add_argument("--tasks", default="", metavar="ID[,ID...]", help="these tasks instead of a split")
    add_kinds(what)
    add_options(what, RolloutSettings, ("samples", "seed"))
    who = parser.add_argument_group("who plays")
    who.add_argument("--policy", default="expert", metavar="ID", help="id of the policy (default: expert)")
    who.add_argument("--policy-config", action="append", default=[], metavar="KEY=VALUE", help="its configuration")
    add_prompting(who)
    add_rollout(parser.add_argument_group("how"))


def settings_from(arguments: argparse.Namespace, *, without: Sequence[str] = ()) -> RolloutSettings:
    """The settings that the arguments say.

    :param without: arguments that say something else here.
    :raises ConfigError: a number is out of its range, or the style is none.
    """
    given = options_of(arguments, RolloutSettings, without=(*without, "placement", "observers"))
    settings = RolloutSettings(
        **given,
        sampling=Sampling(**options_of(arguments, Sampling)),
        placement=placement_from(arguments.placement),
        observers=tuple(_short("extension", text, POINT) for text in arguments.observers or ()),
    )
    # A file of a style is read now, so that a mistake in it is told before anything runs.
    settings.style_for("")
    return settings


def choice_from(kind: str, id: str, texts: Sequence[str], option: str) -> ComponentChoice:
    """The component that arguments name, with the configuration that `texts`, the values of `option`, say.

    :raises UnknownComponent, ComponentUnavailable, ConfigError: it cannot be made.
    """
    choice = ComponentChoice(id, pairs(texts, option))
    component = lookup(kind, id)
    configure(kind, component, choice.config, option)
    load(kind, component)
    return choice


def policy_from(arguments: argparse.Namespace) -> ComponentChoice:
    """The policy that the arguments name; errors as for `choice_from`."""
    return choice_from("policy", arguments.policy, arguments.policy_config, "--policy-config")


def sources_from(arguments: argparse.Namespace) -> list[EnvironmentSource]:
    """The environments that the arguments name, with their configuration."""
    ids = names(arguments.environments)
    if len(set(ids)) < len(ids) or not ids:
        raise ConfigError(
            f"{', '.join(ids) or 'no environment'}: name each environment once", hint="see: agentgym list"
        )
    configs: dict[str, dict[str, Any]] = {id: {} for id in ids}
    for key, value in pairs(arguments.config, "--config").items():
        owner = next((id for id in ids if key.startswith(f"{id}.")), None)
        if owner is not None:
            configs[owner][key.removeprefix(f"{owner}.")] = value
        elif len(ids) == 1:
            configs[ids[0]][key] = value
        else:
            raise ConfigError(f"--config {key}: for which environment?", hint=f"write {ids[0]}.{key}=...")
    placement = placement_from(arguments.placement)
    return [resolve_environment(id, configs[id], placement, where="--config") for id in ids]


def source_from(arguments: argparse.Namespace) -> EnvironmentSource:
    """The one environment that the arguments name, with its configuration where they have any."""
    config = pairs(getattr(arguments, "config", ()), "--config")
    return resolve_environment(arguments.environment, config, placement_from(arguments.placement), where="--config")


def parts_from(
    arguments: argparse.Namespace, sources: Sequence[EnvironmentSource], settings: RolloutSettings
) -> list[Part]:
    """The tasks that the arguments ask for, of each environment.

    :raises TaskNotFound: there is no such split, task or kind of task.
    """
    ids = names(arguments.tasks)
    if ids and len(sources) > 1:
        raise ConfigError("--tasks goes with one environment", hint="play the others with a command of their own")
    return [
        Part(
            source,
            "",
            select_tasks(source, arguments.split, limit=arguments.limit, ids=ids, kinds=names(arguments.kinds)),
            settings.max_rounds or source.description.max_rounds,
        )
        for source in sources
    ]


def names(texts: str | Sequence[str]) -> list[str]:
    """`a,b` as a list, and several such texts."""
    text = texts if isinstance(texts, str) else ",".join(texts)
    return [name.strip() for name in text.split(",") if name.strip()]


def placement_from(text: str | None) -> ComponentChoice | None:
    """`process:hosts=2,per_host=4` as a choice.

    :raises UnknownComponent: there is no such placement.
    """
    return None if text is None else _short("placement", text, "")


def _short(kind: str, text: str, point: str) -> ComponentChoice:
    id, _, rest = text.partition(":")
    option = f"--{point or kind}".rstrip(".")
    choice = ComponentChoice(id, pairs([part for part in rest.split(",") if part], option))
    configure(kind, lookup(kind, point + id), choice.config, option)
    return choice


def pairs(texts: Sequence[str], option: str) -> dict[str, Any]:
    """`key=value` texts as a mapping; a value that is JSON is read as JSON.

    :raises ConfigError: one has no `=`.
    """
    values: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise ConfigError(f"{option} {text}: not KEY=VALUE", hint=f"write it like: {option} size=7")
        try:
            values[key] = json.loads(value)
        except ValueError:
            values[key] = value
    return values


def _count(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)
