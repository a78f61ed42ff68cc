from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer
from transformers.utils.logging import enable_progress_bar

from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.types import Outcome, WeightedTrajectory
from agentgym_learning.curve import LOSSES
from agentgym_learning.trainer import LossNotFinite, TokenTrainer
from agentgym_tokens import Conversations, kept_rows, precision, rows

Train = Callable[..., Any]


def weights(folder: str | Path) -> dict[str, torch.Tensor]:
    (file,) = Path(folder).glob("*.safetensors")
    return load_file(file)


def logged(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LOSSES).read_text(encoding="utf-8").splitlines()]


def same(one: str | Path, other: str | Path) -> bool:
    first, second = weights(one), weights(other)
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_it_learns_what_it_is_shown(train: Train, data: list[WeightedTrajectory]) -> None:
    result = train(data, epochs=20)
    losses = [row["loss"] for row in result.metrics["losses"]]
    assert losses[-1] < 0.3 * losses[0]
    assert result.policy is not None
    assert result.policy.id == "transformers"
    assert result.policy.config == {"model": result.checkpoint}
    assert (Path(result.checkpoint) / "tokenizer_config.json").exists()


def test_the_same_seed_gives_the_same_weights_and_another_order_does_not(
    train: Train, data: list[WeightedTrajectory]
) -> None:
    first = train(data, folder="a", epochs=2)
    second = train(data, folder="b", epochs=2)
    other = train(data, folder="c", epochs=2, seed=6)
    assert same(first.checkpoint, second.checkpoint)
    assert not same(first.checkpoint, other.checkpoint)


def test_a_resumed_run_ends_with_the_same_weights(
    train: Train, data: list[WeightedTrajectory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"epochs": 4, "save_every": 2, "accumulate": 2, "batch_tokens": 128, "log_every": 1}
    whole = train(data, folder="whole", **settings)
    real = TokenTrainer.training_step

    def power_cut(self: Any, *arguments: Any, **more: Any) -> Any:
        if self.state.global_step == 5:
            raise RuntimeError("the power is gone")
        return real(self, *arguments, **more)

    monkeypatch.setattr(TokenTrainer, "training_step", power_cut)
    with pytest.raises(RuntimeError, match="power"):
        train(data, folder="cut", **settings)
    monkeypatch.setattr(TokenTrainer, "training_step", real)
    # A line that the power cut tore, of a step that is learned again.
    assert logged(tmp_path / "cut")[1:] == whole.metrics["losses"][:5]
    with open(tmp_path / "cut" / LOSSES, "ab") as file:
        file.write(b'{"step": 6, "lo')
    torn = tmp_path / "cut" / "checkpoints" / "checkpoint-5"
    torn.mkdir()
    (torn / "trainer_state.json").write_text('{"global_st', encoding="utf-8")
    resumed = train(data, folder="cut", **settings)
    assert same(resumed.checkpoint, whole.checkpoint)
    assert not torn.exists()
    assert resumed.metrics["losses"] == whole.metrics["losses"]
    assert logged(tmp_path / "cut") == [{"steps": len(whole.metrics["losses"])}, *whole.metrics["losses"]]
    assert resumed.metrics["loss"] == pytest.approx(whole.metrics["loss"])


def test_an_adapter_is_trained_and_the_base_stays(train: Train, data: list[WeightedTrajectory], model: Path) -> None:
    before = (model / "model.safetensors").read_bytes()
    result = train(data, lora={"rank": 4, "alpha": 8}, epochs=10)
    assert result.policy.config == {"model": str(model), "adapter": result.checkpoint}
    assert all("lora" in name for name in weights(result.checkpoint))
    assert (model / "model.safetensors").read_bytes() == before
    losses = [row["loss"] for row in result.metrics["losses"]]
    assert losses[-1] < losses[0]


def test_it_goes_on_from_an_adapter_or_merges_it(train: Train, data: list[WeightedTrajectory], model: Path) -> None:
    first = train(data, lora={"rank": 4, "alpha": 8}, epochs=10, folder="first")
    last = first.metrics["losses"][-1]["loss"]
    begun = {}
    for name, settings in {"on": {"lora": {"rank": 4, "alpha": 8}}, "merged": {}}.items():
        result = train(data, folder=name, adapter=first.checkpoint, epochs=1, learning_rate=1e-6, **settings)
        begun[name] = result.metrics["losses"][0]["loss"]
        assert (
            result.policy.config
            == {"on": {"model": str(model), "adapter": result.checkpoint}, "merged": {"model": result.checkpoint}}[name]
        )
    assert begun["on"] == pytest.approx(begun["merged"], rel=1e-3)
    assert begun["on"] == pytest.approx(last, rel=0.05)
    with pytest.raises(ConfigError, match="adapter 'nowhere' cannot be loaded"):
        train(data, folder="bad", adapter="nowhere")


def test_what_decides_a_conversation_goes_on_to_the_policy(
    train: Train, data: list[WeightedTrajectory], tmp_path: Path
) -> None:
    other = tmp_path / "other.jinja"
    other.write_text(
        "{% for m in messages %}<|im_start|>{{ m.role }}: {{ m.content }}<|im_end|>{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant: {% if mark %}!{% endif %}{% endif %}"
    )
    settings = {"chat_template": str(other), "attention": "eager", "threads": 1, "policy_config": {"dtype": "bfloat16"}}
    result = train(data, max_steps=1, **settings)
    assert result.policy.config == {
        "model": result.checkpoint,
        "chat_template": str(other),
        "attention": "eager",
        "dtype": "bfloat16",
    }
    assert AutoTokenizer.from_pretrained(result.checkpoint).chat_template == other.read_text()
    with pytest.raises(ConfigError, match="differently from its own generation prompt"):
        train(data, folder="marked", max_steps=1, template={"mark": True}, **settings)


def test_a_pad_token_that_the_embedding_lacks_is_not_used(
    train: Train, data: list[WeightedTrajectory], make_model: Any
) -> None:
    folder = make_model()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"pad_token": "<|new_pad|>"})
    tokenizer.save_pretrained(folder)
    result = train(data, model=str(folder), packing=False, batch_tokens=512, max_steps=2)
    assert result.metrics["steps"] == 2


