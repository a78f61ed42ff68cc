"""Announces the spreadsheet."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="sheet",
            target="agentgym_env_sheet.environment:SheetEnvironment",
            config="agentgym_env_sheet.config:SheetConfig",
            summary="change and read spreadsheets with typed tools",
            placement="inline",
            per_host=256,
            kinds=("sheet",),
            legacy=LegacyProfile(
                session="env_idx",
                index="id",
                task="tool_sheet_{index}",
                numbers=20,
                created=(),
                reset=(),
                fails="status",
                send=(("create", "id", 0),),
                says="Action: {action}",
            ),
        )
    ]
