"""What the tests of this plugin share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.types import Action, Step
from agentgym_env_alfworld import generate, package
from agentgym_env_alfworld.game import GameText
from agentgym_env_alfworld.wording import as_agentgym


@pytest.fixture(scope="session")
def source() -> Callable[..., EnvironmentSource]:
    """Makes the environment's source from configuration keys."""
    return lambda **config: resolve_environment("alfworld", config)


@pytest.fixture(scope="module")
def environment(source: Callable[..., EnvironmentSource]) -> Iterator[Environment]:
    """One instance for a whole module: translated games are kept in it."""
    with source().make() as made:
        yield made


@pytest.fixture(scope="session")
def text_of() -> Callable[..., GameText]:
    """The text of an own game, as a game file of today's release would hold it."""

    def text_of(kind: str, scene: int, index: int = 0, seed: int = 0) -> GameText:
        drawn = generate.problem(kind, scene, index, seed)
        return GameText(package.domain(), package.grammar().replace("UNKNOWN GOAL", drawn.sentence), drawn.pddl)

    return text_of


@pytest.fixture(scope="session")
def finish() -> Callable[[Environment, int], list[Step]]:
    """Lets the expert play to the end; every move must be one that the engine admits."""

    def finish(environment: Environment, limit: int = 30) -> list[Step]:
        steps: list[Step] = []
        while len(steps) < limit and not (steps and steps[-1].ended):
            move = environment.expert()
            assert move is not None
            assert move.action in (environment.available_actions() or []), move
            steps.append(environment.step(Action(text=move.action)))
        return steps

    return finish


@frozen
class Official:
    """A stand-in for the official games: the folder that holds `json_2.1.1`, and mapping files over it."""

    data: Path
    mapping_train: Path
    mapping_test: Path

    @property
    def config(self) -> dict[str, Any]:
        """A configuration that names them."""
        return {"data": self.data, "mapping_train": self.mapping_train, "mapping_test": self.mapping_test}


PLACES = {
    "train": [("pick_and_place_simple-Book-None-Bed-312", "trial_T20190907_174127_043461", True, "old")],
    "valid_seen": [
        ("look_at_obj_in_light-Book-None-DeskLamp-314", "trial_T1_a", True, "old"),
        ("pick_and_place_simple-Book-None-Bed-312", "trial_T1_b", True, "new"),
        ("pick_and_place_simple-Book-None-Bed-312", "trial_T1_c", False, "new"),
        ("pick_and_place_with_movable_recep-Book-Box-Bed-312", "trial_T1_d", True, "old"),
    ],
    "valid_unseen": [("pick_two_obj_and_place-Book-None-Bed-302", "trial_T2_a", True, "new")],
    "valid_train": [("pick_and_place_simple-Book-None-Bed-313", "trial_T3_a", True, "old")],
}


@pytest.fixture
def official(tmp_path: Path, text_of: Callable[..., GameText]) -> Official:
    """Game files as both releases have them, made for the test."""
    root = tmp_path / "json_2.1.1"
    rows: dict[str, list[dict[str, Any]]] = {"train": [], "valid_train": []}
    for split, games in PLACES.items():
        for type, trial, solvable, age in games:
            kind, scene = type.split("-")[0], int(type.rsplit("-", 1)[1])
            text = text_of(kind if "movable" not in kind else "pick_and_place_simple", scene, seed=7)
            if age == "old":
                # As files of the older release: put X in/on Y, and one arrives at a location.
                text = as_agentgym(text)
                text = GameText(
                    text.domain, text.grammar.replace("arrive at {r.name}", "arrive at {lend.name}"), text.problem
                )
            folder = root / split / type / trial
            folder.mkdir(parents=True)
            game = {"pddl_domain": text.domain, "grammar": text.grammar, "pddl_problem": text.problem}
            (folder / "game.tw-pddl").write_text(json.dumps({**game, "solvable": solvable, "walkthrough": ["look"]}))
            if split in rows:
                number = len(rows["train"]) if split == "train" else 2420
                rows[split].append({"item_id": number, "task_type": type, "task_id": trial})
    # AgentGym's files name far more games than are here.
    rows["valid_train"].append(
        {"item_id": 2421, "task_type": "pick_and_place_simple-Mug-None-Desk-308", "task_id": "trial_T9"}
    )
    paths = {name: tmp_path / f"mappings_{name}.json" for name in rows}
    for name, path in paths.items():
        path.write_text(json.dumps(rows[name]))
    return Official(tmp_path, paths["train"], paths["valid_train"])
