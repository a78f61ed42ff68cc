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
    folder: str
    prefix: str = ""
    kinds: int = 0
    traj: int = 0
    traj_large: int = 0
    eval: int = 0
    rounds: int = 0
    planned: bool = False
    libraries: tuple[str, ...] = ()

    @property
    def distribution(self) -> str:
        """The name of its distribution."""
        return distribution_of(self.folder)


def distribution_of(folder: str) -> str:
    """The name of the distribution whose folder under `plugins` this is; an empty one is core's."""
    return f"agentgym-{folder.replace('_', '-') or 'core'}"


CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry("environment", "webshop", "env_webshop", "webshop", 1, 1000, 3930, 200, 10),
    CatalogEntry("environment", "webarena", "env_webarena", "webarena", 3, 0, 0, 20, 25),
    CatalogEntry("environment", "maze", "env_maze", "lmrlgym_maze", 1, 100, 215, 25, 15),
    CatalogEntry("environment", "wordle", "env_wordle", "lmrlgym_wordle", 1, 500, 955, 25, 8),
    CatalogEntry("environment", "alfworld", "env_alfworld", "alfworld", 6, 500, 2420, 200, 30),
    CatalogEntry("environment", "sciworld", "env_sciworld", "sciworld", 30, 1000, 2120, 200, 30),
    CatalogEntry("environment", "babyai", "env_babyai", "babyai", 40, 400, 810, 90, 20, libraries=("data",)),
    CatalogEntry("environment", "textcraft", "env_textcraft", "textcraft", 1, 300, 374, 100, 20),
    CatalogEntry("environment", "weather", "env_weather", "weather", 1, 160, 311, 20, 10, libraries=("tools",)),
    CatalogEntry("environment", "movie", "env_movie", "movie", 1, 100, 215, 20, 12, libraries=("tools",)),
    CatalogEntry("environment", "academia", "env_academia", "tool_academia", 1, 0, 0, 20, 12, libraries=("tools",)),
    CatalogEntry("environment", "sheet", "env_sheet", "tool_sheet", 1, 0, 0, 20, 15, libraries=("tools",)),
    CatalogEntry("environment", "todo", "env_todo", "todo", 1, 70, 135, 20, 15, libraries=("tools",)),
    CatalogEntry("environment", "bird", "env_bird", "sqlgym", 1, 2000, 3000, 200, 1),
    CatalogEntry("algorithm", "new-model", "policy_transformers", libraries=("tokens",)),
    CatalogEntry("algorithm", "bc", "algo_bc", libraries=("tokens",)),
    CatalogEntry("algorithm", "agentevol", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry("policy", "transformers", "policy_transformers", libraries=("tokens",)),
    CatalogEntry("policy", "vllm", "policy_vllm", libraries=("tokens",)),
    CatalogEntry("policy", "openai", "policy_openai"),
    CatalogEntry("environment", "gymnasium", "bridge_gymnasium"),
    CatalogEntry("environment", "openenv", "bridge_openenv", libraries=("service",)),
    CatalogEntry("placement", "remote", "service"),
    CatalogEntry("placement", "legacy", "legacy", libraries=("service",)),
    CatalogEntry("reward", "bird_efficiency", "env_bird"),
    CatalogEntry("reward", "bird_ordered", "env_bird"),
    CatalogEntry("reward", "bird_rows", "env_bird"),
    CatalogEntry("reward", "bird_soft_f1", "env_bird"),
    CatalogEntry("command", "audit-tokens", "policy_transformers", libraries=("tokens",)),
    CatalogEntry("command", "model", "policy_transformers", libraries=("tokens",)),
    CatalogEntry("command", "evolution", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry("command", "lineage", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry("command", "serve", "service"),
    CatalogEntry("command", "view", "viewer"),
    CatalogEntry("command", "new", "testing"),
    CatalogEntry("command", "data", "data"),
    CatalogEntry("command", "export", "data"),
    CatalogEntry("command", "import", "data"),
    CatalogEntry("extension", "suite.agenteval", "data"),
    CatalogEntry("extension", "table.report", "data"),
    CatalogEntry("extension", "table.comparison", "data"),
    CatalogEntry("extension", "stage.export", "data"),
    CatalogEntry("extension", "stage.filter", "data"),
    CatalogEntry("extension", "stage.weigh", "data"),
    CatalogEntry("extension", "export.agenttraj", "data"),
    CatalogEntry("extension", "export.messages", "data"),
    CatalogEntry("extension", "export.trl", "bridge_trl", libraries=("tokens",)),
    CatalogEntry("extension", "export.jsonl", "data"),
    CatalogEntry("extension", "export.parquet", "data"),
    *(
        CatalogEntry("extension", f"dialect.{folder.removeprefix('bridge_')}", folder, libraries=("service",))
        for folder in ("bridge_http", "bridge_mcp", "bridge_openenv", "legacy")
    ),
    CatalogEntry("extension", "page.report", "viewer"),
    CatalogEntry("extension", "page.comparison", "viewer"),
)


def entry(kind: str, id: str) -> CatalogEntry | None:
    """The first-party component of this kind and id, or None."""
    return next((item for item in CATALOG if item.kind == kind and item.id == id), None)
