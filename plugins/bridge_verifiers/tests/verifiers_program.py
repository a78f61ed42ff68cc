"""Runs in verifiers' environment: episodes that cannot be scored, or are cut, as its judge records them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import verifiers.v1 as vf
from verifiers.v1.cli.eval.runner import run_eval
from verifiers.v1.configs.cli.eval import EvalConfig

from agentgym_core.errors import ConfigError

ID = "agentgym-bridge-verifiers"


def settings(address: str, folder: str, environment: str, **agent: Any) -> EvalConfig:
    """How one task is judged."""
    return EvalConfig.model_validate(
        {
            "env": {"taskset": {"id": ID, "environment": environment}, "agent": agent},
            "select": {"limit": 1},
            "model": "expert",
            "client": {"base_url": address, "api_key_var": "NO_KEY"},
            "push": False,
            "rich": None,
            "output_dir": folder,
        }
    )


def judged(config: EvalConfig) -> dict[str, Any]:
    """What the trace of one episode says."""
    (episode,) = asyncio.run(run_eval(config))
    (trace,) = episode.traces
    return {
        "ok": episode.ok,
        "rewards": {name: reward.score for name, reward in trace.rewards.items()},
        "errors": [error.type for error in trace.errors],
        "words": " ".join(error.message for error in trace.errors),
        "stop": trace.stop_condition,
        "info": trace.info.get("agentgym"),
    }


def refused(call: Callable[[], object]) -> str:
    """The words of a refusal."""
    try:
        call()
    except ConfigError as error:
        return str(error)
    return ""


def valid(environment: str) -> bool | None:
    """What `vf-validate` says of the first task."""
    config = vf.taskset_config_type(ID).model_validate({"id": ID, "environment": environment})
    task = next(iter(vf.load_taskset(config)))
    return asyncio.run(task.validate(None))


def main() -> None:
    """Print what became of each."""
    address, folder = sys.argv[1:]
    other = settings(address, folder, "textcraft", harness={"id": "null"})
    told = {
        "refused": judged(settings("http://127.0.0.1:9/v1", folder, "textcraft")),
        "broken": judged(settings(address, folder, "failing")),
        "cut": judged(settings(address, folder, "textcraft", max_turns=1)),
        "unnamed": refused(lambda: asyncio.run(run_eval(settings(address, folder, "")))),
        "harness": refused(lambda: vf.load_environment(other.env)),
        "valid": [valid("textcraft"), valid("failing")],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