@pytest.mark.parametrize(
    "settings", [{"gradient_checkpointing": True}, {"packing": False}, {"batch_tokens": 128, "accumulate": 64}]
)
def test_ways_to_save_memory_do_not_change_what_is_learned(
    train: Train, data: list[WeightedTrajectory], settings: dict[str, Any]
) -> None:
    plain = train(data, folder="plain", batch_tokens=2048, epochs=1)
    other = train(data, folder="other", **{"batch_tokens": 2048, "epochs": 1, **settings})
    assert other.metrics["losses"][0]["loss"] == pytest.approx(plain.metrics["losses"][0]["loss"], rel=1e-4)
    first, second = weights(plain.checkpoint), weights(other.checkpoint)
    # One step of Adam moves every weight by about the rate: what differs is rounding near a gradient of 0.
    moved = torch.cat([(first[name] - second[name]).abs().flatten() for name in first])
    assert float((moved > 1e-4).float().mean()) < 0.01
    assert other.metrics["trained_tokens"] == plain.metrics["trained_tokens"]


def test_half_precision_learns_too(train: Train, data: list[WeightedTrajectory]) -> None:
    losses = [row["loss"] for row in train(data, precision="bfloat16", epochs=8).metrics["losses"]]
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize(
    ("longer", "settings", "told"), [(9.4, {}, True), (0.6, {}, False), (9.4, {"precision": "float32"}, False)]
)
def test_half_precision_that_is_slow_here_is_told_before_anything_is_loaded(
    train: Train,
    data: list[WeightedTrajectory],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    longer: float,
    settings: dict[str, Any],
    told: bool,
) -> None:
    monkeypatch.setattr(precision, "_told", set())
    monkeypatch.setattr(precision, "times_as_long", lambda name, *, learns: longer if learns else 1.0)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="has no tokenizer"):
        train(data, model="nowhere", **{"precision": "bfloat16", **settings})
    assert ("bc: precision = bfloat16 is slow on this processor" in capsys.readouterr().err) is told


