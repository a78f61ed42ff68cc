"""What pairs teach a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import ConfigError
from agentgym_core.types import Outcome, WeightedTrajectory
from agentgym_learning.testing import episode, likelihood

Learn = Callable[..., Any]


@pytest.mark.parametrize("lora", [None, {"rank": 4, "alpha": 8}])
def test_the_better_attempt_gains_on_the_worse_one(
    learn: Learn, attempts: list[WeightedTrajectory], model: Path, lora: dict[str, int] | None
) -> None:
    result = learn(attempts, epochs=15, lora=lora, **({"learning_rate": 1e-2} if lora else {}))
    first, last = result.metrics["losses"][0], result.metrics["losses"][-1]
    # At first the policy is its own reference: every margin is 0, and the loss is log 2.
    assert first["loss"] == pytest.approx(0.6931, abs=1e-3)
    assert first["margin"] == pytest.approx(0, abs=1e-4)
    assert last["loss"] < 0.3
    assert last["preferred"] == 1
    assert result.metrics["pairs"] == 6
    if lora is None:
        better, worse = (item.trajectory for item in attempts[:2])
        before, after = (likelihood(at, better) - likelihood(at, worse) for at in (model, result.checkpoint))
        assert after > before


def test_how_pairs_are_packed_changes_nothing(learn: Learn, attempts: list[WeightedTrajectory]) -> None:
    whole = learn(attempts, folder="whole", epochs=1, batch_tokens=4096).metrics["losses"][0]
    parts = learn(attempts, folder="parts", epochs=1, batch_tokens=256, accumulate=64).metrics["losses"][0]
    padded = learn(attempts, folder="padded", epochs=1, batch_tokens=4096, packing=False).metrics["losses"][0]
    assert parts["loss"] == pytest.approx(whole["loss"], rel=1e-5)
    assert padded["loss"] == pytest.approx(whole["loss"], rel=1e-5)


def test_attempts_that_do_not_differ_teach_nothing(
    learn: Learn, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = [WeightedTrajectory(episode("a", ["go"], score=0.5, sample=number)) for number in range(3)]
    fault = WeightedTrajectory(episode("a", ["go"], Outcome.ENVIRONMENT_FAULT, sample=4))
    result = learn([*same, fault])
    assert (result.metrics["steps"], result.metrics["pairs"]) == (0, 0)
    assert result.checkpoint == str(model)
    assert result.metrics["excluded"] == {"environment_fault": 1}
    assert "no two attempts at one task are 0.1 of reward apart" in capsys.readouterr().err


def test_a_pair_that_no_batch_holds_is_an_error_with_a_way_out(
    learn: Learn, attempts: list[WeightedTrajectory]
) -> None:
    with pytest.raises(ConfigError, match="rows that are learned together have") as caught:
        learn(attempts, batch_tokens=128)
    assert "batch_tokens" in str(caught.value.hint)
