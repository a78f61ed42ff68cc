"""What the generated questions of a tool environment promise: splits that keep apart, and no easy way that wins."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import TaskNotFound
from agentgym_core.types import Task
from agentgym_testing.players import play_expert

FEW = 0.05
"""The part of a split's tasks that a way which does not look at the question may solve at most."""


class TaskConformance:
    """Generated tasks: how many of which kind, and each its own. Subclass it and name the environment.

    :cvar counts: how many tasks each split has by default.
    :cvar kinds: the kinds of tasks; `kind_of` tells a task's.
    :cvar alike: how large a part of a split one kind may be.
    """

    environment: ClassVar[str]
    counts: ClassVar[Mapping[str, int]]
    kinds: ClassVar[Collection[str]]
    alike: ClassVar[float] = 0.1
    kind_of: ClassVar[Callable[[str], str]]
    source: ClassVar[EnvironmentSource]
    splits: ClassVar[dict[str, Sequence[Task]]]

    @classmethod
    def setup_class(cls) -> None:
        """Make every task of the default configuration."""
        cls.source = resolve_environment(cls.environment)
        cls.splits = {split: list(cls.source.tasks(split)) for split in cls.counts}

    def answer_of(self, task: Task) -> str:
        """What a task asks for, as text."""
        return json.dumps(task.data.aim.answer)

    def question_of(self, task: Task) -> Hashable:
        """What makes a task's question another one."""
        text: str = task.data.aim.text
        return text

    def test_counts_and_kinds(self) -> None:
        """Each split holds so many tasks, of every kind, and none of them prevails."""
        assert {split: len(found) for split, found in self.splits.items()} == self.counts
        for found in self.splits.values():
            kinds = Counter(type(self).kind_of(task.id) for task in found)
            assert set(kinds) == set(self.kinds)
            assert max(kinds.values()) <= self.alike * len(found)

    def test_no_two_tasks_are_alike(self) -> None:
        """Fingerprints and questions differ."""
        everything = [task for found in self.splits.values() for task in found]
        assert len({task.fingerprint for task in everything}) == len(everything)
        assert len({self.question_of(task) for task in everything}) == len(everything)

    def test_splits_share_no_answer_and_no_question(self) -> None:
        """No answer and no question of the training tasks is one of the evaluation's."""
        train, evaluation = self.splits["train"], self.splits["eval"]
        assert not {self.answer_of(task) for task in train} & {self.answer_of(task) for task in evaluation}
        assert not {self.question_of(task) for task in train} & {self.question_of(task) for task in evaluation}

    def test_a_task_belongs_to_its_id(self) -> None:
        """In a smaller split it is the same, with another seed it is not."""
        few = resolve_environment(self.environment, {"train": 5, "eval": 3}).tasks("train")
        assert [task.fingerprint for task in few] == [task.fingerprint for task in self.splits["train"][:5]]
        other = resolve_environment(self.environment, {"seed": 1}).tasks("train")
        assert other[0].fingerprint != self.splits["train"][0].fingerprint

    def test_an_unknown_split_is_an_error(self) -> None:
        """It is told by its name."""
        with pytest.raises(TaskNotFound, match="no split 'test'"):
            self.source.cls.tasks(self.source.config, "test")


class QuestionConformance(TaskConformance):
    """Questions that tools answer, and their answers.

    :cvar unused: the tools that no expert calls.
    :cvar before: goals that come before the first look of every task.
    :cvar exact: what a question says whose number has no tolerance.
    """

    unused: ClassVar[Collection[str]] = ("check_valid_actions",)
    before: ClassVar[Sequence[Any]] = ()
    exact: ClassVar[str] = "to within 0."

    def values_of(self, result: Any) -> Iterable[Any]:
        """The single values of a tool's result that somebody might answer with: those of a record, and the firsts of its lists."""
        record = result[0] if isinstance(result, list) and result else result
        fields = list(record.values()) if isinstance(record, dict) else [] if record is result else [record]
        return [*fields, *(field[0] for field in fields if isinstance(field, list) and field)]

    def hops(self, task: Task) -> int:
        """How many looks a task takes."""
        return len(self._looks(task))

    def test_experts_use_every_tool_in_every_split(self) -> None:
        """All but `unused`."""
        tools = {spec.name for spec in self.source.description.actions} - set(self.unused)
        for found in self.splits.values():
            with self.source.make() as environment:
                used = {
                    step.info["tool"]
                    for task in found[: 2 * len(self.kinds)]
                    for _, step in play_expert(self.source, task.id, environment=environment)
                }
            assert used == tools

    def test_tasks_take_one_to_five_hops_and_more(self) -> None:
        """They all fit into the limit on turns."""
        tasks = [task for found in self.splits.values() for task in found]
        assert {self.hops(task) for task in tasks} >= {1, 2, 3, 4, 5}
        assert max(len(task.data.aim.goals) for task in tasks) + 1 <= self.source.description.max_rounds

    def test_the_commonest_answer_solves_few(self) -> None:
        """In no split."""
        for split, found in self.splits.items():
            answer, times = Counter(self.answer_of(task) for task in found).most_common(1)[0]
            assert times < FEW * len(found), (split, answer)

    def test_calling_one_tool_and_repeating_its_result_solves_few(self) -> None:
        """The first or the last call of an expert, with its very arguments; its result as it is, or one of its values."""
        for split, found in self.splits.items():
            with self.source.make() as environment:
                solved = sum(
                    any(
                        self._repeats(environment, task, goal) for goal in (self._looks(task)[0], self._looks(task)[-1])
                    )
                    for task in found
                )
            assert solved < FEW * len(found), (split, solved)

    def test_every_task_says_its_tolerance_and_unit(self) -> None:
        """A number has both in its question; anything else has no tolerance."""
        for task in (task for found in self.splits.values() for task in found):
            aim = task.data.aim
            if isinstance(aim.answer, (int, float)):
                assert (f"to within {aim.tolerance:g}." if aim.tolerance else self.exact) in aim.text, aim.text
                assert aim.unit in aim.text
            else:
                assert aim.tolerance == 0

    def _looks(self, task: Task) -> list[Any]:
        return [goal for goal in task.data.aim.goals if goal not in self.before]

    def _repeats(self, environment: Any, task: Task, goal: Any) -> bool:
        grammar = Grammar(self.source.description.actions)
        environment.reset(task, seed=0)
        moves = [each.move(environment.box) for each in (*self.before, goal)]
        actions = [grammar.action(move.action) for move in moves if move is not None]
        assert actions
        result = [environment.box.call(action).value for action in actions][-1]
        for answer in (result, *(value for value in self.values_of(result) if value is not None)):
            environment.reset(task, seed=0)
            for action in actions:
                environment.step(action)
            if environment.step(grammar.action(grammar.canonical("finish", {"answer": answer}))).success:
                return True
        return False
