"""AgentGym's own dialect: numbers for sessions, bare strings, errors that look like answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.rollout import make_environment
from agentgym_core.specs import LegacyProfile
from agentgym_service.app import App
from agentgym_service.settings import ServerSettings

PLAIN = LegacyProfile(task="t{index}")


@pytest.fixture
def legacy(server: Callable[..., Any], source: Callable[..., Any]) -> Callable[..., Any]:
    def start(profile: LegacyProfile | None = PLAIN, **settings: Any) -> Callable[..., Any]:
        made = source()
        made.spec = evolve(made.spec, legacy=profile)
        live = server(made, dialects=("legacy",), **settings)

        def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
            status, answer, _ = live.http(method, f"/legacy/counter/{path}", body)
            return status, answer

        ask.live = live  # type: ignore[attr-defined]
        return ask

    return start


def test_an_episode_as_agentgyms_clients_play_it(legacy: Callable[..., Any]) -> None:
    ask = legacy()
    assert ask("POST", "create") == (200, {"id": 0})
    assert ask("POST", "create", {"anything": "else"}) == (200, {"id": 1})
    status, shown = ask("POST", "reset", {"id": 1, "data_idx": 2})
    assert (status, shown["reward"], shown["done"]) == (200, 0.0, False)
    assert "t2" in shown["observation"]
    assert ask("POST", "step", {"id": 1, "action": "add 1"})[1]["reward"] == 0.25
    assert ask("POST", "step", {"id": 1, "action": "add 3"})[1] == {
        "observation": "count 4, you said add 3",
        "reward": 1.0,
        "done": True,
    }
    assert ask("GET", "observation?id=1") == (200, "count 4, you said add 3")
    assert ask("POST", "close", {"id": 1}) == (200, True)
    assert ask("POST", "close", {"id": 1}) == (200, False)
    assert ask("POST", "close", {"id": 0}) == (200, True)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (("POST", "step", {"id": 9, "action": "add 1"}), "The id 9 is not valid."),
        (("POST", "step", {"id": 0, "action": "add 1"}), "finished"),
        (("POST", "reset", {"id": 0, "data_idx": -1}), "not valid"),
        (("POST", "reset", {"id": 0, "data_idx": 10**9}), "not valid"),
        (("GET", "observation?id=9", None), "The id 9 is not valid."),
    ],
)
def test_errors_are_answers_of_status_200(legacy: Callable[..., Any], request_: Any, error: str) -> None:
    ask = legacy()
    ask("POST", "create")
    status, answer = ask(*request_)
    assert status == 200
    assert error in answer["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff",
        {},
        {"id": "x", "action": "a"},
        {"id": True, "action": "a"},
        {"id": 0},
        {"id": 0, "action": 5},
    ],
)
def test_what_is_no_request_is_unprocessable(legacy: Callable[..., Any], body: Any) -> None:
    ask = legacy()
    ask("POST", "create")
    status, answer = ask("POST", "step", body)
    assert status == 422
    assert answer["detail"]


def test_the_other_dialect_answers_with_bare_values_and_status_500(legacy: Callable[..., Any]) -> None:
    ask = legacy(LegacyProfile(session="env_idx", index="id", created=(), reset=(), fails="status", scale=100.0))
    assert ask("POST", "create", {"id": 0}) == (200, 0)
    status, shown = ask("POST", "reset", {"env_idx": 0, "id": 1})
    assert status == 200
    assert shown.startswith("Task e1")
    assert ask("POST", "step", {"env_idx": 0, "action": "add 1"})[1]["reward"] == 25.0
    assert ask("POST", "step", {"env_idx": 7, "action": "add 1"})[0] == 500


def test_more_sessions_than_tasks_can_be_created(legacy: Callable[..., Any]) -> None:
    ask = legacy(LegacyProfile(create_resets=True, created=(("id", "id"), ("observation", "observation"))))
    for number in range(6):
        status, answer = ask("POST", "create")
        assert (status, answer["id"]) == (200, number)
        ask("POST", "close", {"id": number})


def test_a_guessed_number_reaches_no_session_of_another_face(legacy: Callable[..., Any]) -> None:
    ask = legacy()
    client = ask.live.connect(extended=True)
    client.ask({"type": "open", "id": 1})
    assert "not valid" in ask("POST", "step", {"id": 0, "action": "add 1"})[1]["error"]


def test_it_is_off_unless_asked_for(server: Callable[..., Any], source: Callable[..., Any]) -> None:
    made = source()
    made.spec = evolve(made.spec, legacy=PLAIN)
    assert server(made).http("POST", "/legacy/counter/create")[0] == 404


def test_an_environment_without_a_profile_says_so(source: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError, match="leave --dialect legacy out"):
        App([source()], ServerSettings(dialects=("legacy",)))


EXCHANGES = Path(__file__).resolve().parent / "exchanges"


def shape(value: Any) -> Any:
    """What AgentGym's clients rely on: keys and types, and the very values of ids, rewards and ends."""
    exact = ("reward", "score", "done", "deleted", "id")
    if isinstance(value, dict):
        return {key: item if key in exact else shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def replay(live: Any, file: str, least: int, prefix: str = "/") -> None:
    """Ask again what AgentGym's client classes (commit 3ef9235) asked this server when they played whole episodes against it."""
    rows = [row for row in json.loads((EXCHANGES / file).read_text("utf-8")) if row["path"].startswith(prefix)]
    assert len(rows) >= least
    for row in rows:
        status, answer, _ = live.http(row["method"], row["path"], row["body"])
        assert (status, shape(answer)) == (row["status"], row["answer"]), row


@pytest.mark.engine
@pytest.mark.parametrize(
    ("id", "module"), [("babyai", "minigrid"), ("sciworld", "scienceworld"), ("alfworld", "alfworld")]
)
def test_agentgyms_clients_of_engines_are_answered_as_they_were(
    server: Callable[..., Any], id: str, module: str
) -> None:
    for name in (f"agentgym_env_{id}", module):
        pytest.importorskip(name, reason=f"{name} is not installed")
    replay(server(resolve_environment(id), dialects=("legacy",)), "agentgym_engine_clients.json", 9, f"/legacy/{id}/")


def test_what_agentgyms_own_clients_asked_is_answered_as_it_was(server: Callable[..., Any]) -> None:
    for plugin in ("agentgym_env_maze", "agentgym_env_wordle", "agentgym_env_textcraft"):
        pytest.importorskip(plugin, reason=f"{plugin} is not installed")
    live = server(*(resolve_environment(id) for id in ("maze", "wordle", "textcraft")), dialects=("legacy",))
    replay(live, "agentgym_clients.json", 20)
    for name, number in (("maze", 0), ("wordle", 0)):
        assert live.http("POST", f"/legacy/{name}/close", {"id": number})[:2] == (200, True)


@pytest.mark.parametrize(
    ("id", "index", "says"),
    [("todo", "id", "Thought: see.\nAction: nothing\n\nAction: {}"), ("bird", "item_id", "{}")],
)
def test_environments_with_bare_numbers_are_played_to_their_end(
    server: Callable[..., Any], id: str, index: str, says: str
) -> None:
    pytest.importorskip(f"agentgym_env_{id}", reason=f"the plugin env_{id} is not installed")
    live = server(resolve_environment(id), dialects=("legacy",))

    def ask(verb: str, body: Any) -> Any:
        status, answer, _ = live.http("POST", f"/legacy/{id}/{verb}", body)
        assert status == 200
        return answer

    assert ask("create", {"id": 0}) == 0
    with make_environment(id, needs=("expert",)) as game:
        shown = ask("reset", {"env_idx": 0, index: 1})
        here = game.reset(game.source.tasks("eval")[1])
        assert shown == (here if id == "todo" else [here, None])
        while (move := game.expert()) is not None:
            step = game.step(move.action)
            answer = ask("step", {"env_idx": 0, "action": says.format(move.action)})
            assert answer["observation" if id == "todo" else "state"] == step.observation
            assert (answer["reward"], answer["done"]) == (step.score, step.ended)
            if step.ended:
                break
        assert (answer["reward"], answer["done"]) == (1.0, True)
    assert ask("close", {"env_idx": 0}) is True


def test_a_dense_score_is_told_in_its_old_scale(legacy: Callable[..., Any]) -> None:
    """As ScienceWorld's server does: the increase as reward, the score from 0 to 100, the description in a field of its own."""
    ask = legacy(
        LegacyProfile(
            reset=(("task_description", "observation:first"), ("observation", "observation:rest"), ("score", "score")),
            step=(("reward", "increase"), ("score", "score"), ("done", "done")),
            scale=100.0,
        )
    )
    ask("POST", "create")
    shown = ask("POST", "reset", {"id": 0, "data_idx": 0})[1]
    assert (shown["task_description"].startswith("Task"), shown["observation"], shown["score"]) == (True, "", 0.0)
    assert ask("POST", "step", {"id": 0, "action": "add 1"})[1] == {"reward": 25.0, "score": 25.0, "done": False}
    assert ask("POST", "step", {"id": 0, "action": "add 2"})[1] == {"reward": 50.0, "score": 75.0, "done": False}
    ask("POST", "close", {"id": 0})
