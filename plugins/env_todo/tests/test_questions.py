"""The paper's own questions: read from files of their shape. AGENTGYM_TODO_QUESTIONS names the real one, where you have it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.types import Step
from agentgym_testing.players import play_expert

PROJECTS: list[dict[str, Any]] = [
    {
        "name": "Errands",
        "is_favorite": False,
        "tasks": [
            {"content": "Post the parcel", "description": "- Place: Harbour", "due_date": "2015-06-03", "duration": 20, "priority": 4},
            {"content": "Buy stamps", "description": "", "due_date": "2015-06-09", "duration": 10, "priority": 1},
        ],
    },
    {
        "name": "Allotment",
        "is_favorite": False,
        "tasks": [
            {"content": "Water the beans", "description": "", "due_date": "2015-06-05", "duration": 15, "priority": 2},
        ],
    },
]  # fmt: skip


def question(id: int, goal: str, answer: Any, **change: Any) -> dict[str, Any]:
    """A line of the file; `change` gives another due date, a favourite or a task that is gone."""
    tasks = [
        {
            "order": order,
            "content": task["content"],
            "is_completed": False,
            "priority": task["priority"],
            "due_date": change.get("due", {}).get(task["content"], task["due_date"]),
        }
        for project in PROJECTS
        for order, task in enumerate(project["tasks"], 1)
        if task["content"] not in change.get("gone", ())
    ]
    projects = [
        {
            "order": order,
            "color": "charcoal",
            "name": project["name"],
            "is_favorite": project["name"] == change.get("favorite"),
        }
        for order, project in enumerate(PROJECTS, 1)
    ]
    more = {
        "answer": {"projects": projects, "tasks": tasks},
        "init_config": {"current_date": "2015-06-04", "current_location": "New York"},
        "goal_type": 0,
        "tool": "todo",
    }
    return {"id": id, "goal": goal, "subgoals": [answer], "difficulty": "hard", "additional_info": more}


LINES = [
    question(0, "How long does Post the parcel take? Answer as number(unit).", "20(minute)"),
    question(1, 'Delete the task "Buy stamps".', "done", gone=["Buy stamps"]),
    question(19, "Make the project with the beans a favorite.", "done", favorite="Allotment"),
    question(3, "Clear what is overdue, then tell how many tasks are left.", 2, gone=["Post the parcel"]),
    question(4, "Put off Water the beans by a week.", "done", due={"Water the beans": "2015-06-12"}),
    question(5, "Which tasks are there?", ["Buy stamps", "Post the parcel", "Water the beans"]),
]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A questions file, its projects beside it."""
    (tmp_path / "projects.json").write_text(json.dumps(PROJECTS))
    path = tmp_path / "todo.jsonl"
    path.write_text("\n".join(map(json.dumps, LINES)) + "\n")
    return path


def play(source: EnvironmentSource, task: str, detour: str = "") -> list[Step]:
    """The expert's episode, one call before it."""
    return [step for _, step in play_expert(source, task, first=detour)]


def test_questions_keep_their_ids_and_splits(files: Path) -> None:
    source = resolve_environment("todo", {"questions": str(files)})
    assert [task.id for task in source.tasks("agenttraj")] == ["todo_0", "todo_1", "todo_3", "todo_4", "todo_5"]
    assert [task.id for task in source.tasks("agenteval")] == ["todo_19"]
    assert "agenteval" in source.description.evaluation
    assert source.find("todo_1").data.aim.text == 'Delete the task "Buy stamps".'


def test_the_expert_solves_them_and_nothing_counts_before_the_end(files: Path) -> None:
    source = resolve_environment("todo", {"questions": str(files)})
    for line in LINES:
        steps = play(source, f"todo_{line['id']}")
        assert [step.score for step in steps] == [0.0] * (len(steps) - 1) + [1.0]
        assert len(steps) <= source.description.max_rounds


def test_a_gold_value_on_the_way_is_no_answer(files: Path) -> None:
    """In the original a tool that happens to return the answer scores 1 at once, and a wrong finish keeps it."""
    source = resolve_environment("todo", {"questions": str(files)})
    grammar = Grammar(source.description.actions)
    with source.make() as environment:
        environment.reset(source.find("todo_5"), seed=0)
        step = environment.step(grammar.action('finish with Action Input: {"answer": ["Buy stamps"]}'))
        assert (step.score, step.success, step.terminated) == (0.0, False, True)


def test_either_way_of_clearing_a_task_counts(files: Path) -> None:
    source = resolve_environment("todo", {"questions": str(files)})
    id = next(row[0] for row in source.find("todo_3").data.rows.tasks if row[3] == "Post the parcel")
    for tool in ("complete_task", "delete_task"):
        assert play(source, "todo_3", f'{tool} with Action Input: {{"task_id": "{id}"}}')[-1].score == 1.0


def test_projects_may_lie_elsewhere(files: Path, tmp_path: Path) -> None:
    apart = tmp_path / "apart"
    apart.mkdir()
    moved = (tmp_path / "projects.json").rename(apart / "list.json")
    with pytest.raises(ConfigError, match=r"projects: .*projects\.json"):
        resolve_environment("todo", {"questions": str(files)}).splits  # noqa: B018
    source = resolve_environment("todo", {"questions": str(files), "projects": str(moved)})
    assert source.splits["agenttraj"] == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1"),
        ("", "it is empty"),
        (json.dumps({"id": 1}), "goal"),
        ("\n".join([json.dumps(LINES[0])] * 2), "share an id"),
        (json.dumps({**LINES[0], "subgoals": ["a", "b"]}), "one answer is expected"),
        (json.dumps(LINES[0]).replace("Buy stamps", "Buy a ship"), "another list: Buy a ship"),
        (json.dumps(LINES[0]).replace("2015-06-04", "yesterday"), "no date"),
        (json.dumps(LINES[0]).replace('"order": 1', '"order": "first"'), "order"),
    ],
)
def test_a_file_of_another_shape_is_an_error_that_says_where(files: Path, text: str, words: str) -> None:
    files.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        resolve_environment("todo", {"questions": str(files)}).splits  # noqa: B018
    assert str(files) in str(caught.value)


def test_the_real_file(tmp_path: Path) -> None:
    path = os.environ.get("AGENTGYM_TODO_QUESTIONS", "")
    if not Path(path).is_file():
        pytest.skip("AGENTGYM_TODO_QUESTIONS names no copy of AgentGym's todo.jsonl")
    source = resolve_environment("todo", {"questions": path})
    assert {split: source.splits[split] for split in ("agenttraj", "agenteval")} == {"agenttraj": 135, "agenteval": 20}
    for split in ("agenttraj", "agenteval"):
        for task in source.tasks(split):
            steps = play(source, task.id)
            assert (steps[-1].score, len(steps) <= 15) == (1.0, True), task.id
