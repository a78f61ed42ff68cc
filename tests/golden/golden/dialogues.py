"""The conversations that are recorded: every dialect with an episode to its end, its other verbs, and its mistakes."""

from __future__ import annotations

from golden.dialogues_http import legacy, mcp, paper
from golden.dialogues_socket import extended, openenv

DIALECTS = {"openenv": openenv, "extended": extended, "paper": paper, "legacy": legacy, "mcp": mcp}
"""Every dialect with its conversations."""
