"""From a TOML file to checked settings. Checking starts no engine."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agentgym_core.config_errors import config_error
from agentgym_core.environments import LocalSource, resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError
from agentgym_core.pipeline.overrides import override
from agentgym_core.pipeline.schema import PipelineSettings
from agentgym_core.plugins import plugins
from agentgym_core.registry import configure, lookup, missing
from agentgym_core.rollout.observers import POINT

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*(?:(>=|==)\s*([0-9][0-9a-zA-Z.]*))?\s*\Z")


def read(path: Path, changes: Sequence[str] = ()) -> PipelineSettings:
    """The settings of a file, with every component's configuration checked.

    :param changes: as `override` takes them, made before anything is checked.
    :raises ConfigError: the file cannot be read, or something in it does not fit; each mistake has the path that was typed.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"there is no file {str(path)!r}", hint="name a pipeline file, such as run.toml") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}", hint="it must be a TOML file in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", hint="see https://toml.io for the format") from error
    return settings(override(values, changes), whose=str(path))


def settings(values: Mapping[str, Any], whose: str = "the pipeline") -> PipelineSettings:
    """Checked settings from a mapping; errors as for `read`."""
    try:
        checked = PipelineSettings.model_validate(values)
    except ValidationError as error:
        raise config_error(error, "", whose, PipelineSettings) from error
    check_components(checked, whose)
    check_environments(checked, whose)
    return checked


def check_components(checked: PipelineSettings, whose: str) -> None:
    """Every id is known and every configuration fits; environments are `check_environments`' part.

    :raises AgentGymError: as `lookup` and `configure` say, with the path in front.
    """
    _check_required(checked.required_plugins, whose)
    parts: list[tuple[str, str, str, Mapping[str, Any]]] = [
        ("reward", "reward", checked.reward.id, checked.reward.config),
        *(("policy", f"policies.{name}", item.id, item.config) for name, item in checked.policies.items()),
        *(("reward", f"rewards.{name}", item.id, item.config) for name, item in checked.rewards.items()),
        *(
            (kind, f"stages.{number} ({stage.name!r})", chosen.id, chosen.config)
            for number, stage in enumerate(checked.stages)
            for kind, chosen in stage.components()
        ),
    ]
    if checked.rollout.placement is not None:
        parts.append(("placement", "rollout.placement", checked.rollout.placement.id, checked.rollout.placement.config))
    for number, item in enumerate(checked.rollout.observers):
        parts.append(("extension", f"rollout.observers.{number}", POINT + item.id, item.config))
    # A file of a style is read now, so that a mistake in it is told before anything runs.
    checked.rollout.style_for("")
    for kind, where, id, config in parts:
        try:
            component = lookup(kind, id)
        except AgentGymError as error:
            raise type(error)(f"{whose}: {where}: {error.message}", hint=error.hint) from error
        configure(kind, component, config, f"{where}.config")


def check_environments(checked: PipelineSettings, whose: str) -> None:
    """Every environment can be had with its configuration, and has the split that is named.

    :raises AgentGymError: as `resolve_environment` says, with the path in front. :raises ConfigError: there is no such split.
    """
    for name, items in checked.tasks.items():
        for number, item in enumerate(items):
            at = f"tasks.{name}[{number}]"
            try:
                source = resolve_environment(
                    item.environment, item.config, checked.rollout.placement, where=f"{at}.config"
                )
            except AgentGymError as error:
                message = error.message if error.message.startswith(at) else f"{whose}: {at}: {error.message}"
                raise type(error)(message, hint=error.hint) from error
            if isinstance(source, LocalSource) and missing(source.spec.requires):
                # The file may be meant for another machine.
                continue
            if item.split not in source.splits:
                raise ConfigError(
                    f"{whose}: {at}.split: {item.environment!r} has no split {item.split!r}",
                    hint=f"its splits are: {', '.join(source.splits)}",
                )


def _check_required(required: tuple[str, ...], whose: str) -> None:
    rows = {row.name: row for row in plugins().rows}
    for text in required:
        match = _REQUIREMENT.match(text)
        if match is None:
            raise ConfigError(
                f"{whose}: required_plugins: {text!r} cannot be read", hint="write a name, or name>=1.2, or name==1.2"
            )
        name, operator, wanted = match.groups()
        row = rows.get(name)
        if row is None or row.state != "ok":
            state = "not installed" if row is None else f"{row.state}: {row.error}"
            raise ConfigError(f"{whose}: required_plugins: plugin {name!r} is {state}", hint="see: agentgym plugins")
        if operator and not _fits(row.version, operator, wanted):
            raise ConfigError(
                f"{whose}: required_plugins: {name} {operator} {wanted} is wanted, {row.version} is installed",
                hint=f"upgrade {row.distribution}, or ask for another version in required_plugins",
            )


def _fits(version: str, operator: str, wanted: str) -> bool:
    def key(text: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", text)]

    return key(version) == key(wanted) if operator == "==" else key(version) >= key(wanted)
