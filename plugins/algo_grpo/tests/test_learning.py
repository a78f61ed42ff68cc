"""One learning step on given episodes: the gradient of a plain implementation, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from attrs import evolve
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from agentgym_algo_grpo.advantages import advantages
from agentgym_core.errors import ConfigError
from agentgym_core.types import WeightedTrajectory
from agentgym_learning.testing import episode, likelihood, save_model

Group = Callable[..., list[WeightedTrajectory]]


def weights(place: str | Path) -> torch.Tensor:
    (file,) = Path(place).glob("*.safetensors")
    found = load_file(file)
    return torch.cat([found[name].flatten().double() for name in sorted(found)])


def plain_gradient(model: Path, groups: list[list[WeightedTrajectory]], average: str) -> tuple[float, Any]:
    """Loss and gradients in float64, an episode at a time, every token written out."""
    net = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float64)
    loss, total = torch.zeros((), dtype=torch.float64), 0.0
    for members in groups:
        for item, advantage in zip(members, advantages([m.trajectory.score or 0.0 for m in members]), strict=True):
            ids: list[int] = []
            tokens = sum(len(turn.tokens.sampled) for turn in item.trajectory.turns if turn.tokens)
            weight = 1.0 if average == "token" else 1.0 / tokens
            for turn in item.trajectory.turns:
                assert turn.tokens is not None
                ids += turn.tokens.prompt
                for id, old in zip(turn.tokens.sampled, turn.tokens.logprobs, strict=True):
                    now = net(torch.tensor([ids])).logits[0, -1].log_softmax(0)[id]
                    ratio = (now - old).exp()
                    loss = loss - weight * torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage)
                    total += weight
                    ids.append(id)
    loss = loss / total
    loss.backward()
    return loss.item(), {name: p.grad for name, p in net.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("average", ["token", "episode"])
@pytest.mark.parametrize("batch_tokens", [96, 512])
def test_a_step_has_the_gradient_of_a_plain_implementation(
    model: Path,
    group: Group,
    learn: Callable[..., Any],
    average: str,
    batch_tokens: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from agentgym_learning.trainer import TokenTrainer

    # The last group teaches nothing, and its tokens count all the same.
    groups = [group("a", [1.0, 0.0, 0.5]), group("b", [0.0, 1.0]), group("c", [1.0, 1.0])]
    expected, gradients = plain_gradient(model, groups, average)
    seen: dict[str, torch.Tensor] = {}
    real = TokenTrainer.training_step

    def stepping(self: Any, net: Any, *arguments: Any, **more: Any) -> Any:
        loss = real(self, net, *arguments, **more)
        seen.update({name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None})
        return loss

    monkeypatch.setattr(TokenTrainer, "training_step", stepping)
    data = [item for members in groups for item in members]
    result = learn(data, average=average, batch_tokens=batch_tokens, learning_rate=1e-9)
    assert result.metrics["steps"] == 1
    assert (result.metrics["groups"], result.metrics["groups_that_teach"]) == (3, 2)
    assert result.metrics["reward"] == pytest.approx(4.5 / 7)
    assert result.metrics["losses"][0]["loss"] == pytest.approx(expected, abs=1e-5)
    assert result.metrics["losses"][0]["moved"] < 1e-4
    ours, theirs = (
        torch.cat([grads[name].flatten().double() for name in sorted(gradients)]) for grads in (seen, gradients)
    )
    assert float((ours - theirs).norm() / theirs.norm()) < 1e-4


def test_what_was_better_becomes_likelier(model: Path, group: Group, learn: Callable[..., Any]) -> None:
    data = group("a", [1.0, 0.0])
    result = learn(data, epochs=8)
    better, worse = (item.trajectory for item in data)
    assert likelihood(result.checkpoint, better) > likelihood(model, better)
    assert likelihood(result.checkpoint, worse) < likelihood(model, worse)
    assert result.metrics["losses"][-1]["loss"] < result.metrics["losses"][0]["loss"]


def test_groups_of_equal_rewards_teach_nothing_and_leave_the_policy(
    model: Path, group: Group, learn: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    result = learn([*group("a", [1.0, 1.0]), *group("b", [0.0])])
    assert result.metrics["steps"] == 0
    assert result.metrics["groups_that_teach"] == 0
    assert result.policy.config == {"model": str(model)}
    assert result.checkpoint == str(model)
    assert "WARNING: nothing is learned: each of the 2 groups has equal rewards" in capsys.readouterr().err


def test_episodes_without_log_probabilities_are_refused_or_counted(group: Group, learn: Callable[..., Any]) -> None:
    shown = [WeightedTrajectory(episode(str(number), ["go"])) for number in range(3)]
    with pytest.raises(ConfigError, match="none of 3 trajectories has sampled tokens") as caught:
        learn(shown)
    assert "bc or dpo" in str(caught.value.hint)
    result = learn([*shown, *group("a", [1.0, 0.0])], folder="both")
    assert (result.metrics["without_logprobs"], result.metrics["episodes"]) == (3, 2)


def test_the_pull_to_the_reference_is_that_to_the_weights_of_model(
    group: Group, learn: Callable[..., Any], tmp_path: Path
) -> None:
    data = group("a", [1.0, 0.0])
    own = learn(data, folder="own", kl=0.5)
    assert own.metrics["losses"][0]["kl"] == pytest.approx(0, abs=1e-6)
    other = learn(data, folder="other", kl=0.5, reference=str(save_model(tmp_path / "other-model", seed=3)))
    assert other.metrics["losses"][0]["kl"] > 1e-3
    assert other.metrics["losses"][0]["loss"] == pytest.approx(
        own.metrics["losses"][0]["loss"] + 0.5 * other.metrics["losses"][0]["kl"], rel=1e-3
    )


def test_an_adapter_learns_and_is_held_to_the_weights_below_it(
    model: Path, group: Group, learn: Callable[..., Any]
) -> None:
    settings: dict[str, Any] = {"lora": {"rank": 4, "alpha": 8}, "kl": 0.1, "epochs": 6, "learning_rate": 1e-2}
    first = learn(group("a", [1.0, 0.0]), folder="first", **settings)
    assert first.policy.config == {"model": str(model), "adapter": first.checkpoint}
    again = learn(group("a", [1.0, 0.0]), folder="again", **{**settings, "epochs": 1}, adapter=first.checkpoint)
    # It begins where the first ended, which is some way from the weights below.
    assert again.metrics["losses"][0]["kl"] > 1e-4


def test_the_optimiser_goes_on(group: Group, learn: Callable[..., Any]) -> None:
    data = group("a", [1.0, 0.0])
    first = learn(data, folder="first")
    after = {
        keep: weights(learn(data, folder=f"second-{keep}", model=first.checkpoint, keep_optimizer=keep).checkpoint)
        for keep in (True, False)
    }
    begun = weights(first.checkpoint)
    # A new optimiser's first step is as long as its rate allows; one with averages takes the same gradient into them.
    assert not torch.equal(after[True], after[False])
    assert float((after[True] - begun).norm()) > 0
    assert (Path(first.checkpoint).parent / "optimizer.pt").is_file()


def test_tokens_that_other_weights_sampled_are_told(
    group: Group, learn: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = group("a", [1.0, 0.0])
    learn(data, folder="same")
    assert "WARNING" not in capsys.readouterr().err
    false = []
    for item in data:
        turns = tuple(
            evolve(turn, tokens=evolve(turn.tokens, logprobs=tuple(value + 2 for value in turn.tokens.logprobs)))
            for turn in item.trajectory.turns
            if turn.tokens is not None
        )
        false.append(WeightedTrajectory(evolve(item.trajectory, turns=turns)))
    learn(false, folder="other")
    assert "sampled tokens are 2.00 nats apart" in capsys.readouterr().err


def test_dropout_is_refused(learn: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="not the one that sampled"):
        learn([], lora={"dropout": 0.1})
