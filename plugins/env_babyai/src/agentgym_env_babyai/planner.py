"""A planner that knows the whole grid: from any state, the next action towards the mission."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from agentgym_env_babyai.atlas import FAR, STEPS, Atlas, Cell, front
from agentgym_env_babyai.engine import DROP, PICKUP, TOGGLE
from agentgym_env_babyai.missions import remaining
from agentgym_env_babyai.offers import Offers

FETCH, CLEAR = 30, 12
"""What a way through a locked door without its key, or over something that lies there, costs in primitives, about."""

_PORTABLE = frozenset({"key", "ball", "box"})


@frozen
class Plan:
    """What to do next: face one of some cells, then `event` (a primitive, or None where facing is all)."""

    cells: tuple[Cell, ...]
    event: int | None


class Stuck(Exception):
    """There is no way that the planner knows."""


def next_action(env: Any, offers: Offers) -> str:
    """The text of the next action towards the mission.

    :raises Stuck: the mission cannot be accomplished from here, as far as the planner can tell.
    """
    atlas = Atlas(env)
    # One clause after another: going by whichever is nearer would undo for one what was done for the other.
    for clause in remaining(env.instrs):
        try:
            plan = _Clause(env, atlas).plan(clause)
        except Stuck:
            continue
        text = _express(atlas, plan, offers)
        if text:
            return text
    raise Stuck


class _Clause:
    """Works out what a clause asks for first."""

    def __init__(self, env: Any, atlas: Atlas) -> None:
        self.env = env
        self.atlas = atlas
        self.sought: frozenset[str] = frozenset()

    def plan(self, clause: Any) -> Plan:
        """The next thing to do for a clause."""
        kind = type(clause).__name__
        if kind == "GoToInstr":
            cells = [_cell(place) for place in clause.desc.obj_poss]
            return self._get_to(cells, None)
        if kind == "OpenInstr":
            return self._open(clause.desc.obj_set)
        if kind == "PickupInstr":
            return self._take(list(clause.desc.obj_set))
        return self._put_next(clause)

    def _open(self, doors: Iterable[Any]) -> Plan:
        doors = list(doors)
        shut = [door for door in doors if not door.is_open]
        return self._get_to(self._cells(shut or doors), TOGGLE)

    def _take(self, things: list[Any]) -> Plan:
        cells = self._cells(thing for thing in things if thing.type in _PORTABLE)
        if self.atlas.carrying is None:
            return self._get_to(cells, PICKUP)
        door = self._opened_on_the_way(cells)
        return self._put_down(cells) if door is None else self._get_to([door], TOGGLE)

    def _opened_on_the_way(self, cells: list[Cell], sought: frozenset[str] = frozenset()) -> Cell | None:
        """A locked door on the way to some cells, or to a key that is needed on it, which the key in the hand opens: it goes first."""
        for cell in (self.atlas.route(cells, self._price) or [])[:-1]:
            thing = self.atlas.at(cell)
            if thing is None or thing.type != "door" or not thing.is_locked:
                continue
            if self.atlas.has_key_for(thing):
                return cell
            if thing.color not in sought:
                return self._opened_on_the_way(self._cells(self._keys(thing)), sought | {thing.color})
        return None

    def _put_next(self, clause: Any) -> Plan:
        held = self.atlas.carrying
        moved = clause.desc_move.obj_set
        near = {
            (x + dx, y + dy)
            for x, y in map(_cell, clause.desc_fixed.obj_poss)
            for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1))
        }
        near = {cell for cell in near if self.atlas.inside(cell)}
        places = sorted(cell for cell in near if self.atlas.at(cell) is None)
        if not places:
            return self._take([self.atlas.at(cell) for cell in sorted(near)])
        if any(thing is held for thing in moved):
            return self._get_to(places, DROP)
        return self._prepared(self._cells(moved), places) or self._take(list(moved))

    def _prepared(self, things: list[Cell], goals: list[Cell]) -> Plan | None:
        """What has to be out of the way before one of some things is carried to a goal: with hands full it is too late."""
        path = self.atlas.route(things, self._price)
        if path is None:
            return None
        onwards = self.atlas.route(goals, self._price, start=path[-1]) or []
        for cell in onwards[:-1]:
            thing = self.atlas.at(cell)
            if thing is None or cell in things:
                continue
            if thing.type == "door":
                if thing.is_locked and thing.color not in self.sought:
                    return self._get_to([cell], TOGGLE)
            elif cell not in path[:-1]:
                return self._clear(thing)
        return None

    def _cells(self, things: Iterable[Any]) -> list[Cell]:
        return [cell for cell in map(self.atlas.cell_of, things) if cell is not None]

    def _price(self, cell: Cell, thing: Any) -> int:
        cost = self.atlas.cost(cell)
        if cost < FAR or thing is None or thing.type == "wall":
            return cost
        if thing.type == "door":
            return FAR if thing.color in self.sought else FETCH
        return CLEAR

    def _get_to(self, cells: list[Cell], event: int | None) -> Plan:
        """Face one of some cells and do something there; or, first, what opens the way."""
        if not cells:
            raise Stuck
        atlas = self.atlas
        reachable = atlas.distances(atlas.facing(self._settled(cells, event)))
        if atlas.pose in reachable:
            return Plan(tuple(self._settled(cells, event)), event)
        path = atlas.route(cells, self._price)
        if path is None:
            raise Stuck
        for cell in path:
            thing = atlas.at(cell)
            if thing is None or (cell == path[-1] and not self._locked(thing, event)):
                continue
            if thing.type == "door":
                if atlas.cost(cell) < FAR:
                    continue
                return self._fetch_key(thing)
            return self._clear(thing)
        raise Stuck

    def _locked(self, thing: Any, event: int | None) -> bool:
        return event == TOGGLE and thing.type == "door" and thing.is_locked and not self.atlas.has_key_for(thing)

    def _settled(self, cells: list[Cell], event: int | None) -> list[Cell]:
        """The cells where the event can take place as things stand."""
        if event != TOGGLE:
            return cells
        return [cell for cell in cells if not self._locked(self.atlas.at(cell), event)]

    def _keys(self, door: Any) -> list[Any]:
        found = self.atlas.things(lambda thing: thing.type == "key" and thing.color == door.color)
        return [thing for thing, _ in found]

    def _fetch_key(self, door: Any) -> Plan:
        if door.color in self.sought:
            raise Stuck
        self.sought |= {door.color}
        keys = self._keys(door)
        if keys:
            place = self.atlas.cell_of(door)
            assert place is not None
            return self._prepared(self._cells(keys), [place]) or self._take(keys)
        boxes = self.atlas.things(
            lambda thing: thing.type == "box" and thing.contains is not None and thing.contains.color == door.color
        )
        return self._get_to([cell for _, cell in boxes], TOGGLE)

    def _clear(self, thing: Any) -> Plan:
        if thing.type == "box" and thing.contains is not None:
            return self._get_to(self._cells([thing]), TOGGLE)
        return self._take([thing])

    def _put_down(self, then: list[Cell]) -> Plan:
        """Put what is carried where it is in nobody's way, least of all in that to some cells."""
        atlas = self.atlas
        way = set(atlas.route(then, self._price) or ()) | {atlas.pose[:2]}
        places = [
            cell
            for cell in ((index % atlas.width, index // atlas.width) for index in range(len(atlas.grid)))
            if atlas.at(cell) is None and cell != atlas.pose[:2]
        ]
        aside = [cell for cell in places if cell not in way]
        apart = [cell for cell in aside if not _by_a_door(atlas, cell)]
        for good in ([cell for cell in apart if _out_of_the_way(atlas, cell)], apart, aside, places):
            if good and atlas.pose in atlas.distances(atlas.facing(good)):
                return Plan(tuple(good), DROP)
        raise Stuck


def _cell(place: Any) -> Cell:
    return int(place[0]), int(place[1])


_RING = ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))


