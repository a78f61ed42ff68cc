"""A plugin's ledger of what expert, random and null players score, held against a new measurement."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_testing.ledger import EPISODES, check, measure, read, write

WRITE = "AGENTGYM_WRITE_LEDGER"
"""The environment variable with which the figures are written anew instead of checked."""


class LedgerConformance:
    """Subclass it, name the environment and the file: what the file says is measured again.

    `exempt` names splits on which a chance player may do well, with the reason in the plugin's README. `splits`, `spread` and `rounds` are
    for environments that take long: see `agentgym_testing.ledger.measure`.
    """

    environment: ClassVar[str] = ""
    ledger: ClassVar[Path]
    config: ClassVar[Mapping[str, Any] | None] = None
    episodes: ClassVar[int] = EPISODES
    exempt: ClassVar[tuple[str, ...]] = ()
    splits: ClassVar[tuple[str, ...]] = ()
    spread: ClassVar[bool] = False
    rounds: ClassVar[Mapping[str, int] | None] = None

    @classmethod
    def source(cls) -> EnvironmentSource:
        """The environment that is measured."""
        return resolve_environment(cls.environment, cls.config)

    def test_the_ledger_is_what_is_measured(self) -> None:
        """Every split and player, with room for the random player alone."""
        measured = measure(
            self.source(), splits=self.splits, limit=self.episodes, spread=self.spread, rounds=self.rounds
        )
        if os.environ.get(WRITE):
            write(self.ledger, measured)
            pytest.skip("the ledger was written, not checked")
        assert check(read(self.ledger), measured) == []

    def test_the_expert_solves_and_chance_stays_under_its_ceiling(self) -> None:
        """What the description declares is what the ledger says, of every split."""
        source = self.source()
        splits = read(self.ledger)["splits"]
        assert set(splits) == set(self.splits or (name for name, size in source.splits.items() if size))
        declared = source.description.expert_score or 1.0
        for split, entry in splits.items():
            scores = entry["scores"]
            assert scores["expert"] >= declared - 1e-9, split
            assert scores["null"] < min(declared, 0.05), split
            if split not in self.exempt:
                assert scores["random"] < source.description.random_ceiling, split
