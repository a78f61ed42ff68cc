"""Commands that make sense in an episode, whatever is held."""

from __future__ import annotations

from functools import lru_cache

from agentgym_env_textcraft.book import Book
from agentgym_env_textcraft.listing import Listing
from agentgym_env_textcraft.recipes import Recipe, display


@lru_cache(maxsize=2048)
def suggestions(book: Book, listing: Listing) -> tuple[str, ...]:
    """The commands shown, a kind named for each generic ingredient; gets of their base ingredients; and `inventory`."""
    recipes = {recipe.line: recipe for recipe in book.kept}
    crafts: dict[str, None] = {}
    gets: set[tuple[str, int]] = set()
    for line in listing.commands:
        recipe = recipes.get(line)
        if recipe is None:
            crafts[line] = None
            continue
        crafts[recipe.command(_kinds(book, recipe))] = None
        gets.update((display(part.item), part.count) for part in recipe.ingredients if part.item in book.base)
    return (*crafts, *(f"get {count} {name}" for name, count in sorted(gets)), "inventory")


def _kinds(book: Book, recipe: Recipe) -> dict[str, str]:
    tags = [part.item for part in recipe.ingredients if part.item in book.members]
    return {tag: min(book.members[tag], key=lambda item: (book.effort[item], item)) for tag in tags}
