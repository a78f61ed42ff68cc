"""From an id to a spec to an object. Errors say what is known, what was probably meant, and what to install."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from agentgym_core.errors import (
    AmbiguousComponent,
    ComponentUnavailable,
    ConfigError,
    UnknownComponent,
)
from agentgym_core.plugins import ANNOUNCEMENTS, Announced, plugins
from agentgym_core.specs import Requirement

PLURALS = {kind: hook.removeprefix("agentgym_") for kind, (hook, _) in ANNOUNCEMENTS.items()}


def specs(kind: str) -> list[Any]:
    """Every announced spec of a kind, sorted by id."""
    return [item.spec for item in plugins().announced[kind]]


def lookup(kind: str, id: str) -> Announced:
    """The spec of an id, with its plugin. `id`, `id-v1` and `plugin:id` are understood.

    A plugin is called by its name, or by its distribution as in `agentgym-env-maze:maze`, which no other one can have.

    :raises UnknownComponent: no plugin announces it. :raises AmbiguousComponent: two distributions do.
    :raises ComponentUnavailable: the plugin that would announce it has failed.
    """
    owner, _, name = id.rpartition(":")
    matches = [
        item
        for item in plugins().announced[kind]
        if name in (item.spec.id, getattr(item.spec, "canonical", None)) and (not owner or item.plugin.is_called(owner))
    ]
    if not matches:
        raise _unknown(kind, name)
    if len(matches) > 1:
        owners = [item.plugin.distribution or item.plugin.name for item in matches]
        if len(set(owners)) < len(owners):
            owners = [item.plugin.reference for item in matches]
        claims = " and ".join(f"{item.plugin.distribution} {item.plugin.version}" for item in matches)
        raise AmbiguousComponent(
            f"{kind} {name!r} is claimed by {claims}",
            hint=f"say which: {' or '.join(f'{owner}:{item.spec.id}' for owner, item in zip(owners, matches, strict=True))}",
        )
    return matches[0]


def spec(kind: str, id: str) -> Any:
    """The spec of an id; errors as for `lookup`."""
    return lookup(kind, id).spec


def _unknown(kind: str, name: str) -> Exception:
    for row in plugins().failures:
        if name == row.name or row.name.endswith(f"_{name}"):
            return ComponentUnavailable(
                f"{kind} {name!r}: its plugin {row.name} ({row.distribution} {row.version}) {row.state} at {row.stage}: {row.error}",
                hint=row.hint,
            )
    from agentgym_core.catalog import CATALOG, entry

    first_party = entry(kind, name)
    if first_party is not None:
        from agentgym_core.install_advice import install_hint

        return UnknownComponent(
            f"{kind} {name!r} is not installed ({first_party.distribution})", hint=install_hint(first_party)
        )
    import difflib

    installed_ids = [item.id for item in specs(kind)]
    known = sorted({*installed_ids, *(item.id for item in CATALOG if item.kind == kind)})
    # 0.6 is difflib's own default: one or two wrong letters in a short id.
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
    if near:
        hint = f"did you mean {' or '.join(map(repr, near))}?"
    else:
        hint = f"installed {PLURALS[kind]}: {', '.join(installed_ids) or 'none'} (see: agentgym list)"
    return UnknownComponent(f"no {kind} is called {name!r}", hint=hint)


def missing(requirements: Sequence[Requirement]) -> list[Requirement]:
    """Those of the requirements that this machine does not meet; imports none of them."""
    lacking = []
    for requirement in requirements:
        if requirement.kind == "executable":
            import shutil

            met = shutil.which(requirement.name) is not None
        else:
            from importlib.util import find_spec

            try:
                met = find_spec(requirement.name) is not None
            except (ImportError, ValueError):
                met = False
        if not met:
            lacking.append(requirement)
    return lacking


def load(kind: str, component: Announced, attribute: str = "target") -> Any:
    """Import what a spec names.

    :raises ComponentUnavailable: it cannot be imported; the message says what is missing and how to get it.
    """
    item, plugin = component.spec, component.plugin
    module_name, _, name = getattr(item, attribute).partition(":")
    whose = f"{kind} {item.id!r} ({plugin.distribution or plugin.name} {plugin.version})".replace(" )", ")")
    lacking = missing(item.requires) if attribute == "target" else []
    if lacking:
        needs = ", ".join(f"{requirement.name} ({requirement.kind})" for requirement in lacking)
        hints = "; ".join(requirement.hint for requirement in lacking if requirement.hint)
        raise ComponentUnavailable(f"{whose} needs {needs}", hint=hints or f"run: agentgym doctor {item.id}")
    try:
        return getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        raise ComponentUnavailable(
            f"{whose} cannot be imported: {type(error).__name__}: {error}", hint=f"run: agentgym doctor {item.id}"
        ) from error


def configure(kind: str, component: Announced, values: Mapping[str, Any] | Any | None, where: str = "") -> Any:
    """The validated configuration of a component.

    :param values: a mapping as the user wrote it, an instance of the configuration class, or None for the defaults.
    :param where: the path that the user typed, put in front of every error, such as `policy`.
    :raises ConfigError: a key is unknown or a value does not fit.
    """
    from pydantic import ValidationError

    from agentgym_core.config import EmptyConfig
    from agentgym_core.config_errors import config_error

    cls = load(kind, component, "config") if component.spec.config else EmptyConfig
    if isinstance(values, cls):
        return values
    try:
        settings = cls.model_validate(dict(values or {}))
    except ValidationError as error:
        raise config_error(error, where, f"{kind} {component.spec.id!r}", cls) from error
    if kind == "reward":
        for path, choice in _inner_rewards(settings, where):
            configure("reward", _inner_lookup(choice.id, path), choice.config, f"{path}.config")
    return settings


def _inner_rewards(settings: Any, where: str) -> list[tuple[str, Any]]:
    """The rewards that a configuration names in its own fields, each with the path that the user typed."""
    from agentgym_core.settings import ComponentChoice

    found: list[tuple[str, Any]] = []
    for name in type(settings).model_fields:
        value, path = getattr(settings, name), f"{where}.{name}".lstrip(".")
        if isinstance(value, ComponentChoice):
            found.append((path, value))
        elif isinstance(value, tuple):
            found.extend(
                (f"{path}.{index}", item) for index, item in enumerate(value) if isinstance(item, ComponentChoice)
            )
    return found


def _inner_lookup(id: str, path: str) -> Announced:
    try:
        return lookup("reward", id)
    except UnknownComponent as error:
        raise ConfigError(f"{path}.id: {error.message}", hint=error.hint) from error


def extension(id: str) -> Any:
    """What an installed plugin gives under `POINT.NAME`, such as `page.report`.

    :raises UnknownComponent: no plugin does; the message says which part of the project would. :raises ComponentUnavailable: as `load`.
    """
    return load("extension", lookup("extension", id))


def make(
    kind: str, id: str, config: Mapping[str, Any] | Any | None = None, *, where: str = "", learned: Any = None
) -> Any:
    """A policy, reward or algorithm from its id and configuration: `target(config)`, or `target()` where it has no configuration.

    For a reward with other rewards in its configuration, these are made first: `target(config, *inner)`.
    A policy that can is made around what a learner left in memory, `learned`.
    """
    component = lookup(kind, id)
    settings = configure(kind, component, config, where)
    cls = load(kind, component)
    if not component.spec.config:
        return cls()
    if learned is not None and (from_weights := getattr(cls, "from_weights", None)) is not None:
        made = from_weights(settings, learned)
        if made is not None:
            return made
    if kind != "reward":
        return cls(settings)
    inner = [
        make("reward", choice.id, choice.config, where=f"{path}.config")
        for path, choice in _inner_rewards(settings, where)
    ]
    return cls(settings, *inner)
