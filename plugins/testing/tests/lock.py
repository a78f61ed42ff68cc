"""A small environment that keeps every promise of the kit: a lock with a secret code, opened letter by letter."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

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

LETTERS = "abcdef"
SPLITS = {"train": 8, "eval": 4}


class LockConfig(ComponentConfig):
    strikes: int = 3


def code_of(id: str) -> str:
    split, _, number = id.partition("-")
    index = (int(number) + (0 if split == "train" else 100)) * 7 % 216
    return "".join(LETTERS[index // 6**place % 6] for place in range(3))


def task_of(id: str) -> Task:
    code = code_of(id)
    return Task(id, id.partition("-")[0], "lock", digest(code), code)


class Lock(Environment):
    description = Description(
        instruction="Open the lock: turn it to the right letters, one after the other.",
        actions=(
            ActionSpec("turn_to", (Parameter("letter", choices=tuple(LETTERS)),), "Try a letter.", "turn to {letter}"),
        ),
        splits=SPLITS,
        max_rounds=6,
        expert_score=1.0,
        random_ceiling=0.5,
    )

    @classmethod
    def ids(cls, split: str) -> list[str]:
        return [f"{split}-{number}" for number in range(SPLITS[split])]

    @classmethod
    def tasks(cls, config: LockConfig, split: str) -> Sequence[Task]:
        if split not in SPLITS:
            raise unknown_split("lock", split, SPLITS)
        return TaskList(cls.ids(split), task_of)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        self.code: str = task.data
        self.clear()
        return f"The lock has {len(self.code)} rings."

    def clear(self) -> None:
        self.state = {"opened": 0, "strikes": 0, "said": ""}

    @property
    def score(self) -> float:
        return self.state["opened"] / len(self.code)

    def step(self, action: Action) -> Step:
        self.state["said"] = action.text
        if action.text not in self.listed():
            return self.nonsense()
        if action.text.endswith(self.code[self.state["opened"]]):
            self.state["opened"] += 1
            if self.score == 1:
                return self.end(Step("It opens.", 1.0, terminated=True))
            return Step("Click.", self.score, info={"opened": self.state["opened"]})
        self.state["strikes"] += 1
        if self.state["strikes"] >= self.config.strikes:
            return self.end(Step("The lock jams.", self.score, terminated=True))
        return Step("Nothing.", self.score)

    def nonsense(self) -> Step:
        return Step("There is no such letter.", self.score)

    def end(self, step: Step) -> Step:
        return step

    def listed(self) -> list[str]:
        return [f"turn to {letter}" for letter in LETTERS]

    def available_actions(self) -> list[str] | None:
        return self.listed()

    def expert(self) -> ExpertAction | None:
        opened = self.state["opened"]
        return ExpertAction(f"Ring {opened + 1}.", f"turn to {self.code[opened]}") if opened < len(self.code) else None

    def render(self) -> str | bytes | None:
        return f"<p>{self.state['opened']} rings, {escape(self.state['said'])}</p>"

    def snapshot(self) -> object:
        return dict(self.state)

    def restore(self, handle: object) -> None:
        self.state = dict(handle)  # type: ignore[call-overload]
