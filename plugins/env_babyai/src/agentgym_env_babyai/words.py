"""How a view reads."""

from __future__ import annotations

from typing import Any

from agentgym_env_babyai.sight import Sight, Thing

NOT_RECOGNIZED = "The action is not recognized. Please check valid actions."
NO_CHANGE = "No change in state."
COMPLETED = "\n The task is completed."
FAILED = "\n The task has failed: this action was against the goal."
OUT_OF_TIME = "\n The task has failed: it took too many steps."


def describe(sight: Sight, carrying: Any) -> str:
    """What is seen and carried, in one line."""
    if sight.things or sight.walls:
        text = "In front of you in this room, you can see several objects: "
        text += "".join([_thing(thing) for thing in sight.things])
    else:
        text = "You cannot see any objects within sight."
    text += "The room has walls around you. "
    if sight.facing is not None:
        text += f"You are facing a {sight.facing[0]} {sight.facing[1]} steps away. "
    if carrying is None:
        return text + "You are not carrying anything."
    return f"{text}You are carrying a {carrying.color} {carrying.type}."


def _thing(thing: Thing) -> str:
    if not thing.right:
        return f"There is a {thing.name} {thing.number} right in front of you {thing.ahead} steps away.  "
    side = "right" if thing.right > 0 else "left"
    return (
        f"There is a {thing.name} {thing.number} {thing.ahead} steps in front of you "
        f"and {abs(thing.right)} steps to your {side}.  "
    )


def goal(mission: str, *, verbatim: bool = False) -> str:
    """The line that tells the goal.

    :param verbatim: as AgentGym tells it, which loses the order of clauses.
    """
    if verbatim:
        mission = mission.replace("after you", "and").replace("then", "and")
    return f"Your goal: {mission}"
