"""What the project itself publishes: for install advice, and for the paper's evaluation suite.

Counts are those of the paper (arXiv 2406.04151, Table 2) and of its released scripts (rounds). `prefix` starts the item ids of
AgentTraj and AgentEval.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class CatalogEntry:
    """One first-party component. `eval` and `traj` are numbers of items, `rounds` the limit on turns in AgentEval.

    `planned` is not built yet. `libraries` are the folders of what its distribution requires of this project beside core.
    """

    kind: str
    id: str
    distribution: str
    folder: str
    prefix: str = ""
    kinds: int = 0
    traj: int = 0
    traj_large: int = 0
    eval: int = 0
    rounds: int = 0
    planned: bool = False
    libraries: tuple[str, ...] = ()


def _environment(
    id: str,
    prefix: str,
    kinds: int,
    traj: int,
    traj_large: int,
    eval: int,
    rounds: int,
    *,
    planned: bool = False,
    libraries: tuple[str, ...] = (),
) -> CatalogEntry:
    counts = (kinds, traj, traj_large, eval, rounds)
    return CatalogEntry("environment", id, f"agentgym-env-{id}", f"env_{id}", prefix, *counts, planned, libraries)


CATALOG: tuple[CatalogEntry, ...] = (
    _environment("webshop", "webshop", 1, 1000, 3930, 200, 10),
    _environment("webarena", "webarena", 3, 0, 0, 20, 25),
    _environment("maze", "lmrlgym_maze", 1, 100, 215, 25, 15),
    _environment("wordle", "lmrlgym_wordle", 1, 500, 955, 25, 8),
    _environment("alfworld", "alfworld", 6, 500, 2420, 200, 30),
    _environment("sciworld", "sciworld", 30, 1000, 2120, 200, 30),
    _environment("babyai", "babyai", 40, 400, 810, 90, 20, libraries=("data",)),
    _environment("textcraft", "textcraft", 1, 300, 374, 100, 20),
    _environment("weather", "weather", 1, 160, 311, 20, 10, libraries=("tools",)),
    _environment("movie", "movie", 1, 100, 215, 20, 12, libraries=("tools",)),
    _environment("academia", "tool_academia", 1, 0, 0, 20, 12, libraries=("tools",)),
    _environment("sheet", "tool_sheet", 1, 0, 0, 20, 15, libraries=("tools",)),
    _environment("todo", "todo", 1, 70, 135, 20, 15, libraries=("tools",)),
    _environment("bird", "sqlgym", 1, 2000, 3000, 200, 1),
    CatalogEntry(
        "algorithm", "new-model", "agentgym-policy-transformers", "policy_transformers", libraries=("tokens",)
    ),
    CatalogEntry("algorithm", "bc", "agentgym-algo-bc", "algo_bc", libraries=("tokens",)),
    CatalogEntry("algorithm", "agentevol", "agentgym-algo-agentevol", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry(
        "policy", "transformers", "agentgym-policy-transformers", "policy_transformers", libraries=("tokens",)
    ),
    CatalogEntry("policy", "vllm", "agentgym-policy-vllm", "policy_vllm", libraries=("tokens",)),
    CatalogEntry("policy", "openai", "agentgym-policy-openai", "policy_openai"),
    CatalogEntry("environment", "gymnasium", "agentgym-bridge-gymnasium", "bridge_gymnasium"),
    CatalogEntry("environment", "openenv", "agentgym-bridge-openenv", "bridge_openenv"),
    CatalogEntry("placement", "remote", "agentgym-service", "service"),
    CatalogEntry("placement", "legacy", "agentgym-legacy", "legacy", libraries=("service",)),
    CatalogEntry("reward", "bird_efficiency", "agentgym-env-bird", "env_bird"),
    CatalogEntry("reward", "bird_ordered", "agentgym-env-bird", "env_bird"),
    CatalogEntry("reward", "bird_rows", "agentgym-env-bird", "env_bird"),
    CatalogEntry("reward", "bird_soft_f1", "agentgym-env-bird", "env_bird"),
    CatalogEntry(
        "command", "audit-tokens", "agentgym-policy-transformers", "policy_transformers", libraries=("tokens",)
    ),
    CatalogEntry("command", "model", "agentgym-policy-transformers", "policy_transformers", libraries=("tokens",)),
    CatalogEntry("command", "evolution", "agentgym-algo-agentevol", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry("command", "lineage", "agentgym-algo-agentevol", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry("command", "serve", "agentgym-service", "service"),
    CatalogEntry("command", "view", "agentgym-viewer", "viewer"),
    CatalogEntry("command", "new", "agentgym-testing", "testing"),
    CatalogEntry("command", "data", "agentgym-data", "data"),
    CatalogEntry("command", "export", "agentgym-data", "data"),
    CatalogEntry("command", "import", "agentgym-data", "data"),
    CatalogEntry("extension", "suite.agenteval", "agentgym-data", "data"),
    CatalogEntry("extension", "table.report", "agentgym-data", "data"),
    CatalogEntry("extension", "table.comparison", "agentgym-data", "data"),
    CatalogEntry("extension", "stage.export", "agentgym-data", "data"),
    CatalogEntry("extension", "stage.filter", "agentgym-data", "data"),
    CatalogEntry("extension", "stage.weigh", "agentgym-data", "data"),
    CatalogEntry("extension", "export.agenttraj", "agentgym-data", "data"),
    CatalogEntry("extension", "export.messages", "agentgym-data", "data"),
    CatalogEntry("extension", "export.trl", "agentgym-bridge-trl", "bridge_trl", libraries=("tokens",)),
    CatalogEntry("extension", "export.jsonl", "agentgym-data", "data"),
    CatalogEntry("extension", "export.parquet", "agentgym-data", "data"),
    CatalogEntry("extension", "dialect.legacy", "agentgym-legacy", "legacy", libraries=("service",)),
    CatalogEntry("extension", "page.report", "agentgym-viewer", "viewer"),
    CatalogEntry("extension", "page.comparison", "agentgym-viewer", "viewer"),
)


def entry(kind: str, id: str) -> CatalogEntry | None:
    """The first-party component of this kind and id, or None."""
    return next((item for item in CATALOG if item.kind == kind and item.id == id), None)
