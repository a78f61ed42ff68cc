from __future__ import annotations

import pytest

gymnasium = pytest.importorskip("gymnasium", reason="gymnasium is not installed")
pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")

from agentgym_bridge_gymnasium.as_gymnasium import register  # noqa: E402


def test_rewards_of_an_episode_sum_to_its_score() -> None:
    with gymnasium.make("agentgym/textcraft-v1") as game:
        shown, info = game.reset(seed=4, options={"task": "textcraft-crafting_table"})
        assert "Goal: craft crafting table." in shown
        assert info["task"] == "textcraft-crafting_table"
        total = 0.0
        for action in (
            "get 1 oak logs",
            "nonsense",
            "craft 4 oak planks using 1 oak logs",
            "craft 1 crafting table using 4 oak planks",
        ):
            _, reward, terminated, truncated, info = game.step(action)
            total += reward
        assert (total, info["score"], info["success"], terminated, truncated) == (1.0, 1.0, True, True, False)


def test_the_same_seed_draws_the_same_tasks() -> None:
    drawn = []
    for _ in range(2):
        with gymnasium.make("agentgym/maze-v1") as game:
            drawn.append([game.reset(seed=7)[0], game.reset()[0]])
    assert drawn[0] == drawn[1]
    assert drawn[0][0] != drawn[0][1]


def test_every_installed_environment_is_registered_once() -> None:
    ids = register()
    assert "agentgym/wordle-v1" in ids
    assert len(ids) == len(set(ids))


def test_a_module_path_in_the_id_needs_no_import() -> None:
    with gymnasium.make("agentgym_bridge_gymnasium.as_gymnasium:agentgym/maze-v1") as game:
        assert game.reset(seed=1)[0]
