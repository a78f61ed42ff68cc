"""Tasks: disjoint splits of every depth, the same everywhere."""

from __future__ import annotations

from collections import Counter

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError, TaskNotFound
from agentgym_core.types import Task
from agentgym_env_textcraft.book import Book
from agentgym_env_textcraft.config import TextCraftConfig
from agentgym_env_textcraft.environment import TextCraftEnvironment
from agentgym_env_textcraft.listing import draw, draw_distinct
from agentgym_env_textcraft.tasks import catalogue, tasks_of


def goals(tasks: object) -> set[str]:
    return {task.data.listing.goal for task in tasks}  # type: ignore[attr-defined]


def test_splits_have_the_declared_sizes_and_share_no_goal() -> None:
    config = TextCraftConfig()
    described = TextCraftEnvironment.describe(config)
    assert described.splits == {"train": 1557, "eval": 106}
    train, held = (tasks_of(config, split) for split in ("train", "eval"))
    assert (len(goals(train)), len(goals(held))) == (425, 106)
    assert not goals(train) & goals(held)
    assert not {task.fingerprint for task in train} & {task.fingerprint for task in held}
    assert len({task.id for task in (*train, *held)}) == 1557 + 106
    assert len({task.data.text for task in train}) == 1557


def test_more_draws_of_held_out_goals_add_tasks_and_no_goal() -> None:
    usual, many = (tasks_of(TextCraftConfig(eval_draws=draws), "eval") for draws in (1, 6))
    assert goals(many) == goals(usual)
    assert [task.id for task in many[: len(usual)]] == [task.id for task in usual]
    assert len({task.data.text for task in many}) == len(many) > 4 * len(usual)


def test_both_splits_have_goals_of_every_depth(book: Book) -> None:
    splits = catalogue(TextCraftConfig())
    for split in ("train", "eval"):
        depths = Counter(book.depth[goal] for goal in goals(splits[split]))
        assert set(depths) == {1, 2, 3, 4}, split
    assert goals(splits["train"][:300]) == {task.data.listing.goal for task in splits["train"][:300]}
    assert len(goals(splits["train"][:374])) == 374


def test_more_rounds_add_goals_and_move_none() -> None:
    usual, all_ = catalogue(TextCraftConfig()), catalogue(TextCraftConfig(rounds=48))
    assert len(goals(all_["train"])) + len(goals(all_["eval"])) == 544
    assert goals(usual["eval"]) < goals(all_["eval"])
    assert goals(usual["train"]) < goals(all_["train"])


def test_tasks_of_one_goal_share_a_fingerprint_under_ids_that_name_it() -> None:
    source = resolve_environment("textcraft")
    first, second = source.find("textcraft-prismarine_brick_stairs"), source.find("textcraft-prismarine_brick_stairs-2")
    assert first.fingerprint == second.fingerprint
    assert first.data.text != second.data.text
    assert sorted(first.data.text) != first.data.text
    with pytest.raises(TaskNotFound):
        source.find("textcraft_33")


def test_a_listing_holds_all_that_is_needed_and_few_others(book: Book) -> None:
    for goal in book.goals:
        needed = {recipe.line for recipe in book.closure(goal)}
        listing = draw(book, goal, 0, 10)
        assert needed <= set(listing.commands)
        assert len(listing.commands) == len(set(listing.commands)) <= len(needed) + 10
        asked = {part.item for recipe in book.closure(goal) for part in recipe.ingredients}
        lines = {recipe.line: recipe for recipe in book.kept}
        for line in set(listing.commands) - needed:
            assert asked & {part.item for part in lines[line].ingredients}
        assert set(draw(book, goal, 0, 0).commands) == needed


def test_a_goal_with_one_recipe_has_one_listing(book: Book) -> None:
    listings = draw_distinct(book, "minecraft:packed_ice", 0, 4)
    assert [listing.text for listing in listings] == [
        "Crafting commands:\ncraft 1 packed ice using 9 ice\n\nGoal: craft packed ice."
    ]


def test_unknown_splits_and_wrong_settings_are_refused() -> None:
    with pytest.raises(TaskNotFound, match="train, eval"):
        tasks_of(TextCraftConfig(), "test")
    with pytest.raises(ConfigError, match="distractors"):
        resolve_environment("textcraft", {"distractors": -1})
    with pytest.raises(ConfigError, match="did you mean 'rounds'"):
        resolve_environment("textcraft", {"round": 20})


def test_rendering_escapes_what_a_data_pack_names() -> None:
    from agentgym_env_textcraft.page import page

    assert "<script>" not in page("minecraft:<script>", {"minecraft:<b>": 1})
    assert "&lt;b&gt;" in page("minecraft:stick", {"minecraft:<b>": 1})


def test_a_task_is_listed_before_it_is_made() -> None:
    tasks = tasks_of(TextCraftConfig(), "train")
    assert isinstance(tasks[0], Task)
    assert tasks.ids[0] == tasks[0].id  # type: ignore[attr-defined]
