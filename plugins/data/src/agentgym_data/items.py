"""Item ids of AgentTraj and AgentEval: which environment they belong to, and the files that list them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from agentgym_core.errors import StoreError
from agentgym_data.files import WholeFile
from agentgym_data.jsonfile import JsonFile
from agentgym_data.paper import PAPER

_ALFWORLD_GAME = re.compile(r"_trial_T\d+_\d+_\d+\Z")


@frozen
class Item:
    """One item of a list: `environment` is the id of its environment, or an empty string where the id does not tell."""

    environment: str
    id: str

    @property
    def index(self) -> int | None:
        """The whole number after the last underscore, which the original servers take; None where there is none."""
        return index_of(self.id)


def index_of(item_id: str) -> int | None:
    """The whole number after the last underscore of an item id, or None."""
    tail = item_id.rpartition("_")[2]
    return int(tail) if tail.isascii() and tail.isdigit() else None


def environment_of(item_id: str) -> str:
    """The id of the environment that an item belongs to, or an empty string.

    Ids start with the prefix that AgentTraj uses (`lmrlgym_maze_18`) or with the environment's own id (`maze-train-3`).
    The training ids of ALFWorld are names of games instead.
    """
    if _ALFWORLD_GAME.search(item_id):
        return "alfworld"
    for text in (item_id, item_id.removeprefix("tool_")):
        for start, environment in _STARTS.items():
            if text.startswith(start) and text[len(start) : len(start) + 1] in ("_", "-", ":", "/"):
                return environment
    return ""


_STARTS = {start: entry.id for entry in PAPER for start in dict.fromkeys((entry.prefix, entry.id))}


def read_items(path: str | os.PathLike[str], *, environment: str = "") -> list[Item]:
    """The items of a file: AgentEval or AgentTraj records, or a plain list of ids; JSON array or JSON Lines, gzipped or not.

    :param environment: the environment of all items, where the ids do not tell.
    :raises StoreError: the file cannot be read, or holds something else; the message names file and place.
    """
    file = JsonFile(path)
    items = []
    for record in file:
        value = record.value
        item_id = value.get("item_id") if isinstance(value, Mapping) else value
        if isinstance(item_id, int) and not isinstance(item_id, bool):
            item_id = str(item_id)
        if not isinstance(item_id, str) or not item_id:
            raise StoreError(
                f"{file.path}, line {record.line}, record {record.number}: no item id",
                hint='expected a text, or an object such as {"item_id": "maze_1", "conversations": null}',
            )
        items.append(Item(environment or environment_of(item_id), item_id))
    return items


def write_items(path: str | os.PathLike[str], ids: Iterable[str], *, empty: Any = None) -> int:
    """Write an AgentEval file, a list of `{"item_id", "conversations"}`, and return the number of items.

    :param empty: what stands for the conversations: None or [].
    :raises StoreError: the file cannot be written.
    """
    records = [{"item_id": item_id, "conversations": empty} for item_id in ids]
    with WholeFile(path) as file:
        file.write((json.dumps(records, ensure_ascii=False, indent=2) + "\n").encode())
    return len(records)
