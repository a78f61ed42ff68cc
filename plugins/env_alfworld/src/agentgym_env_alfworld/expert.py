"""How an expert plays: find, take, clean or heat or cool, place; or take and look under the lamp. From any state, without a planner."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from agentgym_core.types import ExpertAction
from agentgym_env_alfworld.facts import Facts
from agentgym_env_alfworld.goal import Goal

_TREATMENTS = {
    "clean": ("isclean", "cleanable", "sinkbasin", "clean"),
    "hot": ("ishot", "heatable", "microwave", "heat"),
    "cool": ("iscool", "coolable", "fridge", "cool"),
}


@frozen
class Expert:
    """Plans one move from the facts of a moment. `put` is how a thing is put down: with slots {thing} and {place}."""

    goal: Goal
    facts: Facts
    names: dict[str, str]
    put: str

    def move(self) -> ExpertAction | None:
        """The next move, or None where nothing leads to the goal."""
        held = self._held()
        if held is not None and not self._fits(held):
            return self._drop(held)
        return self._look(held) if self.goal.lamp else self._place(held)

    def _place(self, held: str | None) -> ExpertAction | None:
        place = self._target()
        if place is None:
            return None
        if held is None:
            return self._fetch(place)
        if self.goal.state and not self._treated(held):
            return self._treat(held)
        what = self._name(held)
        return self._at(place, f"I hold the {what}.", opened=True) or self._said(
            f"I hold the {what}.", "Put it down.", self._put(held, place)
        )

    def _look(self, held: str | None) -> ExpertAction | None:
        if held is None:
            return self._fetch(None)
        lamps = [each for (each, type) in self.facts.all("objecttype") if type == f"{self.goal.lamp}type"]
        placed = [lamp for lamp in lamps if self._place_of(lamp) and self._true("toggleable", lamp)]
        if not placed:
            return None
        lamp = min(placed, key=lambda each: (not self._true("istoggled", each), not self._near(each), each))
        place = self._place_of(lamp)
        assert place is not None
        state = f"I hold the {self._name(held)}."
        return self._at(place, state, opened=False) or self._said(
            state, f"Use the {self._name(lamp)}.", f"use {self._name(lamp)}"
        )

    def _fetch(self, target: str | None) -> ExpertAction | None:
        """Get hold of a thing that the goal wants and that is not in place yet."""
        options = []
        for thing in self._wanted():
            place = self._place_of(thing)
            in_place = place == target and target is not None and (not self.goal.state or self._treated(thing))
            if place is not None and not in_place and self._true("pickupable", thing):
                ready = not self.goal.state or self._treated(thing)
                options.append((not ready, not self._near(thing), self._closed(place), thing, place))
        if not options:
            return None
        *_, thing, place = min(options)
        state = f"The {self._name(thing)} is at the {self._name(place)}."
        return self._at(place, state, opened=True) or self._said(
            state, "Take it.", f"take {self._name(thing)} from {self._name(place)}"
        )

    def _treat(self, held: str) -> ExpertAction | None:
        _, _, type, verb = _TREATMENTS[self.goal.state]
        place = self._of_type(type)
        if place is None:
            return None
        state = f"I hold the {self._name(held)}, not yet {self.goal.state}."
        return self._at(place, state, opened=False) or self._said(
            state, f"{verb.capitalize()} it.", f"{verb} {self._name(held)} with {self._name(place)}"
        )

    def _drop(self, held: str) -> ExpertAction | None:
        """Put down what the goal does not want, as near as may be."""
        places = [place for (place, _) in self.facts.all("receptacleatlocation") if self._can_hold(place, held)]
        if not places:
            return None
        place = min(places, key=lambda each: (not self._here(each), self._closed(each), each))
        state = f"I hold the {self._name(held)}, which is not wanted."
        return self._at(place, state, opened=True) or self._said(state, "Put it away.", self._put(held, place))

    def _at(self, place: str, state: str, *, opened: bool) -> ExpertAction | None:
        """The move that brings the agent before a place (and opens it), or None where that is done."""
        name = self._name(place)
        if not self._here(place):
            return self._said(state, f"Go to the {name}.", f"go to {name}")
        if opened and self._closed(place):
            return self._said(state, f"Open the {name}.", f"open {name}")
        return None

    def _said(self, state: str, next: str, action: str) -> ExpertAction:
        return ExpertAction(f"Goal: {self.goal.sentence}. {state} {next}", action)

    def _target(self) -> str | None:
        """Where to put things: where one already lies, if two are wanted; else the easiest."""
        places = [place for (place, type) in self.facts.all("receptacletype") if type == f"{self.goal.target}type"]
        places = [place for place in places if self._reachable(place)]
        if not places:
            return None
        wanted = set(self._wanted())
        lying = {place: sum(self._place_of(thing) == place for thing in wanted) for place in places}
        return min(places, key=lambda each: (-lying[each] if self.goal.count == 2 else 0, self._closed(each), each))

    def _wanted(self) -> Sequence[str]:
        things = [thing for (thing, type) in self.facts.all("objecttype") if type == f"{self.goal.object}type"]
        return [thing for thing in things if self._fits(thing)]

    def _fits(self, thing: str) -> bool:
        able = not self.goal.state or self._true(_TREATMENTS[self.goal.state][1], thing)
        return able and (thing, f"{self.goal.object}type") in self.facts.all("objecttype")

    def _treated(self, thing: str) -> bool:
        return self._true(_TREATMENTS[self.goal.state][0], thing)

    def _held(self) -> str | None:
        held = self.facts.all("holds")
        return held[0][1] if held else None

    def _place_of(self, thing: str) -> str | None:
        places = [place for (each, place) in self.facts.all("inreceptacle") if each == thing]
        return next((place for place in places if self._reachable(place)), None)

    def _of_type(self, type: str) -> str | None:
        places = [place for (place, each) in self.facts.all("receptacletype") if each == f"{type}type"]
        places = [place for place in places if self._reachable(place)]
        return min(places, key=lambda place: (not self._here(place), place), default=None)

    def _reachable(self, place: str) -> bool:
        return any(each == place for (each, _) in self.facts.all("receptacleatlocation"))

    def _here(self, place: str) -> bool:
        now = {location for (_, location) in self.facts.all("atlocation")}
        return any(each == place and location in now for (each, location) in self.facts.all("receptacleatlocation"))

    def _near(self, thing: str) -> bool:
        place = self._place_of(thing)
        return place is not None and self._here(place)

    def _closed(self, place: str) -> bool:
        return self._true("openable", place) and not self._true("opened", place)

    def _can_hold(self, place: str, thing: str) -> bool:
        place_types = {type for (each, type) in self.facts.all("receptacletype") if each == place}
        thing_types = {type for (each, type) in self.facts.all("objecttype") if each == thing}
        return any(one in place_types and other in thing_types for (one, other) in self.facts.all("cancontain"))

    def _true(self, predicate: str, thing: str) -> bool:
        return (thing,) in self.facts.all(predicate)

    def _name(self, id: str) -> str:
        return self.names[id]

    def _put(self, thing: str, place: str) -> str:
        return self.put.format(thing=self._name(thing), place=self._name(place))
