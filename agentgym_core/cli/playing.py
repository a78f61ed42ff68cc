"""Arguments of every command that plays episodes, and what they come to."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from typing import Any

from agentgym_core.algorithm import PolicyChoice
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.placement import PlacementChoice
from agentgym_core.policy import Sampling
from agentgym_core.prompts import chosen_style
from agentgym_core.registry import configure, load, lookup, spec
from agentgym_core.rollout import RolloutSettings
from agentgym_core.rollout.jobs import Jobs

REFERENCE = "an id (see: agentgym list environments), or an address such as ws://host:8000/maze"


def add_placement(parser: argparse._ActionsContainer) -> None:
    """The argument that says where environments live."""
    parser.add_argument("--placement", metavar="ID[:KEY=VALUE,...]", help="inline, thread, process or a plugin's")


def add_place(parser: argparse._ActionsContainer) -> None:
    """The arguments that say where environments live, and how long a call may take."""
    add_placement(parser)
    parser.add_argument("--reset-seconds", type=float, metavar="S", help="time limit of a reset")
    parser.add_argument("--step-seconds", type=float, metavar="S", help="time limit of a step")


def add_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The arguments that say how episodes are played. `required`: whether environments must be named."""
    what = parser.add_argument_group("what is played")
    what.add_argument(
        "environments", metavar="ENV[,ENV...]", nargs=None if required else "?", default="", help=REFERENCE
    )
    what.add_argument("--config", action="append", default=[], metavar="[ENV.]KEY=VALUE", help="their configuration")
    what.add_argument("--limit", type=_count, metavar="N", help="the first N tasks of each environment")
    what.add_argument("--tasks", default="", metavar="ID[,ID...]", help="these tasks instead of a split")
    what.add_argument("--samples", type=_count, default=1, metavar="K", help="episodes a task (default: 1)")
    what.add_argument("--seed", type=int, default=0, help="the seed that all others come from (default: 0)")
    who = parser.add_argument_group("who plays")
    who.add_argument("--policy", default="expert", metavar="ID", help="id of the policy (default: expert)")
    who.add_argument("--policy-config", action="append", default=[], metavar="KEY=VALUE", help="its configuration")
    who.add_argument(
        "--format",
        default="react",
        choices=("react", "function_calling", "json", "code_as_action"),
        help="how an action is written (default: react)",
    )
    who.add_argument(
        "--style",
        default="default",
        metavar="NAME",
        help="what the policy is told: default, bare (observations alone), or a file of a style",
    )
    who.add_argument("--temperature", type=float, default=1.0)
    who.add_argument("--top-p", type=float, default=1.0)
    who.add_argument("--max-tokens", type=_count, default=512, help="tokens of one reply (default: 512)")
    how = parser.add_argument_group("how")
    how.add_argument("--concurrency", type=_count, default=16, metavar="N", help="episodes at once (default: 16)")
    add_place(how)
    how.add_argument("--wave", type=_count, metavar="N", help="reproducible mode: fixed groups of N episodes")
    how.add_argument("--rounds", type=_count, metavar="N", help="replies an episode; the environment's word if absent")
    how.add_argument("--policy-seconds", type=float, metavar="S", help="time limit of a reply")
    how.add_argument("--max-total-tokens", type=_count, metavar="N", help="budget of the run")
    how.add_argument("--max-cost", type=float, metavar="X", help="budget of the run, in the policy's currency")
    how.add_argument("--max-seconds", type=float, metavar="S", help="budget of the run")
    how.add_argument(
        "--max-failed", type=_fraction, default=0.0, metavar="F", help="share of faults that stops the run"
    )
    how.add_argument("--retry-faults", action="store_true", help="with --resume: play again what ended in a fault")


def settings_from(arguments: argparse.Namespace) -> RolloutSettings:
    """The settings that the arguments say."""
    return RolloutSettings(
        concurrency=arguments.concurrency,
        samples=arguments.samples,
        max_rounds=arguments.rounds,
        action_format=arguments.format,
        style=chosen_style(arguments.style),
        sampling=Sampling(arguments.temperature, arguments.top_p, arguments.max_tokens),
        seed=arguments.seed,
        wave=arguments.wave,
        placement=placement_from(arguments.placement),
        reset_seconds=arguments.reset_seconds,
        step_seconds=arguments.step_seconds,
        policy_seconds=arguments.policy_seconds,
        max_total_tokens=arguments.max_total_tokens,
        max_cost=arguments.max_cost,
        max_seconds=arguments.max_seconds,
        max_failed_fraction=arguments.max_failed,
        retry_faults=arguments.retry_faults,
    )


def policy_from(arguments: argparse.Namespace) -> PolicyChoice:
    """The policy that the arguments name.

    :raises UnknownComponent, ComponentUnavailable, ConfigError: it cannot be made.
    """
    choice = PolicyChoice(arguments.policy, pairs(arguments.policy_config, "--policy-config"))
    component = lookup("policy", choice.id)
    configure("policy", component, choice.config, "--policy-config")
    load("policy", component)
    return choice


def sources_from(arguments: argparse.Namespace) -> list[EnvironmentSource]:
    """The environments that the arguments name, with their configuration."""
    ids = [id.strip() for id in arguments.environments.split(",") if id.strip()]
    if len(set(ids)) < len(ids) or not ids:
        raise ConfigError(f"{arguments.environments!r}: name each environment once", hint="see: agentgym list")
    configs: dict[str, dict[str, Any]] = {id: {} for id in ids}
    for key, value in pairs(arguments.config, "--config").items():
        owner = next((id for id in ids if key.startswith(f"{id}.")), None)
        if owner is not None:
            configs[owner][key.removeprefix(f"{owner}.")] = value
        elif len(ids) == 1:
            configs[ids[0]][key] = value
        else:
            raise ConfigError(f"--config {key}: whose is it?", hint=f"write {ids[0]}.{key}=...")
    placement = placement_from(arguments.placement)
    return [resolve_environment(id, configs[id], placement, where="--config") for id in ids]


def source_from(arguments: argparse.Namespace) -> EnvironmentSource:
    """The one environment that the arguments name, with its configuration where they have any."""
    config = pairs(getattr(arguments, "config", ()), "--config")
    return resolve_environment(arguments.environment, config, placement_from(arguments.placement), where="--config")


def jobs_from(arguments: argparse.Namespace, sources: Sequence[EnvironmentSource], split: str) -> Jobs:
    """The jobs that the arguments ask for.

    :raises TaskNotFound: there is no such split or task.
    """
    ids = [id.strip() for id in arguments.tasks.split(",") if id.strip()]
    if ids and len(sources) > 1:
        raise ConfigError("--tasks goes with one environment", hint="play the others with a command of their own")
    jobs = Jobs([])
    for source in sources:
        jobs += Jobs.of(source, split, limit=arguments.limit, ids=ids)
    return jobs


def placement_from(text: str | None) -> PlacementChoice | None:
    """`process:hosts=2,per_host=4` as a choice.

    :raises UnknownComponent: there is no such placement.
    """
    if text is None:
        return None
    id, _, rest = text.partition(":")
    spec("placement", id)
    return PlacementChoice(id, pairs([part for part in rest.split(",") if part], "--placement"))


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


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and 1")
    return value
