"""Goals, splits and ids.

A task is a goal with one draw of the commands that are shown for it. Both splits have as many draws of a goal as the configuration
says; no goal is in both. Which goals are held out depends on the recipes alone.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from attrs import frozen

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task, digest
from agentgym_env_textcraft.agenttraj import read_openings
from agentgym_env_textcraft.book import Book, load_book
from agentgym_env_textcraft.commands import Reader
from agentgym_env_textcraft.config import TextCraftConfig
from agentgym_env_textcraft.expert import Planner
from agentgym_env_textcraft.listing import Listing, draw_distinct
from agentgym_env_textcraft.recipes import NAMESPACE

HELD_OUT = 0.2
USUAL_ROUNDS = 20


@frozen(eq=False)
class Rules:
    """A book with what reads and plans under it."""

    book: Book
    reader: Reader
    planner: Planner


@frozen(eq=False)
class Opening:
    """What a task carries: the listing that an episode starts from, its text, and the rules that hold in it."""

    listing: Listing
    text: str
    rules: Rules


@lru_cache(maxsize=8)
def _rules(book: Book) -> Rules:
    return Rules(book, Reader(book), Planner(book))


def held_out(book: Book, effort: Mapping[str, int]) -> frozenset[str]:
    """The goals of `eval`: the same share of every depth, and of those that twenty rounds suffice for."""

    def stratum(goal: str) -> tuple[int, bool]:
        return book.depth[goal], effort[goal] > USUAL_ROUNDS

    chosen: set[str] = set()
    for key, goals in groupby(sorted(book.goals, key=stratum), key=stratum):
        shuffled = list(goals)
        random.Random(f"textcraft held out {key}").shuffle(shuffled)
        chosen.update(shuffled[: round(len(shuffled) * HELD_OUT)])
    return frozenset(chosen)


def rounds_needed(rules: Rules) -> dict[str, int]:
    """How many commands the expert takes for every goal."""
    plans = {goal: rules.planner.plan(goal, {}) for goal in rules.book.goals}
    return {goal: len(plan) for goal, plan in plans.items() if plan is not None}


@lru_cache(maxsize=8)
def catalogue(config: TextCraftConfig) -> Mapping[str, Sequence[Task]]:
    """Every split of a configuration with its tasks, in a fixed order that mixes depths."""
    rules = _rules(load_book(config.minecraft_dir))
    effort = rounds_needed(rules)
    outside = held_out(rules.book, effort)
    within = [goal for goal in rules.book.goals if effort[goal] <= config.rounds]
    random.Random("textcraft order").shuffle(within)
    train = [goal for goal in within if goal not in outside]
    held = [goal for goal in within if goal in outside]
    splits: dict[str, Sequence[Task]] = {
        "train": _listed("train", rules, _draws(rules.book, train, config.distractors, config.train_draws)),
        "eval": _listed("eval", rules, _draws(rules.book, held, config.distractors, config.eval_draws)),
    }
    if config.agenttraj is not None:
        splits["agenttraj"] = _recorded(config)
    return splits


def tasks_of(config: TextCraftConfig, split: str) -> Sequence[Task]:
    """The tasks of a split.

    :raises TaskNotFound: there is no such split.
    """
    splits = catalogue(config)
    if split not in splits:
        raise unknown_split("textcraft", split, list(splits))
    return splits[split]


def task_id(goal: str, variant: int = 0) -> str:
    """The id of a goal's draw: `textcraft-iron_helmet`, `textcraft-iron_helmet-2` and so on."""
    name = f"textcraft-{goal.removeprefix(NAMESPACE)}"
    return f"{name}-{variant + 1}" if variant else name


def _draws(book: Book, goals: Sequence[str], distractors: int, count: int) -> list[tuple[str, int, Listing]]:
    """Every goal's first draw, then every goal's second, and so on."""
    drawn = {goal: draw_distinct(book, goal, distractors, count) for goal in goals}
    return [
        (goal, variant, drawn[goal][variant])
        for variant in range(count)
        for goal in goals
        if variant < len(drawn[goal])
    ]


def _listed(split: str, rules: Rules, draws: Sequence[tuple[str, int, Listing]]) -> TaskList:
    listings = {task_id(goal, variant): listing for goal, variant, listing in draws}
    return _tasks(split, rules, listings, rules.book)


def _recorded(config: TextCraftConfig) -> TaskList:
    """The episodes of an AgentTraj file under the recipes that its authors had.

    Of recipes that undo each other the authors' disk order decided which stayed; those that the file shows come first here.
    """
    assert config.agenttraj is not None
    listings = read_openings(config.agenttraj)
    shown = frozenset(command for listing in listings.values() for command in listing.commands)
    return _tasks(
        "agenttraj", _rules(load_book(config.minecraft_dir, shown)), listings, load_book(config.minecraft_dir)
    )


def _tasks(split: str, rules: Rules, listings: Mapping[str, Listing], book: Book) -> TaskList:
    """The tasks of listings by id. Fingerprints are those of `book`, so that one goal has one whatever recipes hold in a split."""

    def make(id: str) -> Task:
        listing = listings[id]
        if listing.goal in book.recipes:
            fingerprint = book.fingerprint(listing.goal)
        else:
            fingerprint = digest([listing.goal, sorted(listing.commands)])
        return Task(id, split, "textcraft", fingerprint, Opening(listing, listing.text, rules))

    return TaskList(tuple(listings), make)
