"""A thousand episodes at once, and every task of every split."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.types import Action, Step

SOURCE = resolve_environment("academia")
GRAMMAR = Grammar(SOURCE.description.actions)


def test_the_expert_solves_every_task_of_every_split_in_time() -> None:
    limit = SOURCE.description.max_rounds
    with SOURCE.make() as environment:
        for split in SOURCE.splits:
            for task in SOURCE.tasks(split):
                environment.reset(task)
                for _ in range(limit):
                    move = environment.expert()
                    assert move is not None
                    step = environment.step(GRAMMAR.action(move.action))
                    if step.ended:
                        break
                assert (step.score, step.success) == (1.0, True), task.id


def scripted(task: Any, number: int) -> tuple[list[Action], list[Step]]:
    """An episode alone: the expert's, some with a detour of its own."""
    with SOURCE.make() as environment:
        environment.reset(task, seed=number)
        actions: list[Action] = []
        steps: list[Step] = []
        while not (steps and steps[-1].ended):
            if len(steps) == 1 and number % 3 == 0:
                listed = environment.available_actions() or []
                text = listed[number % len(listed)]
            else:
                move = environment.expert()
                text = 'finish with Action Input: {"answer": "unsure"}' if move is None else move.action
            actions.append(GRAMMAR.action(text))
            steps.append(environment.step(actions[-1]))
        return actions, steps


def test_a_thousand_episodes_at_once_are_as_a_thousand_alone() -> None:
    tasks = list(SOURCE.tasks("train"))
    chosen = [(tasks[number % 336], number) for number in range(1000)]
    alone = [scripted(task, number) for task, number in chosen]
    together = [SOURCE.make() for _ in chosen]
    try:
        for environment, (task, number) in zip(together, chosen, strict=True):
            environment.reset(task, seed=number)
        found: list[list[Step]] = [[] for _ in chosen]
        for turn in zip_longest(*(actions for actions, _ in alone)):
            for index, action in enumerate(turn):
                if action is not None:
                    found[index].append(together[index].step(action))
    finally:
        for environment in together:
            environment.close()
    assert found == [steps for _, steps in alone]
