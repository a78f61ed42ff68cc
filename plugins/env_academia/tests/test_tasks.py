"""Splits: hundreds of tasks of every kind and tool, each its own; one split's fields and answers are not the other's; no easy way wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from agentgym_core.types import Task
from agentgym_env_academia.families import FAMILIES
from agentgym_env_academia.goals import AUTHORS, PAPERS, Joint, Neighbours
from agentgym_env_academia.network import generated
from agentgym_env_academia.scene import fields_of
from agentgym_env_academia.tasks import CATALOGUE
from agentgym_testing import QuestionConformance
from agentgym_tools import Lookup


def entities(found: Sequence[Task]) -> set[str]:
    """The fields of all papers and authors that tasks name or that an expert looks at."""
    nodes = {node for task in found for node in (*task.data.papers, *task.data.authors)}
    for task in found:
        for goal in task.data.aim.goals:
            if isinstance(goal, Lookup) and isinstance(goal.arguments, dict):
                nodes.update(goal.arguments.values())
            if isinstance(goal, Neighbours):
                nodes.add(goal.node)
            if isinstance(goal, Joint):
                nodes |= {goal.one, goal.other}
    return {generated(0).fields[node] for node in nodes}


class TestQuestions(QuestionConformance):
    environment = "academia"
    counts: ClassVar[dict[str, int]] = {"train": 672, "eval": 168}
    kinds = FAMILIES
    kind_of = CATALOGUE.kind_of
    unused = ("check_valid_actions", "neighborCheck")
    before = (PAPERS, AUTHORS)
    exact = "Answer with a "

    def test_splits_share_no_field(self) -> None:
        assert entities(self.splits["train"]) <= fields_of("train")
        assert entities(self.splits["eval"]) <= fields_of("eval")
