"""The official games, read where the user has them: ALFWorld's own splits, and AgentGym's items through its mapping files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from attrs import frozen
from pydantic import BaseModel, TypeAdapter, ValidationError

from agentgym_core.errors import ConfigError
from agentgym_env_alfworld.game import GameText
from agentgym_env_alfworld.plugin import KINDS

SPLITS = {"alfworld_train": "train", "valid_seen": "valid_seen", "valid_unseen": "valid_unseen"}
"""Our names for ALFWorld's splits, and their folders."""

_FOLDERS = ("train", "valid_seen", "valid_unseen", "valid_train")
_MOST_BYTES = 32 << 20
_TAIL_BYTES = 1 << 14
_SOLVABLE = re.compile(rb'"solvable"\s*:\s*(true|false)')
_NAME = re.compile(r"(?!\.+\Z)[\w.+-]+\Z")
_PULL = "name the folder json_2.1.1 of ALFWorld's data; `agentgym data pull alfworld` fetches it"


@frozen
class OfficialGame:
    """A game file: its folder of goals (`pick_and_place_simple-Mug-None-Desk-308`) and its trial."""

    file: Path
    type: str
    trial: str

    @property
    def kind(self) -> str:
        """The task kind."""
        return self.type.partition("-")[0]

    def read(self) -> GameText:
        """The game.

        :raises ConfigError: the file is not there, or it is no game.
        """
        try:
            with self.file.open("rb") as stream:
                data = stream.read(_MOST_BYTES + 1)
        except OSError as error:
            raise ConfigError(
                f"alfworld: the game file {str(self.file)!r} cannot be read: {error.strerror or error}", hint=_PULL
            ) from error
        try:
            if len(data) > _MOST_BYTES:
                raise ValueError(f"larger than {_MOST_BYTES >> 20} MiB")
            game = _GameFile.model_validate_json(data)
        except ValueError as error:
            raise ConfigError(
                f"alfworld: {str(self.file)!r} is not a game of ALFWorld: {_short(error)}",
                hint="a game.tw-pddl file is JSON with pddl_domain, grammar and pddl_problem; fetch the data again",
            ) from error
        return GameText(game.pddl_domain, game.grammar, game.pddl_problem)


class _GameFile(BaseModel):
    pddl_domain: str
    grammar: str
    pddl_problem: str


class _Row(BaseModel):
    item_id: int | str
    task_type: str
    task_id: str


def root_of(data: Path) -> Path:
    """The folder that has ALFWorld's splits as folders: the one named, or the one folder `json_*` in it.

    :raises ConfigError: there is none.
    """
    if not data.is_dir():
        raise ConfigError(f"alfworld: data: there is no folder {str(data)!r}", hint=_PULL)
    for folder in (data, *sorted(data.glob("json_*"))):
        if any((folder / name).is_dir() for name in _FOLDERS):
            return folder
    raise ConfigError(f"alfworld: data: {str(data)!r} holds none of the folders {', '.join(_FOLDERS)}", hint=_PULL)


def present(data: Path) -> list[str]:
    """The splits of ALFWorld that are there."""
    root = root_of(data)
    return [split for split, folder in SPLITS.items() if (root / folder).is_dir()]


@lru_cache(maxsize=16)
def games(data: Path, split: str) -> dict[str, OfficialGame]:
    """The solvable games of one of ALFWorld's splits, by id: `valid_seen-<type>-<trial>`. Sorted, as no disk's order is."""
    root = root_of(data) / SPLITS[split]
    found: dict[str, OfficialGame] = {}
    for file in sorted(root.glob("*/*/game.tw-pddl")):
        game = OfficialGame(file, file.parent.parent.name, file.parent.name)
        if game.kind in KINDS and "movable" not in game.type and "Sliced" not in game.type and _solvable(file):
            found[f"{split}-{game.type}-{game.trial}"] = game
    return found


def _solvable(file: Path) -> bool:
    # The mark stands near the end, after the long texts.
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL_BYTES))
        found = _SOLVABLE.search(stream.read())
        if found is None and size > _TAIL_BYTES:
            stream.seek(0)
            found = _SOLVABLE.search(stream.read(_MOST_BYTES))
    return found is not None and found[1] == b"true"


@lru_cache(maxsize=16)
def mapped(data: Path, mapping: Path, *, train: bool) -> dict[str, OfficialGame]:
    """The items of one of AgentGym's mapping files, in its order, by the ids that its data sets use.

    Training items are `<task_type>_<task_id>`, evaluation items `alfworld_<item_id>`.

    :raises ConfigError: the file cannot be read, or is no mapping.
    """
    root = root_of(data) / ("train" if train else "valid_train")
    found: dict[str, OfficialGame] = {}
    for number, row in enumerate(_rows(mapping)):
        if not (_NAME.match(row.task_type) and _NAME.match(row.task_id)):
            raise _no_mapping(mapping, f"row {number} names no folder: {row.task_type!r}, {row.task_id!r}")
        id = f"{row.task_type}_{row.task_id}" if train else f"alfworld_{str(row.item_id).removeprefix('alfworld_')}"
        if id in found:
            raise _no_mapping(mapping, f"row {number} repeats the item {id!r}")
        file = root / row.task_type / row.task_id / "game.tw-pddl"
        found[id] = OfficialGame(file, row.task_type, row.task_id)
    return found


def _rows(mapping: Path) -> Sequence[_Row]:
    try:
        return TypeAdapter(list[_Row]).validate_json(mapping.read_bytes())
    except OSError as error:
        raise _no_mapping(mapping, error.strerror or str(error)) from error
    except ValueError as error:
        raise _no_mapping(mapping, _short(error)) from error


def _no_mapping(mapping: Path, why: str) -> ConfigError:
    return ConfigError(
        f"alfworld: the mapping {str(mapping)!r}: {why}",
        hint="name AgentGym's mappings_train.json or mappings_test.json: rows of item_id, task_type and task_id",
    )


def _short(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first: Any = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{where}: {first['msg']}" if where else str(first["msg"])
    return str(error)[:200]
