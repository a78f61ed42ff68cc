"""Splits, ids and tasks: games of our own by scene, and the official ones where the user has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from attrs import frozen

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.errors import ConfigError
from agentgym_core.types import Task, digest
from agentgym_env_alfworld import generate, official, package
from agentgym_env_alfworld.config import AlfWorldConfig
from agentgym_env_alfworld.game import GameText

EVALUATION = ("eval", "valid_seen", "valid_unseen", "agenteval")
_GAP = "UNKNOWN GOAL"


@frozen(eq=False)
class Opening:
    """What a task holds: how to get the text of its game, and a key that is another for another text."""

    read: Callable[[], GameText]
    key: Callable[[], str]


def splits(config: AlfWorldConfig) -> dict[str, int]:
    """The number of tasks of each split."""
    found = {"train": config.train * len(config.kinds), "eval": config.eval * len(config.kinds)}
    for split in _official_splits(config):
        found[split] = len(_official(config, split))
    return found


@lru_cache(maxsize=64)
def tasks_of(config: AlfWorldConfig, split: str) -> Sequence[Task]:
    """The tasks of a split; the text of a game is made or read when it is asked for.

    :raises TaskNotFound: there is no such split.
    """
    if split in ("train", "eval"):
        return TaskList(_own_ids(config, train=split == "train"), partial(_own, config.seed, split))
    if split not in _official_splits(config):
        raise unknown_split("alfworld", split, splits(config))
    games = _official(config, split)
    return TaskList(tuple(games), lambda id: _read(id, split, games[id]))


def _own_ids(config: AlfWorldConfig, *, train: bool) -> list[str]:
    """Kinds in turn, so that the first tasks of a split are of every kind; then scenes in turn."""
    count = config.train if train else config.eval
    ids = []
    for index in range(count):
        for kind in config.kinds:
            scenes = generate.scenes_for(kind, train=train)
            ids.append(f"alfworld-{kind}-{scenes[index % len(scenes)]}-{index // len(scenes)}")
    return ids


@lru_cache(maxsize=16_384)
def _own(seed: int, split: str, id: str) -> Task:
    _, kind, scene, index = id.rsplit("-", 3)
    draw = partial(generate.problem, kind, int(scene), int(index), seed)

    def read() -> GameText:
        drawn = draw()
        return GameText(package.domain(), package.grammar().replace(_GAP, drawn.sentence), drawn.pddl)

    fingerprint = _fingerprint(draw().pddl)
    return Task(id, split, kind, fingerprint, Opening(read, lambda: f"{fingerprint} {id}"))


def _official_splits(config: AlfWorldConfig) -> list[str]:
    if config.data is None:
        return []
    found = official.present(config.data)
    found += ["agenttraj"] if config.mapping_train else []
    found += ["agenteval"] if config.mapping_test else []
    return found


def _official(config: AlfWorldConfig, split: str) -> dict[str, official.OfficialGame]:
    assert config.data is not None
    if split == "agenttraj":
        assert config.mapping_train is not None
        return official.mapped(config.data, config.mapping_train, train=True)
    if split == "agenteval":
        assert config.mapping_test is not None
        return official.mapped(config.data, config.mapping_test, train=False)
    return official.games(config.data, split)


def _read(id: str, split: str, game: official.OfficialGame) -> Task:
    # A file that is missing or broken is reported when it is played; until then its name must do.
    try:
        fingerprint = _fingerprint(game.read().problem)
    except ConfigError:
        fingerprint = digest(["alfworld file", game.type, game.trial])
    return Task(id, split, game.kind, fingerprint, Opening(game.read, lambda: game.read().digest))


def _fingerprint(problem: str) -> str:
    return digest(["alfworld", problem])
