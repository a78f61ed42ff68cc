"""Trajectories to try rewards on, a game to try policies in, and one to learn."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym_core.environment import Description, Environment, TaskList, unknown_split
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import (
    Action,
    EpisodeKey,
    ExpertAction,
    Message,
    Outcome,
    Step,
    Task,
    Trajectory,
    Turn,
    Usage,
    digest,
)


def trajectories() -> list[Trajectory]:
    """Scored trajectories of many kinds: solved, failed and cut, short and long, with replies that could not be parsed."""
    plain = ("look", "take lamp", "open door")
    return [
        _trajectory("solved", Outcome.SOLVED, 1.0, plain),
        _trajectory("solved at once", Outcome.SOLVED, 1.0, plain[:1]),
        _trajectory("half", Outcome.FAILED, 0.5, plain),
        _trajectory("nothing", Outcome.FAILED, 0.0, plain[:2]),
        _trajectory("unread", Outcome.FAILED, 0.25, ("look", None, None, "open door")),
        _trajectory("all unread", Outcome.TRUNCATED, 0.0, (None,) * 6),
        _trajectory("cut", Outcome.TRUNCATED, 0.75, plain * 20),
        _trajectory("never asked", Outcome.TRUNCATED, 0.0, ()),
    ]


def _trajectory(name: str, outcome: Outcome, score: float, actions: Sequence[str | None]) -> Trajectory:
    key = EpisodeKey("sample-v1", "", f"sample-{name}", 0)
    messages = [Message("user", "You are in a dark room.")]
    turns = []
    for number, action in enumerate(actions, 1):
        text = "mumble" if action is None else f"Thought:\nwhy not\n\nAction:\n{action}"
        messages.append(Message("assistant", text, loss=True))
        turns.append(
            Turn(
                message=len(messages) - 1,
                action=action,
                observation="Fine.",
                score=score * number / len(actions),
                error="there is no action" if action is None else None,
                usage=Usage(50 + number, 10),
            )
        )
        messages.append(Message("user", "Fine."))
    return Trajectory(
        id=key.digest,
        key=key,
        split="train",
        outcome=outcome,
        messages=tuple(messages),
        turns=tuple(turns),
        opening="You are in a dark room.",
        kind="sample",
        fingerprint=digest(name),
        score=score,
        success=outcome is Outcome.SOLVED,
        terminated=outcome is not Outcome.TRUNCATED,
        truncated=outcome is Outcome.TRUNCATED,
        truncation="rounds" if outcome is Outcome.TRUNCATED else "",
    )


class Doors(Environment):
    """Three doors, one of them right, three times: a game with an expert and listed actions."""

    description = Description(
        instruction="Go through the right doors.",
        actions=(ActionSpec("open_door", (Parameter("door", "integer"),), "Open a door.", "open door {door}"),),
        splits={"train": 6},
        max_rounds=4,
        expert_score=1.0,
    )

    @classmethod
    def tasks(cls, config: object, split: str) -> Sequence[Task]:
        """Six tasks."""
        if split != "train":
            raise unknown_split("doors", split, ["train"])
        return TaskList(
            [f"doors-{number}" for number in range(6)], lambda id: Task(id, "train", "doors", digest(id), id)
        )

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """The first doors."""
        self._right = [1 + int(digit, 16) % 3 for digit in digest(task.data)[:3]]
        self._passed = 0
        return "There are three doors."

    def step(self, action: Action) -> Step:
        """The next doors, or the same."""
        if action.name == "open_door" and action.arguments["door"] == self._right[self._passed]:
            self._passed += 1
        done = self._passed == 3
        return Step("You are out." if done else "There are three doors.", self._passed / 3, terminated=done)

    def available_actions(self) -> list[str] | None:
        """The doors."""
        return [f"open door {door}" for door in (1, 2, 3)]

    def expert(self) -> ExpertAction | None:
        """The right door."""
        return ExpertAction("This one.", f"open door {self._right[self._passed]}") if self._passed < 3 else None


class Words(Environment):
    """Say back two words, one after the other: what a learner can learn by heart."""

    description = Description(
        instruction="Say the words that you are told.",
        actions=(ActionSpec("say", (Parameter("word"),), "Say a word.", "say {word}"),),
        splits={"train": 4, "eval": 2},
        max_rounds=3,
        expert_score=1.0,
    )

    @classmethod
    def tasks(cls, config: object, split: str) -> Sequence[Task]:
        """Tasks whose words are their own."""
        if split not in cls.description.splits:
            raise unknown_split("words", split, list(cls.description.splits))
        ids = [f"words-{split}-{number}" for number in range(cls.description.splits[split])]
        return TaskList(ids, lambda id: Task(id, split, "words", digest(id), id))

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """The first word."""
        self._words = [digest(f"{task.data} {number}")[:6] for number in (1, 2)]
        self._said = 0
        return f"The word is {self._words[0]}."

    def step(self, action: Action) -> Step:
        """The next word, or the same."""
        self._said += action.arguments.get("word") == self._words[self._said] if action.name == "say" else 0
        done = self._said == len(self._words)
        return Step(
            "That was all." if done else f"The word is {self._words[self._said]}.", self._said / 2, terminated=done
        )

    def expert(self) -> ExpertAction | None:
        """The word."""
        return ExpertAction("I repeat it.", f"say {self._words[self._said]}") if self._said < len(self._words) else None
