"""Everything that an environment or a policy can say, right and wrong. Importable by name, so that hosts can have it."""

from __future__ import annotations

import asyncio
import enum
import math
from collections import OrderedDict
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy

from agentgym_core import Action, ActionSpec, Description, Environment, Parameter, Reply, Step, Task, TaskList
from agentgym_core.types import Outcome, Tokens, ToolCall, Usage

SOLVED, FAILED = (Outcome.SOLVED, 1.0), (Outcome.FAILED, 0.5)


class Word(str):
    """A text of another class."""


class Colour(str, enum.Enum):  # noqa: UP042  the old way is what people have
    """A text that is a member."""

    RED = "red"


def deep(levels: int) -> Any:
    """Lists in each other."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def cycle() -> Any:
    """A list that holds itself."""
    value: list[Any] = []
    value.append(value)
    return value


def end(**values: Any) -> Callable[[], Any]:
    """A last step with these values."""
    return lambda: Step(**{"observation": "o", "score": 0.5, "terminated": True, **values})


def cancelled() -> Any:
    """Raises what looks like somebody else's wish."""
    raise asyncio.CancelledError("by the environment")


def leaves() -> Any:
    """Ends the program."""
    raise SystemExit(3)


STEPS: dict[str, tuple[Callable[[], Any], tuple[Outcome, float] | None]] = {
    "fine": (end(), FAILED),
    "not a step": (lambda: None, None),
    "a tuple": (lambda: ("o", 1.0, True, {}), None),
    "observation none": (end(observation=None), None),
    "observation int": (end(observation=5), None),
    "observation bytes": (end(observation=b"x"), None),
    "observation numpy": (end(observation=numpy.str_("x")), FAILED),
    "observation word": (end(observation=Word("x")), FAILED),
    "observation member": (end(observation=Colour.RED), FAILED),
    "observation surrogate": (end(observation="\ud800"), FAILED),
    "observation nul": (end(observation="\0"), FAILED),
    "score int": (end(score=1), SOLVED),
    "score bool": (end(score=True), None),
    "score text": (end(score="1"), None),
    "score none": (end(score=None), None),
    "score nan": (end(score=math.nan), None),
    "score infinite": (end(score=math.inf), None),
    "score high": (end(score=1.5), None),
    "score low": (end(score=-0.1), None),
    "score numpy": (end(score=numpy.float32(0.5)), FAILED),
    "score numpy int": (end(score=numpy.int64(1)), SOLVED),
    "score numpy bool": (end(score=numpy.bool_(True)), None),
    "score numpy array": (end(score=numpy.array(0.5)), FAILED),
    "score numpy row": (end(score=numpy.array([0.5])), None),
    "score huge": (end(score=10**400), None),
    "success true": (end(success=True), (Outcome.SOLVED, 0.5)),
    "success int": (end(success=1), None),
    "success float": (end(success=1.0), None),
    "success text": (end(success="yes"), None),
    "success numpy": (end(success=numpy.bool_(False)), FAILED),
    "terminated int": (end(terminated=1), None),
    "terminated text": (end(terminated="yes"), None),
    "terminated none": (end(terminated=None), None),
    "terminated numpy": (end(terminated=numpy.bool_(True)), FAILED),
    "truncated int": (end(truncated=0), None),
    "truncated numpy": (end(truncated=numpy.bool_(False)), FAILED),
    "info none": (end(info=None), None),
    "info list": (end(info=["a"]), None),
    "info proxy": (end(info=MappingProxyType({"a": 1})), FAILED),
    "info ordered": (end(info=OrderedDict(a=(1, 2))), FAILED),
    "info int key": (end(info={1: "a"}), FAILED),
    "info same key": (end(info={1: "a", "1": "b"}), None),
    "info tuple key": (end(info={(1, 2): "a"}), None),
    "info bool key": (end(info={True: "a"}), None),
    "info object": (end(info={"a": object()}), None),
    "info bytes": (end(info={"a": b"x"}), None),
    "info set": (end(info={"a": {1}}), None),
    "info nan": (end(info={"a": math.nan}), None),
    "info numpy": (end(info={"a": numpy.float32(0.5), "b": numpy.int8(3), "c": numpy.bool_(True)}), FAILED),
    "info array": (end(info={"a": numpy.zeros(3)}), None),
    "info huge int": (end(info={"a": 2**70}), None),
    "info word": (end(info={Word("a"): Colour.RED}), FAILED),
    "info surrogate": (end(info={"a": "\ud800"}), FAILED),
    "info deep": (end(info={"a": deep(60)}), FAILED),
    "info too deep": (end(info={"a": deep(5000)}), None),
    "info cycle": (end(info={"a": cycle()}), None),
    "cancelled": (cancelled, None),
    "leaves": (leaves, None),
    "info used again": (lambda: None, (Outcome.FAILED, 0.5)),
}

