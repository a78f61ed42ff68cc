"""A scene's furniture: where the package knows it, and where it only knows that there is some."""

from __future__ import annotations

import random
from functools import cache

from attrs import evolve, frozen

from agentgym_env_alfworld import package

Place = tuple[int, int, int, int]
"""Where one stands: x and z in quarters of a metre, rotation in quarters of a turn, angle of view in degrees."""

_SEVERAL = {"StoveBurner": 4, "TowelHolder": 2}


@frozen
class Receptacle:
    """A piece of furniture that holds things."""

    id: str
    type: str
    place: Place
    openable: bool


@frozen
class Scene:
    """A room: its furniture, the types of things that may lie in it, and a place that stands before no furniture."""

    number: int
    room: str
    receptacles: tuple[Receptacle, ...]
    things: tuple[str, ...]
    lamps: tuple[str, ...]
    start: Place


def numbers(room: str, *, train: bool) -> list[int]:
    """The scenes of a room type on one side of the package's own split into training and test."""
    constants = package.constants()
    chosen = set(constants.TRAIN_SCENE_NUMBERS if train else constants.TEST_SCENE_NUMBERS)
    return sorted(chosen.intersection(constants.SCENE_TYPE[room]))


@cache
def scene(number: int) -> Scene:
    """A scene, the same every time."""
    constants = package.constants()
    holds = constants.VAL_RECEPTACLE_OBJECTS
    movable = set(constants.MOVABLE_RECEPTACLES)
    types = package.scene_objects(number)
    chance = random.Random(f"alfworld scene {number}")
    receptacles = [_known(id, pose) for id, pose in package.scene_receptacles(number).items()]
    receptacles = [item for item in receptacles if item.type in holds and item.type not in movable]
    receptacles = _apart(receptacles)
    present = {item.type for item in receptacles}
    taken = {item.place for item in receptacles}
    for type in types:
        if type in holds and type not in movable and type not in present:
            for _ in range(_SEVERAL.get(type, 1)):
                place = _free(chance, taken)
                taken.add(place)
                openable = type in constants.OPENABLE_CLASS_SET
                receptacles.append(Receptacle(_id(type, place, chance), type, place, openable))
    present = {item.type for item in receptacles}
    things = [type for type in types if any(type in holds[receptacle] for receptacle in present)]
    lamps = [type for type in types if type in constants.VAL_ACTION_OBJECTS["Toggleable"]]
    room = next(name for name, numbers in constants.SCENE_TYPE.items() if number in numbers)
    return Scene(
        number,
        room,
        tuple(sorted(receptacles, key=lambda item: item.id)),
        tuple(things),
        tuple(lamps),
        _free(chance, taken),
    )


def _known(id: str, pose: tuple[float, ...]) -> Receptacle:
    parts = id.split("|")
    # A basin is written as part of its sink: `Sink|x|y|z|SinkBasin`; in two files the part is left out.
    type = parts[-1] if len(parts) > 4 else {"Sink": "SinkBasin", "Bathtub": "BathtubBasin"}.get(parts[0], parts[0])
    if len(parts) == 4 and type != parts[0]:
        id = f"{id}|{type}"
    x, z, rotation, view = pose
    place = (round(x * 4), round(z * 4), round(rotation / 90) % 4, round(view))
    return Receptacle(id, type, place, type in package.constants().OPENABLE_CLASS_SET)


def _apart(receptacles: list[Receptacle]) -> list[Receptacle]:
    """The furniture, no two pieces before one standing point.

    The scenes' files have such pairs. Who stands before one and goes to the other would be told that nothing happens, and see neither.
    """
    found: list[Receptacle] = []
    taken: set[Place] = set()
    for item in receptacles:
        x, *rest = item.place
        while (x, *rest) in taken:
            x += 1
        place: Place = (x, rest[0], rest[1], rest[2])
        taken.add(place)
        found.append(evolve(item, place=place))
    return found


def _free(chance: random.Random, taken: set[Place]) -> Place:
    while True:
        place = (chance.randint(-20, 20), chance.randint(-20, 20), chance.randrange(4), 30)
        if all(place[:2] != other[:2] for other in taken):
            return place


def _id(type: str, place: Place, chance: random.Random) -> str:
    base = {"SinkBasin": "Sink", "BathtubBasin": "Bathtub"}.get(type, type)
    name = f"{base}|{coordinate(place[0] / 4)}|{coordinate(chance.uniform(0, 2))}|{coordinate(place[1] / 4)}"
    return name if base == type else f"{name}|{type}"


def coordinate(value: float) -> str:
    """A coordinate as ids have it: a sign, two digits, a point, two digits."""
    return f"{value:+06.2f}"
