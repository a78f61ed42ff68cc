"""verifiers' own commands judge an environment against an endpoint on this machine, and say what our judge says."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import agentgym_bridge_verifiers

pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")
pytest.importorskip("agentgym_policy_openai", reason="the plugin policy_openai is not installed")

from agentgym_core.cli import main
from agentgym_core.store import Run
from agentgym_testing.endpoint import MODEL, Endpoint, scripts, serving

PEER = "verifiers-0.4"
TASKS = 6
PROGRAMS = Path(__file__).parent


class _Stepping(Endpoint):
    """Takes a step in the environment that fails, too."""

    def message(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if "You are here." in str(asked["messages"]):
            return {"role": "assistant", "content": "Thought: on.\nAction: go"}
        return super().message(asked)


def vf_eval(python: Path, folder: Path, address: str, *words: str) -> list[dict[str, Any]]:
    """The episodes that `vf-eval` writes."""
    command = [
        python.parent / "vf-eval",
        "agentgym-bridge-verifiers",
        *f"--env.taskset.environment textcraft --no-push --no-rich --model {MODEL}".split(),
        *f"--client.base-url {address} --client.api-key-var NO_KEY".split(),
        *f"--output-dir {folder} --run.name run -n {TASKS}".split(),
        *words,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = (folder / "run" / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["react", "function_calling"])
def test_both_judges_say_the_same_of_the_same_episodes(peer: Callable[[str], Path], form: str, tmp_path: Path) -> None:
    python = peer(PEER)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    theirs.mkdir()
    with serving(Endpoint(scripts("textcraft", limit=TASKS, fail_every=3))) as address:
        where = ["--policy-config", f"base_url={address}", "--policy-config", f"model={MODEL}"]
        play = ["eval", "textcraft", "--policy", "openai", *where, "--format", form, "--limit", str(TASKS)]
        assert main([*play, "--out", str(ours)]) == 0
        played = vf_eval(python, theirs, address, "--env.agent.harness.format", form)
    episodes = {episode.key.task: episode for episode in Run.open(ours)}
    assert len(played) == len(episodes) == TASKS
    for one in played:
        (trace,) = one["traces"]
        episode = episodes[trace["task"]["data"]["id"]]
        assert one["ok"]
        assert not trace["errors"]
        assert trace["rewards"] == {"episode_score": {"score": episode.score, "weight": 1.0}}
        unread = sum(turn.action is None for turn in episode.turns)
        solved = episode.outcome.value == "solved"
        assert trace["metrics"] == {
            "success": float(solved),
            "rounds": float(len(episode.turns)),
            "unread": float(unread),
        }
        kept = trace["info"]["agentgym"]
        assert (kept["outcome"], kept["actions"]) == (episode.outcome.value, list(episode.actions))
        assert (kept["task"], kept["fingerprint"]) == (episode.key.task, episode.fingerprint)
        assert trace["task"]["key"] == f"textcraft/{episode.key.task}"
        # One branch: each request went on where the reply before it ended, so that tokens are those that were sampled.
        assert [node.get("parent") for node in trace["nodes"]] == [None, *range(len(trace["nodes"]) - 1)]
        texts = [node["message"].get("content") or "" for node in trace["nodes"]]
        known = [message.content for message in episode.messages]
        assert texts == known[: len(texts)]
        assert len(trace["calls"]) == len(episode.turns)
    values = [episode.score or 0.0 for episode in episodes.values()]
    assert 0 < statistics.mean(values) < 1


@pytest.mark.slow
def test_what_is_no_score_and_what_cuts_an_episode(peer: Callable[[str], Path], tmp_path: Path) -> None:
    python = peer(PEER)
    (tmp_path / "failing-1.dist-info").mkdir()
    (tmp_path / "failing-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: failing\nVersion: 1\n")
    (tmp_path / "failing-1.dist-info" / "entry_points.txt").write_text("[agentgym]\nfailing = verifiers_failing\n")
    with serving(_Stepping(scripts("textcraft", limit=2))) as address:
        command = [python, PROGRAMS / "verifiers_program.py", address, tmp_path]
        paths = f"{tmp_path}:{PROGRAMS}"
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={"PYTHONPATH": paths, "HOME": "/"}
        )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["refused"]["ok"] is False
    assert told["refused"]["rewards"] == {}
    assert told["refused"]["errors"] == ["ProviderError"]
    assert told["broken"]["ok"] is False
    assert told["broken"]["rewards"] == {}
    assert told["broken"]["errors"] == ["TaskError"]
    assert "environment_fault" in told["broken"]["words"]
    assert told["cut"]["ok"] is True
    assert told["cut"]["stop"] == "max_turns"
    assert told["cut"]["info"]["outcome"] == "truncated"
    assert told["cut"]["info"]["rounds"] == 1
    assert told["cut"]["rewards"] == {"episode_score": 0.0}
    assert "names no environment" in told["unnamed"]
    assert "cannot play" in told["harness"]
    assert told["valid"] == [True, None]


def test_it_is_imported_without_verifiers() -> None:
    names = [name for name in sys.modules if name.partition(".")[0] == "verifiers"]
    assert agentgym_bridge_verifiers.__all__
    assert not names
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = agentgym_bridge_verifiers.Nothing
