"""AsyncGRPO's rollout worker, which TRL starts in a process of its own, plays by our factory."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")

TESTS = Path(__file__).parent
TINY = "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; from _tiny import tiny_model; tiny_model(Path(sys.argv[2]))"


NO_THOUGHT = "<think>\n\n</think>\n\n"
"""What Qwen3's template for training writes before a reply that has no thought."""


@pytest.mark.slow
@pytest.mark.parametrize("before", [NO_THOUGHT, ""], ids=["as the template writes", "otherwise than it writes"])
def test_rewards_advantages_and_what_is_learned_arrive(
    peer: Callable[[str], Path], before: str, tmp_path: Path
) -> None:
    """The trainer itself cannot be made without CUDA, and the worker is told that vLLM is there.

    The worker renders the conversation anew for every reply. Where the template writes an earlier reply otherwise than it was sampled, it
    overwrites that reply as context, and nothing of it is learned: of a whole walk the last reply alone. A model that says what the
    template writes loses nothing.
    """
    python = peer("trl-1.16")
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs torch: make setup-learn")
    env = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")}
    examples = TESTS.parents[2] / "examples"
    subprocess.run([sys.executable, "-c", TINY, examples, tmp_path], env=env, capture_output=True, check=True)
    command = [python, TESTS / "trl_async_worker.py", tmp_path / "model", before]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    samples = json.loads(done.stdout.splitlines()[-1])
    # In every group of four, two walk to the goal and two say nothing of use.
    assert sorted(sample["reward"] for sample in samples) == [0.0] * 4 + [1.0] * 4
    groups = {sample["group"] for sample in samples}
    assert len(groups) == 2
    for group in groups:
        told = sorted((each["reward"], each["advantage"]) for each in samples if each["group"] == group)
        assert told == [(0.0, pytest.approx(-1.0))] * 2 + [(1.0, pytest.approx(1.0))] * 2
    for sample in samples:
        walked = sample["answers"]
        assert (walked > 0) == (sample["reward"] == 1.0)
        assert sample["learned"].count("<tool_call>") == (walked if before else 0)
        assert sample["learned"].count("<|im_end|>") == (walked + 1 if before else 1)
        assert sample["learned"].endswith("I do not know.<|im_end|>")
