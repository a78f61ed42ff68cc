"""The tools over SQLite: results, errors, scores and ends."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.types import Action
from agentgym_testing.players import ToolPlayer

SOURCE = resolve_environment("todo")
GRAMMAR = Grammar(SOURCE.description.actions)


Player = partial(ToolPlayer, "todo")


@pytest.fixture
def player() -> Iterator[ToolPlayer]:
    with Player() as found:
        yield found


def first_of(kind: str) -> str:
    from agentgym_env_todo.families import FAMILIES

    return f"todo-train-{list(FAMILIES).index(kind)}"


def test_results_have_the_shape_of_the_service(player: ToolPlayer) -> None:
    player.reset("todo-train-0")
    world = player.source.find("todo-train-0").data.world
    assert player.call("get_user_current_date").observation == world.today
    assert player.call("get_user_current_location").observation == world.location
    projects = player.value("get_projects")
    assert [list(each) for each in projects] == [["id", "order", "color", "name", "is_favorite"]] * len(world.folders)
    assert [each["order"] for each in projects] == list(range(1, len(world.folders) + 1))
    assert {each["color"] for each in projects} == {"charcoal"}
    tasks = player.value("get_tasks", project_id=projects[0]["id"])
    entry = world.folders[0].tasks[0]
    assert tasks[0] == {
        "id": tasks[0]["id"],
        "order": 1,
        "content": entry.content,
        "is_completed": False,
        "priority": entry.priority,
        "due_date": entry.due_date,
    }
    id = tasks[0]["id"]
    assert player.value("get_task_duration", task_id=id) == {
        "id": id,
        "content": entry.content,
        "duration": f"{entry.minutes}(minute)",
    }
    assert player.value("get_task_description", task_id=id)["description"] == entry.description
    moved = player.value("update_task", task_id=id, due_date="2030-02-28")
    assert moved == {"message": "Update the task successfully", "task": {**tasks[0], "due_date": "2030-02-28"}}
    done = player.value("complete_task", task_id=id)
    shown = {key: value for key, value in moved["task"].items() if key != "is_completed"}
    assert done == {"message": "Complete task successfully.", "task": shown}
    gone = player.value("delete_task", task_id=tasks[1]["id"])
    assert gone == {"message": "Delete the task successfully.", "task": tasks[1]}
    rest = player.value("get_tasks", project_id=projects[0]["id"])
    assert rest == tasks[2:], "places do not close up"
    favorite = not projects[1]["is_favorite"]
    liked = player.value("update_project", project_id=projects[1]["id"], is_favorite=str(favorite))
    assert liked["message"] == "Update the project successfully."
    assert liked["project"] == {**projects[1], "is_favorite": favorite}
    names = player.call("check_valid_actions").observation
    assert names.startswith("You can use following valid actions: ['get_user_current_date', ")
    assert "'finish'" in names


@pytest.mark.parametrize(
    ("name", "arguments", "text"),
    [
        ("get_tasks", {"project_id": "1"}, "Project not found"),
        ("update_project", {"project_id": "1", "is_favorite": "True"}, "Project not found"),
        ("get_task_description", {"task_id": "1"}, "Task not found"),
        ("get_task_duration", {"task_id": "1"}, "Task not found"),
        ("update_task", {"task_id": "1", "due_date": "2025-01-01"}, "Task not found"),
        ("complete_task", {"task_id": "1"}, "Task 1 is not exists."),
        ("delete_task", {"task_id": "1"}, "Task 1 is not exists."),
        ("get_tasks", {"project_id": "' OR 1=1 --"}, "Project not found"),
    ],
)
def test_what_is_not_there_is_said(player: ToolPlayer, name: str, arguments: dict[str, Any], text: str) -> None:
    player.reset("todo-train-0")
    step = player.call(name, **arguments)
    assert (step.observation, step.score, step.ended, step.info["ok"]) == (text, 0.0, False, False)


@pytest.mark.parametrize(
    "date", ["tomorrow", "2025-02-30", "2025-1-5", "01/02/2025", "", "2025-01-05T10:00", "٢٠٢٥-٠١-٠٥"]
)
def test_dates_must_be_dates(player: ToolPlayer, date: str) -> None:
    player.reset("todo-train-0")
    before = [project.id for project in player.environment.box.backend.projects()]
    items = [player.environment.box.backend.tasks(id) for id in before]
    step = player.call("update_task", task_id=items[0][0].id, due_date=date)
    assert "due_date must be a date" in step.observation
    assert [player.environment.box.backend.tasks(id) for id in before] == items


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (Action("", {}, "fly to the moon"), "ERROR | Invalid action: fly to the moon."),
        (Action("", {}, 'forget with Action Input: {"task_id": "1"}'), "ERROR | Invalid action: forget."),
        (Action("get_tasks", {}, ""), 'ERROR | get_tasks needs "project_id".'),
        (Action("get_tasks", {"project_id": 7}, ""), 'ERROR | "project_id" must be of type string.'),
        (
            Action("update_project", {"project_id": "7", "is_favorite": "maybe"}, ""),
            'ERROR | "is_favorite" must be one of: True, False.',
        ),
        (Action("finish", {}, ""), 'ERROR | finish needs "answer".'),
        (Action("_existing", {"task_id": "1"}, ""), "ERROR | Invalid action: _existing."),
        (Action("backend", {}, ""), "ERROR | Invalid action: backend."),
    ],
)
def test_what_makes_no_sense_costs_nothing_else(player: ToolPlayer, action: Action, text: str) -> None:
    player.reset(first_of("complete"))
    player.call("get_projects")
    step = player.environment.step(action)
    assert (step.observation, step.ended, step.score) == (text, False, 0.25)
    assert player.expert().score == 1.0


@given(st.text(max_size=80), st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3))
def test_nothing_that_is_said_raises(text: str, arguments: dict[str, str]) -> None:
    with SOURCE.make() as environment:
        environment.reset(SOURCE.find("todo-train-3"), seed=0)
        for name in ("", "get_tasks", "finish", "update_task", "check_valid_actions", text):
            step = environment.step(Action(name, arguments, text))
            assert 0.0 <= step.score < 1.0
            if step.ended:
                environment.reset(SOURCE.find("todo-train-3"), seed=0)


def test_the_score_is_the_share_of_sub_goals(player: ToolPlayer) -> None:
    player.reset(first_of("complete"))
    scores = [
        player.call("get_user_current_date").score,
        player.call("get_projects").score,
        player.call("get_projects").score,
    ]
    assert scores == [0.0, 0.25, 0.25]
    assert player.expert("finish").score == 0.75
    last = player.expert()
    assert (last.score, last.success, last.terminated) == (1.0, True, True)
    assert last.info == {
        "tool": "finish",
        "ok": True,
        "met": 3,
        "goals": 4,
        "answer_right": True,
        "state_right": True,
        "looked_up": True,
    }


def test_a_wrong_answer_ends_the_episode_and_keeps_the_score(player: ToolPlayer) -> None:
    player.reset(first_of("due_date"))
    player.call("get_projects")
    step = player.call("finish", answer="1999-01-01")
    assert (step.terminated, step.success) == (True, False)
    assert step.score == pytest.approx(1 / 3)


def test_an_answer_counts_only_once_it_was_looked_up(player: ToolPlayer) -> None:
    answer = player.source.find(first_of("due_date")).data.aim.answer
    player.reset(first_of("due_date"))
    step = player.call("finish", answer=answer)
    assert (step.score, step.success, step.terminated) == (0.0, False, True)
    assert (step.info["answer_right"], step.info["looked_up"]) == (True, False)
    player.reset(first_of("due_date"))
    player.call("get_user_current_date")
    player.expert("finish")
    assert player.call("finish", answer=answer).score == 1.0


def test_what_was_not_asked_for_fails_the_task(player: ToolPlayer) -> None:
    task = first_of("due_date")
    player.reset(task)
    box = player.environment.box
    player.call("update_project", project_id=next(iter(box.project_ids.values())), is_favorite="True")
    player.call("delete_task", task_id=list(box.task_ids.values())[-1])
    step = player.call("finish", answer=player.source.find(task).data.aim.answer)
    assert (step.success, step.info["answer_right"], step.info["state_right"]) == (False, True, False)
    assert step.score < 1.0


def test_deleting_is_not_completing(player: ToolPlayer) -> None:
    player.reset(first_of("complete"))
    name = player.source.find(first_of("complete")).data.aim.goals[-1].name
    player.call("delete_task", task_id=player.environment.box.task_ids[name])
    assert player.call("finish", answer="done").success is False


def test_done_is_not_enough(player: ToolPlayer) -> None:
    for kind in ("complete", "delete", "postpone", "swap_favorite"):
        player.reset(first_of(kind))
        step = player.call("finish", answer="done")
        assert (step.score, step.success) == (0.0, False)


def test_a_change_that_is_undone_does_not_count(player: ToolPlayer) -> None:
    player.reset(first_of("postpone"))
    setup = player.source.find(first_of("postpone")).data
    name = setup.aim.goals[-1].name
    with_change = player.expert("finish").score
    id = player.environment.box.task_ids[name]
    undone = player.call("update_task", task_id=id, due_date=setup.world.entry(name).due_date)
    assert undone.score == with_change - 0.25
    assert player.expert().score == 1.0


def test_what_was_moved_and_then_deleted_does_not_count(player: ToolPlayer) -> None:
    player.reset(first_of("postpone"))
    name = player.source.find(first_of("postpone")).data.aim.goals[-1].name
    assert player.expert("finish").score == 0.75
    assert player.call("delete_task", task_id=player.environment.box.task_ids[name]).score == 0.5


def test_the_expert_puts_right_what_can_be_put_right(player: ToolPlayer) -> None:
    player.reset(first_of("due_date"))
    box = player.environment.box
    project = player.value("get_projects")[0]
    player.call("update_project", project_id=project["id"], is_favorite=str(not project["is_favorite"]))
    player.call("update_task", task_id=list(box.task_ids.values())[-1], due_date="2031-01-01")
    assert player.expert().success is True
    player.reset(first_of("due_date"))
    player.call("delete_task", task_id=list(player.environment.box.task_ids.values())[-1])
    while (move := player.environment.expert()) is not None:
        player.environment.step(GRAMMAR.action(move.action))
    assert player.call("finish", answer="x").success is False, "it gives up where there is no way"


def test_words_of_the_original_server() -> None:
    with Player({"original_texts": True}) as player:
        setup = player.source.find("todo-train-0").data
        assert player.reset("todo-train-0") == (
            "Now new trial starts.\nYou should perform actions to accomplish the goal: "
            f"{setup.aim.text}\nGive me one action."
        )
        step = player.call("get_user_current_location")
        assert step.observation == f"Observation: {setup.world.location}\nGive me one action."


def test_strict_answers_are_equal_values() -> None:
    task = first_of("days_left")
    for strict, solved in ((False, True), (True, False)):
        with Player({"strict_answers": strict}) as player:
            player.reset(task)
            answer = player.source.find(task).data.aim.answer
            assert isinstance(answer, int)
            player.expert("finish")
            assert player.call("finish", answer=f" {answer}").success is solved


def test_every_available_action_is_a_declared_one(player: ToolPlayer) -> None:
    player.reset("todo-train-5")
    texts = player.environment.available_actions()
    assert len(set(texts)) == len(texts)
    for text in texts:
        action = GRAMMAR.action(text)
        assert (bool(action.name), action.text) == (True, text)


def test_the_picture_shows_what_is_left(player: ToolPlayer) -> None:
    assert player.environment.render() is None
    player.reset(first_of("complete"))
    name = player.source.find(first_of("complete")).data.aim.goals[-1].name
    before = player.environment.render()
    player.expert("finish")
    after = player.environment.render()
    assert before is not None
    assert after is not None
    assert (name in before, name in after) == (True, False)
