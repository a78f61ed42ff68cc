"""Our environments under Gymnasium's own code: make, check_env, wrappers, pickles."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import pytest

gymnasium = pytest.importorskip("gymnasium", reason="gymnasium is not installed")
pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")

from gymnasium.utils.env_checker import check_env  # noqa: E402
from gymnasium.wrappers import RecordEpisodeStatistics, RenderCollection, TimeLimit  # noqa: E402

from agentgym_bridge_gymnasium.as_gymnasium import GymnasiumEnvironment, register  # noqa: E402
from agentgym_bridge_gymnasium.spaces import Actions, Words  # noqa: E402
from agentgym_core.environment import Description, Environment  # noqa: E402
from agentgym_core.errors import EpisodeStateError  # noqa: E402
from agentgym_core.specs import ActionSpec, Parameter  # noqa: E402
from agentgym_core.types import Action, Step, Task  # noqa: E402

TABLE = "textcraft-crafting_table"
WAY = (
    "get 1 oak logs",
    "nonsense",
    "craft 4 oak planks using 1 oak logs",
    "craft 1 crafting table using 4 oak planks",
)


def test_rewards_of_an_episode_sum_to_its_score() -> None:
    with gymnasium.make("agentgym/textcraft-v1") as game:
        shown, info = game.reset(seed=4, options={"task": TABLE})
        assert "Goal: craft crafting table." in shown
        assert (info["task"], info["success"], info["score"]) == (TABLE, False, 0.0)
        total = 0.0
        for action in WAY:
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


def test_without_a_seed_every_environment_draws_tasks_of_its_own() -> None:
    tasks = set()
    for _ in range(12):
        with gymnasium.make("agentgym/textcraft-v1") as game:
            tasks.add(game.reset()[1]["task"])
    assert len(tasks) > 1


def test_every_installed_environment_is_registered_once() -> None:
    ids = register()
    assert "agentgym/wordle-v1" in ids
    assert len(ids) == len(set(ids))


def test_a_module_path_in_the_id_needs_no_import() -> None:
    with gymnasium.make("agentgym_bridge_gymnasium.as_gymnasium:agentgym/maze-v1") as game:
        assert game.reset(seed=1)[0]


@pytest.mark.parametrize("environment", ["maze", "textcraft", "wordle", "todo", "sheet", "academia"])
def test_gymnasiums_own_check_has_nothing_to_say(environment: str) -> None:
    pytest.importorskip(f"agentgym_env_{environment}", reason=f"the plugin env_{environment} is not installed")
    game = gymnasium.make(f"agentgym/{environment}-v1", disable_env_checker=True)
    with warnings.catch_warnings(), game:
        warnings.simplefilter("error")
        check_env(game.unwrapped)


def test_wrappers_of_gymnasium_work_on_texts() -> None:
    game = gymnasium.make("agentgym/textcraft-v1", render_mode="ansi")
    with RenderCollection(RecordEpisodeStatistics(TimeLimit(game, 2))) as wrapped:
        first, _ = wrapped.reset(seed=0, options={"task": TABLE})
        _, _, _, truncated, _ = wrapped.step("get 1 oak logs")
        assert not truncated
        *_, truncated, info = wrapped.step("nonsense")
        assert truncated
        assert (info["episode"]["l"], info["episode"]["r"]) == (2, 0.0)
        frames = wrapped.render()
        assert len(frames) == 3
        assert frames[0] == first
        assert frames[1] == "Got 1 oak logs"


def test_human_prints_what_is_shown_and_other_modes_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with gymnasium.make("agentgym/textcraft-v1", render_mode="human") as game:
        game.reset(options={"task": TABLE})
        game.step("get 1 oak logs")
        assert game.render() is None
    told = capsys.readouterr().out
    assert "Goal: craft crafting table." in told
    assert told.endswith("Got 1 oak logs\n")
    with pytest.raises(gymnasium.error.Error, match="rgb_array"):
        GymnasiumEnvironment("maze", render_mode="rgb_array")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda game: pickle.loads(pickle.dumps(game))])
def test_a_copy_is_an_environment_of_its_own_in_the_same_state(copied: Any) -> None:
    with gymnasium.make("agentgym/textcraft-v1") as game:
        game.reset(seed=3, options={"task": TABLE})
        for action in WAY[:3]:
            game.step(action)
        with copied(game) as other:
            assert other.spec == game.spec
            assert other.unwrapped.observation_space == game.unwrapped.observation_space
            assert other.step(WAY[3])[1:4] == (1.0, True, False)
            # What the copy did was not done here, and both draw on from the same place.
            assert "crafting table" not in game.step("inventory")[0]
            assert other.reset()[0] == game.reset()[0]


def test_an_environment_that_was_not_reset_is_copied_too() -> None:
    with GymnasiumEnvironment("maze") as game, copy.deepcopy(game) as other:
        with pytest.raises(EpisodeStateError):
            other.step("move up")
        assert other.reset(seed=1)[0] == game.reset(seed=1)[0]


class Dice(Environment):
    """The same actions lead elsewhere."""

    description = Description(instruction="Throw.", splits={"train": 3}, deterministic=False)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return "Throw."

    def step(self, action: Action) -> Step:
        return Step("Thrown.", info={"pips": 3, "bonus": None, "share": 0.5, "lucky": True})


def test_an_episode_that_cannot_be_played_again_is_not_copied() -> None:
    with GymnasiumEnvironment(Dice) as game:  # type: ignore[arg-type]
        copy.deepcopy(game).close()
        game.reset()
        with pytest.raises(TypeError, match="cannot be copied"):
            copy.deepcopy(game)


def test_infos_hold_what_vectors_can_gather() -> None:
    """An array of the first value's type would make 0.5 a 0, and None a False."""
    with GymnasiumEnvironment(Dice) as game:  # type: ignore[arg-type]
        game.reset()
        info = game.step("throw")[4]
        assert {name: type(info[name]) for name in ("pips", "share", "lucky", "score", "success")} == {
            "pips": float,
            "share": float,
            "lucky": bool,
            "score": float,
            "success": bool,
        }
        assert "bonus" not in info


def test_a_space_of_words_holds_any_text_but_halves_of_characters() -> None:
    space = Words(10)
    for text in ("", "…", "žluťoučký", "日本\n\0", "\U0001f600" * 10):
        assert text in space
    for other in ("x" * 11, "\ud800", 3, None, b"x"):
        assert other not in space
    assert space == Words(10) != Words(11)
    assert all(space.sample() in space for _ in range(50))
    assert pickle.loads(pickle.dumps(space)) == space


def test_actions_are_drawn_in_a_form_that_the_environment_reads() -> None:
    with gymnasium.make("agentgym/maze-v1") as game:
        space = game.action_space
        space.seed(0)
        assert {space.sample() for _ in range(50)} == {"move up", "move down", "move left", "move right"}
        _, info = game.reset(seed=0)
        assert space.sample(mask=info["available_actions"]) in info["available_actions"]
    actions = (
        ActionSpec("put", (Parameter("what"), Parameter("where", choices=("in", "on"))), text="put {what} {where}"),
        ActionSpec("wait", (Parameter("hours", type="integer"), Parameter("awake", type="boolean", required=False))),
    )
    space = Actions(actions, seed=1)
    for _ in range(50):
        text = space.sample()
        assert text in space
        assert text.startswith(("put ", "wait with Action Input: {"))
    assert space == Actions(actions) != Actions(actions[:1])