def test_faults_and_weightless_trajectories_are_excluded_and_counted(
    train: Train, data: list[WeightedTrajectory], make_episode: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    fault = WeightedTrajectory(make_episode("broken", ["go"], Outcome.ENVIRONMENT_FAULT))
    result = train([*data, fault, WeightedTrajectory(data[0].trajectory, 0.0)])
    assert result.metrics["excluded"] == {"environment_fault": 1, "weight 0": 1}
    assert "1 environment_fault" in capsys.readouterr().err


def test_every_trained_token_leads_back_to_the_turn_that_said_it(
    train: Train, make_episode: Callable[..., Any], tmp_path: Path
) -> None:
    data = [
        WeightedTrajectory(make_episode("a", ["go left", "stop"])),
        WeightedTrajectory(make_episode("b", ["wait"]), -0.5, (1.0,)),
    ]
    result = train(data)
    kept = list(kept_rows(tmp_path / "stage"))
    made = list(rows(data, Conversations(AutoTokenizer.from_pretrained(result.checkpoint), {})))
    assert [row.trajectory for row in kept] == ["a", "b"]
    assert sum(row.trained for row in kept) == result.metrics["trained_tokens"]
    for row, whole in zip(kept, made, strict=True):
        assert (row.tokens, row.spans) == (len(whole.ids), whole.spans)
        for position, weight in enumerate(whole.weights):
            assert (row.turn_at(position) is not None) == (weight != 0)


def test_it_says_what_it_trains_on_and_draws_nothing(
    train: Train, data: list[WeightedTrajectory], capfd: pytest.CaptureFixture[str]
) -> None:
    enable_progress_bar()
    train(data, max_steps=2, save_every=1)
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith("bc: training on 12 rows of 12 trajectories")
    assert "%|" not in said.err


def test_it_tells_how_far_it_has_come(
    train: Train, data: list[WeightedTrajectory], told: list[tuple[Any, ...]]
) -> None:
    result = train(data, max_steps=3)
    assert [line[:3] for line in told] == [(0, 3, "steps"), (1, 3, "steps"), (2, 3, "steps"), (3, 3, "steps")]
    assert [line[3]["loss"] for line in told[1:]] == [row["loss"] for row in result.metrics["losses"]]


def test_losses_can_be_read_while_it_learns(
    train: Train, data: list[WeightedTrajectory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = TokenTrainer.training_step
    seen = []

    def look(self: Any, *arguments: Any, **more: Any) -> Any:
        seen.append([line.get("step") for line in logged(tmp_path / "live")])
        return real(self, *arguments, **more)

    monkeypatch.setattr(TokenTrainer, "training_step", look)
    train(data, folder="live", max_steps=3, log_every=1)
    assert seen == [[None], [None, 1], [None, 1, 2]]


def test_learning_goes_on_where_its_losses_cannot_be_written(
    train: Train, data: list[WeightedTrajectory], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "full" / LOSSES).mkdir(parents=True)
    result = train(data, folder="full", max_steps=3)
    assert len(result.metrics["losses"]) == 3
    assert len([line for line in caplog.messages if "cannot be written and is left as it is" in line]) == 1


def test_nothing_to_learn_is_an_error(train: Train, data: list[WeightedTrajectory]) -> None:
    with pytest.raises(ConfigError, match="nothing to learn from: 1 trajectories"):
        train([WeightedTrajectory(data[0].trajectory, 0.0)])


def test_failures_are_made_less_likely(
    train: Train, data: list[WeightedTrajectory], make_episode: Callable[..., Any]
) -> None:
    bad = [WeightedTrajectory(item.trajectory, -1.0) for item in data]
    result = train(bad, epochs=5)
    losses = [row["loss"] for row in result.metrics["losses"]]
    assert losses[-1] < losses[0]


def test_a_loss_that_is_not_finite_stops_and_keeps_the_batch(
    data: list[WeightedTrajectory], make_model: Callable[..., Path], train: Train, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    broken = make_model()
    tensors = weights(broken)
    name = next(iter(tensors))
    tensors[name] = tensors[name] * float("nan")
    save_file(tensors, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(LossNotFinite, match="at step 0") as caught:
        train(data, model=str(broken))
    file = Path(str(caught.value).split("kept in ")[1].splitlines()[0])
    assert json.loads(file.read_text(encoding="utf-8"))["input_ids"]


def test_a_full_disk_leaves_the_last_checkpoint_whole(
    train: Train, data: list[WeightedTrajectory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"epochs": 4, "save_every": 2, "batch_tokens": 128}
    whole = train(data, folder="whole", **settings)
    real = TokenTrainer.save_model

    def full(self: Any, output_dir: str | None = None, _internal_call: bool = False) -> None:
        real(self, output_dir, _internal_call)
        if self.state.global_step >= 4:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(TokenTrainer, "save_model", full)
    with pytest.raises(StoreError, match="No space left"):
        train(data, folder="full", **settings)
    monkeypatch.setattr(TokenTrainer, "save_model", real)
    assert (tmp_path / "full" / "checkpoints" / "checkpoint-2" / "whole").exists()
    assert same(train(data, folder="full", **settings).checkpoint, whole.checkpoint)


def test_a_row_longer_than_a_batch_is_cut_at_a_turn_border_and_counted(
    train: Train, data: list[WeightedTrajectory], make_episode: Callable[..., Any]
) -> None:
    long = WeightedTrajectory(make_episode("long", ["go left"] * 12))
    result = train([*data, long], batch_tokens=128, epochs=1)
    assert result.metrics["truncated"] == 1
    assert result.metrics["rows"] == len(data) + 1


def test_a_tokenizer_without_a_pad_token_is_fine(
    train: Train, data: list[WeightedTrajectory], make_model: Callable[..., Path]
) -> None:
    assert train(data, model=str(make_model(pad=False)), packing=False).metrics["rows"] == len(data)


def test_checkpoints_of_another_model_are_not_gone_on_with(
    train: Train, data: list[WeightedTrajectory], make_model: Callable[..., Path]
) -> None:
    train(data, epochs=2, save_every=1)
    for other in (make_model(hidden=48), make_model(seed=1)):
        with pytest.raises(ConfigError, match="another model") as caught:
            train(data, epochs=2, save_every=1, model=str(other))
        assert caught.value.hint


def test_it_tells_what_it_trains_on_before_it_starts(
    train: Train, data: list[WeightedTrajectory], make_episode: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    fault = WeightedTrajectory(make_episode("broken", ["go"], Outcome.POLICY_FAULT))
    result = train(
        [*data, fault, WeightedTrajectory(make_episode("long", ["go left"] * 12))], batch_tokens=128, epochs=1
    )
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("bc: ")]
    first = lines[0]
    counts = result.metrics
    assert f"training on {counts['rows']} rows of {len(data) + 1} trajectories: {counts['tokens']} tokens" in first
    assert f"{counts['trained_tokens']} of them learned; 1 cut at 128 tokens" in first
    assert "excluded: 1 policy_fault" in first


def test_a_turn_of_no_weight_teaches_nothing(train: Train, make_episode: Callable[..., Any]) -> None:
    both = [WeightedTrajectory(make_episode(str(number), ["go left", "stop"])) for number in range(4)]
    first = [WeightedTrajectory(item.trajectory, 1.0, (1.0, 0.0)) for item in both]
    short = [WeightedTrajectory(make_episode(str(number), ["go left"])) for number in range(4)]
    learned = [
        train(each, folder=name, epochs=1, batch_tokens=2048)
        for name, each in (("b", both), ("f", first), ("s", short))
    ]
    tokens = [result.metrics["trained_tokens"] for result in learned]
    losses = [result.metrics["losses"][0]["loss"] for result in learned]
    assert tokens[0] > tokens[1] == tokens[2]
    assert losses[1] == pytest.approx(losses[2], rel=1e-5)
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)


def test_logs_for_tensorboard(
    train: Train, data: list[WeightedTrajectory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec("tensorboard"):
        train(data, epochs=1, tensorboard=True)
        assert list((tmp_path / "stage").rglob("events.out.tfevents.*"))
    monkeypatch.setattr("agentgym_learning.learner.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="tensorboard is not installed"):
        train(data, epochs=1, tensorboard=True)


def test_a_model_that_is_not_there_is_one_line_and_a_next_step(
    train: Train, data: list[WeightedTrajectory], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="no tokenizer") as caught:
        train(data, model=str(tmp_path))
    assert caught.value.hint


SCRIPT = """
import pickle, sys, pathlib, torch
from agentgym_algo_bc.config import BCConfig
from agentgym_algo_bc.learner import BehaviouralCloning
torch.set_num_threads(1)
class Place:
    folder = pathlib.Path(sys.argv[2]); seed = 5
    progress = staticmethod(lambda *told: None)
data = pickle.loads(pathlib.Path(sys.argv[3]).read_bytes())
result = BehaviouralCloning(BCConfig(model=sys.argv[1], learning_rate=1e-2, batch_tokens=128, log_every=1, epochs=2,
    accumulate=int(sys.argv[4]), max_steps=3)).run(Place, data)
import os, json
if os.environ.get("RANK", "0") == "0":
    print(json.dumps({"world": torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1,
        "losses": [row["loss"] for row in result.metrics["losses"]]}))
"""


@pytest.mark.slow
def test_two_processes_give_the_loss_curve_of_one(model: Path, data: list[WeightedTrajectory], tmp_path: Path) -> None:
    import pickle

    script, pickled = tmp_path / "script.py", tmp_path / "data.pickle"
    script.write_text(SCRIPT, encoding="utf-8")
    pickled.write_bytes(pickle.dumps(data))
    environment = {**os.environ, "ACCELERATE_USE_CPU": "1", "OMP_NUM_THREADS": "1"}

    def curve(words: list[str], accumulate: int) -> dict[str, Any]:
        place = tmp_path / f"stage-{accumulate}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        done = subprocess.run(
            [*words, str(script), str(model), str(place), str(pickled), str(accumulate)],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        record: dict[str, Any] = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
        return record

    one = curve([sys.executable], 2)
    two = curve([sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "29517"], 1)
    assert (one["world"], two["world"]) == (1, 2)
    assert two["losses"] == pytest.approx(one["losses"], rel=1e-3)
