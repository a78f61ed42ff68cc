"""The live backend against a stand-in that speaks the API: what it does, what it leaves alone, and how it fails."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError, EnvironmentFault, InfrastructureFault, StoreError
from agentgym_core.rollout import RolloutSettings, collect
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import encode
from agentgym_core.types import Outcome
from agentgym_env_todo.environment import TodoEnvironment
from agentgym_testing.players import play_expert


def made(source: EnvironmentSource) -> TodoEnvironment:
    """A bare instance."""
    environment = source.make()
    assert isinstance(environment, TodoEnvironment)
    return environment


@pytest.mark.parametrize("number", range(23))
def test_the_expert_solves_every_kind_of_task_on_the_service(number: int, todoist: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("todo", live)
    with made(source) as environment:
        last = play_expert(source, f"todo-train-{number}", environment=environment)[-1][1]
    assert (last.score, last.success) == (1.0, True)
    assert todoist.left() == set(), "the scratch project is still there"


def test_nothing_else_in_the_account_is_read_or_changed(todoist: Any, live: dict[str, Any]) -> None:
    before = ({**todoist.projects}, {**todoist.tasks})
    source = resolve_environment("todo", live)
    grammar = Grammar(source.description.actions)
    with made(source) as environment:
        environment.reset(source.find("todo-train-0"), seed=0)
        for id in sorted(todoist.foreign):
            for tool, more in (
                ("get_tasks", {"project_id": id}),
                ("update_project", {"project_id": id, "is_favorite": "True"}),
                ("get_task_description", {"task_id": id}),
                ("complete_task", {"task_id": id}),
                ("delete_task", {"task_id": id}),
                ("update_task", {"task_id": id, "due_date": "2025-01-01"}),
            ):
                step = environment.step(grammar.action(grammar.canonical(tool, more)))
                assert step.info["ok"] is False
                assert "found" in step.observation or "not exists" in step.observation
        play_expert(source, "todo-train-1", environment=environment)
    assert not [request for request in todoist.requests if any(id in request.path for id in todoist.foreign)]
    # Whole listings would show what is not the episode's own.
    assert todoist.count("GET", "/projects?") == 0
    assert all(
        "project_id=" in request.path
        for request in todoist.requests
        if request.method == "GET" and "/tasks?" in request.path
    )
    assert (todoist.projects, todoist.tasks) == before


def test_a_crafted_id_stays_out_of_the_path(todoist: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("todo", live)
    grammar = Grammar(source.description.actions)
    with made(source) as environment:
        environment.reset(source.find("todo-train-0"), seed=0)
        asked = len(todoist.requests)
        step = environment.step(grammar.action(grammar.canonical("delete_task", {"task_id": "../projects/p101"})))
    assert step.observation == "Task ../projects/p101 is not exists."
    assert not any("p101" in request.path for request in todoist.requests[asked:])


def test_both_backends_answer_alike(todoist: Any, live: dict[str, Any]) -> None:
    local = resolve_environment("todo")
    with made(local) as here, made(resolve_environment("todo", live)) as there:
        for number in range(23):
            texts = []
            for environment in (here, there):
                played = play_expert(local, f"todo-eval-{number}", environment=environment)
                known = {**environment.box.project_ids, **environment.box.task_ids}
                told = []
                for _, step in played:
                    text = step.observation
                    for name, id in known.items():
                        text = text.replace(id, name)
                    told.append((text, step.score, step.success))
                texts.append(told)
            assert texts[0] == texts[1]


def test_a_task_that_was_completed_is_gone(todoist: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("todo", live)
    grammar = Grammar(source.description.actions)
    with made(source) as environment:
        environment.reset(source.find("todo-train-1"), seed=0)
        id = next(iter(environment.box.task_ids.values()))
        answers = [
            environment.step(grammar.action(grammar.canonical(tool, {"task_id": id}))).observation
            for tool in ("complete_task", "complete_task", "get_task_duration", "delete_task")
        ]
        bad = {"task_id": list(environment.box.task_ids.values())[1], "due_date": "someday"}
        refused = environment.step(grammar.action(grammar.canonical("update_task", bad)))
    assert answers[0].startswith("{'message': 'Complete task successfully.'")
    assert answers[1:] == [f"Task {id} is not exists.", "Task not found", f"Task {id} is not exists."]
    assert refused.observation == '{"error": "Invalid date format", "error_code": 42}'
    assert refused.info["ok"] is False


def test_too_many_requests_are_waited_out(todoist: Any, live: dict[str, Any]) -> None:
    todoist.fail("POST", "/tasks", status=429, headers={"Retry-After": "0"}, times=2, body='{"error": "slow down"}')
    todoist.fail("GET", "/projects/", status=503, headers={"Retry-After": "0"}, body="busy")
    todoist.fail("GET", "/tasks", status=200, headers={}, body='{"results": [')
    todoist.fail("DELETE", "/projects/", status=500, headers={"Retry-After": "0"}, body="oops")
    source = resolve_environment("todo", {**live, "live": {**live["live"], "patience": 2.0}})
    with made(source) as environment:
        assert play_expert(source, "todo-train-0", environment=environment)[-1][1].score == 1.0
    assert todoist.planned == []
    assert todoist.left() == set()


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"status": 500, "body": "oops"}, "500: oops"),
        ({"status": 429, "headers": {"Retry-After": "3600"}}, "too many requests"),
        ({"status": 200, "body": "<html>maintenance</html>"}, "not JSON"),
        ({"status": 200, "body": '{"results": 3}'}, "not a page"),
        ({"hang": True}, "no reply within"),
    ],
)
def test_a_service_that_stays_away_is_an_infrastructure_fault(
    todoist: Any, live: dict[str, Any], plan: dict[str, Any], words: str
) -> None:
    settings = {**live["live"], "seconds": 0.3, "attempts": 2, "patience": 1.5}
    source = resolve_environment("todo", {**live, "live": settings})
    grammar = Grammar(source.description.actions)
    with made(source) as environment:
        environment.reset(source.find("todo-train-0"), seed=0)
        todoist.fail("GET", "/tasks", times=2, **plan)
        project = next(iter(environment.box.project_ids.values()))
        with pytest.raises(InfrastructureFault, match=words):
            environment.step(grammar.action(grammar.canonical("get_tasks", {"project_id": project})))
        todoist.planned.clear()
        todoist.released.set()
    assert todoist.left() == set()


def test_what_may_have_been_done_is_not_done_twice(todoist: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("todo", {**live, "live": {**live["live"], "seconds": 0.3}})
    todoist.fail("POST", "/tasks", hang=True, done=True)
    with made(source) as environment, pytest.raises(InfrastructureFault, match="POST /tasks failed once"):
        environment.reset(source.find("todo-train-0"), seed=0)
    todoist.released.set()
    assert todoist.count("POST", "/tasks") == 1
    assert todoist.left() == set(), "what was uploaded before the fault is deleted"


def test_a_refused_token_is_said_at_once(todoist: Any, live: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODOIST_API_TOKEN", "wrong-token-2718")
    source = resolve_environment("todo", live)
    with made(source) as environment, pytest.raises(ConfigError) as caught:
        environment.reset(source.find("todo-train-0"), seed=0)
    assert "refuses the token of TODOIST_API_TOKEN (401" in str(caught.value)
    assert "wrong-token" not in str(caught.value)
    assert len(todoist.requests) == 1


def test_a_list_that_the_account_does_not_take_is_a_fault_that_says_why(todoist: Any, live: dict[str, Any]) -> None:
    todoist.fail("POST", "/tasks", status=400, body='{"error": "Maximum number of items per project reached"}')
    source = resolve_environment("todo", live)
    with made(source) as environment, pytest.raises(EnvironmentFault) as caught:
        environment.reset(source.find("todo-train-0"), seed=0)
    assert "Maximum number of items" in str(caught.value)
    assert "account" in str(caught.value)
    assert todoist.left() == set()


def test_a_deletion_that_is_refused_is_an_answer(todoist: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("todo", live)
    grammar = Grammar(source.description.actions)
    with made(source) as environment:
        environment.reset(source.find("todo-train-0"), seed=0)
        id = next(iter(environment.box.task_ids.values()))
        todoist.fail("DELETE", f"/tasks/{id}", status=409, body="the task is locked")
        step = environment.step(grammar.action(grammar.canonical("delete_task", {"task_id": id})))
        assert (step.observation, step.info["ok"]) == ("the task is locked", False)


def test_a_missing_token_says_what_to_do(live: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TODOIST_API_TOKEN")
    source = resolve_environment("todo", live)
    with made(source) as environment, pytest.raises(ConfigError, match="export TODOIST_API_TOKEN="):
        environment.reset(source.find("todo-train-0"), seed=0)


def test_what_cannot_be_deleted_is_named_and_spoils_nothing(
    todoist: Any, live: dict[str, Any], caplog: pytest.LogCaptureFixture, token: str
) -> None:
    source = resolve_environment("todo", {**live, "live": {**live["live"], "attempts": 1}})
    with caplog.at_level(logging.DEBUG), made(source) as environment:
        play_expert(source, "todo-train-0", environment=environment)
        root = next(id for id, project in todoist.projects.items() if project["name"].startswith("agentgym scratch"))
        todoist.fail("DELETE", f"/projects/{root}", status=500, body=f"token {token} broke")
    assert f"the project {root} is left on Todoist" in caplog.text
    assert token not in caplog.text
    assert todoist.left() == {root}


@pytest.mark.parametrize("place", ["thread", "process"])
def test_a_rollout_tries_lost_services_again(place: str, todoist: Any, live: dict[str, Any], token: str) -> None:
    source = resolve_environment("todo", {**live, "live": {**live["live"], "attempts": 1}})
    jobs = Jobs.of(source, "train", limit=4)
    todoist.fail("GET", "/tasks/", status=502, body=f"{token} upstream")
    settings = RolloutSettings(concurrency=4, max_failed_fraction=1.0, placement=ComponentChoice(place))
    summary = collect(jobs, "expert", settings, keep=True)
    assert [episode.outcome for episode in summary.trajectories] == [Outcome.SOLVED] * 4
    assert todoist.planned == []
    assert todoist.left() == set()
    assert todoist.tokens == {token}


def test_the_token_is_in_no_trajectory(todoist: Any, live: dict[str, Any], token: str, tmp_path: Path) -> None:
    settings = {**live["live"], "attempts": 1, "recordings": str(tmp_path), "mode": "record"}
    source = resolve_environment("todo", {**live, "live": settings})
    todoist.fail("POST", "/projects", status=500, body=f"no {token}")
    todoist.fail("GET", "/tasks/", status=404, body=f"gone {token}")
    settings_ = RolloutSettings(concurrency=2, attempts=1, max_failed_fraction=1.0)
    summary = collect(Jobs.of(source, "train", limit=6), "expert", settings_, keep=True)
    assert Outcome.INFRASTRUCTURE_FAULT in [episode.outcome for episode in summary.trajectories]
    kept = b"".join(encode(episode) for episode in summary.trajectories)
    kept += b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert token.encode() not in kept
    assert b"[TODOIST_API_TOKEN]" in kept
    assert token not in repr(source.config)
    assert "Bearer" not in kept.decode()


def test_what_was_recorded_plays_again_offline(
    todoist: Any, live: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def source(mode: str) -> EnvironmentSource:
        settings = {**live["live"], "recordings": str(tmp_path), "mode": mode}
        return resolve_environment("todo", {**live, "live": settings})

    tasks = [f"todo-train-{number}" for number in range(8)]
    with made(source("record")) as environment:
        played = [play_expert(source("record"), task, seed=3, environment=environment) for task in tasks]
    asked = len(todoist.requests)
    monkeypatch.delenv("TODOIST_API_TOKEN")
    with made(source("replay")) as environment:
        assert [play_expert(source("replay"), task, seed=3, environment=environment) for task in tasks] == played
        with pytest.raises(StoreError, match="no recording of 'todo todo-train-0 4'"):
            environment.reset(source("replay").find("todo-train-0"), seed=4)
        # Other actions than those that were recorded have no reply: never a wrong one.
        environment.reset(source("replay").find("todo-train-1"), seed=3)
        grammar = Grammar(source("replay").description.actions)
        id = list(environment.box.task_ids.values())[-1]
        with pytest.raises(EnvironmentFault, match="has no reply to"):
            environment.step(grammar.action(grammar.canonical("delete_task", {"task_id": id})))
    assert len(todoist.requests) == asked


def test_a_live_list_needs_a_thread_and_is_not_deterministic(live: dict[str, Any]) -> None:
    assert resolve_environment("todo").description.deterministic
    source = resolve_environment("todo", live)
    assert not source.description.deterministic
    assert source.description.placement == "thread"


def test_settings_that_make_no_sense_are_refused() -> None:
    for values in (
        {"live": {"mode": "reuse", "recordings": "somewhere"}},
        {"live": {"mode": "record"}},
        {"live": {"recordings": "somewhere"}},
        {"projects": "projects.json"},
        {"live": {"token_variable": "not a name"}},
    ):
        with pytest.raises(ConfigError):
            resolve_environment("todo", values)
    source = resolve_environment("todo", {"backend": "live", "live": {"base_url": "http://todoist.example/api"}})
    with made(source) as environment, pytest.raises(AgentGymError):
        environment.reset(source.find("todo-train-0"))


def test_closing_twice_is_fine(todoist: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("todo", live)
    environment = TodoEnvironment(source.config)
    environment.close()
    environment.reset(source.find("todo-train-0"), seed=0)
    environment.close()
    environment.close()
    assert todoist.left() == set()
