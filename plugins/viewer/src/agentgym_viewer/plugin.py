"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec, ExtensionSpec


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    return [
        CommandSpec(name="view", target="agentgym_viewer.command", summary="one offline page that replays a run"),
        CommandSpec(
            name="leaderboard",
            target="agentgym_viewer.leaderboard_command",
            summary="stored runs as one table: a row a model, a column an environment",
        ),
        CommandSpec(
            name="ui", target="agentgym_viewer.workbench.command", summary="a local page over a folder of runs, live"
        ),
    ]


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    return [
        ExtensionSpec(
            id="page.report",
            target="agentgym_viewer.report_page:report_page",
            summary="the report of a run",
        ),
        ExtensionSpec(
            id="page.comparison",
            target="agentgym_viewer.comparison_page:comparison_page",
            summary="two runs, task by task",
        ),
        ExtensionSpec(
            id="html.render",
            target="agentgym_viewer.notebook:render",
            summary="runs, reports and episodes as a notebook shows them",
        ),
    ]
