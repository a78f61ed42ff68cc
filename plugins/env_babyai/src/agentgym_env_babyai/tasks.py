"""Splits and ids. No engine is asked: which seeds make good tasks was surveyed once, and `skipped.json` says which do not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from itertools import zip_longest
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.types import Task, digest
from agentgym_env_babyai.config import BabyAIConfig
from agentgym_env_babyai.levels import LEVELS, decode

PREFIX = "babyai_"
LIMITS = {"eval": 20, "train": 100}
"""How many tasks a level our own splits may have, where it has so many layouts."""

ROUNDS = 20
"""The limit on turns, the paper's: our own splits leave out what the planner needs more for."""

_FIRST = {"eval": 100_000, "train": 200_000}

BOUNDS: Mapping[str, tuple[int, int]] = {
    "GoToRedBallGrey": (46, 52),
    "GoToRedBall": (58, 64),
    "GoToRedBallNoDists": (47, 53),
    "GoToObjS4": (52, 58),
    "GoToLocalS8N7": (45, 50),
    "GoToObjMazeS7": (113, 121),
    "GoToImpUnlock": (185, 204),
    "GoToSeqS5R2": (92, 100),
    "GoToRedBlueBall": (47, 56),
    "GoToDoor": (88, 100),
    "GoToObjDoor": (66, 79),
    "PickupLoc": (93, 103),
    "PickupDistDebug": (85, 92),
    "PickupAbove": (53, 60),
    "ActionObjDoor": (112, 127),
    "FindObjS7": (77, 95),
    "OneRoomS20": (108, 153),
    "SynthLoc": (279, 322),
}
"""The levels that the original uses: AgentTraj's seeds are all below the first number, AgentEval's from there to below the second."""

_OFFICIAL = re.compile(r"babyai_(0|[1-9][0-9]{0,17})\Z")


@frozen
class Layout:
    """What a task is: a level drawn from a seed."""

    level: str
    seed: int


@cache
def survey() -> dict[str, Any]:
    """What the survey found: seeds that are left out, a level and a split, and seeds with the content of an earlier one."""
    text = resources.files(__package__).joinpath("skipped.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def first_seed(split: str, level: str) -> int:
    """Where our own seeds begin: far from the original's, and for each level elsewhere, since some levels draw alike."""
    return _FIRST[split] + 1_000 * LEVELS.index(level)


@cache
def own_seeds(split: str, level: str, count: int) -> tuple[int, ...]:
    """The first seeds of a level for a split of our own: no layout comes twice, in any split, and each can be solved in time."""
    skipped = frozenset(survey()["skipped"].get(split, {}).get(level, ()))
    count = min(count, survey()["fewer"].get(split, {}).get(level, count))
    seeds: list[int] = []
    seed = first_seed(split, level)
    while len(seeds) < count:
        if seed not in skipped:
            seeds.append(seed)
        seed += 1
    return tuple(seeds)


def official_ids(config: BabyAIConfig, split: str) -> Sequence[str]:
    """The original's ids of a split: those of the user's file, else all that lie within the bounds and can be solved in time."""
    path = config.agenteval if split == "agenteval" else config.agenttraj
    return _within(split) if path is None else _read(path, split)


@cache
def _within(split: str) -> tuple[str, ...]:
    numbers: list[int] = []
    for level, (middle, end) in BOUNDS.items():
        skipped = frozenset(survey()["skipped"].get(split, {}).get(level, ()))
        seeds = range(middle, end) if split == "agenteval" else range(middle)
        numbers += [seed * len(LEVELS) + LEVELS.index(level) for seed in seeds if seed not in skipped]
    return tuple(f"{PREFIX}{number}" for number in sorted(numbers))


@cache
def _read(path: Path, split: str) -> tuple[str, ...]:
    from agentgym_data import read_items

    try:
        ids = tuple(dict.fromkeys(item.id for item in read_items(path, environment="babyai")))
    except StoreError as error:
        raise ConfigError(
            f"babyai: {split}: {error}", hint="give a file of AgentEval or AgentTraj for BabyAI"
        ) from None
    wrong = next((id for id in ids if not _OFFICIAL.match(id)), None)
    if wrong is not None or not ids:
        what = "holds no items" if wrong is None else f"holds {wrong!r}, which is no id such as babyai_17"
        raise ConfigError(f"babyai: {split}: {path} {what}")
    return ids


def splits(config: BabyAIConfig) -> dict[str, int]:
    """The number of tasks of each split."""
    return {split: len(_ids(config, split)) for split in (*reversed(LIMITS), "agenteval", "agenttraj")}


def tasks(config: BabyAIConfig, split: str) -> Sequence[Task]:
    """The tasks of a split: our own take the levels in turn."""
    if split in ("agenteval", "agenttraj"):
        return TaskList(_ids(config, split), lambda id: _official(id, split, config.engine))
    if split not in LIMITS:
        raise unknown_split("babyai", split, splits(config))
    return TaskList(_ids(config, split), lambda id: _own(id, split, config.engine))


@lru_cache(maxsize=64)
def _ids(config: BabyAIConfig, split: str) -> Sequence[str]:
    if split in ("agenteval", "agenttraj"):
        return official_ids(config, split)
    count = config.train if split == "train" else config.eval
    columns = [[f"babyai-{level}-{seed}" for seed in own_seeds(split, level, count)] for level in config.levels]
    return tuple(id for row in zip_longest(*columns) for id in row if id is not None)


def _official(id: str, split: str, engine: str) -> Task:
    level, seed = decode(int(id.removeprefix(PREFIX)))
    return _task(id, split, level, seed, engine)


def _own(id: str, split: str, engine: str) -> Task:
    _, level, seed = id.split("-")
    return _task(id, split, level, int(seed), engine)


def _task(id: str, split: str, level: str, seed: int, engine: str) -> Task:
    # The survey knows which seeds give one and the same content: the first stands for all. What a seed gives is up to the engine.
    content = survey()["same"].get(f"{level}-{seed}", f"{level}-{seed}")
    return Task(id, split, level, digest({"babyai": content, "minigrid": engine}), Layout(level, seed))
