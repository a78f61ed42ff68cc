"""Announces ALFWorld."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile, Requirement

KINDS = (
    "pick_and_place_simple",
    "look_at_obj_in_light",
    "pick_clean_then_place_in_recep",
    "pick_heat_then_place_in_recep",
    "pick_cool_then_place_in_recep",
    "pick_two_obj_and_place",
)
INSTALL = "run: pip install 'alfworld>=0.4.2' (it compiles C++ for some minutes: cmake and a compiler are needed)"


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="alfworld",
            target="agentgym_env_alfworld.environment:AlfWorldEnvironment",
            config="agentgym_env_alfworld.config:AlfWorldConfig",
            summary="household tasks in text: find, clean, heat, cool, place and examine things",
            placement="process",
            per_host=16,
            kinds=KINDS,
            legacy=LegacyProfile(
                index="game",
                task="alfworld_{index}",
                numbers=2620,
                send=(("reset", "world_type", "Text"),),
                reset=(
                    ("id", "id"),
                    ("observation", "observation"),
                    ("available_actions", "available_actions"),
                    ("task_type", "null"),
                ),
                step=(
                    ("observation", "observation"),
                    ("reward", "score"),
                    ("available_actions", "available_actions"),
                    ("done", "done"),
                ),
                extra=(("available_actions", "available_actions"),),
            ),
            requires=(
                Requirement("module", "alfworld", INSTALL),
                Requirement("module", "textworld", INSTALL),
                Requirement("module", "fast_downward", INSTALL),
            ),
        )
    ]
