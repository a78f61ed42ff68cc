"""One way to an environment: from any reference that a person may write to the source that knows it and makes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agentgym_core.environment import Environment
from agentgym_core.errors import ConfigError, UnknownComponent
from agentgym_core.placement import PlacementChoice
from agentgym_core.plugins import Announced
from agentgym_core.registry import EnvironmentSource, environment_source, load, lookup, source_of, specs

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
"""What an address starts with (RFC 3986). Ids of environments and of plugins have no slash."""


def resolve_environment(
    reference: str | type[Environment] | EnvironmentSource,
    config: Mapping[str, Any] | Any | None = None,
    placement: PlacementChoice | None = None,
    *,
    where: str = "",
) -> EnvironmentSource:
    """The source of an environment.

    :param reference: an id, `PLUGIN:ID`, a class that nobody announced, a source, or an address of any scheme that an installed
        placement declares: `ws://host:8000/maze`, `legacy+http://host#textcraft`, `python:///venv/bin/python#maze`.
    :param config: its configuration, checked here.
    :param placement: where it is going to live; a placement elsewhere (another Python, a server) may say what the environment is.
    :param where: the path that the user typed, put in front of every error.
    :raises UnknownComponent, AmbiguousComponent, ComponentUnavailable: it cannot be had.
    :raises ConfigError: the address or the configuration does not fit.
    """
    if isinstance(reference, EnvironmentSource):
        return reference
    if not isinstance(reference, str):
        return source_of(reference, config)
    scheme = scheme_of(reference)
    if scheme:
        chosen = _placement_of(scheme, reference)
        settings = placement.settings if placement is not None and placement.id == chosen.spec.id else {}
    elif placement is not None:
        chosen, settings = lookup("placement", placement.id), placement.settings
    else:
        return environment_source(reference, config, where=where)
    if not chosen.spec.source:
        return environment_source(reference, config, where=where)
    source: EnvironmentSource = load("placement", chosen, "source")(reference, config, settings, where)
    return source


def scheme_of(reference: str) -> str:
    """The scheme of an address, in lower case; empty where the reference is an id."""
    match = _SCHEME.match(reference)
    return match[1].lower() if match else ""


def _placement_of(scheme: str, address: str) -> Announced:
    declared = {each: spec.id for spec in specs("placement") for each in spec.schemes}
    if scheme in declared:
        return lookup("placement", declared[scheme])
    known = ", ".join(f"{each}://" for each in sorted(declared)) or "none"
    raise UnknownComponent(
        f"{address}: no installed plugin knows addresses that start with {scheme}://", hint=f"known: {known}"
    )


def no_configuration(config: Mapping[str, Any] | Any | None, where: str) -> None:
    """Refuse a configuration for an environment that is configured elsewhere.

    :raises ConfigError: there is one.
    """
    if config:
        raise ConfigError(f"{where or 'config'}: a server configures its own environments", hint="leave it out")
