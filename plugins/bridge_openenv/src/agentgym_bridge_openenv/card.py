"""Write what OpenEnv's hubs read of an environment: openenv.yaml with its validation part, and the environment card."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.terminal import say

_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
"""A commit, as git names it: a card speaks of one state of its source."""

CARD = "0.1-draft"
"""The version of the card's schema."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("environment", metavar="ENV", help="an environment (see: agentgym list)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the folder of the files")
    parser.add_argument("--port", type=int, default=8000, help="where it will be served (default: 8000)")
    parser.add_argument(
        "--source", default="", metavar="URL", help="its repository on GitHub; with --revision, a card is written"
    )
    parser.add_argument("--revision", default="", metavar="COMMIT", help="the commit that the card speaks of, in full")
    parser.add_argument(
        "--path", default=".", metavar="FOLDER", help="the folder in the repository (default: its root)"
    )
    parser.add_argument(
        "--license", default="unknown", metavar="SPDX", help="the licence of the source (default: unknown)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the files."""
    source = resolve_environment(arguments.environment)
    files = {"openenv.yaml": "\n".join(yaml(manifest(source, arguments.port))) + "\n"}
    if arguments.source or arguments.revision:
        made = card(source, arguments.source, arguments.revision, arguments.path, arguments.license)
        files["environment-card.json"] = json.dumps(made, indent=2) + "\n"
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (arguments.out / name).write_text(text, encoding="utf-8")
        say(str(arguments.out / name))
    return 0


def manifest(source: EnvironmentSource, port: int) -> dict[str, Any]:
    """The manifest of a served environment. What it declares is what the environment declares: nothing here was measured."""
    about = source.description
    best = 1.0 if about.expert_score is None else about.expert_score
    return {
        "spec_version": 1,
        "name": source.spec.id,
        "version": about.version or str(source.spec.version),
        "type": "space",
        "runtime": "aiohttp",
        "app": f"agentgym serve {source.spec.id}",
        "port": port,
        "validation": {
            "reward": {
                "range": [0.0, 1.0],
                "oracle_tolerance": round(1.0 - best, 6),
                # What a player at random may reach, as its own tests hold it to.
                "floor_margin": round(max(0.0, best - about.random_ceiling), 6),
            },
            "resources": {
                "cpu": 1.0,
                "memory_mb": 2048,
                "disk_mb": 1024,
                "episode_timeout_s": about.reset_seconds + about.max_rounds * about.step_seconds,
            },
            "capabilities": {
                "verifier": {"kind": "reward_channel"},
                "task_api": True,
                "declared_tools": [action.name for action in about.actions],
                "declared_task_count": dict(about.splits),
            },
            "types": {"tags": ["agentgym", source.spec.id]},
        },
    }


def card(source: EnvironmentSource, url: str, revision: str, path: str, licence: str) -> dict[str, Any]:
    """The environment card of one commit of its source.

    :raises ConfigError: the source is no repository of GitHub's, or the revision no whole commit.
    """
    name = re.fullmatch(r"https://github\.com/([^/\s]+/[^/\s]+?)(?:\.git)?/?", url)
    if name is None:
        raise ConfigError(f"--source: {url!r} is no repository of GitHub's", hint="write https://github.com/OWNER/NAME")
    if _REVISION.fullmatch(revision) is None:
        raise ConfigError(f"--revision: {revision!r} is no whole commit", hint="run: git rev-parse HEAD")
    return {
        "schema_version": CARD,
        "name": source.spec.id,
        "description": source.spec.summary or source.description.instruction,
        "owner": "unknown",
        "source": {
            "provider": "github",
            "id": name[1],
            "uri": f"https://github.com/{name[1]}.git",
            "revision": revision,
            "path": path,
        },
        "artifact_availability": "unknown",
        "license": licence,
        "interfaces": [
            {"role": "orchestration", "protocol": "openenv"},
            {"role": "agent-tools", "protocol": "mcp", "status": "declared", "source_revision": revision},
        ],
    }


def yaml(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """The lines of a mapping in YAML; its scalars and lists stand as JSON, which is YAML too."""
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            yield f"{indent}{key}:"
            yield from yaml(item, indent + "  ")
        else:
            yield f"{indent}{key}: {json.dumps(item)}"
