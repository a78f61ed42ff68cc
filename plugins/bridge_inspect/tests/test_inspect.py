"""inspect_ai's own command judges an environment against an endpoint on this machine, and says what our judge says."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")
pytest.importorskip("agentgym_policy_openai", reason="the plugin policy_openai is not installed")

from agentgym_core.cli import main
from agentgym_core.store import Run
from agentgym_core.types import Outcome
from agentgym_testing.endpoint import MODEL, Endpoint, scripts, serving

TASKS = 6


def judged(python: Path, folder: Path, address: str, *words: str) -> dict[str, Any]:
    """The log of `inspect eval agentgym/textcraft`."""
    done = subprocess.run(
        [
            *f"{python} -m inspect_ai eval agentgym/textcraft --model openai-api/local/{MODEL} --limit {TASKS}".split(),
            *f"--display none --log-format json --log-dir {folder}".split(),
            *words,
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "LOCAL_BASE_URL": address, "LOCAL_API_KEY": "none", "INSPECT_CONTROL": "0"},
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    (log,) = folder.glob("*.json")
    found: dict[str, Any] = json.loads(log.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("form", ["react", "function_calling"])
@pytest.mark.parametrize("name", ["inspect-0.3.285"])
def test_both_judges_say_the_same_of_the_same_episodes(
    peer: Callable[[str], Path], name: str, form: str, tmp_path: Path
) -> None:
    python = peer(name)
    known = scripts("textcraft", limit=TASKS, fail_every=3)
    with serving(Endpoint(known)) as address:
        ours = tmp_path / "ours"
        where = ["--policy-config", f"base_url={address}", "--policy-config", f"model={MODEL}"]
        play = [
            "eval",
            "textcraft",
            "--policy",
            "openai",
            *where,
            "--format",
            form,
            "--limit",
            str(TASKS),
            "--out",
            str(ours),
        ]
        assert main(play) == 0
        (tmp_path / "theirs").mkdir()
        log = judged(python, tmp_path / "theirs", address, "-T", f"format={form}", "-T", "seed=0")
    episodes = {episode.key.task: episode for episode in Run.open(ours)}
    assert log["status"] == "success"
    assert len(log["samples"]) == len(episodes) == TASKS
    for sample in log["samples"]:
        episode, score = episodes[sample["id"]], sample["scores"]["episode"]
        assert score["value"] == {"score": episode.score, "success": float(episode.outcome is Outcome.SOLVED)}
        kept = score["metadata"]
        assert (kept["outcome"], kept["actions"]) == (episode.outcome.value, list(episode.actions))
        assert (kept["fingerprint"], kept["rounds"]) == (episode.fingerprint, len(episode.turns))
        texts = [message["content"] for message in sample["messages"] if message["role"] == "user"]
        assert texts[0] == next(message.content for message in episode.messages if message.role == "user")
    values = [episode.score or 0.0 for episode in episodes.values()]
    assert 0 < statistics.mean(values) < 1
    figures = {score["name"]: score["metrics"] for score in log["results"]["scores"]}
    assert figures["score"]["mean"]["value"] == pytest.approx(statistics.mean(values))
    assert figures["score"]["stderr"]["value"] == pytest.approx(statistics.stdev(values) / TASKS**0.5)


@pytest.mark.slow
def test_a_model_that_cannot_be_asked_is_an_error_and_no_score(peer: Callable[[str], Path], tmp_path: Path) -> None:
    python = peer("inspect-0.3.285")
    log = judged(python, tmp_path, "http://127.0.0.1:9/v1", "--max-retries", "0", "--no-fail-on-error", "--limit", "1")
    (sample,) = log["samples"]
    assert "policy_fault" in sample["error"]["message"]
    assert not sample.get("scores")
