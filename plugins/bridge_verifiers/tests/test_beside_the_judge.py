"""What else of verifiers meets our environments: its server with the client for training, and its taskset of OpenEnv servers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")

from agentgym_testing.endpoint import Endpoint, Script, scripts, serving

PEER = "verifiers-0.4"
PROGRAMS = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.parametrize("form", ["react", "function_calling"])
def test_a_trainer_gets_the_ids_that_were_sampled(peer: Callable[[str], Path], form: str, tmp_path: Path) -> None:
    command = [peer(PEER), PROGRAMS / "verifiers_train.py", tmp_path, form]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "HF_HUB_OFFLINE": "1"}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["ok"], told["errors"]
    assert told["reward"] == 1.0
    assert told["info"]["agentgym"]["outcome"] == "solved"
    asked = told["asked"]
    assert len(asked) == 2
    (branch,) = told["branches"]
    # The trained sequence is what the engine saw last and said last, and the mask has every sampled id and no other.
    assert branch["ids"] == asked[-1][0] + asked[-1][1]
    assert asked[1][0][: len(asked[0][0]) + len(asked[0][1])] == asked[0][0] + asked[0][1]
    sampled = [id for id, ours in zip(branch["ids"], branch["sampled"], strict=True) if ours]
    assert sampled == asked[0][1] + asked[1][1]
    assert [value for value, ours in zip(branch["logprobs"], branch["sampled"], strict=True) if ours] == [-0.25] * len(
        sampled
    )


READ = """
import json, sys
import verifiers.v1 as vf
read = [vf.resolve_env_config(source["env"]) for source in json.load(sys.stdin)]
print(json.dumps([[type(each).__name__, each.agent.harness.max_rounds, each.agent.runtime.type] for each in read]))
"""


@pytest.mark.slow
def test_what_the_page_says_to_prime_rl_is_a_configuration(peer: Callable[[str], Path]) -> None:
    page = (PROGRAMS.parent / "README.md").read_text(encoding="utf-8")
    block = page.split("## prime-rl", 1)[1].split("```text\n", 1)[1].split("```", 1)[0]
    sources = tomllib.loads(block)["orchestrator"]["train"]["source"]
    command = [peer(PEER), "-c", READ]
    done = subprocess.run(command, input=json.dumps(sources), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == [["AgentGymEnvConfig", 20, "subprocess"]]


class _Plain(Endpoint):
    """Knows a task by the observation inside a message of JSON, and answers with the text of an action alone."""

    def message(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        told = [json.loads(each["content"]) for each in asked["messages"] if each["role"] == "user"]
        script = next(each for each in self.scripts if each.first == told[0]["observation"]["text"])
        return {"role": "assistant", "content": self._said(script, len(told) - 1)}

    @staticmethod
    def _said(script: Script, turn: int) -> str:
        return script.moves[turn].action if turn < len(script.moves) else "look"


@pytest.mark.slow
def test_its_taskset_of_openenv_servers_plays_ours(peer: Callable[[str], Path]) -> None:
    pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")
    known = {"textcraft": scripts("textcraft", limit=3), "maze": scripts("maze", limit=2)}
    command = [sys.executable, "-m", "agentgym_core", "serve", *known, "--port", "0"]
    python = peer(PEER)
    with (
        serving(_Plain([script for found in known.values() for script in found])) as endpoint,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            at = re.search(r"http://[^\s/]+", server.stdout.readline())
            assert at is not None
            tasks = {name: [script.task for script in found] for name, found in known.items()}
            done = subprocess.run(
                [python, PROGRAMS / "verifiers_openenv.py"],
                input=json.dumps({"server": at[0], "endpoint": endpoint, "tasks": tasks}),
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PYTHONPATH": str(PROGRAMS)},
            )
        finally:
            server.terminate()
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"textcraft": [1.0] * 3, "maze": [1.0] * 2}
