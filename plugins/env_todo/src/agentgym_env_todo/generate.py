"""Lists and questions out of a seed. `train` and `eval` have no answer in common: every answer belongs to one of them by its digest."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from agentgym_core.types import digest
from agentgym_env_todo.families import FAMILIES, Draft
from agentgym_env_todo.goals import DONE, Setup
from agentgym_env_todo.vocabulary import CITIES, PEOPLE, PLACES, THEMES, THINGS
from agentgym_env_todo.world import Entry, Folder, World
from agentgym_tools import Aim

_SHARE = 5
_FIRST_DAY = date(2024, 1, 8)


def draw_world(chance: random.Random) -> World:
    """A list of four to six projects with two to five tasks each."""
    today = _FIRST_DAY + timedelta(days=chance.randrange(1000))
    location = chance.choice(CITIES)
    names = chance.sample(sorted(THEMES), chance.randint(4, 6))
    favorite = chance.choice(names)
    folders = []
    for name in names:
        contents = chance.sample(THEMES[name], chance.randint(2, 5))
        tasks = tuple(_entry(chance, content, today, location) for content in contents)
        folders.append(Folder(name, tasks, name == favorite))
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


def draw(kind: str, split: str, seed: int, number: int) -> tuple[Draft, World]:
    """The question of a number: of a kind, with an answer of the split's own."""
    chance = random.Random(f"todo {seed} {split} {kind} {number}")
    while True:
        world = draw_world(chance)
        for _ in range(4):
            draft = FAMILIES[kind](chance, world)
            if draft is not None and belongs_to_eval(answer_key(draft)) == (split == "eval"):
                return draft, world


def setup_of(draft: Draft, world: World) -> Setup:
    """A question as what its task carries."""
    conclusion = draft.conclusion if draft.answer == DONE else f"From all this follows the answer: {draft.answer}."
    aim = Aim(draft.text, draft.answer, draft.goals, conclusion=conclusion)
    return Setup.changing(world, aim, draft.after)


def fingerprint(draft: Draft, world: World) -> str:
    """The digest of a question's content."""
    return digest(["todo", draft.text, draft.answer, world.plain(), draft.after.plain()])
