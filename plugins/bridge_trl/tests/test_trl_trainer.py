"""TRL's own trainer drives an environment through the adapter: what the model calls is done, and what it earns is learned from."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

for _name in ("trl", "torch", "transformers", "datasets", "agentgym_env_maze", "agentgym_policy_transformers"):
    pytest.importorskip(_name, reason=f"{_name} is not installed")

from agentgym_bridge_trl import factory as face  # noqa: E402
from agentgym_core.rollout import make_environment  # noqa: E402

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "trl_grpo.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore"),
]


def expert_moves(task: str) -> list[str]:
    moves = []
    with make_environment("maze", needs=("expert",)) as game:
        game.reset(task)
        while (move := game.expert()) is not None:
            moves.append(move.action.removeprefix("move "))
            if game.step(move.action).ended:
                return moves
    raise AssertionError("the expert does not know the way")


def test_a_step_of_grpo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two replies walks to the goal by tool calls, the other says nothing of use: the weights move."""
    import torch

    spec = importlib.util.spec_from_file_location("trl_grpo", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    started: list[str] = []
    reset = face.Episode.reset

    def noted(self: Any, task: str = "", seed: int | None = None, **row: Any) -> str:
        started.append(task)
        return reset(self, task, seed, **row)

    monkeypatch.setattr(face.Episode, "reset", noted)
    trainer = example.trainer_for(example.new_model(tmp_path), tmp_path / "out", steps=1, longest=4096, calls=40)
    tokenizer = trainer.processing_class
    walked: list[str] = []

    def generate(*arguments: Any, input_ids: Any = None, **settings: Any) -> Any:
        replies = []
        for row in range(len(input_ids)):
            way = expert_moves(started[0])
            text = "Nothing."
            if row == 0 and len(walked) < len(way):
                walked.append(way[len(walked)])
                call = {"name": "move", "arguments": {"direction": walked[-1]}}
                text = f"<tool_call>\n{json.dumps(call)}\n</tool_call>"
            replies.append(tokenizer(f"{text}<|im_end|>", add_special_tokens=False)["input_ids"])
        longest = max(map(len, replies))
        padded = [[*reply, *[tokenizer.pad_token_id] * (longest - len(reply))] for reply in replies]
        return torch.cat([input_ids, torch.tensor(padded)], dim=1)

    monkeypatch.setattr(trainer.model, "generate", generate)
    before = [weight.detach().clone() for weight in trainer.model.parameters()]
    trainer.train()
    logged = trainer.state.log_history[0]
    assert walked == expert_moves(started[0])
    assert set(started) == {started[0]}
    assert logged["rewards/MazeEpisode/mean"] == 0.5
    assert logged["tools/failure_frequency"] == 0
    assert logged["grad_norm"] > 0
    assert any(not torch.equal(old, new) for old, new in zip(before, trainer.model.parameters(), strict=True))
