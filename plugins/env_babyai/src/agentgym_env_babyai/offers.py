"""What can be done now: the texts of actions with the primitives behind them, and why others cannot be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from agentgym_env_babyai.engine import DROP, FORWARD, LEFT, PICKUP, RIGHT, TOGGLE
from agentgym_env_babyai.paths import Ways
from agentgym_env_babyai.sight import OWN, WIDE, Sight, Thing

CHECK = "check available actions"
Primitives = tuple[int, ...]

_FRONT = OWN - WIDE
_PORTABLE = frozenset({"key", "ball", "box"})


class Offers:
    """The actions of one moment.

    `actions` maps texts, in the order in which they are listed, to primitives; `refusals` maps texts to reasons.

    :param boxes: whether a box straight ahead can be opened, which is of use where a level hides a key in one.
    :param verbatim: as AgentGym offers them: things that cannot be reached do not count in the numbers, and an open door cannot be closed.
    """

    def __init__(
        self, sight: Sight, carrying: Any, compass: int, *, boxes: bool = False, verbatim: bool = False
    ) -> None:
        self.actions: dict[str, Primitives] = {"turn left": (LEFT,), "turn right": (RIGHT,)}
        self.refusals: dict[str, str] = {}
        self._sight = sight
        self._carrying = carrying
        self._verbatim = verbatim
        self._ways = Ways(sight.blocked, compass)
        self._front = next((thing for thing in sight.things if thing.cell == _FRONT), None)
        self._forward()
        self._pickups()
        self._drop()
        self._doors()
        if boxes and self._front is not None and self._front.kind == "box":
            self.actions["toggle"] = (TOGGLE,)
        self._reach("go to", lambda thing: thing.kind != "goal", ())
        self.actions[CHECK] = ()

    def _forward(self) -> None:
        if self._sight.facing is None or self._sight.facing[1] > 1:
            self.actions["move forward"] = (FORWARD,)
        else:
            self.refusals["move forward"] = "There is a barrier in front of you, you can't move forward."

    def _pickups(self) -> None:
        if self._carrying is None:
            self._reach("pickup", lambda thing: thing.kind in _PORTABLE, (PICKUP,))
        elif not self._verbatim:
            held = f"{self._carrying.color} {self._carrying.type}"
            for thing in self._sight.things:
                if thing.kind in _PORTABLE:
                    text = f"pickup {thing.label}"
                    self.refusals[text] = f"You cannot {text}, as you are carrying a {held}. You should drop it first."

    def _drop(self) -> None:
        if self._carrying is None:
            self.refusals["drop"] = "You cannot drop the object, as you are not carrying anything."
        elif _FRONT in self._sight.blocked or (self._front is not None and not self._verbatim):
            self.refusals["drop"] = "You cannot drop the object, as there is already an object in front of you."
        else:
            self.actions["drop"] = (DROP,)

    def _reach(self, verb: str, wanted: Callable[[Thing], bool], then: Primitives) -> None:
        for thing, number, way in self._numbered(wanted):
            text = f"{verb} {thing.name} {number}"
            if way is not None:
                self.actions[text] = way + then
            elif text not in self.actions:
                self.refusals[text] = f"You cannot {text}, as there is no path leading to it."

    def _numbered(self, wanted: Callable[[Thing], bool]) -> Iterator[tuple[Thing, int, Primitives | None]]:
        """Things with their numbers and the ways to them."""
        reached: dict[str, int] = {}
        for thing in self._sight.things:
            if not wanted(thing):
                continue
            way = self._ways.facing(thing.cell)
            if not self._verbatim:
                yield thing, thing.number, way
                continue
            yield thing, reached.get(thing.name, 0) + 1, way
            if way is not None:
                reached[thing.name] = reached.get(thing.name, 0) + 1

    def _doors(self) -> None:
        for thing in self._sight.things:
            if thing.kind != "door":
                continue
            if thing.object.is_open:
                self._open_door(thing)
            else:
                self._shut_door(thing)

    def _open_door(self, door: Thing) -> None:
        text = f"go through {door.label}"
        way = self._ways.onto(door.cell)
        if way is None:
            self.refusals[text] = f"You cannot {text}, as there is no path leading to it."
        else:
            self.actions[text] = way
        if door.cell == _FRONT and not self._verbatim:
            self.actions["toggle"] = (TOGGLE,)

    def _shut_door(self, door: Thing) -> None:
        through = f"go through {door.label}"
        text = f"toggle and {through}"
        self.refusals[through] = f"You cannot {through}, as it is closed. You should toggle it first."
        way = self._ways.facing(door.cell)
        if door.object.is_locked and (self._carrying is None or self._carrying.type != "key"):
            self.refusals[text] = f"You cannot {text}, as you are not carrying a key."
        elif door.object.is_locked and self._carrying.color != door.object.color:
            self.refusals[text] = (
                f"You cannot {text}, as the color of the key you are carrying does not match the color of door."
            )
        elif way is None:
            self.refusals[text] = f"You cannot {text}, as there is no path leading to it."
        else:
            self.actions[text] = (*way, TOGGLE, FORWARD)
            if not way:
                self.actions["toggle"] = (TOGGLE,)
