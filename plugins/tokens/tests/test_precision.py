"""Half precision on a processor that is slow in it: what is set stays, and whoever set it is told once."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from agentgym_tokens import precision
from agentgym_tokens.precision import tell_if_slow, times_as_long


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What was timed, on a processor that takes six times as long, and thirteen with gradients."""
    found: list[tuple[str, bool]] = []

    def times(name: str, *, learns: bool = False) -> float:
        found.append((name, learns))
        return 12.8 if learns else 5.96

    monkeypatch.setattr(precision, "times_as_long", times)
    monkeypatch.setattr(precision, "_told", set())
    return found


def test_a_slow_precision_is_told_once_with_whose_and_what_to_set_instead(
    asked: list[tuple[str, bool]], capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        tell_if_slow("bc", "precision", "bfloat16", learns=True)
        tell_if_slow("transformers", "dtype", "float16")
    learner, policy = capsys.readouterr().err.splitlines()
    assert learner.startswith("bc: precision = bfloat16 is slow on this processor")
    assert "their gradients take 13 times as long" in learner
    assert 'set precision = "float32"' in learner
    assert policy.startswith("transformers: dtype = float16 is slow on this processor")
    assert "matrices take 6 times as long" in policy
    assert 'set dtype = "float32"' in policy
    assert asked == [("bfloat16", True), ("float16", False)]


def test_a_quick_one_and_float32_are_not_told(
    asked: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_if_slow("bc", "precision", "float32")
    assert asked == []
    monkeypatch.setattr(precision, "times_as_long", lambda name, **settings: 0.5)
    tell_if_slow("bc", "precision", "bfloat16")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("learns", [False, True])
def test_timing_leaves_everything_as_it_was(learns: bool) -> None:
    torch: Any = pytest.importorskip("torch", reason="needs torch: make setup-learn")
    threads, before = torch.get_num_threads(), torch.get_rng_state()
    with torch.inference_mode():
        longer = times_as_long("bfloat16", learns=learns, shape=(4, 16, 16))
        assert torch.is_inference_mode_enabled()
    assert 0 < longer < float("inf")
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), before)


def test_torch_is_imported_by_whoever_times_alone() -> None:
    line = "import sys, agentgym_tokens; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", line], check=False).returncode == 0
