from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environment import Description, Environment
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import EnvironmentFault, StoreError
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_testing.ledger import check, measure, read, write


class Coin(Environment):
    description = Description(instruction="Say heads.", splits={"train": 4, "eval": 2, "empty": 0}, max_rounds=1)

    @classmethod
    def tasks(cls, config: Any, split: str) -> Sequence[Task]:
        return [Task(f"{split}-{n}", split) for n in range({"train": 4, "eval": 2, "empty": 0}[split])]

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return "heads or tails?"

    def step(self, action: Action) -> Step:
        return Step("it is heads", float(action.text == "heads"), terminated=True)

    def available_actions(self) -> list[str]:
        return ["heads", "tails"]

    def expert(self) -> ExpertAction:
        return ExpertAction("It is always heads.", "heads")


class Broken(Coin):
    def step(self, action: Action) -> Step:
        raise RuntimeError("no coin")


def test_measured_again_it_is_the_same_and_a_change_shows(tmp_path: Path) -> None:
    source = resolve_environment(Coin)
    found = measure(source, limit=8)
    assert found["environment"] == "coin-v1"
    assert found["splits"]["train"]["scores"]["expert"] == 1.0
    assert found["splits"]["train"]["scores"]["null"] == 0.0
    assert 0.0 < found["splits"]["train"]["scores"]["random"] < 1.0
    assert {name: (entry["tasks"], entry["samples"]) for name, entry in found["splits"].items()} == {
        "train": (4, 2),
        "eval": (2, 4),
    }
    write(tmp_path / "ledger.json", found)
    ledger = read(tmp_path / "ledger.json")
    assert check(ledger, measure(source, limit=8)) == []
    moved = copy.deepcopy(found)
    moved["max_rounds"] = 2
    moved["splits"]["train"]["scores"]["expert"] = 0.99
    moved["splits"]["eval"]["tasks"] = 3
    lines = check(ledger, moved)
    assert len(lines) == 3
    assert "max_rounds" in lines[0]
    assert "train: expert: the ledger says 1.0, measured is 0.99" in lines[1]
    assert check(ledger, moved, tolerance={"expert": 0.1}) == [lines[0], lines[2]]
    less = measure(source, ("expert",), splits=["eval"], limit=8)
    assert check(ledger, less) == []
    assert check({**ledger, "splits": {}}, less) == ["split 'eval' is not in the ledger"]


def test_a_ledger_holds_no_guesses() -> None:
    with pytest.raises(EnvironmentFault):
        measure(resolve_environment(Broken), ("expert",), limit=2)


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_what_is_no_ledger_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    with pytest.raises(StoreError, match="not a ledger"):
        read(path)
    path.write_text(text)
    with pytest.raises(StoreError, match="not a ledger"):
        read(path)
