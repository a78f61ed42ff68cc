"""Several environments at once, in this process and in others: the texts arrive."""

from __future__ import annotations

import copy
from typing import Any

import pytest

gymnasium = pytest.importorskip("gymnasium", reason="gymnasium is not installed")
pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")

import numpy  # noqa: E402
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv  # noqa: E402

from agentgym_bridge_gymnasium.as_gymnasium import GymnasiumEnvironment  # noqa: E402
from agentgym_bridge_gymnasium.spaces import Words  # noqa: E402

TASKS = ("textcraft-crafting_table", "textcraft-ladder", "textcraft-stick")
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sync", {}),
    ("async", {"shared_memory": True}),
    ("async", {"shared_memory": False}),
    ("async", {"shared_memory": True, "context": "spawn"}),
    ("async", {"shared_memory": True, "copy": False}),
)
each = pytest.mark.parametrize(("mode", "settings"), KINDS, ids=lambda item: str(item))

# Gymnasium's workers are forked beside whatever threads the tests have.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def alone(seed: int, actions: tuple[str, ...]) -> list[str]:
    with gymnasium.make("agentgym/textcraft-v1") as game:
        return [game.reset(seed=seed)[0], *(game.step(action)[0] for action in actions)]


@each
def test_the_texts_of_every_environment_arrive(mode: str, settings: dict[str, Any]) -> None:
    id = "agentgym_bridge_gymnasium.as_gymnasium:agentgym/textcraft-v1"
    games = gymnasium.make_vec(id, 3, mode, vector_kwargs=settings)
    try:
        shown, infos = games.reset(seed=5)
        seen = [list(shown)]
        assert len(set(infos["task"])) > 1
        for actions in (("get 1 oak logs", "inventory", "naïve …"), ("inventory",) * 3):
            shown, rewards, *_ = games.step(actions)
            seen.append(list(shown))
            assert rewards.tolist() == [0.0, 0.0, 0.0]
        for place, actions in enumerate(
            zip(("get 1 oak logs", "inventory", "naïve …"), ("inventory",) * 3, strict=True)
        ):
            assert [texts[place] for texts in seen] == alone(5 + place, actions)
    finally:
        games.close()


@each
def test_scores_and_successes_of_every_environment_arrive(mode: str, settings: dict[str, Any]) -> None:
    id = "agentgym_bridge_gymnasium.as_gymnasium:agentgym/textcraft-v1"
    games = gymnasium.make_vec(id, 2, mode, vector_kwargs=settings)
    try:
        games.reset(seed=1, options={"task": TASKS[0]})
        total = numpy.zeros(2)
        for action in (
            "get 1 oak logs",
            "craft 4 oak planks using 1 oak logs",
            "craft 1 crafting table using 4 oak planks",
        ):
            _, rewards, ended, _, infos = games.step((action, "inventory"))
            total += rewards
        assert total.tolist() == [1.0, 0.0]
        assert ended.tolist() == [True, False]
        assert infos["success"].tolist() == [True, False]
        assert infos["score"].tolist() == [1.0, 0.0]
    finally:
        games.close()


@pytest.mark.parametrize("vector", [SyncVectorEnv, AsyncVectorEnv])
def test_vectors_without_a_seed_play_tasks_of_their_own(vector: type[Any]) -> None:
    games = vector([lambda: GymnasiumEnvironment("textcraft") for _ in range(8)])
    try:
        assert len(set(games.reset()[1]["task"])) > 1
    finally:
        games.close()


def test_what_was_handed_on_stays_as_it_was() -> None:
    games = AsyncVectorEnv([lambda: GymnasiumEnvironment("textcraft", longest=5_000) for _ in range(2)], copy=False)
    try:
        now, _ = games.reset(seed=5)
        kept = copy.deepcopy(now)
        before = list(now)
        games.step(("inventory", "nonsense"))
        assert list(kept) == before
        # Without `copy` what was handed on is what is there now, as for numbers.
        assert list(now) != before
        assert now[-1] == now[1]
        assert now[0:1] == (now[0],)
    finally:
        games.close()


def test_a_text_that_does_not_fit_in_shared_memory_is_refused_and_not_cut() -> None:
    from gymnasium.vector.utils import create_shared_memory, read_from_shared_memory, write_to_shared_memory

    space = Words(4)
    memory = create_shared_memory(space, n=3)
    write_to_shared_memory(space, 0, "ab", memory)
    write_to_shared_memory(space, 2, "é…"[:1] * 2, memory)
    assert tuple(read_from_shared_memory(space, memory, n=3)) == ("ab", "", "éé")
    with pytest.raises(gymnasium.error.Error, match="6 bytes does not fit in the 4"):
        write_to_shared_memory(space, 1, "……", memory)
    assert tuple(read_from_shared_memory(space, memory, n=3)) == ("ab", "", "éé")
