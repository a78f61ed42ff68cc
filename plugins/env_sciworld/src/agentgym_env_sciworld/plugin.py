"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile, Requirement
from agentgym_env_sciworld.kinds import KINDS


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="sciworld",
            target="agentgym_env_sciworld.environment:SciWorldEnvironment",
            config="agentgym_env_sciworld.config:SciWorldConfig",
            summary="science experiments in a text world: boil, measure, wire, grow, breed",
            # The JVM does its work a step at a time: a process for every core, each with many episodes.
            placement="process",
            per_host=32,
            kinds=KINDS,
            legacy=LegacyProfile(
                task="sciworld_{index}",
                fallback="test",
                reset=(
                    ("task_name", "null"),
                    ("var_num", "null"),
                    ("task_description", "observation:first"),
                    ("observation", "observation:rest"),
                    ("reward", "increase"),
                    ("score", "score"),
                    ("deleted", "false"),
                    ("done", "done"),
                ),
                step=(
                    ("observation", "observation"),
                    ("reward", "increase"),
                    ("score", "score"),
                    ("done", "done"),
                ),
                scale=100.0,
            ),
            requires=(
                Requirement("module", "scienceworld", "run: pip install 'scienceworld<1.3'"),
                Requirement("module", "py4j", "run: pip install py4j"),
            ),
        )
    ]
