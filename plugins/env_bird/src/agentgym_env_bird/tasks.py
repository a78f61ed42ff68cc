"""Splits and ids: questions of the package's own databases, or of the official folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, zip_longest
from pathlib import Path

from attrs import frozen

from agentgym_core.environment import TaskList
from agentgym_core.types import Task, digest
from agentgym_env_bird import official, own
from agentgym_env_bird.own import Question


@frozen(eq=False)
class Item:
    """What a task carries: a question, and where a query finds the database that it is about."""

    question: Question
    location: str


@lru_cache(maxsize=4)
def splits_of(data: Path | None) -> Mapping[str, Sequence[Task]]:
    """Every split with its tasks.

    :raises ConfigError: `data` is not the official folder.
    """
    found = {}
    if data is not None:
        for split, part in official.parts(data).items():
            # The contents of official files are their publisher's affair: gigabytes are not read for a fingerprint.
            found[split] = _tasks(split, "sqlgym_{0.number}", part.questions, part.path, lambda name: ["bird", name])
        return found
    for split, databases in (("train", own.TRAIN), ("eval", own.EVAL)):
        # Levels are mixed, databases take turns: a first hundred tasks is a fair sample.
        dealt = filter(None, chain.from_iterable(zip_longest(*map(own.questions, databases))))
        found[split] = _tasks(split, "bird-{0.database}-{0.number}", dealt, own.location, lambda name: [own.ddl(name)])
    return found


def _tasks(
    split: str,
    id: str,
    questions: Iterable[Question],
    locate: Callable[[str], str],
    contents: Callable[[str], list[str]],
) -> Sequence[Task]:
    by_id = {id.format(question): question for question in questions}

    def make(id: str) -> Task:
        question = by_id[id]
        content = digest([*contents(question.database), question.text, question.gold])
        return Task(id, split, question.level or "bird", content, Item(question, locate(question.database)))

    return TaskList(tuple(by_id), make)