CALL = ToolCall("1", "go", "{}")


def reply(**values: Any) -> Reply:
    """A reply that goes, with these values."""
    return Reply(**{"text": "Action:\ngo there", **values})


def _exits() -> Any:
    raise SystemExit(2)


def _cancels() -> Any:
    raise asyncio.CancelledError("by the policy")


REPLIES: dict[str, tuple[Any, bool]] = {
    "fine": (reply(), True),
    "none": (None, False),
    "a text": ("Action:\ngo there", False),
    "text none": (reply(text=None), False),
    "text numpy": (reply(text=numpy.str_("Action:\ngo there")), True),
    "text surrogate": (reply(text="Action:\ngo \ud800"), True),
    "calls dict": (reply(tool_calls={"id": "1"}), False),
    "calls of dicts": (reply(tool_calls=({"id": "1"},)), False),
    "calls none": (reply(tool_calls=None), False),
    "calls list": (reply(tool_calls=[CALL]), True),
    "call id int": (reply(tool_calls=(ToolCall(1, "go", "{}"),)), False),
    "call arguments dict": (reply(tool_calls=(ToolCall("1", "go", {}),)), False),
    "reasoning int": (reply(reasoning=1), False),
    "usage none": (reply(usage=None), False),
    "usage text": (reply(usage=Usage("1", 1)), False),
    "usage float": (reply(usage=Usage(1.5, 1)), False),
    "usage below": (reply(usage=Usage(-1, 1)), False),
    "usage numpy": (reply(usage=Usage(numpy.int64(1), 1, numpy.float64(0.5))), True),
    "cost nan": (reply(usage=Usage(1, 1, math.nan)), False),
    "tokens dict": (reply(tokens={}), False),
    "tokens numpy": (reply(tokens=Tokens(tuple(numpy.arange(3)), (1,), (numpy.float32(-0.5),))), True),
    "tokens lists": (reply(tokens=Tokens([1, 2], [3], [-0.5])), True),
    "tokens float": (reply(tokens=Tokens((1.5,), (1,), (0.0,))), False),
    "logprob nan": (reply(tokens=Tokens((1,), (1,), (math.nan,))), False),
    "tokens none": (reply(tokens=Tokens(None, None, None)), False),
    "finish none": (reply(finish_reason=None), False),
    "weights int": (reply(weights_version=3), False),
    "exits": (_exits, False),
    "cancels": (_cancels, False),
}


class HostileEnvironment(Environment):
    """Each task is a line of the catalogue."""

    description = Description(
        instruction="Go.", actions=(ActionSpec("go", (Parameter("place"),), text="go {place}"),), max_rounds=4
    )

    @classmethod
    def describe(cls, config: Any) -> Description:
        """One split."""
        return Description(
            instruction="Go.", actions=cls.description.actions, splits={"train": len(STEPS)}, max_rounds=4
        )

    @classmethod
    def tasks(cls, config: Any, split: str) -> TaskList:
        """The names of the catalogue."""
        return TaskList(list(STEPS), lambda id: Task(id, split))

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Begin."""
        self.task = task.id
        self.info: dict[str, Any] = {}
        return "begin"

    def step(self, action: Action) -> Step:
        """The line of the catalogue."""
        if self.task == "info used again":
            self.info["n"] = self.info.get("n", 0) + 1
            return Step("again", 0.5, terminated=self.info["n"] == 3, info=self.info)
        answer: Step = STEPS[self.task][0]()
        return answer
