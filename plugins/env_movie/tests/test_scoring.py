"""What counts, in whatever way it became known; and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.environments import resolve_environment
from agentgym_env_movie.families import FAMILIES
from agentgym_env_movie.goals import Found, Looked

SOURCE = resolve_environment("movie")
GRAMMAR = Grammar(SOURCE.description.actions)


def kind(name: str, split: str = "train") -> str:
    """The first task of a kind."""
    return f"movie-{split}-{list(FAMILIES).index(name)}"


def test_an_answer_that_was_not_looked_up_counts_for_nothing(player: Any) -> None:
    for name in FAMILIES:
        task = player.source.find(kind(name))
        player.environment.reset(task, seed=0)
        step = player.call("finish", answer=task.data.aim.answer)
        assert (step.success, step.score, step.info["answer_right"], step.info["looked_up"]) == (
            False,
            0.0,
            True,
            False,
        )


def test_finding_is_not_looking(player: Any) -> None:
    task = player.source.find(kind("genres"))
    player.environment.reset(task, seed=0)
    player.call("get_search_movie", movie_name=task.data.movies[0])
    step = player.call("finish", answer=task.data.aim.answer)
    assert (step.success, step.info["answer_right"]) == (False, True)


def test_an_id_that_is_used_need_not_be_searched(player: Any) -> None:
    task = player.source.find(kind("genres"))
    player.environment.reset(task, seed=0)
    (look,) = [goal for goal in task.data.aim.goals if isinstance(goal, Looked)]
    player.environment.step(GRAMMAR.action(look.move(player.environment.box).action))
    assert player.call("finish", answer=task.data.aim.answer[::-1]).score == 1.0


def test_the_same_knowledge_from_either_side_counts(player: Any) -> None:
    task = player.source.find(kind("role_in"))
    (look,) = [goal for goal in task.data.aim.goals if isinstance(goal, Looked)]
    assert {tool for tool, _ in look.calls} == {"get_person_cast", "get_movie_cast"}
    film = next(id for tool, id in look.calls if tool == "get_movie_cast")
    player.environment.reset(task, seed=0)
    player.call("get_movie_cast", movie_id=film)
    assert player.call("finish", answer=task.data.aim.answer.upper()).score == 1.0


def test_the_first_hit_need_not_be_looked_at_where_another_is_meant(player: Any) -> None:
    task = player.source.find(kind("director_of_year"))
    goals = [goal for goal in task.data.aim.goals if goal.needed]
    assert len(goals) < len(task.data.aim.goals)
    (meant,) = [goal for goal in goals if isinstance(goal, Found)]
    assert meant.position > 1
    player.environment.reset(task, seed=0)
    for goal in goals:
        player.environment.step(GRAMMAR.action(goal.move(player.environment.box).action))
    assert player.call("finish", answer=task.data.aim.answer).score == 1.0


def test_the_first_hit_is_not_what_is_asked_for(player: Any) -> None:
    """Who takes the best hit of a title for granted has another answer."""
    for number in range(0, 800, 40):
        task = player.source.find(f"movie-train-{number + list(FAMILIES).index('director_of_year')}")
        player.environment.reset(task, seed=0)
        id = player.value("get_search_movie", movie_name=task.data.movies[0])[0]["id"]
        crew = player.value("get_movie_crew", movie_id=id)["crew"]
        names = [each["name"] for each in crew if each["job"] == "Director"]
        assert player.call("finish", answer=names[0]).success is False


@pytest.mark.parametrize(
    ("name", "off"), [("mean_rating", 0.01), ("profit", 1000.0), ("revenue_of_director", 1000.0), ("days_apart", 0.0)]
)
def test_numbers_have_their_tolerance_and_unit(player: Any, name: str, off: float) -> None:
    task = player.source.find(kind(name))
    answer, unit = task.data.aim.answer, task.data.aim.unit
    tries = [
        (answer, True), (answer + off, True), (f"{answer} {unit}", True), (f"{answer} bananas", False),
        (answer + 2 * off + 0.5, False),
    ]  # fmt: skip
    for given, solved in tries:
        player.environment.reset(task, seed=0)
        for goal in task.data.aim.goals:
            move = goal.move(player.environment.box)
            player.environment.step(GRAMMAR.action(move.action))
        assert player.call("finish", answer=given).success is solved, given


@pytest.mark.parametrize("form", FORMATS)
def test_the_expert_solves_every_kind_in_every_format(form: str) -> None:
    grammar = Grammar(SOURCE.description.actions, form)
    with SOURCE.make() as environment:
        for task in SOURCE.tasks("eval")[: len(FAMILIES)]:
            environment.reset(task)
            step = None
            while step is None or not step.ended:
                move = environment.expert()
                assert move is not None
                assert len(move.thought) > 10
                reading = grammar.read(*grammar.render(move))
                assert reading.action is not None, reading.error
                assert (reading.thought, reading.action.text) == (move.thought, move.action)
                step = environment.step(reading.action)
            assert step.score == 1.0
