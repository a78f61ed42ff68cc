"""One model for each setting: the same fields, bounds and defaults in Python, in a pipeline file and on the command line."""

from __future__ import annotations

import argparse
import pickle
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from agentgym_core import ComponentChoice, RolloutSettings, Sampling, TaskSet
from agentgym_core.cli.playing import add_arguments, settings_from
from agentgym_core.errors import ConfigError
from agentgym_core.pipeline import settings
from agentgym_core.settings import fields_of

STAGE = {"name": "none", "kind": "filter", "source": []}
GIVEN: dict[str, tuple[str, Any]] = {
    "concurrency": ("3", 3),
    "max_rounds": ("4", 4),
    "action_format": ("json", "json"),
    "style": ("bare", "bare"),
    "wave": ("2", 2),
    "reset_seconds": ("1.5", 1.5),
    "step_seconds": ("2.5", 2.5),
    "policy_seconds": ("9", 9.0),
    "max_total_tokens": ("100", 100),
    "max_cost": ("0.5", 0.5),
    "max_seconds": ("60", 60.0),
    "attempts": ("5", 5),
    "backoff_seconds": ("0.1", 0.1),
    "backoff_limit": ("3", 3.0),
    "max_failed_fraction": ("0.25", 0.25),
}
SHORT = {"max_rounds": "rounds", "action_format": "format", "max_failed_fraction": "max-failed"}


def from_line(*words: str) -> RolloutSettings:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    return settings_from(parser.parse_args(["maze", *words]))


def from_file(**values: Any) -> RolloutSettings:
    return settings({"stages": [STAGE], "rollout": values}).rollout


@pytest.mark.parametrize("name", GIVEN)
def test_a_setting_is_the_same_from_everywhere(name: str) -> None:
    text, value = GIVEN[name]
    wanted = replace(RolloutSettings(), **{name: value})
    assert from_line(f"--{SHORT.get(name, name).replace('_', '-')}", text) == wanted
    assert from_file(**{name: value}) == wanted


def test_every_setting_of_a_rollout_is_tried() -> None:
    others = {"samples", "seed", "sampling", "placement", "show_actions", "pictures", "retry_faults", "observers"}
    assert set(GIVEN) | others == set(fields_of(RolloutSettings))


def test_the_rest_of_the_settings() -> None:
    line = from_line(
        "--no-show-actions", "--pictures", "--retry-faults", "--samples", "2", "--seed", "7", "--placement", "thread"
    )
    wanted = RolloutSettings(
        show_actions=False, pictures=True, retry_faults=True, samples=2, seed=7, placement=ComponentChoice("thread")
    )
    assert line == wanted
    assert from_file(show_actions=False, pictures=True, retry_faults=True, placement="thread") == replace(
        wanted, samples=1, seed=0
    )
    sampling = Sampling(0.5, 0.9, 64, ("stop",))
    assert from_file(sampling=asdict(sampling)).sampling == sampling
    words = ["--temperature", "0.5", "--top-p", "0.9", "--max-tokens", "64", "--stop", "stop"]
    assert from_line(*words).sampling == sampling


def test_a_pipeline_has_its_own_seeds_and_numbers_of_samples() -> None:
    for name in ("samples", "seed"):
        with pytest.raises(ConfigError, match="rollout"):
            from_file(**{name: 3})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("concurrency", 0),
        ("concurrency", True),
        ("attempts", "3"),
        ("max_cost", float("nan")),
        ("max_cost", -1),
        ("x", 1),
    ],
)
def test_what_does_not_fit_is_refused_everywhere(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=name):
        RolloutSettings(**{name: value})
    with pytest.raises(ConfigError, match=rf"rollout\.{name}"):
        from_file(**{name: value})


def test_settings_are_values() -> None:
    for value in (RolloutSettings(placement=ComponentChoice("thread")), TaskSet("maze", "eval", limit=3)):
        assert pickle.loads(pickle.dumps(value)) == value
        with pytest.raises(AttributeError):
            value.id = "other"  # type: ignore[union-attr]


def test_a_style_of_python_is_told_by_its_digest(tmp_path: Path) -> None:
    from agentgym_core.prompts import BARE

    given = settings({"stages": [STAGE], "rollout": {"style": BARE}})
    assert given.rollout.style_for("maze") == BARE
    assert given.model_dump(mode="json")["rollout"]["style"] == f"style {BARE.digest}"
