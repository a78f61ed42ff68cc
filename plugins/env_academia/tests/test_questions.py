"""AgentGym's own questions over AgentBoard's graphs. AGENTGYM_ACADEMIA_QUESTIONS names the real file, where you have it."""

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


def question(id: int, goal: str, *answers: Any) -> dict[str, Any]:
    """A line of the file."""
    more = {"answer": answers[0], "init_config": None, "goal_type": 0, "tool": "academia"}
    return {
        "task": "tool-query",
        "id": id,
        "goal": goal,
        "subgoals": list(answers),
        "difficulty": "easy",
        "additional_info": more,
    }


LINES = [
    question(0, "How many mutual collaborators do Bao Weber and Bao Weber_2 share? Please give a number.", 1),
    question(1, "Which paper by Ada Rossi has the most citations?", "Maps and More"),
    question(6, "Which organizations were involved in 'On Sparse Maps'? Please answer in a list.", ["Line of Sight", "MIT of Nowhere"]),
    question(9, "Do 'Maps and More' and 'Maps and More_2' have the same venue? Answer 'Yes' or 'No'.", "No"),
    question(12, "How old is the oldest paper of all?", 51),
]  # fmt: skip


@pytest.fixture
def config(tmp_path: Path, folder: Path) -> dict[str, Any]:
    path = tmp_path / "academia.jsonl"
    path.write_text("\n".join(map(json.dumps, LINES)) + "\n")
    return {"questions": str(path), "graphs": str(folder)}


def play(source: EnvironmentSource, task: str) -> list[Step]:
    """The expert's episode."""
    return [step for _, step in play_expert(source, task)]


def answered(source: EnvironmentSource, task: str, answer: Any, look: str) -> Step:
    grammar = Grammar(source.description.actions)
    with source.make() as environment:
        environment.reset(source.find(task), seed=0)
        environment.step(grammar.action("loadAuthorNet with Action Input: {}"))
        if look:
            assert environment.step(grammar.action(f'authorNodeCheck with Action Input: {{"node": "{look}"}}')).info[
                "ok"
            ]
        return environment.step(grammar.action(grammar.canonical("finish", {"answer": answer})))


def test_questions_keep_their_ids_and_split(config: dict[str, Any]) -> None:
    source = resolve_environment("academia", config)
    assert [task.id for task in source.tasks("agenteval")] == [f"tool_academia_{line['id']}" for line in LINES]
    assert "agenteval" in source.description.evaluation
    assert source.splits["train"] == 672


def test_the_expert_looks_up_what_is_named_and_answers(config: dict[str, Any]) -> None:
    source = resolve_environment("academia", config)
    for line in LINES[:4]:
        steps = play(source, f"tool_academia_{line['id']}")
        assert all(step.info["ok"] for step in steps)
        assert [step.score for step in steps] == [0.0] * (len(steps) - 1) + [1.0]
        assert len(steps) <= source.description.max_rounds
    with source.make() as environment:
        environment.reset(source.find("tool_academia_9"))
        assert [move for move in environment.available_actions() or [] if "Maps and More_2" in move]


@pytest.mark.parametrize("strict", [False, True])
def test_gold_answers_are_right_once_something_was_looked_up(config: dict[str, Any], strict: bool) -> None:
    source = resolve_environment("academia", {**config, "strict_answers": strict})
    for line in LINES:
        task, gold = f"tool_academia_{line['id']}", line["subgoals"][0]
        assert answered(source, task, gold, "Ada Rossi").score == 1.0
        assert answered(source, task, gold, "").success is False, "loading a network tells nothing"
        assert answered(source, task, "something else", "Ada Rossi").score == 0.0
    assert answered(source, "tool_academia_6", ["MIT of Nowhere", "Line of Sight"], "Ada Rossi").success is True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1"),
        ("", "it is empty"),
        (json.dumps({"id": 1}), "goal"),
        ("\n".join([json.dumps(LINES[0])] * 2), "share an id"),
        (json.dumps({**LINES[0], "subgoals": []}), "no answer"),
        (json.dumps(LINES[0])[:80], "line 1"),
    ],
)
def test_a_file_of_another_shape_is_an_error_that_says_where(config: dict[str, Any], text: str, words: str) -> None:
    Path(config["questions"]).write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        resolve_environment("academia", config).splits  # noqa: B018
    assert config["questions"] in str(caught.value)


@pytest.mark.parametrize("change", [{"graphs": None}, {"questions": None}, {"backend": "live"}])
def test_settings_that_cannot_be_are_refused(config: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"go together|no live service"):
        resolve_environment("academia", {**config, **change})


def test_other_tasks_play_on_our_own_network(config: dict[str, Any]) -> None:
    with_theirs, ours = (play(resolve_environment("academia", each), "academia-train-3") for each in (config, None))
    assert with_theirs == ours


def test_the_real_file(folder: Path) -> None:
    path = os.environ.get("AGENTGYM_ACADEMIA_QUESTIONS", "")
    if not Path(path).is_file():
        pytest.skip("AGENTGYM_ACADEMIA_QUESTIONS names no copy of AgentGym's academia.jsonl")
    source = resolve_environment("academia", {"questions": path, "graphs": str(folder)})
    assert source.splits["agenteval"] == 20
    for task in source.tasks("agenteval"):
        assert answered(source, task.id, task.data.aim.answer, "Ada Rossi").score == 1.0, task.id
