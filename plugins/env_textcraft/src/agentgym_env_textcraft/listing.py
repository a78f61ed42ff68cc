"""The crafting commands that an episode shows: all that the goal may need, and some that it does not."""

from __future__ import annotations

import random

from attrs import frozen

from agentgym_env_textcraft.book import Book
from agentgym_env_textcraft.recipes import display

PER_INGREDIENT = 10


@frozen
class Listing:
    """A goal (an item's id) with the crafting commands shown for it."""

    goal: str
    commands: tuple[str, ...]

    @property
    def text(self) -> str:
        """The first observation."""
        return "Crafting commands:\n" + "\n".join(self.commands) + f"\n\nGoal: craft {display(self.goal)}."


def draw(book: Book, goal: str, variant: int, distractors: int) -> Listing:
    """The commands of a goal, in an order and with distractors that depend on nothing but the arguments.

    :param variant: numbers the draws of one goal.
    :param distractors: at most so many commands that the goal does not need; each uses an ingredient of one that it does.
    """
    rng = random.Random(f"textcraft {goal} {variant}")
    needed = book.closure(goal)
    lines = {recipe.line for recipe in needed}
    near: set[str] = set()
    for item in sorted({part.item for recipe in needed for part in recipe.ingredients}):
        users = [recipe.line for recipe in book.uses.get(item, ())]
        near.update(rng.sample(users, min(len(users), PER_INGREDIENT)))
    others = sorted(near - lines)
    shown = sorted(lines) + rng.sample(others, min(len(others), distractors))
    rng.shuffle(shown)
    return Listing(goal, tuple(shown))


def draw_distinct(book: Book, goal: str, distractors: int, wanted: int) -> tuple[Listing, ...]:
    """Up to `wanted` listings of a goal, no two alike: a goal with few recipes has fewer."""
    found: dict[tuple[str, ...], Listing] = {}
    for variant in range(wanted):
        listing = draw(book, goal, variant, distractors)
        found.setdefault(listing.commands, listing)
    return tuple(found.values())
