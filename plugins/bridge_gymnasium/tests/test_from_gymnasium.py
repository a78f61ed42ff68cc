"""Somebody's Gymnasium environment of texts as one of ours."""

from __future__ import annotations

from typing import Any

import pytest

gymnasium = pytest.importorskip("gymnasium", reason="gymnasium is not installed")

from agentgym_core.errors import ComponentUnavailable, ConfigError, EnvironmentFault  # noqa: E402
from agentgym_core.rollout import make_environment  # noqa: E402
from agentgym_testing import EnvironmentConformance, conformance  # noqa: E402

GUESS: dict[str, Any] = {"id": "text_games:GuessNumber-v0", "low": -1.25, "high": 2.0, "max_rounds": 5}


class TestWordsOfAnyKind(EnvironmentConformance):
    environment = "gymnasium"
    config = GUESS


TestWordsForNumbers = conformance(
    "gymnasium", config={**GUESS, "kwargs": {"words": False, "wrapped": True}, "observation": "text"}
)


LAKE: dict[str, Any] = {
    "id": "FrozenLake-v1",
    "kwargs": {"render_mode": "ansi", "is_slippery": False},
    "shows": "render",
    "actions": ("left", "down", "right", "up"),
    "max_rounds": 20,
}
TestGymnasiumsOwnLake = conformance("gymnasium", config=LAKE)
TestGymnasiumsOwnCliff = conformance(
    "gymnasium",
    config={
        "id": next((id for id in ("CliffWalking-v1",) if id in gymnasium.registry), "CliffWalking-v0"),
        "kwargs": {"render_mode": "ansi"},
        "shows": "render",
        "actions": ("up", "right", "down", "left"),
        "low": -100.0,
        "high": -13.0,
    },
)


def test_what_an_environment_draws_is_shown_and_where_the_player_stands() -> None:
    with make_environment("gymnasium", LAKE) as game:
        assert game.reset("train-0") == "\n[S]FFF\nFHFH\nFFFH\nHFFG\n"
        assert game.step("right").observation == "  (Right)\nS[F]FF\nFHFH\nFFFH\nHFFG\n"
        for word in ("left", "down", "down", "right", "down", "right"):
            step = game.step(word)
        assert (step.score, step.ended) == (0.0, False)
        step = game.step("right")
        assert (step.score, step.terminated) == (1.0, True)
        assert "[G]" in step.observation


def test_the_sum_of_rewards_in_its_range_is_the_score() -> None:
    with make_environment("gymnasium", {**GUESS, "low": 0.0}) as game:
        assert game.reset("train-3") == "Guess a number from 0 to 9."
        right = "3"  # what this seed draws
        step = game.step("nine")
        assert (step.score, step.info["raw_reward"], step.info["raw_sum"], step.info["left"]) == (0.0, -0.25, -0.25, 4)
        assert "odd" not in step.info
        step = game.step(right)
        assert (step.score, step.terminated, step.success) == (1.75 / 2, True, True)


def test_the_last_reward_where_a_reward_is_what_was_earned_so_far() -> None:
    with make_environment("gymnasium", {**GUESS, "low": 0.0, "reward": "last"}) as game:
        game.reset("train-3")
        assert game.step("nine").score == 0.0
        assert game.step("3").score == 1.0


def test_running_out_is_truncated_and_a_right_last_guess_is_not() -> None:
    with make_environment("gymnasium", GUESS) as game:
        for last, ends in (("no", (False, True)), ("3", (True, False))):
            game.reset("train-3")
            for _ in range(4):
                assert not game.step("no").ended
            step = game.step(last)
            assert (step.terminated, step.truncated) == ends


def test_words_for_numbers_are_shown_and_others_change_nothing() -> None:
    words = tuple("abcdefghij")
    config = {**GUESS, "kwargs": {"words": False, "render_mode": "ansi"}, "actions": words}
    with make_environment("gymnasium", config) as game:
        game.reset("train-3")
        assert game.available_actions() == list(words)
        assert game.step("a").info["left"] == 4
        assert "There are: a, b" in game.step("zz").observation
        assert game.step("a").info["left"] == 3
        assert game.step("d").terminated
        assert game.render() == "<pre>&lt;3 guesses&gt;</pre>"


def test_splits_have_seeds_of_their_own() -> None:
    with make_environment("gymnasium", {**GUESS, "train": 5, "eval": 2}) as game:
        tasks = [*game.source.tasks("train"), *game.source.tasks("eval")]
        assert [task.data for task in tasks] == [0, 1, 2, 3, 4, 1_000_000, 1_000_001]
        assert len({task.fingerprint for task in tasks}) == 7


@pytest.mark.parametrize(
    ("config", "error", "says"),
    [
        ({}, ConfigError, "id"),
        ({**GUESS, "low": 3.0}, ConfigError, "less than high"),
        ({**GUESS, "high": float("inf")}, ConfigError, "finite"),
        ({"id": "NoSuchGame-v0"}, ComponentUnavailable, "NoSuchGame"),
        ({"id": "no_such_module:Game-v0"}, ComponentUnavailable, "no_such_module"),
        ({"id": "text_games:GuessNumber-v0", "kwargs": {"wrapped": True}}, EnvironmentFault, "as `observation`"),
    ],
)
def test_mistakes_say_what_is_wrong(config: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says), make_environment("gymnasium", config) as game:
        game.reset("train-0")


def test_a_reward_that_is_no_number_is_a_fault() -> None:
    with make_environment("gymnasium", {"id": "text_games:Broken-v0"}) as game:
        game.reset("train-0")
        with pytest.raises(EnvironmentFault, match="the reward is nan"):
            game.step("x")
