"""AgentGym's own questions: read from a file of its shape. AGENTGYM_MOVIE_QUESTIONS names the real one, where you have it."""

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
from agentgym_env_movie.questions import APART, DUBIOUS, EVALUATION, named, read_questions

_IDS = Path(__file__).resolve().parents[1] / "README.md"


def play(source: EnvironmentSource, task: str) -> list[Step]:
    grammar = Grammar(source.description.actions)
    steps: list[Step] = []
    with source.make() as environment:
        environment.reset(source.find(task), seed=0)
        while not (steps and steps[-1].ended):
            move = environment.expert()
            assert move is not None
            steps.append(environment.step(grammar.action(move.action)))
    return steps


def answered(source: EnvironmentSource, task: str, answer: Any, *, look: bool = True) -> Step:
    grammar = Grammar(source.description.actions)
    with source.make() as environment:
        environment.reset(source.find(task), seed=0)
        if look:
            text = grammar.canonical("get_search_movie", {"movie_name": "of"})
            assert environment.step(grammar.action(text)).info["ok"]
        return environment.step(grammar.action(grammar.canonical("finish", {"answer": answer})))


def test_questions_keep_their_ids_and_splits(live: dict[str, Any]) -> None:
    source = resolve_environment("movie", live)
    assert set(source.splits) == {"agenttraj", "agenteval", "agentgym-other"}
    assert [task.id for task in source.tasks("agenttraj")] == [
        "movie_0",
        "movie_28",
        "movie_33",
        "movie_51",
        "movie_108",
    ]
    assert [task.id for task in source.tasks("agenteval")] == ["movie_1"]
    assert [task.id for task in source.tasks("agentgym-other")] == ["movie_171"]
    assert "agenteval" in source.description.evaluation


def test_the_sets_are_the_papers() -> None:
    assert len(EVALUATION) == 20
    assert len(APART) == 3
    assert not EVALUATION & APART
    assert len(set(range(238)) - EVALUATION - APART) == 215


def test_the_expert_looks_up_what_is_named_and_answers(live: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    source = resolve_environment("movie", live)
    for line in lines[:-1]:
        steps = play(source, f"movie_{line['id']}")
        assert [step.score for step in steps] == [0.0] * (len(steps) - 1) + [1.0]
        assert all(step.info["ok"] for step in steps)
        assert 3 <= len(steps) <= source.description.max_rounds
    tools = [step.info["tool"] for step in play(source, "movie_33")]
    assert tools[:2] == ["get_search_person", "get_person_details"]


@pytest.mark.parametrize("strict", [False, True])
def test_gold_answers_are_right_and_others_are_not(
    live: dict[str, Any], lines: list[dict[str, Any]], strict: bool
) -> None:
    source = resolve_environment("movie", {**live, "strict_answers": strict})
    for line in lines:
        task, gold = f"movie_{line['id']}", line["subgoals"][0]
        assert answered(source, task, gold).score == 1.0, line
        assert answered(source, task, "something else").score == 0.0
        assert answered(source, task, gold, look=False).success is False
    # Values of a list in any order, as the original sorts them; a number as text only where it is not strict.
    assert answered(source, "movie_51", ["dream", "hacker"]).score == 1.0
    assert answered(source, "movie_28", "8.576").success is not strict


@pytest.mark.parametrize(
    ("text", "movies", "people"),
    [
        ('Is "One Two" like "Three"? Please answer with Yes or No.', ("One Two", "Three"), ()),
        ("Did the movie 'How do you know' make a profit?", ("How do you know",), ()),
        ("Who directed 'The Emperor's Lamp'?", ("The Emperor's Lamp",), ()),
        ("Ama Belor won the Academy Award for Best Actress in 2022. What is the film's title?", (), ("Ama Belor",)),
        ("In which movie did Ama Belor play? I wonder.", (), ("Ama Belor",)),
        ('What is the IMDB ID of the actor who played Old Tom in "One Two"?', ("One Two",), ()),
        ("Who plays Old Tom in The Blue Door? Which film is it?", ("The Blue Door",), ()),
        ("What is the birthday of Ama Belor? Please provide the date.", (), ("Ama Belor",)),
        ('What role did Ama De Belor play in "One"?', ("One",), ("Ama De Belor",)),
        ("Where was the director of Lamps: The Rise of Oil born?", ("Lamps: The Rise of Oil",), ()),
        ("Which was first, Blue Red or Green Door?", ("Blue Red", "Green Door"), ()),
    ],
)
def test_films_and_people_are_found_by_how_they_are_written(
    text: str, movies: tuple[str, ...], people: tuple[str, ...]
) -> None:
    assert named(text) == (movies, people)


def test_the_dubious_are_named() -> None:
    readme = _IDS.read_text(encoding="utf-8")
    assert all(f"{number} ({why})" in readme for number, why in DUBIOUS.items())
    assert set(DUBIOUS) <= set(range(238))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1"),
        ("", "it is empty"),
        (json.dumps({"id": 1}), "goal"),
        ('{"id": 1, "goal": "x", "subgoals": ["y"]}\n{"id": 1, "goal": "x", "subgoals": ["y"]}', "share an id"),
        ('{"id": 1, "goal": "x", "subgoals": []}', "no answer"),
        ('{"id": 1, "goal": "x", "subg', "line 1"),
        ("version https://git-lfs.github.com/spec/v1", "line 1"),
    ],
)
def test_a_file_of_another_shape_is_an_error_that_says_where(questions: Path, text: str, words: str) -> None:
    questions.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        resolve_environment("movie", {"backend": "live", "questions": str(questions)}).splits  # noqa: B018
    assert str(questions) in str(caught.value)


def test_a_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ConfigError, match="No such file"):
        resolve_environment("movie", {"backend": "live", "questions": "/nowhere/movie.jsonl"}).splits  # noqa: B018


@pytest.mark.parametrize("change", [{"backend": "live"}, {"questions": "movie.jsonl"}])
def test_questions_and_the_service_go_together(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="go together"):
        resolve_environment("movie", change)


def test_questions_are_listed_without_a_token(questions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMDB_TOKEN", raising=False)
    source = resolve_environment("movie", {"backend": "live", "questions": str(questions)})
    assert source.splits == {"agenttraj": 5, "agenteval": 1, "agentgym-other": 1}
    assert "movie-train-0" not in [task.id for split in source.splits for task in source.tasks(split)]


def test_the_real_file() -> None:
    path = os.environ.get("AGENTGYM_MOVIE_QUESTIONS", "")
    if not Path(path).is_file():
        pytest.skip("AGENTGYM_MOVIE_QUESTIONS names no copy of AgentGym's movie.jsonl")
    found = read_questions(Path(path))
    assert {split: len(tasks) for split, tasks in found.items()} == {
        "agenttraj": 215, "agenteval": 20, "agentgym-other": 3,
    }  # fmt: skip
    for tasks in found.values():
        for task in tasks:
            aim = task.data.aim
            assert 1 <= len(aim.looks) <= 11, task.id
            assert aim.answered(aim.answer, strict=True), task.id
            assert aim.answered(aim.answer, strict=False), task.id
            assert not aim.answered("something else", strict=False), task.id
