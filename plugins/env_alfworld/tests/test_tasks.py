"""Splits and ids of own games: by scene, distinct, and listed without an engine."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError, TaskNotFound
from agentgym_core.rollout import make_environment
from agentgym_env_alfworld import generate, package, scenes
from agentgym_env_alfworld.goal import read_goal
from agentgym_env_alfworld.plugin import KINDS

Source = Callable[..., EnvironmentSource]


def test_every_kind_has_hundreds_of_games(source: Source) -> None:
    alfworld = source()
    assert dict(alfworld.splits) == {"train": 1440, "eval": 360}
    for split, count in (("train", 240), ("eval", 60)):
        kinds = Counter(id.split("-")[1] for id in alfworld.tasks(split).ids)  # type: ignore[attr-defined]
        assert kinds == dict.fromkeys(KINDS, count)
    assert set(alfworld.description.evaluation) >= {"eval"}
    assert (alfworld.description.max_rounds, alfworld.spec.placement) == (30, "process")


def test_no_scene_stands_in_train_and_eval(source: Source) -> None:
    scenes = {
        split: {id.split("-")[2] for id in source().tasks(split).ids}  # type: ignore[attr-defined]
        for split in ("train", "eval")
    }
    assert not scenes["train"] & scenes["eval"]
    assert (len(scenes["train"]), len(scenes["eval"])) == (96, 24)


def test_no_game_comes_twice(source: Source) -> None:
    alfworld = source(train=60, eval=60)
    tasks = [task for split in alfworld.splits for task in alfworld.tasks(split)]
    assert len({task.fingerprint for task in tasks}) == len({task.id for task in tasks}) == 720


def test_listing_starts_no_engine() -> None:
    program = (
        "import sys; from agentgym_core.environments import resolve_environment;"
        "source = resolve_environment('alfworld'); print(len(source.tasks('train')), source.find('alfworld-"
        "pick_two_obj_and_place-9-0').kind, [name for name in ('textworld', 'fast_downward', 'alfworld', 'jericho')"
        " if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.split(maxsplit=2) == ["1440", "pick_two_obj_and_place", "[]\n"]


@pytest.mark.parametrize(
    "id",
    [
        "alfworld-pick_and_place_simple-9-500",
        "alfworld-pick_and_place_simple-9--1",
        "alfworld-pick_heat_then_place_in_recep-310-0",
        "alfworld_2420",
        "",
    ],
)
def test_unknown_ids_are_refused(source: Source, id: str) -> None:
    with pytest.raises(TaskNotFound):
        source().find(id)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"kinds": ["pick_and_drop"]}, "kinds must be some of"),
        ({"kinds": []}, "kinds must be some of"),
        ({"train": 0}, "train"),
        ({"wording": "french"}, "wording"),
        ({"mapping_test": "x.json"}, "needs `data`"),
        ({"dta": "x"}, "did you mean 'data'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(source: Source, config: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        source(**config)


def test_a_seed_draws_other_games_of_the_same_ids(source: Source) -> None:
    small, other = source(train=2, eval=1), source(train=2, eval=1, seed=1)
    assert [task.id for task in small.tasks("train")] == [task.id for task in other.tasks("train")]
    assert not {task.fingerprint for task in small.tasks("train")} & {task.fingerprint for task in other.tasks("train")}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_asked_for_is_there_and_not_yet_done(kind: str) -> None:
    holds = {
        key.lower(): {value.lower() for value in values}
        for key, values in package.constants().VAL_RECEPTACLE_OBJECTS.items()
    }
    for scene in generate.scenes_for(kind, train=False):
        for index in range(3):
            problem = generate.problem(kind, scene, index, 0)
            goal = read_goal(problem.pddl)
            assert goal is not None
            assert goal.object in problem.sentence
            assert (goal.target or goal.lamp) in problem.sentence
            lines = problem.pddl.lower().split("\n")
            lying = [line.split() for line in lines if line.strip().startswith(f"(inreceptacle {goal.object}_bar_")]
            assert len(lying) >= goal.count
            if goal.lamp:
                assert any(line.strip().startswith(f"(inreceptacle {goal.lamp}_bar_") for line in lines)
            else:
                assert goal.object in holds[goal.target]
                place = {"sinkbasin": "sink_bar_", "bathtubbasin": "bathtub_bar_"}.get(
                    goal.target, f"{goal.target}_bar_"
                )
                assert not any(where.startswith(place) for (_, _, where) in lying)


def test_no_two_pieces_of_furniture_share_a_standing_point() -> None:
    for numbers in package.constants().SCENE_TYPE.values():
        for number in numbers:
            places = [item.place for item in scenes.scene(number).receptacles]
            assert len(set(places)) == len(places), number


def test_going_from_place_to_place_always_happens() -> None:
    with make_environment("alfworld") as environment:
        opening = environment.reset("alfworld-pick_and_place_simple-401-0")
        for place in re.findall(r"an? ([a-z]+ \d+)", opening):
            assert not environment.step(f"go to {place}").observation.startswith("Nothing happens"), place
