"""Trajectories in and out of other people's formats, and lists of items."""

from __future__ import annotations

from agentgym_data.agenttraj import from_record, to_record
from agentgym_data.flat import export_jsonl, flat
from agentgym_data.items import Item, environment_of, read_items, write_items
from agentgym_data.parquet import export_parquet
from agentgym_data.transfer import AgentTrajReader, export_agenttraj, export_trajectories, import_agenttraj

__all__ = [
    "AgentTrajReader",
    "Item",
    "environment_of",
    "export_agenttraj",
    "export_jsonl",
    "export_parquet",
    "export_trajectories",
    "flat",
    "from_record",
    "import_agenttraj",
    "read_items",
    "to_record",
    "write_items",
]