def _by_a_door(atlas: Atlas, cell: Cell) -> bool:
    return any(
        thing is not None and thing.type == "door"
        for thing in (atlas.at((cell[0] + dx, cell[1] + dy)) for dx, dy in STEPS)
    )


def _out_of_the_way(atlas: Atlas, cell: Cell) -> bool:
    """Whether something on a cell would neither part the free cells around it nor shut in a thing."""
    around = [atlas.at((cell[0] + dx, cell[1] + dy)) for dx, dy in _RING]
    free = [thing is None for thing in around]
    changes = sum(free[index] != free[index - 1] for index in range(8))
    shut_in = any(
        thing is not None and thing.type != "wall" and not free[index - 1] and not free[(index + 1) % 8]
        for index, thing in enumerate(around)
    )
    return changes <= 2 and not shut_in


def _express(atlas: Atlas, plan: Plan, offers: Offers) -> str:
    """The offered action that leaves the least of a plan to do; an empty text where none brings it on."""
    cells = set(plan.cells)
    distances = atlas.distances(atlas.facing(plan.cells))
    here = distances.get(atlas.pose, FAR)
    best: tuple[int, int, str] = (here, 0, "")
    for place, (text, primitives) in enumerate(offers.actions.items()):
        if not primitives:
            continue
        event = primitives[-1] if primitives[-1] in (PICKUP, DROP) else None
        moves = primitives[:-1] if event is not None else primitives
        pose, count = atlas.after(moves)
        done = False
        if event is not None or plan.event is None:
            done = count == len(moves) and event == plan.event and front(pose) in cells
        elif plan.event == TOGGLE and TOGGLE in primitives:
            way = primitives[: primitives.index(TOGGLE)]
            spot, walked = atlas.after(way)
            done = walked == len(way) and front(spot) in cells
        if done:
            left = -1
        elif event is not None or (TOGGLE in primitives and not _useful(atlas, primitives)):
            continue
        else:
            left = distances.get(pose, FAR)
        best = min(best, (left, place + 1, text)) if left < best[0] else best
    if not best[2] and here == 0 and plan.event is None:
        # What counts is to look at it after an action: turn away, to turn back.
        return "turn left"
    return best[2]


def _useful(atlas: Atlas, primitives: tuple[int, ...]) -> bool:
    """Whether a toggle on the way opens a door, rather than closing one or opening a box."""
    pose, _ = atlas.after(primitives[: primitives.index(TOGGLE)])
    thing = atlas.at(front(pose))
    return thing is not None and thing.type == "door" and not thing.is_open
