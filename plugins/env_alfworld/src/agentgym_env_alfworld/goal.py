"""What a game's goal asks for, read from its problem."""

from __future__ import annotations

import re

from attrs import frozen

_OBJECT = re.compile(r"\(\s*objecttype\s+\?\w+\s+(\w+?)type\s*\)", re.IGNORECASE)
_RECEPTACLE = re.compile(r"\(\s*receptacletype\s+\?\w+\s+(\w+?)type\s*\)", re.IGNORECASE)
_STATES = {"isclean": "clean", "ishot": "hot", "iscool": "cool"}


@frozen
class Goal:
    """A goal of one of the six kinds, names in lower case.

    `state` is `clean`, `hot`, `cool` or empty; `target` is a receptacle type, `lamp` a lamp type: one of the two is set.
    """

    object: str
    target: str = ""
    lamp: str = ""
    state: str = ""
    count: int = 1

    @property
    def sentence(self) -> str:
        """The goal in few words."""
        if self.lamp:
            return f"{self.object} under {self.lamp}"
        number = "two" if self.count == 2 else "a"
        state = f" {self.state}" if self.state else ""
        return f"{number}{state} {self.object} in {self.target}"


def read_goal(problem: str) -> Goal | None:
    """The goal of a problem, or None where it is of another kind (sliced things, movable receptacles)."""
    _, found, goal = problem.lower().partition("(:goal")
    objects, receptacles = _OBJECT.findall(goal), sorted(set(_RECEPTACLE.findall(goal)))
    if not found or "issliced" in goal or "inreceptacleobject" in goal:
        return None
    if "istoggled" in goal:
        lamps = [type for type in objects if type.endswith("lamp")]
        others = [type for type in objects if not type.endswith("lamp")]
        if len(set(lamps)) == 1 and len(set(others)) == 1:
            return Goal(others[0], lamp=lamps[0])
        return None
    if len(set(objects)) != 1 or len(receptacles) != 1:
        return None
    state = next((word for predicate, word in _STATES.items() if predicate in goal), "")
    return Goal(objects[0], target=receptacles[0], state=state, count=2 if len(objects) == 2 else 1)
