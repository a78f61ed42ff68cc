"""Tasks, splits and ids.

The engine's own splits have ids such as `sciworld-boil-3`; the original's games keep theirs, `sciworld_N`. A task's content is its kind
and variation in a version of the engine, whatever its id: so the split guard sees through both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task, digest
from agentgym_env_sciworld.config import SciWorldConfig
from agentgym_env_sciworld.kinds import GAMES, KINDS, VARIATIONS, engine_split, game, number_of
from agentgym_env_sciworld.published import AGENTEVAL, AGENTTRAJ

OWN = ("train", "dev", "test")
OFFICIAL = ("agenttraj", "agentgym_train", "agenteval", "agentgym_eval")
EVALUATION = ("dev", "test", "agenteval", "agentgym_eval")
OWN_ROUNDS = 200
"""Turns of an episode with the engine's splits; the expert's ways fit into them."""
ELECTRICAL = ("power-component", "conductivity")


@frozen
class Game:
    """What is loaded into the engine. `official` says that the original's limit on moves holds."""

    kind: str
    variation: int
    official: bool = False


def playable(config: SciWorldConfig, kind: str) -> bool:
    """Whether a kind can be solved under a configuration: electrical ones cannot without electrical actions."""
    return "noElectricalAction" not in config.simplifications or not any(word in kind for word in ELECTRICAL)


@lru_cache(maxsize=16)
def ids(config: SciWorldConfig) -> dict[str, tuple[str, ...]]:
    """Every split with its ids, in a fixed order: the engine's splits take the kinds in turn."""
    splits: dict[str, tuple[str, ...]] = {}
    if config.ids != "original":
        kinds = [kind for kind in KINDS if playable(config, kind)]
        for split in OWN:
            splits[split] = tuple(
                f"sciworld-{kind}-{variation}"
                for variation in range(max(VARIATIONS.values()))
                for kind in kinds
                if variation < VARIATIONS[kind]
                and engine_split(kind, variation) == split
                and not (split == "train" and config.leave_out_agenteval and number_of(kind, variation) in AGENTEVAL)
            )
    if config.ids != "own":
        numbers: dict[str, list[str]] = {split: [] for split in OFFICIAL}
        for number in range(GAMES):
            if playable(config, game(number)[0]):
                numbers[official_split(number)].append(f"sciworld_{number}")
        splits |= {split: tuple(found) for split, found in numbers.items()}
    return splits


def official_split(number: int) -> str:
    """The split of one of the original's games. What stands in AgentEval stands nowhere else, though AgentTraj has it too."""
    if number in AGENTEVAL:
        return "agenteval"
    if number in AGENTTRAJ:
        return "agenttraj"
    return "agentgym_train" if engine_split(*game(number)) == "train" else "agentgym_eval"


def tasks(config: SciWorldConfig, split: str) -> Sequence[Task]:
    """The tasks of a split.

    :raises TaskNotFound: there is no such split.
    """
    splits = ids(config)
    if split not in splits:
        raise unknown_split("sciworld", split, list(splits))
    return TaskList(splits[split], lambda id: _task(id, split, config.engine))


def _task(id: str, split: str, engine: str) -> Task:
    if id.startswith("sciworld_"):
        kind, variation = game(int(id.removeprefix("sciworld_")))
    else:
        kind, _, number = id.removeprefix("sciworld-").rpartition("-")
        variation = int(number)
    content = digest({"sciworld": kind, "variation": variation, "scienceworld": engine})
    return Task(id, split, kind, content, Game(kind, variation, split in OFFICIAL))
