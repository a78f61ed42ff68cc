"""What OpenEnv's clients ask of an environment before they play: schemas of its messages, and what it is."""

from __future__ import annotations

from typing import Any

import msgspec

from agentgym_bridge_openenv.messages import Shown
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import State
from agentgym_service.schemas import METADATA, bounded, named_action, text_action


def action_schema(served: HostedEnvironment) -> dict[str, Any]:
    """An action as an object with its text, which every environment takes; the other forms that it takes stand under `$defs`.

    Trainers read the title and `required`: an action that is called `Action`, or is one of several forms, they take for a tool's call.
    """
    actions = served.description.actions
    forms = {action.name: named_action(action) for action in actions}
    if len(actions) == 1 and [parameter.name for parameter in actions[0].parameters] not in ([], ["text"]):
        alone = {**bounded(actions[0]), "title": "Arguments", "minProperties": 1, "additionalProperties": False}
        forms["Arguments"] = {**alone, "properties": {**alone["properties"], "metadata": METADATA}}
    words = "The canonical text of an action. Taken too: the name of a declared action with its arguments ($defs)."
    return {"title": f"{_title(served)}Action", "description": words, **text_action(served), "$defs": forms}


def _title(served: HostedEnvironment) -> str:
    return "".join(part.capitalize() for part in served.id.replace("-", "_").split("_"))


def schemas(served: HostedEnvironment) -> dict[str, Any]:
    """What `/schema` tells; answers are described by the types that encode them."""
    _, found = msgspec.json.schema_components([Shown, State])
    observation, state, expert = (found[name] for name in ("Shown", "State", "ExpertBody"))
    # Versions of msgspec differ in the order of the two.
    observation["properties"]["expert"]["anyOf"] = [expert, {"type": "null"}]
    for schema in (observation, state, expert):
        del schema["description"]
    del expert["title"], state["required"]
    observation = {**observation, "title": "Observation", "additionalProperties": False}
    return {
        "action": action_schema(served),
        "observation": observation,
        "reset_observation": {**observation, "required": [*observation["required"], "task"]},
        "state": {**state, "additionalProperties": True},
    }


def metadata(served: HostedEnvironment) -> dict[str, Any]:
    """What `/metadata` tells."""
    plugin = served.source.component.plugin
    return {
        "name": served.id,
        "description": served.source.spec.summary or served.description.instruction,
        "readme_content": served.description.instruction,
        "version": served.description.version or str(served.source.spec.version),
        "author": plugin.distribution or None,
        "documentation_url": None,
    }
