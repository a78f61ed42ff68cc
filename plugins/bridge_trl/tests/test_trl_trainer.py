"""TRL's own trainers: what a model calls is done, what it earns is learned from, and of an episode its replies alone are learned."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

for _name in ("trl", "torch", "transformers", "datasets", "agentgym_env_maze", "agentgym_policy_transformers"):
    pytest.importorskip(_name, reason=f"{_name} is not installed: make peers PEERS=trl-1.16")

from agentgym_bridge_trl import factory as face  # noqa: E402
from agentgym_core.rollout import make_environment  # noqa: E402
from agentgym_core.store import Run  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore"),
]

Example = Callable[[str], Any]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few episodes of mazes and a tiny model."""
    import sys

    folder = tmp_path_factory.mktemp("tiny")
    examples = str(Path(__file__).resolve().parents[3] / "examples")
    sys.path.insert(0, examples)
    try:
        from _tiny import tiny_model

        tiny_model(folder)
    finally:
        sys.path.remove(examples)
    return folder


@pytest.fixture
def resets(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """For each reset of an episode: the name of its class, its task, and what came back."""
    found: list[tuple[str, str, str]] = []
    reset = face.Episode.reset

    def noted(self: Any, *given: Any, **named: Any) -> Any:
        told = reset(self, *given, **named)
        found.append((type(self).__name__, self._task, told))
        return told

    monkeypatch.setattr(face.Episode, "reset", noted)
    return found


def expert_moves(task: str) -> list[str]:
    moves = []
    with make_environment("maze", needs=("expert",)) as game:
        game.reset(task)
        while (move := game.expert()) is not None:
            moves.append(move.action.removeprefix("move "))
            if game.step(move.action).ended:
                return moves
    raise AssertionError("the expert does not know the way")


def test_a_step_of_grpo(
    tiny: Path, tmp_path: Path, example: Example, resets: list[tuple[str, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of four replies walks to the goal by tool calls, the others say nothing of use: the weights move."""
    import torch

    trainer = example("trl_grpo").trainer_for(tiny / "model", tmp_path / "out", steps=1, longest=4096, calls=40)
    tokenizer = trainer.processing_class
    walked: list[str] = []
    read: list[str] = []

    def generate(*arguments: Any, input_ids: Any = None, **settings: Any) -> Any:
        replies = []
        read.extend(tokenizer.batch_decode(input_ids) if not read else ())
        for row in range(len(input_ids)):
            way = expert_moves(resets[0][1])
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
    tasks = [task for _, task, _ in resets]
    assert walked == expert_moves(tasks[0])
    assert tasks[0] == tasks[1] != tasks[2] == tasks[3]
    # What a model reads: the instruction, a blank line, and the first observation.
    with make_environment("maze") as game:
        instruction, first = game.description.instruction, game.reset(tasks[0])
    assert f"{instruction}\n\n{first}<|im_end|>" in read[0]
    assert logged["rewards/MazeEpisode/mean"] == 0.25
    assert logged["tools/failure_frequency"] == 0
    assert logged["grad_norm"] > 0
    assert any(not torch.equal(old, new) for old, new in zip(before, trainer.model.parameters(), strict=True))


def test_the_column_environment_chooses_among_factories(
    tiny: Path, tmp_path: Path, example: Example, resets: list[tuple[str, str, str]]
) -> None:
    pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")
    trainer = example("trl_grpo").trainer_for(tiny / "model", tmp_path / "out", steps=3, longest=4, mixed=True)
    trainer.train()
    assert {name for name, _, _ in resets} == {"MazeEpisode", "TextcraftEpisode"}
    for start in range(0, len(resets), 2):
        assert resets[start] == resets[start + 1]
    scored = [
        {key for key in row if "Episode/mean" in key and row[key] is not None} for row in trainer.state.log_history
    ]
    assert set().union(*scored) == {"rewards/MazeEpisode/mean", "rewards/TextcraftEpisode/mean"}


def test_without_a_data_set_tasks_are_drawn_and_held_for_a_group(
    tiny: Path, tmp_path: Path, example: Example, resets: list[tuple[str, str, str]]
) -> None:
    try:
        trainer = example("trl_grpo").trainer_for(tiny / "model", tmp_path / "out", steps=2, longest=4, data=False)
    except ValueError as error:
        if "`train_dataset` is required" not in str(error):
            raise
        pytest.skip("this TRL trains with a data set only")
    trainer.train()
    tasks = [task for _, task, _ in resets]
    assert len(tasks) == 8
    assert tasks[0::2] == tasks[1::2]
    assert len(set(tasks)) == 4
    with make_environment("maze") as game:
        assert all(told.startswith(f"{game.description.instruction}\n\n") for _, _, told in resets)


def test_sft_learns_the_replies_and_nothing_else(tiny: Path, tmp_path: Path, example: Example) -> None:
    from agentgym_core.cli import main

    rows = tmp_path / "rows.jsonl"
    assert main(["export", str(tiny / "run"), "--to", "trl", "--out", str(rows)]) == 0
    trainer = example("trl_sft").trainer_for(tiny / "model", rows, tmp_path / "out", steps=1)
    tokenizer = trainer.processing_class
    episodes = list(Run.open(tiny / "run").trajectories())
    assert len(trainer.train_dataset) == len(episodes)
    for row, episode in zip(trainer.train_dataset, episodes, strict=True):
        whole = tokenizer.decode(row["input_ids"])
        assert '"name": "move"' in whole.partition("<|im_start|>user")[0]
        learned = [id for id, label in zip(row["input_ids"], row["labels"], strict=True) if label != -100]
        said = tokenizer.decode(learned)
        replies = [message for message in episode.messages if message.role == "assistant" and message.loss]
        assert said.count("<|im_end|>") == len(replies)
        for message in replies:
            (call,) = message.tool_calls
            assert json.dumps({"name": call.name, "arguments": json.loads(call.arguments)}) in said
        assert not any(message.content in said for message in episode.messages if message.role in ("user", "tool"))
    trainer.train()
    assert trainer.state.log_history[0]["grad_norm"] > 0
