"""The faces of the table, by the names of the other sides' environments in `scripts/peers`."""

from __future__ import annotations

FACES = {
    "openenv-0.10": ("OpenEnv, GenericEnvClient", "openenv"),
    "openenv-0.3": ("OpenEnv, GenericEnvClient", "openenv"),
    "openenv-0.10 validate": ("OpenEnv, openenv validate --url", "validate"),
    "mcp-1": ("Model Context Protocol, ClientSession", "mcp"),
    "mcp-2": ("Model Context Protocol, ClientSession", "mcp"),
    "gymnasium-1.4": ("Gymnasium, make", "gymnasium"),
    "gymnasium-1.0": ("Gymnasium, make", "gymnasium"),
    "trl-1.16": ("TRL, environment_factory", "trl"),
    "trl-1.8": ("TRL, environment_factory", "trl"),
    "inspect-0.3.285": ("inspect_ai, eval", "inspect"),
    "inspect-0.3.150": ("inspect_ai, eval", "inspect"),
    "verifiers-0.4": ("verifiers, vf-eval", "verifiers"),
    "nemo-0.7": ("NeMo Gym, gym eval run", "nemo"),
    "skyrl-0.4": ("skyrl-gym, make", "skyrl"),
    "skyrl-0.1": ("skyrl-gym, make", "skyrl"),
}
"""By the name of the other side's environment, and what tells two rows of it apart: how the face is called, and the client that plays."""
