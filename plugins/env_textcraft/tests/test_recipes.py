"""Recipes: what the packaged files come to, and what becomes of files that are wrong."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from agentgym_core.errors import ConfigError
from agentgym_env_textcraft.book import Book, load_book
from agentgym_env_textcraft.recipes import (
    Ingredient,
    Recipe,
    packaged_folder,
    read_folder,
    read_recipe,
    recipe_folder,
    without_cycles,
)


def test_the_packaged_recipes_come_to_the_known_figures(book: Book) -> None:
    assert len(read_folder(packaged_folder())) == 635
    assert len(book.kept) == 613
    assert len(book.items) == 676
    assert len(book.base) == 132
    assert len(book.groups) == 39
    assert len(book.goals) == 544
    assert Counter(book.depth[goal] for goal in book.goals) == {1: 125, 2: 291, 3: 117, 4: 11}


def test_only_planks_and_wool_stay_generic(book: Book) -> None:
    assert set(book.members) == {"minecraft:planks", "minecraft:wool"}
    assert len(book.members["minecraft:planks"]) == 8
    assert "minecraft:white_wool" not in book.members["minecraft:wool"]
    for tag in ("oak_logs", "logs", "coals", "stone_crafting_materials", "soul_fire_base_blocks", "wooden_slabs"):
        assert f"minecraft:{tag}" in book.base


def test_lines_name_ingredients_in_the_order_of_the_file(book: Book) -> None:
    lines = {recipe.line for recipe in book.kept}
    assert "craft 1 crossbow using 2 string, 3 stick, 1 iron ingot, 1 tripwire hook" in lines
    assert "craft 1 blast furnace using 3 smooth stone, 1 furnace, 5 iron ingot" in lines


def test_the_first_of_two_recipes_that_undo_each_other_stays() -> None:
    there = Recipe("minecraft:a", 1, (Ingredient(9, "minecraft:b"),))
    back = Recipe("minecraft:b", 9, (Ingredient(1, "minecraft:a"),))
    around = Recipe("minecraft:b", 9, (Ingredient(1, "minecraft:c"),))
    further = Recipe("minecraft:c", 1, (Ingredient(1, "minecraft:a"),))
    assert without_cycles([there, back])[0] == (there,)
    assert without_cycles([back, there])[0] == (back,)
    assert without_cycles([there, further, around])[0] == (there, further)


def test_recipes_that_only_unpack_a_block_are_dropped_but_their_product_exists() -> None:
    unpack = Recipe("minecraft:coal", 9, (Ingredient(1, "minecraft:coal_block"),))
    assert without_cycles([unpack]) == ((), frozenset({"minecraft:coal"}))
    assert Book([unpack]).base == {"minecraft:coal"}


def test_recipes_named_first_win_over_the_order_of_files() -> None:
    assert "minecraft:iron_ingot" in load_book(None).recipes
    other = load_book(None, frozenset({"craft 9 iron nugget using 1 iron ingot"}))
    assert "minecraft:iron_ingot" in other.base
    assert "minecraft:iron_nugget" in other.recipes


def test_depth_and_effort_agree_with_the_recipes(book: Book) -> None:
    for item, recipes in book.recipes.items():
        assert book.depth[item] == 1 + min(
            max(book.depth[part.item] for part in recipe.ingredients) for recipe in recipes
        )
    assert {book.depth[item] for item in book.base} == {0}


@pytest.mark.parametrize("inside", ["data/minecraft/recipes", "recipes", "."])
def test_a_data_pack_gives_the_same_book(tmp_path: Path, book: Book, inside: str) -> None:
    folder = tmp_path / inside
    folder.mkdir(parents=True, exist_ok=True)
    for path in packaged_folder().glob("*.json"):
        shutil.copy(path, folder)
    assert load_book(tmp_path).kept == book.kept


def test_a_folder_without_recipes_is_an_error_that_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"minecraft_dir.*no recipe files") as caught:
        recipe_folder(tmp_path)
    assert "data/minecraft/recipes" in caught.value.hint
    with pytest.raises(ConfigError):
        recipe_folder(tmp_path / "absent")


SHAPED = {"type": "minecraft:crafting_shaped", "pattern": ["##"], "key": {"#": {"item": "minecraft:stick"}}}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"type": 3}',
        '{"type": "minecraft:crafting_shaped"',
        json.dumps(SHAPED),
        json.dumps(SHAPED | {"result": {"id": "minecraft:ladder"}}),
        json.dumps(SHAPED | {"key": {"#": {}}, "result": {"item": "minecraft:ladder"}}),
        json.dumps(SHAPED | {"key": {"#": []}, "result": {"item": "minecraft:ladder"}}),
        json.dumps(SHAPED | {"key": {"x": {"item": "minecraft:stick"}}, "result": {"item": "minecraft:ladder"}}),
        json.dumps(SHAPED | {"result": {"item": "minecraft:ladder", "count": 0}}),
        json.dumps({"type": "minecraft:crafting_shapeless", "ingredients": [], "result": {"item": "minecraft:ladder"}}),
    ],
)
def test_a_file_that_is_no_recipe_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"odd\.json"):
        read_recipe(path)


def test_the_first_alternative_counts_and_other_kinds_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    alternatives = [{"tag": "minecraft:logs"}, {"item": "minecraft:stick"}]
    path.write_text(json.dumps(SHAPED | {"key": {"#": alternatives}, "result": {"item": "minecraft:ladder"}}))
    assert read_recipe(path) == Recipe("minecraft:ladder", 1, (Ingredient(2, "minecraft:logs"),))
    path.write_text('{"type": "minecraft:smelting", "result": "minecraft:glass"}')
    assert read_recipe(path) is None
