"""Write an environment as NeMo Gym loads one: a resources server, a configuration, the catalogue's manifest, and rows of tasks."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from agentgym_bridge.conversation import Conversation
from agentgym_bridge.exporting import json_config, wheels_in, write_texts
from agentgym_bridge_nemo import files
from agentgym_core.actions.parsed_reply import FORMATS
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.terminal import say

EXAMPLES = 5
"""Rows of the data set `example`."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("environment", metavar="ENV", help="an environment (see: agentgym list)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="what NeMo Gym's --search-dir names")
    parser.add_argument("--train", default="", metavar="SPLIT", help="rows to train on (default: the first split)")
    parser.add_argument(
        "--validation", default="", metavar="SPLIT", help="rows to validate on (default: the first that is held out)"
    )
    parser.add_argument("--limit", type=int, default=1000, metavar="N", help="rows of each at most (default: 1000)")
    parser.add_argument("--config", default="", metavar="JSON", help="the environment's configuration")
    parser.add_argument("--format", choices=FORMATS, default="react", help="how an action is written (default: react)")
    parser.add_argument(
        "--style", choices=("default", "direct", "bare"), default="default", help="what the model is told"
    )
    parser.add_argument("--max-rounds", type=int, default=0, metavar="N", help="limit on replies (default: its own)")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="wheels for its server (see: make wheelhouse)")


def run(arguments: argparse.Namespace) -> int:
    """Write the folders.

    :raises ConfigError: the configuration is no JSON object, there is no task, or the folder of wheels has none of ours.
    """
    config = json_config(arguments.config)
    source = resolve_environment(arguments.environment, config or None)
    talk = Conversation(source.description, arguments.format, arguments.style, arguments.max_rounds or None)
    name = "agentgym_" + re.sub(r"[^a-z0-9]+", "_", source.spec.id.lower()).strip("_")
    rows = _rows(source, talk, arguments)
    if not rows["example"]:
        raise ConfigError(f"{source.spec.id}: there is no task in these splits", hint=f"agentgym show {source.spec.id}")
    settings = {
        "environment": arguments.environment,
        "environment_config": config,
        "format": arguments.format,
        "style": arguments.style,
        **({"max_rounds": arguments.max_rounds} if arguments.max_rounds else {}),
    }
    made = files.Exported(name, source, settings, talk.max_turns, [kind for kind, each in rows.items() if each])
    needed = ["agentgym-bridge-nemo", source.component.plugin.distribution]
    out: Path = arguments.out
    server, environment = f"resources_servers/{name}", f"environments/{name}"
    wheels = wheels_in(arguments.wheels, "agentgym_*.whl")
    write_texts(
        out,
        {
            f"{server}/__init__.py": "",
            f"{server}/app.py": files.APP,
            f"{server}/task_data.py": files.TASK_DATA,
            f"{server}/requirements.txt": files.requirements(wheels, needed),
            f"{environment}/config.yaml": files.config(made),
            f"{environment}/manifest.yaml": files.manifest(made),
            **{f"{made.data}/{kind}.jsonl": files.rows_text(rows[kind]) for kind in made.kinds},
        },
    )
    say(f"{out}: {name}, with {', '.join(f'{len(rows[kind])} rows of {kind}' for kind in made.kinds)}")
    say(f"check it: gym env validate {name} --search-dir {out}")
    return 0


def _rows(
    source: EnvironmentSource, talk: Conversation, arguments: argparse.Namespace
) -> dict[str, list[dict[str, Any]]]:
    held_out = arguments.validation or source.first_split(held_out=True)
    learned = arguments.train or source.first_split(held_out=False)
    wanted = {"train": learned, "validation": held_out}
    if learned == held_out:
        # There is one split alone: nothing of it is both trained on and validated on.
        del wanted["train" if held_out in source.description.evaluation else "validation"]
    found = {
        kind: [files.row(source, task, talk) for task in source.tasks(split)[: arguments.limit]]
        for kind, split in wanted.items()
    }
    example = found.get("validation") or found.get("train") or []
    return {**found, "example": example[:EXAMPLES]}
