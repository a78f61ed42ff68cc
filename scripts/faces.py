"""The faces of the table, by the names of the other sides' environments in `scripts/peers`."""

from __future__ import annotations

FACES = {
    "openenv-0.10": ("OpenEnv, GenericEnvClient", "openenv"),
    "openenv-0.3": ("OpenEnv, GenericEnvClient", "openenv"),
    "mcp-1": ("Model Context Protocol, ClientSession", "mcp"),
    "mcp-2": ("Model Context Protocol, ClientSession", "mcp"),
    "gymnasium-1.4": ("Gymnasium, make", "gymnasium"),
    "gymnasium-1.0": ("Gymnasium, make", "gymnasium"),
    "trl-1.16": ("TRL, environment_factory", "trl"),
    "trl-1.8": ("TRL, environment_factory", "trl"),
    "inspect-0.3.285": ("inspect_ai, eval", "inspect"),
    "skyrl-0.4": ("skyrl-gym, make", "skyrl"),
}
"""By the name of the other side's environment: what the face is called in the table, and the client that plays."""
