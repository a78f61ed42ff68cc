# ruff: noqa: E501, S608
# Intents are long lines, and queries are made of our own names: nothing that a model says gets here.
"""Tasks on the map, as mara."""

from __future__ import annotations

from agentgym_env_webarena.objective import (
    Address,
    Answer,
    Move,
    Objective,
    Rows,
    choose,
    follow,
    pages,
    push,
    stop,
    write,
)
from agentgym_env_webarena.objectives.drawing import Draw, task, template
from agentgym_env_webarena.sites import maps_data, words


def to_place(name: str, town: str) -> list[Move]:
    return [
        follow("Search"),
        write("Name or town", name),
        push("Search"),
        Move("click", "link", name, town, why=f"{name} in {town} is the one."),
    ]


def unique_of(kind: str) -> str:
    return f"SELECT id, name, town, street, phone, opens, x, y FROM places p WHERE kind = '{kind}' AND (SELECT count(*) FROM places q WHERE q.name LIKE p.name || '%') = 1 ORDER BY id"


@template
def map_way(draw: Draw) -> Objective:
    how = tuple(maps_data.SPEEDS)[draw.number % 3]
    towns = draw.rows("map", "SELECT name, x, y FROM towns WHERE name NOT IN (SELECT name FROM places) ORDER BY name")
    start, goal = draw.rng.sample(towns, 2)
    distance = maps_data.kilometres({"x": start[1], "y": start[2]}, {"x": goal[1], "y": goal[2]})
    answer = f"{distance} km {maps_data.minutes(distance, how)} min"
    return task(
        f"How far is it from {start[0]} to {goal[0]}, and how long does it take {how}? Answer such as: 12.3 km 45 min", "information", "map", [Answer(exact=answer, seen=(f"{distance} km",))],
        follow("Directions"), write("From", start[0]), write("To", goal[0]), choose("How", how), push("Find the way"), stop(answer),
    )  # fmt: skip


@template
def map_nearest(draw: Draw) -> Objective:
    number, name, town, *_, x, y = draw.one("map", unique_of("library"))
    near = sorted(
        draw.rows("map", "SELECT id, name, phone, x, y FROM places WHERE town = ? AND id != ?", town, number),
        key=lambda each: (maps_data.kilometres({"x": x, "y": y}, {"x": each[3], "y": each[4]}), each[0]),
    )
    _, other, phone, *_ = near[0]
    return task(
        f"What is the telephone number of the place that is nearest to {name}?", "information", "map", [Answer(exact=phone, seen=(phone,))],
        to_place(name, town), follow(other), stop(phone),
    )  # fmt: skip


@template
def map_bookmark(draw: Draw) -> Objective:
    one, first, town, *_ = draw.one("map", unique_of("cafe"))
    two, second, other, *_ = draw.one("map", unique_of("museum"))
    label = f"Trip {draw.rng.randint(10, 99)}"
    return task(
        f'Bookmark {first} and {second}, both with the label "{label}".', "change", "map",
        [Rows("map", "SELECT place, label FROM bookmarks WHERE user = 'mara' ORDER BY place", tuple((each, label) for each in sorted((one, two))))],
        to_place(first, town), write("Label", label), push("Bookmark"), to_place(second, other), write("Label", label), push("Bookmark"), stop(),
    )  # fmt: skip


@template
def map_report(draw: Draw) -> Objective:
    number, name, town, *_ = draw.one("map", unique_of("pharmacy"))
    text = f"The door is in {words.place(draw.rng)} Street now."
    return task(
        f'Report about {name} in {town}: "{text}"', "change", "map",
        [Rows("map", "SELECT place, user, text, state FROM reports", ((number, "mara", text, "new"),))],
        to_place(name, town), write("What is wrong?", text), push("Send report"), stop(),
    )  # fmt: skip


@template
def map_town(draw: Draw) -> Objective:
    towns = draw.rows("map", "SELECT name, region, people FROM towns ORDER BY name")
    at = draw.number * 6 + draw.rng.randrange(6)
    name, region, people = towns[at]
    (hotels,) = draw.rows("map", "SELECT count(*) FROM places WHERE town = ? AND kind = 'hotel'", name)[0]
    answer = f"{region}, {people}, {hotels}"
    return task(
        f"In which region is {name}, how many people live there, and how many hotels does it have? Answer with the three, with commas between them.",
        "information", "map", [Answer(exact=answer, seen=(region,))], follow("Towns"), pages(name, at), follow(name), stop(answer),
    )  # fmt: skip


@template
def map_open(draw: Draw) -> Objective:
    towns = draw.rows("map", "SELECT name FROM towns ORDER BY name DESC")
    name = towns[draw.number * 6 + draw.rng.randrange(6)][0]
    kind = maps_data.KINDS[draw.rng.randrange(len(maps_data.KINDS))]
    at = draw.rows("map", "SELECT count(*) FROM towns WHERE name < ?", name)[0][0]
    first = draw.rows("map", "SELECT id, name FROM places WHERE town = ? AND kind = ? ORDER BY name, id", name, kind)[0]
    return task(
        f"Open the page of the first {kind} by name in {name}.", "navigation", "map", [Address(f"http://map.test/place/{first[0]}")],
        follow("Towns"), pages(name, at), follow(name), follow(f"Every {kind} in {name}"), follow(first[1]), stop(),
    )  # fmt: skip
