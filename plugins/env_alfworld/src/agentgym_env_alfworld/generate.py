"""Problems of our own over the package's domain: drawn from a kind, a scene and a number, solvable by construction."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from attrs import frozen

from agentgym_env_alfworld import package
from agentgym_env_alfworld.scenes import Place, Receptacle, Scene, coordinate, numbers, scene

_APPLIANCE = {
    "pick_clean_then_place_in_recep": ("Cleanable", "SinkBasin"),
    "pick_heat_then_place_in_recep": ("Heatable", "Microwave"),
    "pick_cool_then_place_in_recep": ("Coolable", "Fridge"),
}
_LAMP_STANDS = ("Desk", "SideTable", "Dresser", "Shelf", "CoffeeTable", "DiningTable", "TVStand", "Bed", "Sofa")
_MOST_COPIES = (1, 1, 1, 2, 2, 3)


@frozen
class Wanted:
    """What a goal is about: an object type, and a receptacle type or a lamp type."""

    object: str
    target: str


@frozen
class Problem:
    """A drawn game: its problem in PDDL, and the sentence that tells the goal."""

    pddl: str
    sentence: str


@cache
def scenes_for(kind: str, *, train: bool) -> tuple[int, ...]:
    """The scenes in which a kind can be set, on one side of the split."""
    rooms = sorted(package.constants().GOALS_VALID[kind])
    return tuple(number for room in rooms for number in numbers(room, train=train) if wishes(kind, number))


@cache
def wishes(kind: str, number: int) -> tuple[Wanted, ...]:
    """Everything that a kind can ask for in a scene, in an order drawn once for all."""
    room = scene(number)
    constants = package.constants()
    holds = constants.VAL_RECEPTACLE_OBJECTS
    present = sorted({item.type for item in room.receptacles})
    found: list[Wanted] = []
    if kind == "look_at_obj_in_light":
        found = [Wanted(thing, lamp) for thing in room.things for lamp in room.lamps if _lamp_stands(room)]
    else:
        property, appliance = _APPLIANCE.get(kind, ("", ""))
        able = constants.VAL_ACTION_OBJECTS[property] if property else set(room.things)
        if not appliance or appliance in present:
            found = [
                Wanted(thing, target)
                for thing in room.things
                for target in present
                if thing in able
                and thing in holds[target]
                and target != appliance
                # Somewhere else must hold the thing, or the game would begin with its end.
                and any(thing in holds[other] for other in present if other != target)
            ]
    random.Random(f"alfworld wishes {kind} {number}").shuffle(found)
    return tuple(found)


def problem(kind: str, number: int, index: int, seed: int) -> Problem:
    """The game of a kind in a scene with an index: the same everywhere, whatever was drawn before."""
    chance = random.Random(f"alfworld problem {seed} {kind} {number} {index}")
    room = scene(number)
    options = wishes(kind, number)
    wanted = options[index % len(options)]
    things = _things(kind, room, wanted, chance)
    goal = package.goals()[kind]
    sentences: Sequence[str] = goal["templates"]
    names = {"obj": wanted.object, "recep": wanted.target, "toggle": wanted.target, "mrecep": ""}
    sentence = chance.choice(sentences).format(**{name: value.lower() for name, value in names.items()})
    return Problem(_pddl(room, things, goal["pddl"].format(**names).replace("#", "-")), sentence)


@frozen
class _Thing:
    id: str
    type: str
    where: Receptacle


def _things(kind: str, room: Scene, wanted: Wanted, chance: random.Random) -> list[_Thing]:
    holds: Mapping[str, set[str]] = package.constants().VAL_RECEPTACLE_OBJECTS
    copies = {type: chance.choice(_MOST_COPIES) for type in room.things}
    copies[wanted.object] = max(copies[wanted.object], 2 if kind == "pick_two_obj_and_place" else 1)
    avoided = "" if kind == "look_at_obj_in_light" else wanted.target
    things: list[_Thing] = []
    used: set[str] = set()
    for type in room.things:
        places = [item for item in room.receptacles if type in holds[item.type]]
        if type == wanted.object:
            places = [item for item in places if item.type != avoided]
        things += [_put(type, chance.choice(places), chance, used) for _ in range(copies[type])]
    stands = _lamp_stands(room)
    things += [_put(lamp, chance.choice(stands), chance, used) for lamp in room.lamps if stands]
    return sorted(things, key=lambda thing: thing.id)


def _put(type: str, where: Receptacle, chance: random.Random, used: set[str]) -> _Thing:
    while True:
        x, z = (base / 4 + chance.uniform(-0.5, 0.5) for base in where.place[:2])
        id = "|".join((type, coordinate(x), coordinate(chance.uniform(0.1, 2.0)), coordinate(z)))
        if id not in used:
            used.add(id)
            return _Thing(id, type, where)


def _lamp_stands(room: Scene) -> list[Receptacle]:
    return [item for item in room.receptacles if item.type in _LAMP_STANDS]


def _pddl(room: Scene, things: Sequence[_Thing], goal: str) -> str:
    constants = package.constants()
    holds = constants.VAL_RECEPTACLE_OBJECTS
    able = {
        "cleanable": constants.VAL_ACTION_OBJECTS["Cleanable"],
        "heatable": constants.VAL_ACTION_OBJECTS["Heatable"],
        "coolable": constants.VAL_ACTION_OBJECTS["Coolable"],
        "sliceable": constants.VAL_ACTION_OBJECTS["Sliceable"],
        "toggleable": constants.VAL_ACTION_OBJECTS["Toggleable"],
        "isReceptacleObject": set(constants.MOVABLE_RECEPTACLES),
    }
    receptacle_types = sorted({item.type for item in room.receptacles})
    thing_types = sorted({thing.type for thing in things})
    places = sorted({item.place for item in room.receptacles} | {room.start})
    objects = [
        "agent1 - agent",
        *(f"{thing.id} - object" for thing in things),
        *(f"{item.id} - receptacle" for item in room.receptacles),
        *(f"{_location(place)} - location" for place in places),
        *(f"{type}Type - rtype" for type in receptacle_types),
        *(f"{type}Type - otype" for type in thing_types),
    ]
    facts = [f"atLocation agent1 {_location(room.start)}"]
    for item in room.receptacles:
        facts += [
            f"receptacleType {item.id} {item.type}Type",
            f"receptacleAtLocation {item.id} {_location(item.place)}",
        ]
        facts += [f"openable {item.id}"] * item.openable
    for rtype in receptacle_types:
        facts += [f"canContain {rtype}Type {otype}Type" for otype in thing_types if otype in holds[rtype]]
    for thing in things:
        facts += [
            f"objectType {thing.id} {thing.type}Type",
            f"inReceptacle {thing.id} {thing.where.id}",
            f"objectAtLocation {thing.id} {_location(thing.where.place)}",
        ]
        facts += [f"pickupable {thing.id}"] * (thing.type not in able["toggleable"])
        facts += [f"{predicate} {thing.id}" for predicate, types in sorted(able.items()) if thing.type in types]
    head = "(define (problem household)\n(:domain alfred)\n(:objects\n"
    init = ")\n(:init\n"
    return mangled(f"{head}{_lines(objects)}{init}{_lines(f'({fact})' for fact in facts)})\n") + goal


def _lines(parts: Iterable[str]) -> str:
    return "".join(f"    {part}\n" for part in parts)


def _location(place: Place) -> str:
    return "loc|" + "|".join(map(str, place))


_WORDS = (("|", "_bar_"), ("+", "_plus_"), (".", "_dot_"), ("-", "_minus_"), (" _minus_ ", " - "))
"""Ids as PDDL allows them: signs become words. A minus sign is part of a number; between a name and its type it stands alone."""


def mangled(text: str) -> str:
    """A text with its ids as PDDL allows them."""
    for sign, word in _WORDS:
        text = text.replace(sign, word)
    return text
