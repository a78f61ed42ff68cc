"""Serve environments over WebSocket and HTTP."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from agentgym_core.cli.playing import add_place

    parser.add_argument("environments", nargs="+", metavar="ENV", help="ids of environments (see: agentgym list)")
    parser.add_argument("--config", action="append", default=[], metavar="[ENV.]KEY=VALUE", help="their configuration")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000, help="0 takes any that is free (default: 8000)")
    parser.add_argument(
        "--token", metavar="TOKEN|-", help="clients must send it as a bearer token; - reads AGENTGYM_TOKEN"
    )
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a name that clients may call this server by"
    )
    parser.add_argument(
        "--allow-origin", action="append", default=[], metavar="URL", help="a site whose pages may use this server"
    )
    parser.add_argument("--max-sessions", type=int, default=1024, metavar="N", help="open at once (default: 1024)")
    parser.add_argument(
        "--max-sessions-per-client",
        type=int,
        metavar="N",
        help="open at once from one address (default: half of them, or 8)",
    )
    parser.add_argument(
        "--idle-seconds", type=float, default=1800.0, metavar="S", help="a session unused for so long is closed"
    )
    parser.add_argument("--grace-seconds", type=float, default=60.0, metavar="S", help="time to come back to a session")
    parser.add_argument("--max-frame", type=int, default=16 * 2**20, metavar="BYTES", help="size of a message")
    parser.add_argument("--rate", type=float, default=0.0, metavar="N", help="requests a second of one client (0: any)")
    parser.add_argument("--expert", action="store_true", help="give an expert's moves to those who ask")
    parser.add_argument(
        "--dialect",
        action="append",
        default=[],
        metavar="ID",
        help="speak this dialect too, such as legacy: AgentGym's own, under /legacy/ENV; its sessions can be guessed",
    )
    add_place(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from agentgym_core.cli.playing import sources_from
    from agentgym_core.errors import ConfigError
    from agentgym_service.server import serve

    named = argparse.Namespace(
        environments=",".join(arguments.environments), config=arguments.config, placement=arguments.placement
    )
    sources = sources_from(named)
    settings = _settings(arguments)
    if settings.host not in ("127.0.0.1", "::1", "localhost") and not settings.token:
        say(
            f"agentgym: {settings.host} can be reached from other machines, and there is no --token: anybody may play",
            file=sys.stderr,
        )
    if arguments.token and arguments.token != "-":  # noqa: S105 - the word for "look elsewhere"
        say(
            "agentgym: a --token on the command line can be read by everybody on this machine; --token - reads AGENTGYM_TOKEN",
            file=sys.stderr,
        )
    try:
        return serve(sources, settings, ready=lambda port: _tell(sources, settings, port))
    except ValueError as error:
        raise ConfigError(str(error), hint="see: agentgym serve --help") from error


def _tell(sources: Any, settings: Any, port: int) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    say(f"http://{host}:{port}/ serves {', '.join(source.spec.id for source in sources)}", flush=True)


def _settings(arguments: argparse.Namespace) -> Any:
    from agentgym_core.cli.playing import placement_from
    from agentgym_core.errors import ConfigError
    from agentgym_core.placement import TimeLimits
    from agentgym_service.settings import ServerSettings

    token = arguments.token or ""
    if token == "-":  # noqa: S105 - the word for "look elsewhere"
        token = os.environ.get("AGENTGYM_TOKEN", "")
        if not token:
            raise ConfigError("--token -: AGENTGYM_TOKEN is not set", hint="export AGENTGYM_TOKEN=...")
    try:
        return ServerSettings(
            host=arguments.host,
            port=arguments.port,
            token=token,
            allow_hosts=tuple(arguments.allow_host),
            allow_origins=tuple(arguments.allow_origin),
            max_sessions=arguments.max_sessions,
            max_sessions_per_client=arguments.max_sessions_per_client,
            idle_seconds=arguments.idle_seconds,
            grace_seconds=arguments.grace_seconds,
            max_frame=arguments.max_frame,
            rate=arguments.rate,
            expert=arguments.expert,
            dialects=tuple(arguments.dialect),
            placement=placement_from(arguments.placement),
            limits=TimeLimits(arguments.reset_seconds, arguments.step_seconds),
        )
    except ValueError as error:
        raise ConfigError(str(error), hint="see: agentgym serve --help") from error
