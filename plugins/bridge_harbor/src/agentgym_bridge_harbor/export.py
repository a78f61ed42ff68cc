"""Write an environment's tasks as folders that Harbor runs: the game in a container of its own, and the agent beside it."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentgym_bridge.exporting import json_config, wheels_in, write_texts
from agentgym_bridge_harbor import files
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.rollout import make_environment
from agentgym_core.terminal import say
from agentgym_core.types import Task


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("environment", metavar="ENV", help="an environment (see: agentgym list)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the folder of the tasks")
    parser.add_argument("--split", default="", help="which tasks (default: the first split that is held out)")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="how many of them (default: 10)")
    parser.add_argument("--config", default="", metavar="JSON", help="the environment's configuration")
    parser.add_argument("--org", default="agentgym", help="the tasks' organisation (default: agentgym)")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="wheels for the image (see: make wheelhouse)")
    parser.add_argument("--no-solution", action="store_true", help="leave the expert's actions out")


def run(arguments: argparse.Namespace) -> int:
    """Write the folders, and what to build the game's image from.

    :raises ConfigError: the configuration is no JSON object, or the folder of wheels has none.
    """
    config = json_config(arguments.config)
    source = resolve_environment(arguments.environment, config or None)
    about = source.description
    split = arguments.split or source.first_split(held_out=True)
    out: Path = arguments.out
    image = f"agentgym-{source.spec.id}:{source.spec.version}"
    write_texts(out / "image", {"Dockerfile": files.image(source.component.plugin.distribution)})
    _wheels(arguments.wheels, out / "image" / "wheels")
    for task in source.tasks(split)[: arguments.limit]:
        variables = {
            "AGENTGYM_ENVIRONMENT": arguments.environment,
            "AGENTGYM_TASK": task.id,
            "AGENTGYM_CONFIG": json.dumps(config),
        }
        made = {
            "task.toml": files.task(f"{arguments.org}/{_name(task.id)}", source, task),
            "instruction.md": files.instruction(about),
            "environment/Dockerfile": files.AGENT,
            "environment/act": files.ACT,
            "environment/docker-compose.yaml": files.compose(image, variables),
            "tests/test.sh": files.TEST,
        }
        moves = None if arguments.no_solution else _moves(source, task, config)
        if moves:
            lines = "".join(f"act {shlex.quote(move)}\n" for move in moves)
            made["solution/solve.sh"] = f"#!/bin/sh\nset -e\n{lines}"
        write_texts(out / _name(task.id), made)
    say(f"{out}: tasks of the split {split!r}; build their image: docker build -t {image} {out / 'image'}")
    return 0


def _name(id: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", id).strip(".-_").lower() or "task"


def _moves(source: EnvironmentSource, task: Task, config: Mapping[str, Any]) -> list[str] | None:
    if source.description.expert_score is None:
        return None
    moves = []
    with make_environment(source, needs=("expert",)) as game:
        game.reset(task.id)
        while (move := game.expert()) is not None:
            moves.append(move.action)
            if game.step(move.action).ended:
                break
    return moves


def _wheels(given: Path | None, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for wheel in wheels_in(given):
        shutil.copy2(wheel, folder / wheel.name)
