"""The official games by path: ALFWorld's splits, AgentGym's ids, and files that are not what they should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError, TaskNotFound
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.types import Action, Outcome, Step
from agentgym_env_alfworld.tasks import Opening

Source = Callable[..., EnvironmentSource]
pytestmark = pytest.mark.engine


def test_alfworlds_splits_hold_the_solvable_games(source: Source, official: Any) -> None:
    alfworld = source(**official.config, train=1, eval=1)
    assert dict(alfworld.splits) == {
        "train": 6, "eval": 6, "alfworld_train": 1, "valid_seen": 2, "valid_unseen": 1, "agenttraj": 1, "agenteval": 2,
    }  # fmt: skip
    assert {"valid_seen", "valid_unseen", "agenteval"} <= set(alfworld.description.evaluation)
    assert [task.id for task in alfworld.tasks("valid_seen")] == [
        "valid_seen-look_at_obj_in_light-Book-None-DeskLamp-314-trial_T1_a",
        "valid_seen-pick_and_place_simple-Book-None-Bed-312-trial_T1_b",
    ]
    assert {task.kind for task in alfworld.tasks("valid_unseen")} == {"pick_two_obj_and_place"}


def test_items_have_agentgyms_ids(source: Source, official: Any) -> None:
    alfworld = source(**official.config)
    assert [task.id for task in alfworld.tasks("agenteval")] == ["alfworld_2420", "alfworld_2421"]
    train = alfworld.find("pick_and_place_simple-Book-None-Bed-312_trial_T20190907_174127_043461")
    assert train.split == "agenttraj"
    # The same game under ALFWorld's name: the split guard knows it by its content.
    assert train.fingerprint == alfworld.tasks("alfworld_train")[0].fingerprint


def test_every_published_id_is_formed_as_published(source: Source, official: Any, tmp_path: Path) -> None:
    folder = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference" / "item_ids"
    if not folder.is_dir():
        pytest.skip("the published item ids are not here")
    train = json.loads((folder / "alfworld_train.json").read_text())
    test = json.loads((folder / "alfworld_test.json").read_text())
    rows: dict[str, list[dict[str, Any]]] = {"train": [], "test": []}
    for number, id in enumerate(train):
        type, _, trial = id.partition("_trial_")
        rows["train"].append({"item_id": number, "task_type": type, "task_id": f"trial_{trial}"})
    for id in test:
        rows["test"].append(
            {"item_id": int(id.split("_")[1]), "task_type": "pick_and_place_simple-A-None-B-1", "task_id": id}
        )
    paths = {name: tmp_path / f"full_{name}.json" for name in rows}
    for name, path in paths.items():
        path.write_text(json.dumps(rows[name]))
    alfworld = source(data=official.data, mapping_train=paths["train"], mapping_test=paths["test"])
    assert (len(train), len(test)) == (2420, 200)
    assert {alfworld.find(id).split for id in train[::100]} == {"agenttraj"}
    assert list(alfworld.tasks("agenttraj").ids) == train  # type: ignore[attr-defined]
    assert list(alfworld.tasks("agenteval").ids) == test  # type: ignore[attr-defined]


@pytest.mark.parametrize("wording", ["agentgym", "alfworld"])
def test_games_of_both_ages_are_played_and_solved(
    source: Source, official: Any, finish: Callable[[Environment], list[Step]], wording: str
) -> None:
    alfworld = source(**official.config, wording=wording)
    with alfworld.make() as environment:
        for split in ("alfworld_train", "valid_seen", "valid_unseen"):
            for task in alfworld.tasks(split):
                opening = environment.reset(task)
                assert opening.startswith("You are in the middle of a room.")
                assert "\nYour task is to: " in opening
                old = "put {o} in/on {r}" in task.data.read().grammar
                steps: list[Step] = []
                while not (steps and steps[-1].ended) and len(steps) < 30:
                    move = environment.expert()
                    assert move is not None
                    # Whatever the file says, both ways to put a thing down are understood.
                    text = move.action
                    if old and text.startswith("put "):
                        text = text.replace("put ", "move ").replace(" in/on ", " to ")
                    elif text.startswith("move "):
                        text = text.replace("move ", "put ").replace(" to ", " in/on ")
                    steps.append(environment.step(Action(text=text)))
                    assert steps[-1].info["admissible"], text
                assert steps[-1].success, task.id
                if wording == "agentgym":
                    assert not any("arrive" in step.observation for step in steps)
                    assert "You move" not in " ".join(step.observation for step in steps)


def test_a_missing_folder_says_what_to_do(source: Source, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no folder") as caught:
        _ = source(data=tmp_path / "nowhere").splits
    assert "agentgym data pull alfworld" in caught.value.hint
    with pytest.raises(ConfigError, match="holds none of the folders"):
        _ = source(data=tmp_path).splits


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file"),
        (b"", "not a game of ALFWorld"),
        (b"\x80\x81 not json", "not a game of ALFWorld"),
        (b'{"pddl_domain": "", "grammar": 3}', "not a game of ALFWorld"),
        (b'[{"a": 1}]', "not a game of ALFWorld"),
        (
            json.dumps({"pddl_domain": "(define", "grammar": "x", "pddl_problem": "y"}).encode(),
            "grammar cannot be read",
        ),
    ],
)
def test_a_file_that_is_no_game_is_a_clear_error(
    source: Source, official: Any, content: bytes | None, says: str
) -> None:
    alfworld = source(**official.config)
    good, bad = alfworld.tasks("agenttraj")[0], alfworld.tasks("valid_unseen")[0]
    file = next(official.data.glob("json_2.1.1/valid_unseen/*/*/game.tw-pddl"))
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with alfworld.make() as environment:
        with pytest.raises(ConfigError, match=says) as caught:
            environment.reset(bad)
        assert caught.value.hint
        # The instance is whole: the next game is played as if nothing had been.
        assert "Your task is to" in environment.reset(good)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("(:init", "(:inlt", "engine cannot read the game's problem"),
        ("(atLocation agent1", "(atLocation nobody", "engine cannot read the game's problem"),
        ("(objectType ?o1 ", "(objectType ?o1 Unknown", "nothing in its world can reach its goal"),
    ],
)
def test_a_problem_that_the_engine_refuses_is_a_clear_error(
    source: Source, official: Any, old: str, new: str, says: str
) -> None:
    file = next(official.data.glob("json_2.1.1/valid_unseen/*/*/game.tw-pddl"))
    game = json.loads(file.read_text())
    assert old in game["pddl_problem"]
    game["pddl_problem"] = game["pddl_problem"].replace(old, new)
    file.write_text(json.dumps(game))
    alfworld = source(**official.config)
    with alfworld.make() as environment, pytest.raises(ConfigError, match=says):
        environment.reset(alfworld.tasks("valid_unseen")[0])


def test_a_grammar_cannot_run_code(source: Source, official: Any, tmp_path: Path) -> None:
    file = next(official.data.glob("json_2.1.1/valid_unseen/*/*/game.tw-pddl"))
    game = json.loads(file.read_text())
    mark = tmp_path / "ran"
    game["grammar"] = game["grammar"].replace("{r.name or r.id}", f"{{open('{mark}', 'w').name}}")
    file.write_text(json.dumps(game))
    alfworld = source(**official.config)
    with alfworld.make() as environment, pytest.raises(ConfigError, match="expression that is not understood"):
        environment.reset(alfworld.tasks("valid_unseen")[0])
    assert not mark.exists()


def test_a_broken_game_costs_its_own_episode_alone(source: Source, official: Any) -> None:
    next(official.data.glob("json_2.1.1/valid_unseen/*/*/game.tw-pddl")).write_text('{"solvable": true')
    alfworld = source(**official.config)
    tasks = [*alfworld.tasks("valid_seen"), *alfworld.tasks("valid_unseen")]
    found = collect(
        [Job(alfworld, task) for task in tasks], "expert", RolloutSettings(max_failed_fraction=1.0), keep=True
    ).trajectories
    outcomes = {each.key.task: each.outcome for each in found}
    assert [outcomes[task.id] for task in tasks] == [Outcome.SOLVED, Outcome.SOLVED, Outcome.ENVIRONMENT_FAULT]
    fault = next(each.fault for each in found if each.fault)
    assert "not a game of ALFWorld" in fault.message


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (None, "No such file"),
        ("[", "mappings_test.json"),
        ('{"a": 1}', "mappings_test.json"),
        ('[{"item_id": 1}]', "task_type"),
        ('[{"item_id": 1, "task_type": "../../etc", "task_id": "x"}]', "names no folder"),
        ('[{"item_id": 1, "task_type": "a-b", "task_id": ".."}]', "names no folder"),
        (
            '[{"item_id": 1, "task_type": "a", "task_id": "b"}, {"item_id": 1, "task_type": "a", "task_id": "c"}]',
            "repeats",
        ),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(
    source: Source, official: Any, tmp_path: Path, rows: str | None, says: str
) -> None:
    path = tmp_path / "mine.json"
    if rows is not None:
        path.write_text(rows)
    with pytest.raises(ConfigError, match=says):
        _ = source(data=official.data, mapping_test=path).splits


def test_an_item_that_is_not_there_is_told_when_it_is_played(source: Source, official: Any) -> None:
    alfworld = source(**official.config)
    missing = alfworld.find("alfworld_2421")
    assert isinstance(missing.data, Opening)
    with alfworld.make() as environment, pytest.raises(ConfigError, match="No such file"):
        environment.reset(missing)
    with pytest.raises(TaskNotFound):
        alfworld.find("alfworld_2619")
