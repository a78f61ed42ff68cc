"""What the project itself publishes: for advice on what to install."""

from __future__ import annotations

from attrs import frozen


@frozen
class CatalogEntry:
    """One first-party component. `libraries` are the folders of what its distribution requires of this project beside core."""

    kind: str
    id: str
    folder: str
    libraries: tuple[str, ...] = ()

    @property
    def distribution(self) -> str:
        """The name of its distribution."""
        return distribution_of(self.folder)


def distribution_of(folder: str) -> str:
    """The name of the distribution whose folder under `plugins` this is; an empty one is core's."""
    return f"agentgym-{folder.replace('_', '-') or 'core'}"


CATALOG: tuple[CatalogEntry, ...] = (
    CatalogEntry("environment", "webshop", "env_webshop"),
    CatalogEntry("environment", "webarena", "env_webarena"),
    CatalogEntry("environment", "maze", "env_maze"),
    CatalogEntry("environment", "wordle", "env_wordle"),
    CatalogEntry("environment", "alfworld", "env_alfworld", libraries=("bridge",)),
    CatalogEntry("environment", "sciworld", "env_sciworld", libraries=("bridge",)),
    CatalogEntry("environment", "babyai", "env_babyai", libraries=("bridge", "data")),
    CatalogEntry("environment", "textcraft", "env_textcraft", libraries=("bridge",)),
    CatalogEntry("environment", "weather", "env_weather", libraries=("tools",)),
    CatalogEntry("environment", "movie", "env_movie", libraries=("tools",)),
    CatalogEntry("environment", "academia", "env_academia", libraries=("tools",)),
    CatalogEntry("environment", "sheet", "env_sheet", libraries=("tools",)),
    CatalogEntry("environment", "todo", "env_todo", libraries=("tools",)),
    CatalogEntry("environment", "bird", "env_bird"),
    CatalogEntry("algorithm", "new-model", "policy_transformers", libraries=("tokens",)),
    CatalogEntry("algorithm", "bc", "algo_bc", libraries=("tokens", "learning")),
    CatalogEntry("algorithm", "grpo", "algo_grpo", libraries=("tokens", "learning")),
    CatalogEntry("algorithm", "ray", "ray", libraries=("tokens",)),
    CatalogEntry("algorithm", "dpo", "algo_dpo", libraries=("tokens", "learning")),
    CatalogEntry("algorithm", "agentevol", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry("policy", "transformers", "policy_transformers", libraries=("tokens",)),
    CatalogEntry("policy", "vllm", "policy_vllm", libraries=("tokens",)),
    CatalogEntry("policy", "openai", "policy_openai", libraries=("tokens",)),
    CatalogEntry("policy", "ray", "ray", libraries=("tokens",)),
    CatalogEntry("policy", "human", "play"),
    CatalogEntry("policy", "scripted", "testing"),
    CatalogEntry("environment", "gymnasium", "bridge_gymnasium", libraries=("bridge",)),
    CatalogEntry("environment", "openenv", "bridge_openenv", libraries=("bridge", "service")),
    CatalogEntry("environment", "verifiers", "bridge_verifiers", libraries=("bridge", "tokens")),
    CatalogEntry("placement", "remote", "remote", libraries=("service",)),
    CatalogEntry("placement", "ray", "ray", libraries=("tokens",)),
    CatalogEntry("placement", "legacy", "legacy", libraries=("service",)),
    CatalogEntry("reward", "bird_measure", "env_bird"),
    CatalogEntry("reward", "length_penalty", "rewards"),
    CatalogEntry("reward", "format_penalty", "rewards"),
    CatalogEntry("reward", "noisy", "rewards"),
    CatalogEntry("reward", "biased", "rewards"),
    CatalogEntry("command", "audit-tokens", "policy_transformers", libraries=("tokens",)),
    CatalogEntry("command", "model", "policy_transformers", libraries=("tokens",)),
    CatalogEntry("command", "evolution", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry("command", "lineage", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry("command", "export-card", "bridge_openenv", libraries=("bridge", "service")),
    CatalogEntry("command", "export-harbor", "bridge_harbor", libraries=("bridge",)),
    CatalogEntry("command", "export-nemo", "bridge_nemo", libraries=("bridge",)),
    CatalogEntry("command", "serve", "service"),
    CatalogEntry("command", "completion", "completion"),
    CatalogEntry("command", "play", "play"),
    CatalogEntry("command", "leaderboard", "viewer"),
    CatalogEntry("command", "ui", "viewer"),
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
    CatalogEntry("extension", "export.atif", "data"),
    CatalogEntry("extension", "export.messages", "data"),
    CatalogEntry("extension", "export.trl", "bridge_trl", libraries=("tokens",)),
    CatalogEntry("extension", "export.jsonl", "data"),
    CatalogEntry("extension", "export.parquet", "data"),
    *(
        CatalogEntry("extension", f"dialect.{folder.removeprefix('bridge_')}", folder, libraries=("service",))
        for folder in ("bridge_http", "bridge_mcp", "legacy")
    ),
    CatalogEntry("extension", "dialect.openenv", "bridge_openenv", libraries=("bridge", "service")),
    *(
        CatalogEntry("extension", f"observer.{name}", f"tracker_{name}", libraries=("tracker",))
        for name in ("mlflow", "tensorboard", "wandb")
    ),
    CatalogEntry("extension", "ui.evolution", "algo_agentevol", libraries=("tokens", "viewer")),
    CatalogEntry("extension", "html.render", "viewer"),
    CatalogEntry("extension", "page.report", "viewer"),
    CatalogEntry("extension", "page.comparison", "viewer"),
)


def entry(kind: str, id: str) -> CatalogEntry | None:
    """The first-party component of this kind and id, or None."""
    return next((item for item in CATALOG if item.kind == kind and item.id == id), None)
