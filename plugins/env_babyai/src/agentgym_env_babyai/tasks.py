"""Splits and ids. No engine is asked: which seeds make good tasks was surveyed once, and `skipped.json` says which do not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.types import Task, digest
from agentgym_env_babyai.config import BabyAIConfig
from agentgym_env_babyai.levels import LEVELS, decode

PREFIX = "babyai_"
FIRST = {"eval": 1_000, "train": 10_000}
"""The first seed of our own splits, far from the original's and from each other."""

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


@cache
def own_seeds(split: str, level: str, count: int) -> tuple[int, ...]:
    """The first seeds of a level for a split of our own: no layout comes twice, in any split, and each can be solved in time."""
    skipped = frozenset(survey()["skipped"].get(split, {}).get(level, ()))
    seeds: list[int] = []
    seed = FIRST[split]
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
    numbers = []
    for level, (middle, end) in BOUNDS.items():
        skipped = frozenset(survey()["skipped"].get(split, {}).get(level, ()))
        for seed in range(middle, end) if split == "agenteval" else range(middle):
            if seed not in skipped:
                numbers.append(seed * len(LEVELS) + LEVELS.index(level))
    return tuple(f"{PREFIX}{number}" for number in sorted(numbers))


@cache
def _read(path: Path, split: str) -> tuple[str, ...]:
    from agentgym_core.store import read_items

    try:
        ids = tuple(dict.fromkeys(item.id for item in read_items(path, environment="babyai")))
    except StoreError as error:
        raise ConfigError(f"babyai: {split}: {error}", hint="give a file of AgentEval or AgentTraj for BabyAI") from None
    wrong = next((id for id in ids if not _OFFICIAL.match(id)), None)
    if wrong is not None or not ids:
        what = "holds no items" if wrong is None else f"holds {wrong!r}, which is no id such as babyai_17"
        raise ConfigError(f"babyai: {split}: {path} {what}")
    return ids


def splits(config: BabyAIConfig) -> dict[str, int]:
    """The number of tasks of each split."""
    own = {"train": config.train * len(config.levels), "eval": config.eval * len(config.levels)}
    return own | {split: len(official_ids(config, split)) for split in ("agenteval", "agenttraj")}


def tasks(config: BabyAIConfig, split: str) -> Sequence[Task]:
    """The tasks of a split: our own take the levels in turn."""
    if split in ("agenteval", "agenttraj"):
        return TaskList(official_ids(config, split), lambda id: _official(id, split))
    if split not in FIRST:
        raise unknown_split("babyai", split, splits(config))
    count = config.train if split == "train" else config.eval
    columns = [[f"babyai-{level}-{seed}" for seed in own_seeds(split, level, count)] for level in config.levels]
    return TaskList([id for row in zip(*columns, strict=True) for id in row], lambda id: _own(id, split))


def _official(id: str, split: str) -> Task:
    level, seed = decode(int(id.removeprefix(PREFIX)))
    return _task(id, split, level, seed)


def _own(id: str, split: str) -> Task:
    _, level, seed = id.split("-")
    return _task(id, split, level, int(seed))


def _task(id: str, split: str, level: str, seed: int) -> Task:
    # The survey knows which seeds give one and the same content: the first stands for all.
    content = survey()["same"].get(f"{level}-{seed}", f"{level}-{seed}")
    return Task(id, split, level, digest({"babyai": content}), Layout(level, seed))
