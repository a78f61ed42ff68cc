"""`vf-eval` of each task, in this process, against the endpoint that the first argument names."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from typing import Any

from _told import play_all
from verifiers.v1.cli.eval.runner import run_eval
from verifiers.v1.configs.cli.eval import EvalConfig


def play(episode: dict[str, Any]) -> float:
    """One task."""
    row = {"id": "agentgym-bridge-verifiers", "environment": episode["at"], "split": episode["split"]}
    with tempfile.TemporaryDirectory() as folder:
        config = EvalConfig.model_validate(
            {
                "env": {"taskset": row},
                "select": {"include": {"ids": [episode["task"]]}},
                "model": "expert",
                "client": {"base_url": sys.argv[1], "api_key_var": "NO_KEY"},
                "push": False,
                "rich": None,
                "output_dir": folder,
            }
        )
        (played,) = asyncio.run(run_eval(config))
    (trace,) = played.traces
    assert played.ok, [*played.errors, *trace.errors]
    return float(trace.reward)


play_all(play)
