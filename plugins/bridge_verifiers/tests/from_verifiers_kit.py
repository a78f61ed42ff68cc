"""Runs under pytest in verifiers' environment: tasksets of others as environments of ours, under the conformance kit."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ComponentUnavailable, EnvironmentFault
from agentgym_core.rollout import make_environment
from agentgym_testing import EnvironmentConformance, conformance

RIDDLES: dict[str, Any] = {"taskset": "vf-riddles", "eval": 2, "high": 2.0}
GUESS: dict[str, Any] = {"taskset": "vf-guess", "train": 20, "eval": 5, "max_rounds": 6}


class TestQuestions(EnvironmentConformance):
    environment = "verifiers"
    config = RIDDLES


TestAGame = conformance("verifiers", config=GUESS)


def test_tasks_are_the_tasksets_own() -> None:
    source = resolve_environment("verifiers", RIDDLES)
    assert [task.id for task in source.tasks("eval")] == ["sum-0", "sum-1"]
    assert [task.id for task in source.tasks("train")] == ["sum-2", "sum-3", "sum-4", "sum-5"]
    more = resolve_environment("verifiers", {**RIDDLES, "settings": {"count": 9}})
    assert len(more.tasks("train")) == 7
    # The content of a task does not depend on where it stands.
    assert more.find("sum-3").fingerprint == source.find("sum-3").fingerprint
    assert len({task.fingerprint for task in source.tasks("train")}) == 4
    assert len(resolve_environment("verifiers", GUESS).tasks("train")) == 20


def test_a_question_is_answered_and_scored() -> None:
    with make_environment("verifiers", RIDDLES) as game:
        assert game.reset("sum-4") == "Only a number.\n\nWhat is 4 and 4?"
        step = game.step("8")
        assert (step.score, step.terminated, step.truncated) == (1.0, True, False)
        assert step.info["raw_reward"] == 2.0
        assert step.info["letters"] == 1.0
        game.reset("sum-5")
        assert game.step("11").score == 0.0


def test_a_game_goes_on_until_it_is_won_or_given_up() -> None:
    with make_environment("verifiers", GUESS) as game:
        # The split eval has 0, 7, 14, 21 and 28.
        assert game.reset("1") == "Guess a number."
        assert game.step("5").observation == "It is more."
        assert game.step("9").observation == "It is less."
        step = game.step("7")
        assert (step.score, step.terminated, step.info["tries"]) == (1.0, True, 3.0)
        game.reset("1")
        game.step("5")
        # An episode under way gives way to the next.
        assert game.reset("2") == "Guess a number."
        assert game.step("14").score == 1.0


def test_a_game_that_is_cut_by_verifiers_is_truncated() -> None:
    with make_environment("verifiers", {**GUESS, "env": {"player": {"max_turns": 1}}}) as game:
        game.reset("1")
        step = game.step("5")
        assert (step.ended, step.truncated, step.score) == (True, True, 0.0)


def test_a_fault_is_no_score() -> None:
    before = threading.active_count()
    with make_environment("verifiers", {**GUESS, "settings": {"broken": True}}) as game:
        game.reset("1")
        with pytest.raises(EnvironmentFault, match="the game is lost"):
            game.step("5")
        assert game.reset("1") == "Guess a number."
        assert game.step("7").score == 1.0
    assert threading.active_count() <= before


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"taskset": "vf-nowhere"}, "not found"),
        ({"taskset": "vf-riddles", "settings": {"cuont": 3}}, "cuont"),
        ({"taskset": "vf-riddles", "env": {"id": "user-sim"}}, "2 seats"),
    ],
)
def test_what_cannot_be_played_is_refused(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ComponentUnavailable, match=words), make_environment("verifiers", config) as game:
        game.reset()
