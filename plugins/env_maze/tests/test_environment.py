"""What the game answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action, Step

Source = Callable[..., EnvironmentSource]
Play = Callable[..., list[Step]]
NEXT_TO_GOAL = "The goal is at position 8, 6. Your current position is at position 7, 6. There are walls to your right, to your left."


def test_the_original_is_told_in_its_words(play: Play) -> None:
    opening, blocked, done = play("lmrlgym_maze_18", ["move left", "move down"])
    assert opening.observation == NEXT_TO_GOAL
    assert blocked == Step(NEXT_TO_GOAL, info={"raw_reward": 0.0})
    assert done == Step("Success\n", 1.0, terminated=True, success=True, info={"raw_reward": 1.0})


def test_a_generated_maze_is_drawn_once(play: Play, source: Source) -> None:
    id = source().tasks("train").ids[0]  # type: ignore[attr-defined]
    game = source().find(id).data
    opening, later = play(id, ["move up"])
    assert opening.observation.startswith(f"{game.drawing}\nThe goal is at position ")
    assert game.drawing.count("S") == game.drawing.count("G") == 1
    assert "#" not in later.observation


def test_text_that_is_no_move_costs_a_step_and_says_so(play: Play) -> None:
    for text in ("move", "go left", "", "move left now"):
        step = play("lmrlgym_maze_18", [text])[1]
        assert step.observation.startswith(
            "That is not a move. The moves are: move left, move right, move up, move down."
        )
        assert step.observation.endswith(NEXT_TO_GOAL)
        assert (step.score, step.ended) == (0.0, False)


def test_blanks_are_for_the_grammar_to_fold(source: Source) -> None:
    with source().make() as maze:
        maze.reset(source().find("lmrlgym_maze_18"))
        assert maze.step(Action(text="move  left")).observation.startswith("That is not a move.")


def test_case_does_not_matter(play: Play) -> None:
    assert play("lmrlgym_maze_18", ["Move Down"])[-1].success is True


@pytest.mark.parametrize("text", ["move left", "what?"])
def test_the_fifty_first_step_fails_with_a_score_of_zero(play: Play, text: str) -> None:
    steps = play("lmrlgym_maze_18", [text] * 51)
    assert not any(step.ended for step in steps[:-1])
    assert steps[-1] == Step("Failure\n", 0.0, truncated=True, success=False, info={"raw_reward": -1.0})


def test_the_fiftieth_step_may_still_succeed(play: Play) -> None:
    assert play("lmrlgym_maze_18", ["move left"] * 49 + ["move down"])[-1].success is True


def test_the_goal_on_the_last_step_beats_the_limit(play: Play) -> None:
    assert play("lmrlgym_maze_18", ["move down"], max_steps=1)[-1].success is True
    assert play("lmrlgym_maze_17", ["move down", "move down"], max_steps=1)[-1].success is False


def test_starting_on_the_goal_is_solved_by_staying_there(play: Play) -> None:
    opening, done = play("lmrlgym_maze_25", ["move down"])
    assert "Your current position is at position 8, 6." in opening.observation
    assert done.success is True
    assert play("lmrlgym_maze_25", ["move up"])[-1].observation == NEXT_TO_GOAL
    assert play("lmrlgym_maze_25", ["move up", "move down"])[-1].success is True


def test_descriptions_may_end_as_in_the_recordings(play: Play) -> None:
    assert play("lmrlgym_maze_18", ["move left"], trailing_newline=True)[1].observation == NEXT_TO_GOAL + "\n"


def test_partial_observation_hides_where_one_is(play: Play, source: Source) -> None:
    id = source().tasks("train").ids[0]  # type: ignore[attr-defined]
    for task in (id, "lmrlgym_maze_18"):
        for step in play(task, ["move up"], observability="partial"):
            assert "position" not in step.observation
            assert step.observation.startswith("There ")
    with GuardedEnvironment(source(observability="partial")) as instance:
        move = instance.reset(ResetRequest(task="lmrlgym_maze_18", seed=0, needs=frozenset({"expert"}))).expert
    assert move is not None
    assert move.thought == "Free: up, down. The way goes down."


def test_the_four_moves_are_available_in_order(source: Source) -> None:
    with source().make() as environment:
        environment.reset(source().find("lmrlgym_maze_0"))
        assert environment.available_actions() == ["move left", "move right", "move up", "move down"]


def test_the_expert_takes_a_shortest_way_in_every_task(source: Source) -> None:
    maze = source()
    with GuardedEnvironment(maze) as instance:
        for split in maze.splits:
            for task in maze.tasks(split):
                answer = instance.reset(ResetRequest(task=task.id, seed=0, needs=frozenset({"expert"})))
                moves = 0
                while answer.expert is not None:
                    answer = instance.step(Action(text=answer.expert.action))
                    moves += 1
                assert answer.step.success is True, task.id
                assert moves == max(1, task.data.grid.distances[task.data.start]), task.id


def test_the_expert_says_where_it_is_and_where_the_way_goes(source: Source) -> None:
    with GuardedEnvironment(source()) as instance:
        move = instance.reset(ResetRequest(task="lmrlgym_maze_19", seed=0, needs=frozenset({"expert"}))).expert
        assert move is not None
        assert move.thought == "The goal is 8, 6. I am at 5, 7. Free: left, right. The way goes left."
        on_goal = instance.reset(ResetRequest(task="lmrlgym_maze_25", seed=0, needs=frozenset({"expert"}))).expert
        assert on_goal is not None
        assert on_goal.thought.endswith("I stand on the goal. A wall is left, so I stay on it.")


def test_the_expert_goes_on_from_anywhere(source: Source) -> None:
    rng = random.Random(0)
    with GuardedEnvironment(source()) as instance:
        for task in source().tasks("eval")[:40]:
            answer = instance.reset(
                ResetRequest(task=task.id, seed=0, needs=frozenset({"expert", "available_actions"}))
            )
            for _ in range(8):
                if answer.available_actions is not None:
                    answer = instance.step(Action(text=rng.choice(answer.available_actions)))
            while answer.expert is not None:
                answer = instance.step(Action(text=answer.expert.action))
            assert answer.step.success is True


def test_the_picture_is_well_formed_and_shows_the_way(source: Source) -> None:
    with source().make() as environment:
        environment.reset(source().find("lmrlgym_maze_17"))
        environment.step(Action(text="move down"))
        environment.step(Action(text="<script>alert(1)</script>"))
        picture = environment.render()
    assert isinstance(picture, str)
    tree = ElementTree.fromstring(picture)
    assert len(tree.findall("{*}rect")) == 1 + 26 + 1
    line = tree.find("{*}polyline")
    assert line is not None
    assert line.get("points") == "104,104 104,120"
    assert "script" not in picture


def test_what_is_told_is_enough_to_do_well(source: Source) -> None:
    maze = source()
    solved = 0
    with maze.make() as environment:
        for task in maze.tasks("eval"):
            environment.reset(task)
            grid, cell = task.data.grid, task.data.start
            visits: dict[tuple[int, int], int] = {}
            for _ in range(15):
                visits[cell] = visits.get(cell, 0) + 1
                ways = [(grid.moved(cell, direction), direction) for direction in grid.free(cell)]
                cell, direction = min(
                    ways,
                    key=lambda way: (
                        visits.get(way[0], 0),
                        abs(way[0][0] - grid.goal[0]) + abs(way[0][1] - grid.goal[1]),
                    ),
                )
                step = environment.step(Action(text=f"move {direction}"))
                if step.ended:
                    solved += step.success is True
                    break
    assert solved == 186
