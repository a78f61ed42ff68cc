"""AgentEval's difficulty by kind, and the sizes of its sets and of AgentTraj's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.environment import Description, Environment
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import UnknownComponent
from agentgym_core.evaluation.suites import Part, Suite
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_data.coverage import coverage, page
from agentgym_data.paper import PAPER

EXPECTED: dict[str, tuple[int, int, int]] = {
    "webarena": (0, 0, 20),
    "webshop": (1000, 3930, 200),
    "maze": (100, 215, 25),
    "wordle": (500, 955, 25),
    "alfworld": (500, 2420, 200),
    "sciworld": (1000, 2120, 200),
    "babyai": (400, 810, 90),
    "textcraft": (300, 374, 100),
    "weather": (160, 311, 20),
    "movie": (100, 215, 20),
    "academia": (0, 0, 20),
    "sheet": (0, 0, 20),
    "todo": (70, 135, 20),
    "bird": (2000, 3000, 200),
}
"""AgentTraj, AgentTraj-L and AgentEval (arXiv 2406.04151, table 2)."""


class Counting(Environment):
    """Say a number `n` times; tasks of the kind `hard` are beyond the expert."""

    @classmethod
    def describe(cls, config: Any) -> Description:
        return Description(
            instruction="Say it.",
            actions=(ActionSpec("say", (Parameter("word"),), text="say {word}"),),
            splits={"eval": 6},
        )

    @classmethod
    def tasks(cls, config: Any, split: str) -> list[Task]:
        return [Task(f"{kind}-{number}", split, kind) for number in (1, 2, 3) for kind in ("easy", "hard")]

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        self.left = int(task.id[-1])
        self.easy = task.kind == "easy"
        return "Say it."

    def step(self, action: Action) -> Step:
        self.left -= action.text == "say it"
        return Step("Again.", float(not self.left), terminated=not self.left)

    def available_actions(self) -> list[str]:
        return ["say it"]

    def expert(self) -> ExpertAction:
        return ExpertAction("I know.", "say it" if self.easy else "say what")


def test_what_the_expert_needs_and_what_is_won_by_chance_stand_by_kind() -> None:
    source = resolve_environment(Counting)
    suite = Suite((Part(source, "some", source.tasks("eval"), 2, "a note"),), {"elsewhere": "not built yet"})
    (found,) = coverage(suite)
    assert (found.suite, found.rounds, found.whole.tasks) == ("some", 2, 6)
    easy, hard = found.groups
    assert (easy.kind, easy.tasks, easy.solved, easy.steps) == ("easy", 3, 2, (1, 2))
    assert (hard.kind, hard.tasks, hard.solved, hard.steps) == ("hard", 3, 0, ())
    assert easy.random is not None
    assert easy.random.value == pytest.approx(2 / 3)
    assert easy.null is not None
    assert easy.null.value == 0
    text = page((found,), suite, "agentgym data coverage")
    assert "| easy | 3 | 2 of 3 | 1.5 (1 to 2) | 0.67 [" in text
    assert "| hard | 3 | 0 of 3 | – |" in text
    assert "Not here: elsewhere." in text
    assert "a note" in text


def test_the_command_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")
    out = tmp_path / "page.md"
    command = ["data", "coverage", "--envs", "maze", "--out", str(out)]
    assert main(command) == 0
    assert "| maze | 25 (agenteval) | 1 of 1 | 15 | 25 of 25 | 8 (1 to 12) |" in out.read_text()
    assert main(command) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["data", "coverage", "--envs", "maize"]) == 1
    assert "it has: webshop" in capsys.readouterr().err
    assert main([*command, "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["environments"][0]["whole"]["solved"] == 25


def test_the_catalogue_has_the_papers_counts() -> None:
    found = {entry.id: (entry.traj, entry.traj_large, entry.eval) for entry in PAPER}
    assert found == EXPECTED
    assert tuple(map(sum, zip(*found.values(), strict=True))) == (6130, 14485, 1160)


@pytest.mark.slow
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("name", [name for name, sizes in EXPECTED.items() if sizes[0]])
def test_an_installed_environment_gives_its_set_in_the_papers_size(tmp_path: Path, name: str, large: bool) -> None:
    try:
        resolve_environment(name)
    except UnknownComponent:
        pytest.skip(f"the environment {name} is not installed")
    more = ["--large"] if large else []
    assert main(["data", "make", "agenttraj", "--envs", name, "--out", str(tmp_path), *more]) == 0
    (file,) = tmp_path.glob("*_train.json")
    records = json.loads(file.read_text())
    assert len(records) == EXPECTED[name][large]
    assert all(record["conversations"] for record in records)
