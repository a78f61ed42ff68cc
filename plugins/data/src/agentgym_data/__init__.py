"""Trajectories in and out of other people's formats, and lists of items. What is heavy is imported when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentgym_data.agenttraj import from_record, to_openai_record, to_record
    from agentgym_data.flat import export_jsonl
    from agentgym_data.frames import frame
    from agentgym_data.importing import AgentTrajReader, import_agenttraj
    from agentgym_data.items import Item, environment_of, read_items, write_items
    from agentgym_data.parquet import export_parquet
    from agentgym_data.transfer import export_agenttraj, export_messages, export_trajectories

_HOME = {
    "AgentTrajReader": "importing",
    "Item": "items",
    "environment_of": "items",
    "export_agenttraj": "transfer",
    "export_jsonl": "flat",
    "export_messages": "transfer",
    "export_parquet": "parquet",
    "export_trajectories": "transfer",
    "frame": "frames",
    "from_record": "agenttraj",
    "import_agenttraj": "importing",
    "read_items": "items",
    "to_openai_record": "agenttraj",
    "to_record": "agenttraj",
    "write_items": "items",
}

__all__ = [
    "AgentTrajReader",
    "Item",
    "environment_of",
    "export_agenttraj",
    "export_jsonl",
    "export_messages",
    "export_parquet",
    "export_trajectories",
    "frame",
    "from_record",
    "import_agenttraj",
    "read_items",
    "to_openai_record",
    "to_record",
    "write_items",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'agentgym_data' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"agentgym_data.{_HOME[name]}"), name)
    globals()[name] = value
    return value
