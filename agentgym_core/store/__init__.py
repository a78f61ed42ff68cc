"""A run on disk."""

from __future__ import annotations

from agentgym_core.store.codec import decode, encode
from agentgym_core.store.manifest import SCHEMA_VERSION, new_manifest
from agentgym_core.store.run import Run

__all__ = ["SCHEMA_VERSION", "Run", "decode", "encode", "new_manifest"]
