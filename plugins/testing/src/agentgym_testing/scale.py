"""What the conformance tests sample, over whole splits and a thousand episodes at once."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import zip_longest
from statistics import fmean
from typing import Any, ClassVar

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.types import Task
from agentgym_testing.check import NotApplicable, require
from agentgym_testing.checks_lifecycle import hash_seeds_do_not_matter
from agentgym_testing.records import Entry, compare, ended
from agentgym_testing.subject import Sizes, Subject

_DETOURS = 3


class ScaleConformance:
    """Subclass it and name the environment. `config` is a configuration as a user would write it.

    :cvar tasks: how many tasks of a split are played; of a larger split as many, spread evenly.
    :cvar episodes: how many are open at once; where the environment needs hosts, no more than one of them holds.
    :cvar rounds: bounds an episode; by default the environment's own limit on turns.
    """

    environment: ClassVar[str] = ""
    config: ClassVar[Mapping[str, Any] | None] = None
    tasks: ClassVar[int] = 1000
    episodes: ClassVar[int] = 1000
    rounds: ClassVar[int | None] = None
    subject: ClassVar[Subject]

    @classmethod
    def setup_class(cls) -> None:
        """Find the environment; its engine is started by the first test that plays."""
        cls.subject = Subject(cls.environment, cls.config, sizes=Sizes(tasks=cls.tasks))

    @classmethod
    def teardown_class(cls) -> None:
        """Close what was started."""
        cls.subject.close()

    def test_the_expert_solves_every_task_in_time(self) -> None:
        """Within the declared limit on turns the expert succeeds in every task, and its mean score is the declared one."""
        subject = self.subject
        declared = subject.description.expert_score
        if declared is None:
            pytest.skip(f"{subject.id} declares no expert")
        limit, episodes = subject.description.max_rounds, subject.expert_episodes
        lost = [found.task.id for found in episodes if len(found.steps) > limit or not found.succeeded]
        require(not lost, f"{subject.id}: the expert does not solve in time {', '.join(lost[:10])}")
        mean = fmean(found.score_in_time for found in episodes)
        require(mean >= declared - 1e-9, f"{subject.id}: the expert's mean is {mean:.4f}, not {declared:g}")

    @pytest.mark.parametrize("form", FORMATS)
    def test_the_expert_is_read_as_it_was_meant(self, form: str) -> None:
        """In every action format each thought and action of the expert is written and read back as it was."""
        grammar = Grammar(self.subject.description.actions, form)
        for episode in self.subject.expert_episodes if self.subject.description.expert_score is not None else ():
            for move in episode.said:
                reading = grammar.read(*grammar.render(move))
                whose = f"{self.subject.id}: task {episode.task.id!r}, {move.action!r} in {form}"
                require(reading.action is not None, f"{whose} is not read: {reading.error}")
                assert reading.action is not None
                require(
                    (reading.thought, reading.action.text) == (move.thought, move.action),
                    f"{whose} is read as {reading.action.text!r} after {reading.thought!r}",
                )

    def test_hash_seeds_do_not_matter(self) -> None:
        """Every task has the same content and the same trajectory in processes with different hash seeds."""
        try:
            hash_seeds_do_not_matter(self.subject)
        except NotApplicable as reason:
            pytest.skip(f"{self.environment}: {reason}")

    def test_episodes_played_at_once_are_as_played_alone(self) -> None:
        """A thousand open episodes, a turn of each after the other, give the trajectories that each gives alone."""
        subject = self.subject
        spec = subject.source.spec
        # Where no engine is shared, `per_host` is about processor time and not about what is possible.
        count = self.episodes if spec.placement == "inline" else min(self.episodes, spec.per_host)
        if count < 2 or not subject.description.deterministic:
            pytest.skip(f"{subject.id} is not deterministic, or a host holds one instance")
        chosen = [(subject.tasks[number % len(subject.tasks)], number) for number in range(count)]
        alone = [self._alone(task, number) for task, number in chosen]
        with ExitStack() as stack:
            open_ones = [stack.enter_context(subject.fresh()) for _ in chosen]
            together = [
                subject.play(environment, task, (), seed=number)
                for environment, (task, number) in zip(open_ones, chosen, strict=True)
            ]
            for turn in zip_longest(*(script for script, _ in alone)):
                for environment, record, text in zip(open_ones, together, turn, strict=True):
                    if text is not None:
                        record.extend(subject.go_on(environment, [text]))
        for (task, number), (_, expected), found in zip(chosen, alone, together, strict=True):
            compare(
                expected, found, f"{subject.id}: task {task.id!r}, seed {number}, alone and beside {count - 1} others"
            )

    def _alone(self, task: Task, number: int) -> tuple[list[str], list[Entry]]:
        """The expert's moves, in every third episode with a random one as the second, and their record."""
        subject = self.subject
        chance = random.Random(f"scale {subject.id} {task.id} {number}")
        script: list[str] = []
        with subject.fresh() as environment:
            record = subject.play(environment, task, (), seed=number)
            while len(script) < (self.rounds or subject.description.max_rounds) and not ended(record[-1]):
                detour = number % _DETOURS == 0 and len(script) == 1
                move = None if detour else environment.expert()
                script.append(subject.random_action(environment, chance) if move is None else move.action)
                record += subject.go_on(environment, script[-1:])
        return script, record
