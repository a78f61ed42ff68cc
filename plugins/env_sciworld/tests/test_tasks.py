"""Splits, ids, and what keeps evaluation apart from training: all known without Java."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError, TaskNotFound
from agentgym_env_sciworld.engine import Engine
from agentgym_env_sciworld.kinds import GAMES, KINDS, VARIATIONS, engine_split, game, number_of
from agentgym_env_sciworld.published import AGENTEVAL, AGENTTRAJ

Source = Callable[..., EnvironmentSource]
SPLITS = {
    "train": 3526,
    "dev": 1796,
    "test": 1819,
    "agenttraj": 2059,
    "agentgym_train": 187,
    "agenteval": 200,
    "agentgym_eval": 2193,
}


def test_splits_have_their_sizes(source: Source) -> None:
    sciworld = source()
    assert dict(sciworld.splits) == SPLITS
    assert {split: len(sciworld.tasks(split)) for split in sciworld.splits} == SPLITS
    assert {split: len(source(ids="original").tasks(split)) for split in source(ids="original").splits} == {
        split: SPLITS[split] for split in ("agenttraj", "agentgym_train", "agenteval", "agentgym_eval")
    }
    assert list(source(ids="own").splits) == ["train", "dev", "test"]


def test_every_split_has_every_kind_it_can_have(source: Source) -> None:
    for split in ("train", "dev", "test"):
        assert {task.kind for task in source().tasks(split)} == set(KINDS)
    assert len({task.kind for split in ("agenttraj", "agentgym_eval") for task in source().tasks(split)}) == 23


def test_the_original_numbers_its_games(source: Source) -> None:
    assert GAMES == 4639
    ranges = {
        "boil": 0,
        "use-thermometer": 120,
        "find-animal": 3836,
        "chemistry-mix": 4136,
        "identify-life-stages-2": 4629,
    }
    assert {kind: number_of(kind, 0) for kind in ranges} == ranges
    assert [game(n) for n in (29, 659, 2336, 4638)] == [
        ("boil", 29),
        ("use-thermometer", 539),
        ("test-conductivity-of-unknown-substances", 0),
        ("identify-life-stages-2", 9),
    ]
    assert all(number_of(*game(number)) == number for number in range(GAMES))
    assert source().find("sciworld_4638").kind == "identify-life-stages-2"


@pytest.mark.parametrize(
    "id",
    ["sciworld_4639", "sciworld_-1", "sciworld_007", "sciworld-boil-30", "sciworld-boil--1", "sciworld-cook-0", ""],
)
def test_ids_out_of_range_are_refused(source: Source, id: str) -> None:
    with pytest.raises(TaskNotFound):
        source().find(id)


@pytest.mark.parametrize("number", [-1, 4639])
def test_numbers_out_of_range_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="0 to 4638"):
        game(number)


def test_the_published_sets_leak_and_the_splits_do_not(source: Source) -> None:
    assert (len(AGENTEVAL), len(AGENTTRAJ), len(AGENTEVAL & AGENTTRAJ)) == (200, 2120, 61)
    assert Counter(engine_split(*game(number)) for number in AGENTEVAL) == {"test": 107, "train": 66, "dev": 27}
    sciworld = source()
    training, evaluation = (
        {task.fingerprint for split in splits for task in sciworld.tasks(split)}
        for splits in (("train", "agenttraj", "agentgym_train"), ("dev", "test", "agenteval", "agentgym_eval"))
    )
    assert not training & evaluation
    assert len(training | evaluation) == sum(VARIATIONS.values()) == 7207


def test_one_content_has_one_fingerprint_under_every_id(source: Source) -> None:
    sciworld = source()
    assert sciworld.find("sciworld_3").fingerprint == sciworld.find("sciworld-boil-3").fingerprint
    assert sciworld.find("sciworld_3").fingerprint != sciworld.find("sciworld-boil-4").fingerprint


def test_the_items_of_agenteval_can_be_kept_in_train(source: Source) -> None:
    sciworld = source(leave_out_agenteval=False)
    assert len(sciworld.tasks("train")) == 3592
    evaluation = {task.fingerprint for task in sciworld.tasks("agenteval")}
    assert sum(task.fingerprint in evaluation for task in sciworld.tasks("train")) == 66


def test_electrical_kinds_are_left_out_where_nothing_can_be_connected(source: Source) -> None:
    sciworld = source(simplifications=["noElectricalAction", "openDoors"])
    kinds = {task.kind for split in sciworld.splits for task in sciworld.tasks(split)}
    assert len(kinds) == 26
    assert not [kind for kind in kinds if "conductivity" in kind or "power" in kind]
    assert "connect" not in {action.name for action in sciworld.description.actions}


def test_rounds_are_the_original_s_for_its_ids_alone(source: Source) -> None:
    assert source(ids="original").description.max_rounds == 30
    assert source().description.max_rounds == 200


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"simplifications": ["easy", "openDoors"]}, "stands alone"),
        ({"simplifications": ["openDoors", "openDoors"]}, "differ"),
        ({"simplifications": ["fly"]}, "simplifications"),
        ({"max_moves": 0}, "max_moves"),
        ({"heap_mb": 10}, "heap_mb"),
        ({"id": "all"}, "did you mean 'ids'"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(source: Source, config: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        source(**config)


def test_listing_starts_no_process_and_needs_no_java() -> None:
    code = """
import sys
def hook(event, arguments):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "socket.connect"):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(hook)
from agentgym_core.environments import resolve_environment
source = resolve_environment("sciworld")
print(sum(len(source.tasks(split)) for split in source.splits), source.find("sciworld_3").kind)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PATH": "/nowhere"}
    )
    assert (done.stdout, done.returncode) == (f"{sum(SPLITS.values())} boil\n", 0), done.stderr


@pytest.mark.engine
def test_the_engine_has_these_kinds_variations_and_splits(engine: Engine) -> None:
    simulator = engine.simulator()
    with simulator.world.turn(simulator.place) as interface:
        assert sorted(interface.getTaskNames()) == sorted(KINDS)
        assert {kind: interface.getTaskMaxVariations(kind) for kind in KINDS} == VARIATIONS
        for kind in KINDS:
            getattr(interface, "taskStr_$eq")(kind)
            sets = {
                "train": interface.getVariationsTrain(),
                "dev": interface.getVariationsDev(),
                "test": interface.getVariationsTest(),
            }
            found = {int(variation): split for split, variations in sets.items() for variation in variations}
            assert found == {variation: engine_split(kind, variation) for variation in range(VARIATIONS[kind])}, kind


def test_every_published_id_is_there_and_leaks_stay_in_evaluation(source: Source) -> None:
    folder = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference" / "item_ids"
    if not folder.is_dir():
        pytest.skip("the published item ids are not here")
    test, train = (set(json.loads((folder / f"sciworld_{name}.json").read_text())) for name in ("test", "train"))
    assert test == {f"sciworld_{number}" for number in AGENTEVAL}
    assert train == {f"sciworld_{number}" for number in AGENTTRAJ}
    assert {source().find(id).split for id in test} == {"agenteval"}
    assert Counter(source().find(id).split for id in train) == {"agenttraj": 2059, "agenteval": 61}
