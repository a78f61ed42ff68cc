"""The promises of every environment, checked by the kit; the ledger; the README; and every protocol of a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_testing import (
    EnvironmentConformance,
    LedgerConformance,
    ReadmeConformance,
    RewardConformance,
    ScaleConformance,
    ServedConformance,
    Sizes,
)

FOLDER = Path(__file__).resolve().parents[1]
INTERACTIVE: dict[str, Any] = {"interactive": True, "evidence": True, "samples": 3}


class TestBird(EnvironmentConformance):
    environment = "bird"
    sizes = Sizes(tasks=8, random_episodes=60, fuzz=120)


class TestBirdInteractive(EnvironmentConformance):
    environment = "bird"
    config = INTERACTIVE
    excused: ClassVar[dict[str, str]] = {
        "last_move_first_earns_nothing": "a query may be written from the schema, which the opening shows"
    }


class TestAtScale(ScaleConformance):
    environment = "bird"

    def test_the_expert_reaches_every_measure(self) -> None:
        jobs = [Job(self.subject.source, task) for task in self.subject.tasks]
        episodes = collect(jobs, "expert", RolloutSettings(), keep=True).trajectories
        assert len(episodes) == 300
        assert all(set(episode.turns[-1].info["measures"].values()) == {1} for episode in episodes)


class TestInteractiveAtScale(ScaleConformance):
    environment = "bird"
    config = INTERACTIVE


class TestServed(ServedConformance):
    environment = "bird"


class TestLedger(LedgerConformance):
    environment = "bird"
    ledger = FOLDER / "ledger.json"


class TestReadme(ReadmeConformance):
    readme = FOLDER / "README.md"


class TestMeasures(RewardConformance):
    reward = "bird_measure"
