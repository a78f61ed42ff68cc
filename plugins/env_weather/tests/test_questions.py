"""The paper's own questions: read from a file of its shape. AGENTGYM_WEATHER_QUESTIONS names the real one, where you have it."""

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
from agentgym_env_weather.questions import DUBIOUS
from agentgym_testing.players import play_expert


def question(id: int, goal: str, *answers: Any, day: str = "2023-06-15", city: str = "Oslo") -> dict[str, Any]:
    """A line of the file."""
    more = {
        "answer": answers[0],
        "init_config": {"current_date": day, "current_location": city},
        "goal_type": 0,
        "tool": "weather",
    }
    return {"id": id, "goal": goal, "subgoals": list(answers), "difficulty": "hard", "additional_info": more}


LINES = [
    question(0, "How warm was it on average yesterday? Please answer with a number.", 18.5),
    question(4, "Will it rain more in Bergen or in Tromsø tomorrow? Name the city.", "Bergen"),
    question(39, "By how much do Paris and Rome differ tomorrow in temperature?", 6.3999, 6.4),
    question(142, "Is there snow here today?", "No"),
    question(193, "How much snow has been recorded in Toronto?", None),
    question(292, "What temperatures are forecast, and how many days with rain?", {"temperatures": [5.6, 3.7], "rainy_days": 2}),
    question(7, "On which days did it snow last week? Answer with a list.", ["2023-06-12", "2023-06-09"]),
]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "weather.jsonl"
    found.write_text("\n".join(map(json.dumps, LINES)) + "\n")
    return found


def play(source: EnvironmentSource, task: str) -> list[Step]:
    """The expert's episode."""
    return [step for _, step in play_expert(source, task)]


def answered(source: EnvironmentSource, task: str, answer: Any, *, look: bool = True) -> Step:
    grammar = Grammar(source.description.actions)
    with source.make() as environment:
        environment.reset(source.find(task), seed=0)
        if look:
            environment.step(grammar.action("get_user_current_date with Action Input: {}"))
        return environment.step(grammar.action(grammar.canonical("finish", {"answer": answer})))


def test_questions_keep_their_ids_and_splits(path: Path) -> None:
    source = resolve_environment("weather", {"questions": str(path)})
    assert [task.id for task in source.tasks("agenttraj")] == ["weather_0", "weather_193", "weather_292", "weather_7"]
    assert [task.id for task in source.tasks("agenteval")] == ["weather_4", "weather_39"]
    assert [task.id for task in source.tasks("agentgym-other")] == ["weather_142"]
    assert "agenteval" in source.description.evaluation


def test_the_expert_solves_them_and_nothing_counts_before_the_end(path: Path) -> None:
    source = resolve_environment("weather", {"questions": str(path)})
    for line in LINES:
        steps = play(source, f"weather_{line['id']}")
        assert [step.score for step in steps] == [0.0] * (len(steps) - 1) + [1.0]
        assert len(steps) <= source.description.max_rounds


@pytest.mark.parametrize("strict", [False, True])
def test_gold_answers_are_right_and_others_are_not(path: Path, strict: bool) -> None:
    source = resolve_environment("weather", {"questions": str(path), "strict_answers": strict})
    for line in LINES:
        for gold in line["subgoals"]:
            if gold is not None:
                assert answered(source, f"weather_{line['id']}", gold).score == 1.0, line
        assert answered(source, f"weather_{line['id']}", "something else").score == 0.0
    # Values of a list in any order, as the original sorts them; a number as text only where it is not strict.
    assert answered(source, "weather_7", ["2023-06-09", "2023-06-12"]).score == 1.0
    assert answered(source, "weather_0", "18.5").success is not strict
    assert answered(source, "weather_0", 18.5, look=False).success is False


def test_the_dubious_are_named() -> None:
    assert set(DUBIOUS) == {13, 193, 276, 288, 290, 292, 302, 304, 326, 328, 332, 336, 341}
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    assert all(f"{number} ({why})" in readme for number, why in DUBIOUS.items())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1"),
        ("", "it is empty"),
        (json.dumps({"id": 1}), "goal"),
        ("\n".join([json.dumps(LINES[0])] * 2), "share an id"),
        (json.dumps({**LINES[0], "subgoals": []}), "no answer"),
        (json.dumps(LINES[0]).replace("2023-06-15", "yesterday"), "line 1"),
        (json.dumps(LINES[0])[:200], "line 1"),
        ("version https://git-lfs.github.com/spec/v1", "line 1"),
    ],
)
def test_a_file_of_another_shape_is_an_error_that_says_where(path: Path, text: str, words: str) -> None:
    path.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        resolve_environment("weather", {"questions": str(path)}).splits  # noqa: B018
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ConfigError, match="No such file"):
        resolve_environment("weather", {"questions": "/nowhere/weather.jsonl"}).splits  # noqa: B018


def test_the_real_file() -> None:
    path = os.environ.get("AGENTGYM_WEATHER_QUESTIONS", "")
    if not Path(path).is_file():
        pytest.skip("AGENTGYM_WEATHER_QUESTIONS names no copy of AgentGym's weather.jsonl")
    source = resolve_environment("weather", {"questions": path})
    counts = {split: source.splits[split] for split in ("agenttraj", "agenteval", "agentgym-other")}
    assert counts == {"agenttraj": 311, "agenteval": 20, "agentgym-other": 12}
    for split in counts:
        for task in source.tasks(split):
            steps = play(source, task.id)
            assert (steps[-1].score, len(steps) <= 10) == (1.0, True), task.id
