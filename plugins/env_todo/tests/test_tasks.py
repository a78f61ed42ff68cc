"""Splits: hundreds of tasks of every kind and tool, each its own, none of one split's answers in the other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from typing import ClassVar

from agentgym_core.types import Task
from agentgym_env_todo.families import FAMILIES
from agentgym_env_todo.goals import DONE, Changed, Setup
from agentgym_env_todo.tasks import CATALOGUE
from agentgym_env_todo.tools import TodoTools
from agentgym_testing import TaskConformance


class TestTasks(TaskConformance):
    environment = "todo"
    counts: ClassVar[dict[str, int]] = {"train": 690, "eval": 138}
    kinds = FAMILIES
    kind_of = CATALOGUE.kind_of

    def answer_of(self, task: Task) -> str:
        """An answer as text; where a task only asks for changes, the list that it asks for."""
        setup: Setup = task.data
        state = setup.end.state
        return json.dumps([state.projects, state.tasks] if setup.aim.answer == DONE else setup.aim.answer)

    def question_of(self, task: Task) -> Hashable:
        return (task.data.aim.text, json.dumps(task.data.world.plain()))

    def test_no_answer_is_a_safe_guess(self) -> None:
        for split, found in self.splits.items():
            answers = Counter(json.dumps(task.data.aim.answer) for task in found if task.data.aim.answer != DONE)
            assert max(answers.values()) <= 0.1 * len(found), (split, answers.most_common(3))
            for kind in FAMILIES:
                own = Counter(self.answer_of(task) for task in found if CATALOGUE.kind_of(task.id) == kind)
                assert len(own) >= 2, (split, kind)

    def test_experts_use_every_tool_in_every_split(self) -> None:
        for split, found in self.splits.items():
            used = {goal.tool for task in found for goal in task.data.aim.goals} | {"finish"}
            assert used == set(TodoTools.tools()) - {"check_valid_actions"}, split

    def test_most_tasks_take_several_hops(self) -> None:
        hops = [len(task.data.aim.goals) + 1 for found in self.splits.values() for task in found]
        assert min(hops) >= 3
        assert sum(count >= 5 for count in hops) > len(hops) / 2

    def test_no_change_is_true_in_the_beginning(self) -> None:
        for found in self.splits.values():
            for task in found:
                world = task.data.world
                for goal in task.data.aim.goals:
                    if isinstance(goal, Changed) and goal.tool == "update_task":
                        assert world.entry(goal.name).due_date != goal.value
                    if isinstance(goal, Changed) and goal.tool == "update_project":
                        assert str(world.folder(goal.name).is_favorite) != goal.value
