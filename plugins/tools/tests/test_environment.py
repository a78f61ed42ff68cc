"""The environment of tools, and what the rollout makes of a service that is lost."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agentgym_core.actions import Grammar
from agentgym_core.config_errors import config_error
from agentgym_core.environment import Description
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError, InfrastructureFault
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.rollout.placement_pool import choose
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Outcome, Task
from agentgym_tools import Aim, Lookup, Toolbox, ToolError, tool
from agentgym_tools.config import LiveSettings, ToolConfig
from agentgym_tools.environment import ToolEnvironment
from agentgym_tools.live import live_client

LOST: list[int] = []


class Shelf(Toolbox):
    """Books on a shelf."""

    closed = 0

    @tool
    def find(self, title: str) -> str:
        """Find a book."""
        if LOST:
            LOST.pop()
            raise InfrastructureFault("the shelf is away")
        if title != "Kim":
            raise ToolError("No such book.")
        return "row 3"

    def close(self) -> None:
        Shelf.closed += 1


class ShelfEnvironment(ToolEnvironment[Shelf]):
    description = Description(
        instruction="Find books.", actions=Shelf.actions(), splits={"train": 1}, expert_score=1.0, placement="thread"
    )

    def open(self, task: Task, seed: int | None) -> Shelf:
        return Shelf()

    def aim(self, task: Task) -> Aim:
        asked = Lookup("find", "I look for it.", {"title": "Kim"})
        look = Lookup("check_valid_actions", "What can be done?")
        return Aim("Where is Kim?", "row 3", (asked,), (look,))


SOURCE = resolve_environment(ShelfEnvironment, ToolConfig())
GRAMMAR = Grammar(Shelf.actions())
TASK = SOURCE.tasks("train")[0]


def say(environment: Any, text: str) -> Any:
    return environment.step(GRAMMAR.action(text))


def test_looks_come_first_and_are_not_scored() -> None:
    with SOURCE.make() as environment:
        assert environment.reset(TASK) == "Where is Kim?"
        moves, scores = [], []
        for _ in range(3):
            move = environment.expert()
            assert move is not None
            moves.append(move.action)
            scores.append(say(environment, move.action).score)
    assert moves == [
        "check_valid_actions with Action Input: {}",
        'find with Action Input: {"title": "Kim"}',
        'finish with Action Input: {"answer": "row 3"}',
    ]
    assert scores == [0.0, 0.5, 1.0]


def test_only_the_right_question_counts_and_it_stays_answered() -> None:
    with SOURCE.make() as environment:
        environment.reset(TASK)
        assert say(environment, 'find with Action Input: {"title": "Emma"}').score == 0.0
        assert say(environment, 'find with Action Input: {"title": "Kim"}').score == 0.5
        wrong = say(environment, 'find with Action Input: {"title": "Emma"}')
        assert (wrong.score, wrong.observation, wrong.info["ok"]) == (0.5, "No such book.", False)
        last = say(environment, 'finish with Action Input: {"answer": "row 4"}')
        assert (last.score, last.success, last.terminated, last.info["answer_right"]) == (0.5, False, True, False)


def test_an_answer_counts_only_once_it_was_looked_up() -> None:
    with SOURCE.make() as environment:
        environment.reset(TASK)
        guessed = say(environment, 'finish with Action Input: {"answer": "row 3"}')
        assert (guessed.score, guessed.success, guessed.terminated) == (0.0, False, True)
        assert (guessed.info["answer_right"], guessed.info["looked_up"]) == (True, False)


class Unplanned(ShelfEnvironment):
    def aim(self, task: Task) -> Aim:
        return Aim("Where is Kim?", "row 3", accepted=("third row",))


def test_without_sub_goals_some_tool_must_have_told_something() -> None:
    source = resolve_environment(Unplanned, ToolConfig())
    with source.make() as environment:
        for first, solved in (("check_valid_actions", False), ("find", True)):
            environment.reset(TASK)
            say(
                environment,
                f'{first} with Action Input: {{"title": "Kim"}}' if solved else f"{first} with Action Input: {{}}",
            )
            assert say(environment, 'finish with Action Input: {"answer": "third row"}').success is solved


class Handy(ShelfEnvironment):
    def aim(self, task: Task) -> Aim:
        asked = Lookup("find", "I look for it.", {"title": "Kim"})
        return Aim("Where is Kim?", "row 3", (asked, Lookup("check_valid_actions", "To be sure.", needed=False)))


def test_what_is_not_needed_may_be_left_out() -> None:
    with resolve_environment(Handy, ToolConfig()).make() as environment:
        environment.reset(TASK)
        say(environment, 'find with Action Input: {"title": "Kim"}')
        last = say(environment, 'finish with Action Input: {"answer": "row 3"}')
        assert (last.score, last.success, last.info["met"]) == (1.0, True, 1)


def test_tools_are_closed_with_their_episode() -> None:
    Shelf.closed = 0
    environment = SOURCE.make()
    environment.close()
    environment.reset(TASK)
    environment.reset(TASK)
    assert Shelf.closed == 1
    environment.close()
    environment.close()
    assert Shelf.closed == 2


def test_a_description_may_ask_for_a_stronger_place() -> None:
    assert choose(SOURCE, None) == ComponentChoice("thread")
    with pytest.raises(ConfigError, match="needs at least 'thread', not 'inline'"):
        choose(SOURCE, ComponentChoice("inline"))


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_service_that_an_environment_lost_is_tried_again(attempts: int) -> None:
    LOST[:] = [1]
    settings = RolloutSettings(attempts=attempts, max_failed_fraction=1.0)
    (episode,) = collect([Job(SOURCE, TASK)], "expert", settings, keep=True).trajectories
    assert episode.outcome is (Outcome.SOLVED if attempts == 2 else Outcome.INFRASTRUCTURE_FAULT)
    if attempts == 1:
        assert episode.fault is not None
        assert "the shelf is away" in episode.fault.message
        assert episode.score is None
    assert LOST == []


def test_a_replay_needs_no_token(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHELF_TOKEN", raising=False)
    with pytest.raises(ConfigError, match="SHELF_TOKEN is not set"):
        live_client("Shelf", LiveSettings(), base_url="https://shelf.example", token_variable="SHELF_TOKEN", scope="s")
    settings = LiveSettings(recordings=tmp_path, mode="reuse", token_variable="OTHER_TOKEN")
    with pytest.raises(ConfigError, match="OTHER_TOKEN is not set"):
        live_client("Shelf", settings, base_url="https://shelf.example", token_variable="SHELF_TOKEN", scope="s")
    (tmp_path / "s").mkdir()
    monkeypatch.setenv("OTHER_TOKEN", "something")
    client = live_client("Shelf", settings, base_url="https://shelf.example", token_variable="SHELF_TOKEN", scope="s")
    assert client.recording is not None
    assert live_client("Open", LiveSettings(), base_url="https://open.example", scope="s").recording is None


@pytest.mark.parametrize(
    "values",
    [
        {"token_variable": "0123456789abcdef0123456789abcdef"},
        {"token_variable": "abcdef0123456789abcdef0123456789"},
        {"base_url": "https://user:abcdef0123456789@shelf.example"},
        {"base_url": "https://shelf.example/api?token=abcdef0123456789"},
    ],
)
def test_a_secret_in_the_wrong_place_is_refused_unseen(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        ToolConfig.model_validate({"live": values})
    error = config_error(caught.value, "environment", "environment shelf", ToolConfig)
    assert "abcdef0123456789" not in str(error)
    assert f"environment.live.{next(iter(values))}: must be" in str(error)
