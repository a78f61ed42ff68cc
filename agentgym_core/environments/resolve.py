"""One way to an environment: from any reference that a person may write to the source that knows it and makes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agentgym_core.environments.source import EnvironmentSource, class_source, local_source
from agentgym_core.errors import ConfigError, UnknownComponent
from agentgym_core.plugins import Announced
from agentgym_core.registry import load, lookup, specs

if TYPE_CHECKING:
    from agentgym_core.environment import Environment
    from agentgym_core.settings import ComponentChoice

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
"""What an address starts with (RFC 3986). Ids of environments and of plugins have no slash."""


def resolve_environment(
    reference: str | type[Environment] | EnvironmentSource,
    config: Mapping[str, Any] | Any | None = None,
    placement: ComponentChoice | None = None,
    *,
    where: str = "",
) -> EnvironmentSource:
    """The source of an environment. Every command, pipeline file and Python call comes through here.

    :param reference: an id, `PLUGIN:ID`, a class that no plugin announces, a source, or an address of any scheme that an installed
        plugin declares: `ws://host:8000/maze`, `legacy+http://host#textcraft`, `python:///venv/bin/python#maze`.
    :param config: its configuration, checked here; a source has its own already.
    :param placement: where it is going to live; a placement elsewhere (another Python, a server) says what the environment is.
    :param where: the path that the user typed, put in front of every error about the configuration.
    :raises UnknownComponent, AmbiguousComponent, ComponentUnavailable: it cannot be had.
    :raises ConfigError: the address or the configuration does not fit, or the environment has another configuration where it lives.
    :raises InfrastructureFault: it lives at a server that does not answer.
    """
    if isinstance(reference, EnvironmentSource):
        if config:
            raise ConfigError(
                f"{where or 'config'}: this environment is configured already", hint="configure it where it is resolved"
            )
        return reference
    if not isinstance(reference, str):
        return class_source(reference, config)
    scheme = scheme_of(reference)
    if scheme:
        kind, owner = _owner_of(scheme, reference)
        if kind == "environment":
            return local_source(owner.spec.id, {"url": reference.partition("+")[2], **dict(config or {})}, where=where)
    elif placement is not None:
        owner = lookup("placement", placement.id)
    else:
        return local_source(reference, config, where=where)
    if not owner.spec.source:
        return local_source(reference, config, where=where)
    settings = placement.config if placement is not None and placement.id == owner.spec.id else {}
    source: EnvironmentSource = load("placement", owner, "source")(reference, config, settings, where)
    return source


def scheme_of(reference: str) -> str:
    """The scheme of an address, in lower case; empty where the reference is an id."""
    match = _SCHEME.match(reference)
    return match[1].lower() if match else ""


def _owner_of(scheme: str, address: str) -> tuple[str, Announced]:
    """The placement or the environment that declares a scheme, with its kind."""
    declared = {
        each: (kind, spec.id) for kind in ("environment", "placement") for spec in specs(kind) for each in spec.schemes
    }
    if scheme in declared:
        kind, id = declared[scheme]
        return kind, lookup(kind, id)
    known = ", ".join(f"{each}://" for each in sorted(declared)) or "none"
    raise UnknownComponent(
        f"{address}: no installed plugin knows addresses that start with {scheme}://",
        hint=f"known schemes: {known}; an id has none (see: agentgym list environments)",
    )
