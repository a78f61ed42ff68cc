"""A factory of episodes as TRL drives them, without TRL."""

from __future__ import annotations

import inspect
import json
import pickle
import subprocess
import sys
import typing
from collections import Counter
from typing import Any

import pytest

pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")

from agentgym_bridge_trl.factory import Episode, environment_factory, rows
from agentgym_core.errors import ConfigError, EnvironmentFault, TaskNotFound
from agentgym_core.rollout import make_environment

CHEST = "textcraft-crafting_table"
EMPTY = [{"role": "user", "content": ""}]


def test_actions_are_typed_methods_with_documents() -> None:
    cls = environment_factory("textcraft").episode
    signature = inspect.signature(cls.get)
    assert list(signature.parameters) == ["self", "count", "item"]
    assert typing.get_type_hints(cls.get)["count"] is int
    document = cls.get.__doc__
    assert "Args:" in document
    assert "    item: " in document
    # TRL makes a tool of every public method but these two.
    public = {name for name, _ in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")}
    assert public == {"get", "craft", "inventory", "reset", "get_reward"}


def test_an_episode_played_by_calls_ends_with_the_score_as_reward() -> None:
    episode: Any = environment_factory("textcraft")()
    try:
        assert "Goal: craft crafting table." in episode.reset(task=CHEST)
        assert episode.get_reward() == 0.0
        assert episode.get(count=1, item="oak logs") == "Got 1 oak logs"
        assert "Nothing was done" in episode.get(item="oak logs")
        assert "oak" in episode.inventory()
        for target, ingredients in (("4 oak planks", "1 oak logs"), ("1 crafting table", "4 oak planks")):
            assert "Crafted" in episode.craft(target, ingredients)
        assert episode.get_reward() == 1.0
        assert "over" in episode.inventory()
        assert episode.get_reward() == 1.0
        episode.reset(task="textcraft-ladder")
        assert episode.get_reward() == 0.0
    finally:
        episode._close()


def test_rows_name_tasks_that_can_be_reset_and_their_environment() -> None:
    made = rows("maze", limit=3)
    assert len({row["task"] for row in made}) == 3
    assert {row["environment"] for row in made} == {"maze"}
    assert rows("maze", limit=1, name="small")[0]["environment"] == "small"
    episode = environment_factory("maze")()
    try:
        for row in made:
            assert episode.reset(**row)
    finally:
        episode._close()


@pytest.mark.parametrize("environment", ["maze", "textcraft", "wordle"])
def test_what_a_model_reads_is_the_instruction_a_blank_line_and_the_first_observation(environment: str) -> None:
    """TRL joins the last message's content and what reset returns, with nothing between."""
    with make_environment(environment) as game:
        task = game.source.tasks("train")[0].id
        first, instruction = game.reset(task), game.description.instruction
    row = rows(environment, limit=1)[0]
    episode = environment_factory(environment)()
    try:
        assert row["task"] == task
        assert row["prompt"][-1]["content"] + episode.reset(**row) == f"{instruction}\n\n{first}"
        for silent in ({}, {"prompt": EMPTY}, {"prompt": []}):
            assert episode.reset(task=task, **silent) == f"{instruction}\n\n{first}"
        assert episode.reset(task=task, prompt=[{"role": "user", "content": "Play."}]) == f"\n\n{first}"
        parts = [{"role": "user", "content": [{"type": "text", "text": "Play."}]}]
        assert episode.reset(task=task, prompt=parts) == first
    finally:
        episode._close()


def test_a_factory_crosses_into_a_spawned_process() -> None:
    """AsyncGRPO pickles the factory for a process of its own, where it must make the same episodes."""
    factory = environment_factory("textcraft", {"train_draws": 50}, "thread", group=2, seed=5)
    program = (
        "import pickle, sys, json\n"
        "factory = pickle.loads(sys.stdin.buffer.read())\n"
        "episode = factory()\n"
        "told = [episode.reset(), episode.reset(), episode.reset(), episode.inventory()]\n"
        "episode._close()\n"
        "print(json.dumps(told))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(factory), capture_output=True, check=True)
    episode: Any = factory()
    try:
        assert json.loads(done.stdout) == [episode.reset(), episode.reset(), episode.reset(), episode.inventory()]
    finally:
        episode._close()
    assert pickle.loads(pickle.dumps({"textcraft": factory}))["textcraft"].placement == "thread"


def test_all_episodes_of_a_factory_are_of_one_class() -> None:
    """TRL scores an episode where its class is exactly that of the one that it looked at first, and logs by the name."""
    factory = environment_factory("maze")
    one, two = factory(), factory()
    try:
        assert type(one) is type(two) is factory.episode
        assert type(one).__name__ == "MazeEpisode"
    finally:
        one._close()
        two._close()


def drawn(group: int, seed: int, count: int) -> list[tuple[str, int]]:
    factory = environment_factory("maze", group=group, seed=seed)
    return [factory.draw() for _ in range(count)]


def test_without_a_data_set_groups_get_tasks_of_their_own_and_each_task_comes_once() -> None:
    draws = drawn(4, 0, 40)
    assert [set(draws[start : start + 4]) for start in range(0, 40, 4)] == [{draws[start]} for start in range(0, 40, 4)]
    assert len(set(draws)) == 10
    assert draws == drawn(4, 0, 40)
    assert draws != drawn(4, 1, 40)
    with make_environment("maze") as game:
        everything = len(game.source.tasks("train"))
    one, two = (
        Counter(task for task, _ in drawn(1, 0, everything)),
        Counter(task for task, _ in drawn(1, 0, 2 * everything)),
    )
    assert set(one.values()) == {1}
    assert set(two.values()) == {2}


def test_where_a_group_cannot_be_known_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    episode = environment_factory("maze")()
    try:
        with pytest.raises(ConfigError, match="how many generations"):
            episode.reset(prompt=EMPTY)
        assert episode.get_reward() is None
        with pytest.raises(TaskNotFound):
            episode.reset(task="no-such-maze")
    finally:
        episode._close()
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="spread over processes"):
        environment_factory("maze", group=2).draw()


def test_a_failure_of_the_environment_is_no_reward_of_nought(monkeypatch: pytest.MonkeyPatch) -> None:
    episode: Any = environment_factory("textcraft")()
    try:
        episode.reset(task=CHEST)

        def broken(action: Any) -> Any:
            raise EnvironmentFault("the oven exploded")

        monkeypatch.setattr(episode._game, "step", broken)
        assert "the oven exploded" in episode.inventory()
        assert episode.get_reward() is None
        assert "over" in episode.inventory()
        monkeypatch.undo()
        episode.reset(task=CHEST)
        assert episode.get_reward() == 0.0
    finally:
        episode._close()


def test_an_action_whose_name_an_episode_has_itself_gets_an_underscore() -> None:
    from agentgym_bridge_trl.tools import methods_of
    from agentgym_core.specs import ActionSpec

    made = methods_of([ActionSpec("reset"), ActionSpec("_peek"), ActionSpec("go")])
    assert list(made) == ["reset_", "peek_", "go"]
    assert not {*made} & {name for name in vars(Episode) if not name.startswith("_")}
