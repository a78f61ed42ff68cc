"""Splits and ids: goals of our own catalogue, or the original's by their numbers."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task, digest
from agentgym_env_webshop import generate
from agentgym_env_webshop.catalogue import open_catalogue
from agentgym_env_webshop.config import WebShopConfig

PREFIX = "webshop_"
EVALUATION = ("eval", "agenteval", "webshop-test", "webshop-dev")


@cache
def items() -> Mapping[str, Sequence[int]]:
    """The numbers of the paper's items: `agenteval` (200) and `agenttraj` (3,930)."""
    found: dict[str, list[int]] = json.loads((resources.files(__package__) / "items.json").read_text(encoding="utf-8"))
    return found


def splits(config: WebShopConfig) -> dict[str, int]:
    """The number of tasks of each split."""
    return {split: len(ids) for split, ids in _ids(config).items()}


def tasks(config: WebShopConfig, split: str) -> Sequence[Task]:
    """The tasks of a split; `data` is the goal's number. The products are not opened for our own."""
    ids = _ids(config)
    if split not in ids:
        raise unknown_split("webshop", split, list(ids))
    key = config.source.key

    def make(id: str) -> Task:
        number = int(id.rpartition("-" if config.human or not config.items else "_")[2])
        goal = number if config.items else _order(config, split)[number]
        return Task(id, split, "webshop", digest(["webshop", key, goal]), goal)

    return TaskList(ids[split], make)


@lru_cache(maxsize=8)
def _ids(config: WebShopConfig) -> dict[str, Sequence[str]]:
    if config.items is None:
        counts = {"train": config.train, "eval": config.eval}
        return {split: [f"webshop-{split}-{number}" for number in range(count)] for split, count in counts.items()}
    with open_catalogue(config.source, config.cache) as catalogue:
        total = catalogue.goals
    if config.human is not None:
        # WebShop's own cut of the shuffled goals.
        bounds = {"webshop-test": (0, 500), "webshop-dev": (500, 1500), "webshop-train": (1500, total)}
        return {
            split: [f"webshop-human-{number}" for number in range(start, min(end, total))]
            for split, (start, end) in bounds.items()
        }
    known = {split: [number for number in numbers if number < total] for split, numbers in items().items()}
    taken = {number for numbers in known.values() for number in numbers}
    known["agentgym-other"] = [number for number in range(total) if number not in taken]
    return {split: [f"{PREFIX}{number}" for number in numbers] for split, numbers in known.items()}


@lru_cache(maxsize=16)
def _order(config: WebShopConfig, split: str) -> list[int]:
    """The places of a split's products, shuffled, so that the first tasks are of many kinds."""
    places = generate.places(split, config.products)
    random.Random(f"order {config.seed} {split}").shuffle(places)
    return places
