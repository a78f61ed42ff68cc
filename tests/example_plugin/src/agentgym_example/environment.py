"""Three sums to work out, one after the other."""

from __future__ import annotations

import random
from collections.abc import Sequence

from agentgym_core import (
    Action,
    ActionSpec,
    ComponentConfig,
    Description,
    Environment,
    ExpertAction,
    Parameter,
    Step,
    Task,
    TaskList,
)
from agentgym_core.environment import unknown_split
from agentgym_core.types import digest

COUNTS = {"train": 60, "eval": 20}


class SumsConfig(ComponentConfig):
    """`largest` is the largest number in a sum."""

    largest: int = 6


class SumsEnvironment(Environment):
    """Each task has three sums of its own; the score is the share of them that was answered rightly."""

    @classmethod
    def describe(cls, config: SumsConfig) -> Description:
        """What is true of every episode."""
        return Description(
            instruction="Work out the sums.",
            actions=(ActionSpec("answer", (Parameter("number", "integer"),), "Say the sum.", "answer {number}"),),
            splits=COUNTS,
            max_rounds=5,
            expert_score=1.0,
            random_ceiling=0.4,
        )

    @classmethod
    def tasks(cls, config: SumsConfig, split: str) -> Sequence[Task]:
        """The tasks of a split."""
        if split not in COUNTS:
            raise unknown_split("example-sums", split, COUNTS)

        def make(id: str) -> Task:
            chance = random.Random(f"{id} {config.largest}")
            sums = [(chance.randint(0, config.largest), chance.randint(0, config.largest)) for _ in range(3)]
            return Task(id, split, "sums", digest(sums), sums)

        return TaskList([f"sums-{split}-{number}" for number in range(COUNTS[split])], make)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """The first sum."""
        self.sums: list[tuple[int, int]] = list(task.data)
        self.asked = self.right = 0
        return self._question()

    def _question(self) -> str:
        one, other = self.sums[self.asked]
        return f"{one} + {other} = ?"

    def step(self, action: Action) -> Step:
        """The next sum."""
        if action.name != "answer":
            return Step("Say: answer, and a number.", self.right / 3)
        self.right += action.arguments["number"] == sum(self.sums[self.asked])
        self.asked += 1
        if self.asked == len(self.sums):
            return Step("That was the last one.", self.right / 3, terminated=True)
        return Step(self._question(), self.right / 3)

    def expert(self) -> ExpertAction | None:
        """The sum."""
        return (
            ExpertAction("I add them up.", f"answer {sum(self.sums[self.asked])}")
            if self.asked < len(self.sums)
            else None
        )
