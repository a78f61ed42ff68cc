"""Serve environments over WebSocket and HTTP."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from agentgym_core.terminal import say

_LISTED = {
    "allow_hosts": ("--allow-host", "NAME", "a name that clients may call this server by"),
    "allow_origins": ("--allow-origin", "URL", "a site whose pages may use this server"),
    "dialects": (
        "--dialect",
        "ID",
        "speak this dialect too, such as legacy: AgentGym's own, under /legacy/ENV; its sessions can be guessed",
    ),
}
"""Options that may be given again and again, by the setting that they add to."""

_OTHERWISE = {*_LISTED, "token", "placement", "limits"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from agentgym_core.cli.options import add_options
    from agentgym_core.cli.playing import add_place
    from agentgym_core.settings import fields_of
    from agentgym_service.settings import ServerSettings

    parser.add_argument("environments", nargs="+", metavar="ENV", help="ids of environments (see: agentgym list)")
    parser.add_argument("--config", action="append", default=[], metavar="[ENV.]KEY=VALUE", help="their configuration")
    parser.add_argument(
        "--token", metavar="TOKEN|-", help="clients must send it as a bearer token; - reads AGENTGYM_TOKEN"
    )
    for name, (option, metavar, words) in _LISTED.items():
        parser.add_argument(option, dest=name, action="append", default=[], metavar=metavar, help=words)
    add_options(parser, ServerSettings, (name for name in fields_of(ServerSettings) if name not in _OTHERWISE))
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from agentgym_core.cli.playing import sources_from
    from agentgym_service.server import serve

    named = argparse.Namespace(
        environments=arguments.environments, config=arguments.config, placement=arguments.placement
    )
    sources = sources_from(named)
    settings = _settings(arguments)
    if settings.host not in ("127.0.0.1", "::1", "localhost") and not settings.token:
        _warn(f"{settings.host} can be reached from other machines, and there is no --token: anybody may play")
    if arguments.token and arguments.token != "-":  # noqa: S105 - the word for "look elsewhere"
        _warn("a --token on the command line can be read by everybody on this machine; --token - reads AGENTGYM_TOKEN")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    ids = ", ".join(source.spec.id for source in sources)
    return serve(sources, settings, ready=lambda port: say(f"http://{host}:{port}/ serves {ids}", flush=True))


def _warn(words: str) -> None:
    say(f"agentgym: {words}", file=sys.stderr)


def _settings(arguments: argparse.Namespace) -> Any:
    from agentgym_core.cli.options import options_of
    from agentgym_core.cli.playing import placement_from
    from agentgym_core.errors import ConfigError
    from agentgym_core.placement import TimeLimits
    from agentgym_service.settings import ServerSettings

    token = arguments.token or ""
    if token == "-":  # noqa: S105 - the word for "look elsewhere"
        token = os.environ.get("AGENTGYM_TOKEN", "")
        if not token:
            raise ConfigError("--token -: AGENTGYM_TOKEN is not set", hint="export AGENTGYM_TOKEN=...")
    return ServerSettings(
        **options_of(arguments, ServerSettings, without=("token", "placement")),
        token=token,
        placement=placement_from(arguments.placement),
        limits=TimeLimits(arguments.reset_seconds, arguments.step_seconds),
    )
