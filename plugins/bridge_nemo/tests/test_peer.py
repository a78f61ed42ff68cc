"""A whole `gym eval run`: NeMo Gym's agent, its model server and its collector, with our resources server, against an endpoint."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")
pytest.importorskip("agentgym_policy_openai", reason="the plugin policy_openai is not installed")

from agentgym_core.cli import main
from agentgym_core.store import Run
from agentgym_testing.endpoint import MODEL, Endpoint, scripts, serving

PEER = "nemo-0.7"
EVAL = Path(__file__).with_name("nemo_eval.py")
NAME = "agentgym_textcraft"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def exported(folder: Path, *words: str) -> Path:
    assert main(["export-nemo", "textcraft", "--limit", "6", "--out", str(folder / "nemo"), *words]) == 0
    return folder / "nemo"


def gym(python: Path, folder: Path, *words: str) -> str:
    done = subprocess.run(
        [python, EVAL, *words, "--search-dir", folder / "nemo"],
        cwd=folder,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done.stdout


def rollouts(python: Path, folder: Path, address: str) -> dict[str, Any]:
    """What NeMo Gym stored, by task."""
    model = ("--model-type", "vllm_model", "--model-url", address, "--model", MODEL, "--model-api-key", "none")
    run = ("eval", "run", "--environment", NAME, "--split", "validation", "--output", "rollouts.jsonl", *model)
    gym(python, folder, *run)
    lines = (folder / "rollouts.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["info"]["task"]: row for row in map(json.loads, lines)}


def test_their_command_finds_nothing_wrong(peer: Callable[[str], Path], tmp_path: Path) -> None:
    python = peer(PEER)
    exported(tmp_path)
    told = gym(python, tmp_path, "env", "validate", NAME, "--json")
    report = json.loads(told[told.index("{") :])
    assert (report["inferred_profile"], report["warnings"]) == ("custom-gym-agent-loop", [])
    assert {each["name"]: each["rows"] for each in report["datasets"]} == {"train": 6, "validation": 6, "example": 5}


@pytest.mark.parametrize("form", ["react", "function_calling"])
def test_their_rollouts_are_what_our_judge_makes_of_the_same_replies(
    peer: Callable[[str], Path], form: str, tmp_path: Path
) -> None:
    python = peer(PEER)
    exported(tmp_path, "--format", form)
    with serving(Endpoint(scripts("textcraft", split="eval", limit=6, fail_every=3))) as address:
        theirs = rollouts(python, tmp_path, address)
        where = ["--policy-config", f"base_url={address}", "--policy-config", f"model={MODEL}"]
        which = ["--split", "eval", "--format", form, "--limit", "6", "--out", str(tmp_path / "run")]
        assert main(["eval", "textcraft", "--policy", "openai", *where, *which]) == 0
    ours = list(Run.open(tmp_path / "run"))
    assert len(theirs) == len(ours) == 6
    for told in ours:
        row = theirs[told.key.task]
        assert row["reward"] == told.score
        assert row["info"]["actions"] == list(told.actions)
    assert sum(row["reward"] for row in theirs.values()) == 4
