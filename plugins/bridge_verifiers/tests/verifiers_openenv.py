"""Runs in verifiers' environment: its own taskset of OpenEnv servers plays environments that `agentgym serve` has.

Standard input has `{"server", "endpoint", "tasks": {environment: [task]}}`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from typing import Any

from verifiers.v1.cli.eval.runner import run_eval
from verifiers.v1.configs.cli.eval import EvalConfig


def judged(given: dict[str, Any], environment: str, tasks: list[str]) -> list[Any]:
    """The reward of each task, or the errors."""
    row = {
        "id": "openenv",
        "base_url": f"{given['server']}/{environment}",
        "resets": [{"task": task} for task in tasks],
    }
    with tempfile.TemporaryDirectory() as folder:
        config = EvalConfig.model_validate(
            {
                "env": {
                    "taskset": row,
                    "player": {"harness": {"id": "verifiers_chat"}, "runtime": {"type": "subprocess"}},
                },
                "model": "expert",
                "client": {"base_url": given["endpoint"], "api_key_var": "NO_KEY"},
                "push": False,
                "rich": None,
                "output_dir": folder,
            }
        )
        episodes = asyncio.run(run_eval(config))
    told = []
    for episode in episodes:
        errors = [*episode.errors, *(error for trace in episode.traces for error in trace.errors)]
        told.append([error.message for error in errors] or sum(trace.reward for trace in episode.traces))
    return told


def main() -> None:
    """Print the rewards by environment."""
    given = json.load(sys.stdin)
    print(json.dumps({name: judged(given, name, tasks) for name, tasks in given["tasks"].items()}))


if __name__ == "__main__":
    main()
