"""All that follows from a set of recipes: what is craftable, what can be had for the asking, and how deep a goal lies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from agentgym_core.types import digest
from agentgym_env_textcraft.recipes import Recipe, read_folder, recipe_folder, without_cycles

UNREACHABLE = 1 << 30


class Book:
    """Recipes with their consequences; made once a process and never changed.

    - `recipes`: item -> the ways to make it.
    - `members`: tag -> the items that stand for it. Only tags whose members can be crafted are here: any other tag that a recipe
      asks for is an item of its own, named like the tag.
    - `items`: every item that exists; those without a recipe are the `base` ones.
    - `depth`: item -> crafting steps on the shortest chain down to base items; `effort`: item -> commands to make one from nothing.
    """

    def __init__(self, recipes: Iterable[Recipe]) -> None:
        kept, unpacked = without_cycles(recipes)
        self.kept = kept
        makers: defaultdict[str, list[Recipe]] = defaultdict(list)
        groups: defaultdict[str, set[str]] = defaultdict(set)
        for recipe in kept:
            makers[recipe.item].append(recipe)
            if recipe.group:
                groups[recipe.group].add(recipe.item)
        asked = {part.item for recipe in kept for part in recipe.ingredients}
        self.recipes = {item: tuple(ways) for item, ways in makers.items()}
        self.groups = {tag: tuple(sorted(items)) for tag, items in sorted(groups.items())}
        self.members = {
            tag: items for tag, items in self.groups.items() if tag in asked and tag not in makers and items != (tag,)
        }
        self.tags = frozenset(tag for tag, items in self.groups.items() if items != (tag,))
        self.items = frozenset((asked | set(makers) | unpacked) - set(self.members))
        self.base = frozenset(item for item in self.items if item not in makers)
        self.uses: dict[str, tuple[Recipe, ...]] = self._uses()
        self.depth = self._settle(0, lambda parts: 1 + max(parts))
        self.effort = self._settle(1, lambda parts: 1 + sum(parts))
        self._closures: dict[str, tuple[Recipe, ...]] = {}
        self._fingerprints: dict[str, str] = {}

    @property
    def goals(self) -> tuple[str, ...]:
        """Every craftable item, shallow ones first, then by name."""
        return tuple(sorted(self.recipes, key=lambda item: (self.depth[item], item)))

    def makers(self, name: str) -> Iterator[Recipe]:
        """The recipes of an item, or of every member of a tag."""
        for item in self.members.get(name, (name,)):
            yield from self.recipes.get(item, ())

    def closure(self, goal: str) -> tuple[Recipe, ...]:
        """Every recipe that some way to the goal may use, the goal's own first."""
        if goal in self._closures:
            return self._closures[goal]
        found: dict[Recipe, None] = {}
        seen: set[str] = set()
        waiting = [goal]
        while waiting:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            for recipe in self.makers(name):
                found[recipe] = None
                waiting.extend(part.item for part in recipe.ingredients)
        self._closures[goal] = tuple(found)
        return self._closures[goal]

    def fingerprint(self, goal: str) -> str:
        """A digest of the goal and of all recipes on the way to it."""
        if goal not in self._fingerprints:
            self._fingerprints[goal] = digest([goal, sorted(recipe.line for recipe in self.closure(goal))])
        return self._fingerprints[goal]

    def _uses(self) -> dict[str, tuple[Recipe, ...]]:
        uses: defaultdict[str, list[Recipe]] = defaultdict(list)
        for recipe in sorted(self.kept, key=lambda recipe: recipe.line):
            for part in recipe.ingredients:
                uses[part.item].append(recipe)
        return {item: tuple(users) for item, users in uses.items()}

    def _settle(self, base: int, combine: Callable[[list[int]], int]) -> dict[str, int]:
        """The least value of each item and tag: `base` for base items, combined from the ingredients' for a recipe's product."""
        value = dict.fromkeys(self.base, base)
        changed = True
        while changed:
            changed = False
            for recipe in self.kept:
                parts = [value.get(part.item, UNREACHABLE) for part in recipe.ingredients]
                new = combine(parts)
                if max(parts) < UNREACHABLE and new < value.get(recipe.item, UNREACHABLE):
                    value[recipe.item] = new
                    changed = True
            for tag, items in self.members.items():
                new = min(value.get(item, UNREACHABLE) for item in items)
                if new < value.get(tag, UNREACHABLE):
                    value[tag] = new
                    changed = True
        return value


@lru_cache(maxsize=8)
def load_book(minecraft_dir: Path | None, first: frozenset[str] = frozenset()) -> Book:
    """The book of a folder of recipe files, made once a process.

    :param first: crafting commands whose recipes are considered before all others, so that no cycle costs them their place.
    :raises ConfigError: the folder holds no recipe files of Minecraft 1.16.5.
    :raises ComponentUnavailable: the packaged recipes are not installed.
    """
    recipes = read_folder(recipe_folder(minecraft_dir))
    return Book(sorted(recipes, key=lambda recipe: recipe.line not in first) if first else recipes)
