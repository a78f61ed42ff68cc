"""The promises of rewards, policies and algorithms: a wrong one for each, which fails that promise and no other."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from agentgym_testing import AlgorithmConformance, PolicyConformance, RewardConformance

pytestmark = pytest.mark.usefixtures("announced")


def promises(suite: type[Any]) -> list[str]:
    return sorted(name for name in dir(suite) if name.startswith("test_") and name != "test_listing_is_lazy")


def failures(suite: type[Any], kind: str, id: str, folder: Path | None = None) -> set[str]:
    made = type("Made", (suite,), {kind: id})
    made.setup_class()
    failed = set()
    for name in promises(suite):
        if folder is not None:
            (folder / name).mkdir()
        try:
            test = getattr(made(), name)
            test(folder / name) if folder is not None and "tmp_path" in inspect.signature(test).parameters else test()
        except (Exception, pytest.fail.Exception):
            failed.add(name)
    return failed


OF_ALL = {"test_unknown_keys_are_refused"}


@pytest.mark.parametrize("test", sorted(set(promises(RewardConformance)) - OF_ALL))
def test_a_wrong_reward_fails_its_promise_and_no_other(test: str) -> None:
    assert failures(RewardConformance, "reward", f"wrong.{test}") == {test}


def test_a_reward_that_changes_the_trajectory_is_not_pure() -> None:
    assert failures(RewardConformance, "reward", "wrong.reward_that_changes") == {"test_it_is_pure"}


@pytest.mark.parametrize("test", sorted(set(promises(PolicyConformance)) - OF_ALL))
def test_a_wrong_policy_fails_its_promise_and_no_other(test: str) -> None:
    assert failures(PolicyConformance, "policy", f"wrong.{test}") == {test}


@pytest.mark.parametrize("test", sorted(set(promises(AlgorithmConformance)) - OF_ALL))
def test_a_wrong_algorithm_fails_its_promise_and_no_other(test: str, tmp_path: Path) -> None:
    assert failures(AlgorithmConformance, "algorithm", f"wrong.{test}", tmp_path) == {test}


def test_a_sound_algorithm_keeps_every_promise(tmp_path: Path) -> None:
    assert failures(AlgorithmConformance, "algorithm", "wrong.sound", tmp_path) == set()
