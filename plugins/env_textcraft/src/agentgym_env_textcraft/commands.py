"""What a line of text asks for, under a book of recipes."""

from __future__ import annotations

import re
from functools import lru_cache

from attrs import frozen

from agentgym_env_textcraft.book import Book
from agentgym_env_textcraft.recipes import Recipe, item_id

_OUTSIDE = re.compile(r"[^A-Za-z0-9, ]")
_CRAFT = re.compile(r"craft (.*) using (.*)")
_GET = re.compile(r"get ([0-9]+) (.*)")
_COUNTED = re.compile(r"([0-9]+) (.*)")
_DIGITS = 12


@frozen
class Get:
    """Take so many of a base item from nowhere."""

    count: int
    item: str
    reply: str


@frozen
class Craft:
    """Turn items into others. `recipe` is the one that fits, or None; `invalid` is what to say then."""

    item: str
    inputs: dict[str, int]
    recipe: Recipe | None
    invalid: str


@frozen
class Look:
    """Show the inventory."""


@frozen
class Refused:
    """Nothing happens; `reply` says why."""

    reply: str


Command = Get | Craft | Look | Refused


def clean(text: str) -> str:
    """The first line that is not blank, without the characters that no command has, single-spaced."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    return " ".join(_OUTSIDE.sub("", line).split())


class Reader:
    """Reads commands. Readings are kept: texts repeat across episodes, and none depends on an episode's state."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.read = lru_cache(maxsize=16_384)(self._read)

    def _read(self, text: str) -> Command:
        line = clean(text)
        if match := _CRAFT.match(line):
            return self._craft(match[1], match[2])
        if (match := _GET.match(line)) and len(match[1]) <= _DIGITS:
            return self._get(int(match[1]), match[2])
        if line.startswith("inventory"):
            return Look()
        return Refused(f"Could not execute {line}")

    def _get(self, count: int, name: str) -> Command:
        item = item_id(name)
        if item in self._book.base and item not in self._book.tags:
            return Get(count, item, f"Got {count} {name}")
        return Refused(f"Could not find {name}")

    def _craft(self, product: str, ingredients: str) -> Command:
        counted = _COUNTED.match(product)
        count, item = (counted[1], item_id(counted[2])) if counted else ("1", item_id(product))
        inputs: dict[str, int] = {}
        repeated = False
        for part in ingredients.split(","):
            match = _COUNTED.match(part.strip())
            if match is None or len(match[1]) > _DIGITS:
                return Refused(f"Wrong item format: {part.strip()}")
            name = item_id(match[2])
            repeated = repeated or name in inputs
            inputs[name] = inputs.get(name, 0) + int(match[1])
        recipe = None if repeated else self._fitting(item, inputs)
        # The words of the original, which recorded episodes have and models trained on them know: a dump of its own objects.
        invalid = (
            "Could not find a valid recipe for "
            f"ItemTagWithCount(item_tag=ItemTag(tag=None, item_id='{item}'), count={count.lstrip('0') or '0'})"
        )
        return Craft(item, inputs, recipe, invalid)

    def _fitting(self, item: str, inputs: dict[str, int]) -> Recipe | None:
        """The first recipe that asks for exactly these items: for a tag, one member in full."""
        for recipe in self._book.recipes.get(item, ()):
            if len(recipe.ingredients) != len(inputs):
                continue
            left = dict(inputs)
            for part in recipe.ingredients:
                names = self._book.members.get(part.item, (part.item,))
                found = next((name for name in names if left.get(name) == part.count), None)
                if found is None:
                    break
                del left[found]
            else:
                return recipe
        return None
