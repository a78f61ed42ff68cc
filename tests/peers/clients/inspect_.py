"""`inspect_ai.eval` of each task against the endpoint that the first argument names."""

from __future__ import annotations

import sys
import tempfile
from typing import Any

from _told import play_all
from inspect_ai import eval as inspect_eval
from inspect_ai.model import get_model

from agentgym_bridge_inspect.registry import make_task

MODEL = get_model("openai-api/local/expert", base_url=sys.argv[1], api_key="none")


def play(episode: dict[str, Any]) -> float:
    """One sample."""
    task = make_task(episode["at"], split=episode["split"])
    with tempfile.TemporaryDirectory() as folder:
        (log,) = inspect_eval(task, model=MODEL, sample_id=episode["task"], log_dir=folder, display="none")
    assert log.status == "success", log.error
    return float(log.results.scores[0].metrics["mean"].value)


play_all(play)
