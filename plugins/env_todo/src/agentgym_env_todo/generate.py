"""Lists and questions out of a seed. `train` and `eval` have no answer in common: every answer belongs to one of them by its digest."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from agentgym_core.types import digest
from agentgym_env_todo.config import TodoConfig
from agentgym_env_todo.drafts import Draft
from agentgym_env_todo.families import FAMILIES
from agentgym_env_todo.goals import DONE, Setup
from agentgym_env_todo.vocabulary import CITIES, PEOPLE, PLACES, THEMES, THINGS
from agentgym_env_todo.world import Entry, Folder, World
from agentgym_tools import Aim
from agentgym_tools.catalogue import nothing_drawn

_SHARE = 5
MOST_LISTS = 10_000
"""How many lists are tried for one question: far more than the rarest kind takes."""
_FIRST_DAY = date(2024, 1, 8)


def draw_world(chance: random.Random, projects: tuple[int, int] = (4, 6), tasks: tuple[int, int] = (2, 5)) -> World:
    """A list.

    :param projects: how many it has at least and at most. :param tasks: how many each of them has.
    """
    today = _FIRST_DAY + timedelta(days=chance.randrange(1000))
    location = chance.choice(CITIES)
    names = chance.sample(sorted(THEMES), chance.randint(*projects))
    favorite = chance.choice(names)
    folders = []
    for name in names:
        contents = chance.sample(THEMES[name], chance.randint(*tasks))
        entries = tuple(_entry(chance, content, today, location) for content in contents)
        folders.append(Folder(name, entries, name == favorite))
    return World(tuple(folders), today.isoformat(), location)


def _entry(chance: random.Random, content: str, today: date, location: str) -> Entry:
    lines = {
        "City": location if chance.random() < 0.25 else chance.choice(CITIES),
        "Place": chance.choice(PLACES),
        "Bring": chance.choice(THINGS),
        "Contact": chance.choice(PEOPLE),
    }
    return Entry(
        content,
        (today + timedelta(days=chance.randint(-9, 30))).isoformat(),
        5 * chance.randint(2, 36),
        chance.randint(1, 4),
        "\n".join(f"- {label}: {value}" for label, value in lines.items()),
    )


def answer_key(draft: Draft) -> Any:
    """What makes an answer another answer: itself, or the list in the end where the answer is only that it was done."""
    return draft.after.plain() if draft.answer == DONE else draft.answer


def belongs_to_eval(key: Any) -> bool:
    """Whether an answer is one of evaluation's: about one in five."""
    return int(digest(["todo answer", key]), 16) % _SHARE == 0


def draw(config: TodoConfig, kind: str, split: str, number: int) -> tuple[Draft, World]:
    """The question of a number: of a kind, with an answer of the split's own.

    :raises ConfigError: lists as small as the configuration has them leave nothing to ask of this kind.
    """
    chance = random.Random(f"todo {config.seed} {split} {kind} {number}")
    for _ in range(MOST_LISTS):
        world = draw_world(chance, config.project_count, config.tasks_per_project)
        for _ in range(4):
            draft = FAMILIES[kind](chance, world)
            if draft is not None and belongs_to_eval(answer_key(draft)) == (split == "eval"):
                return draft, world
    raise nothing_drawn(
        "todo",
        kind,
        MOST_LISTS,
        f"project_count={config.project_count} and tasks_per_project={config.tasks_per_project}",
    )


def setup_of(draft: Draft, world: World, digits: int = 10) -> Setup:
    """A question as what its task carries. :param digits: how many an id has."""
    conclusion = draft.conclusion if draft.answer == DONE else f"From all this follows the answer: {draft.answer}."
    aim = Aim(draft.text, draft.answer, draft.goals, conclusion=conclusion)
    return Setup.changing(world, aim, draft.after, digits)


def fingerprint(draft: Draft, world: World) -> str:
    """The digest of a question's content."""
    return digest(["todo", draft.text, draft.answer, world.plain(), draft.after.plain()])
