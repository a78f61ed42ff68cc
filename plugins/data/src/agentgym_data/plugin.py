"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec, ExtensionSpec, Requirement


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    at = "agentgym_data.commands"
    return [
        CommandSpec(
            name="export",
            target=f"{at}.export",
            summary="a run as AgentTraj, OpenAI messages, ATIF, JSON Lines or Parquet",
        ),
        CommandSpec(
            name="import",
            target=f"{at}.import_",
            summary="AgentTraj files, logs of API models, OpenAI messages or ATIF as a run",
        ),
        CommandSpec(name="data", target=f"{at}.data", summary="make, fetch and inspect data sets"),
    ]


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    at = "agentgym_data.formats"
    return [
        ExtensionSpec(
            id="suite.agenteval", target="agentgym_data.suites:agenteval", summary="the paper's evaluation suite"
        ),
        ExtensionSpec(id="stage.export", target="agentgym_data.stages:Export", summary="write trajectories for others"),
        ExtensionSpec(id="stage.filter", target="agentgym_data.stages:Filter", summary="keep some trajectories"),
        ExtensionSpec(id="stage.weigh", target="agentgym_data.stages:Weigh", summary="weigh trajectories by a reward"),
        ExtensionSpec(id="table.report", target="agentgym_data.tables:report_table", summary="a report as CSV"),
        ExtensionSpec(
            id="table.comparison", target="agentgym_data.tables:comparison_table", summary="a comparison as CSV"
        ),
        ExtensionSpec(id="export.agenttraj", target=f"{at}:agenttraj", summary="AgentTraj: conversations as JSON"),
        ExtensionSpec(
            id="export.messages", target=f"{at}:messages", summary="OpenAI's messages with tools, as JSON Lines"
        ),
        ExtensionSpec(
            id="export.atif",
            target="agentgym_data.atif:export",
            summary="the Agent Trajectory Interchange Format, as Harbor reads it",
        ),
        ExtensionSpec(id="export.jsonl", target=f"{at}:jsonl", summary="one flat record an episode, as JSON Lines"),
        ExtensionSpec(
            id="export.parquet",
            target=f"{at}:parquet",
            summary="the same records, as Parquet",
            requires=(Requirement("module", "pyarrow", "run: pip install pyarrow"),),
        ),
    ]
