"""Questions about distances, heights and the air."""

from __future__ import annotations

from agentgym_env_weather.families_heat import AS_CITY, AS_DATE, located
from agentgym_env_weather.goals import Apart, Known, Located, Measured, Spot, here, level, today
from agentgym_env_weather.measures import level_of
from agentgym_env_weather.scene import (
    Draft,
    Reader,
    Scene,
    Solved,
    days_between,
    listed,
    said,
    shifted,
    solved,
    spot_of,
    tied,
)
from agentgym_tools import Goal

KILOMETRES = "Answer with a number in km, to within 1."
MILES = "Answer with a number in miles, to within 1."
METRES = "Answer with a number in m, to within 1."
FEET = "Answer with a number in feet, to within 4."
AS_NUMBER = "Answer with a number, to within 0.1."
AS_LEVELS = "Answer with a list of levels in the order of the days, such as ['good', 'fair']."


def home_distance(scene: Scene) -> Draft:
    home, other = spot_of(scene.home), scene.spot()

    def solve(reader: Reader) -> Solved | None:
        goals = (
            here("The distance is from where the user is."),
            located(home),
            located(other),
            Apart(home, other, "With both points I can ask for their distance."),
        )
        return Solved(reader.apart(home, other), goals, "The distance is asked for as it is")

    text = scene.chance.choice(
        (f"How far is it from here to {other.name}?", f"I travel to {other.name} in a straight line. How far is that?")
    )
    return Draft(f"{text} {KILOMETRES}", solve, (home.name, other.name), tolerance=1.0, unit="km")


def nearer_city(scene: Scene) -> Draft:
    start, *ends = scene.spots(3)

    def solve(reader: Reader) -> Solved | None:
        ways = [reader.apart(start, end) for end in ends]
        if reader.choosy and abs(ways[0] - ways[1]) < 20:
            return None
        goals: list[Goal] = [
            *map(located, (start, *ends)),
            *(Apart(start, end, f"How far is {end.name} from {start.name}?") for end in ends),
        ]
        return Solved(ends[ways.index(min(ways))].name, goals, "The shorter of the two ways leads here")

    names = (start.name, *(end.name for end in ends))
    return Draft(f"Which city is nearer to {start.name}: {listed(names[1:])}? {AS_CITY}", solve, names)


def round_trip(scene: Scene) -> Draft:
    spots = scene.spots(3)
    legs = ((spots[0], spots[1]), (spots[1], spots[2]))

    def solve(reader: Reader) -> Solved | None:
        total = round(sum(reader.apart(one, other) for one, other in legs), 3)
        goals: list[Goal] = [
            *map(located, spots),
            *(Apart(one, other, f"The leg from {one.name} to {other.name}.") for one, other in legs),
        ]
        return Solved(total, goals, "I add up both legs")

    one, two, three = names = tuple(spot.name for spot in spots)
    text = f"How long is a flight from {one} to {two} and on to {three}, in straight lines over ground? {KILOMETRES}"
    return Draft(text, solve, names, tolerance=1.0, unit="km")


def zip_distance(scene: Scene) -> Draft | None:
    spot, other = scene.zip_spot(), scene.spot()
    if spot is None:
        return None

    def solve(reader: Reader) -> Solved | None:
        goals = (
            Located(spot, f"I have to know where the zip code {spot.name} is."),
            located(other),
            Apart(spot, other, "With both points I can ask for their distance."),
        )
        return Solved(round(reader.apart(spot, other) / 1.609344, 2), goals, "I convert the distance to miles")

    text = f"How far is the area with the US zip code {spot.name} from {other.name}? {MILES}"
    return Draft(text, solve, (other.name,), tolerance=1.0, unit="miles")


def point_feet(scene: Scene) -> Draft:
    place = scene.city()
    spot = Spot("", (round(place.latitude, 3), round(place.longitude, 3)))

    def solve(reader: Reader) -> Solved | None:
        metres = reader.elevation(spot)
        goal = Measured(spot, "The point is given, so I only need the height of its ground.")
        return (
            Solved(round(metres / 0.3048), (goal,), "I convert the height to feet")
            if metres > 20 or not reader.choosy
            else None
        )

    latitude, longitude = spot.point
    text = f"How high above the sea is the ground at latitude {latitude}, longitude {longitude}? {FEET}"
    return Draft(text, solve, tolerance=4.0, unit="feet")


def height_gap(scene: Scene) -> Draft:
    one, other = scene.spots(2)

    def solve(reader: Reader) -> Solved | None:
        gap = abs(reader.elevation(one) - reader.elevation(other))
        goals: list[Goal] = [
            *map(located, (one, other)),
            *(Measured(spot, f"How high is {spot.name}?") for spot in (one, other)),
        ]
        return Solved(gap, goals, "I take the lower height from the higher") if gap > 20 or not reader.choosy else None

    text = f"By how much do the heights of {one.name} and {other.name} above the sea differ? {METRES}"
    return Draft(text, solve, (one.name, other.name), tolerance=1.0, unit="m")


def highest_city(scene: Scene) -> Draft:
    spots = scene.spots(scene.chance.randint(3, 4))

    def solve(reader: Reader) -> Solved | None:
        heights = [reader.elevation(spot) for spot in spots]
        places = tied(reader, heights, max(heights))
        if not places:
            return None
        goals: list[Goal] = [*map(located, spots), *(Measured(spot, f"How high is {spot.name}?") for spot in spots)]
        return solved([spots[place].name for place in places], goals, "Its height is the largest")

    names = tuple(spot.name for spot in spots)
    return Draft(f"Which city lies highest above the sea: {listed(names)}? {AS_CITY}", solve, names)


def air_levels(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(3, 5)

    def solve(reader: Reader) -> Solved | None:
        values = reader.air(spot, first, last)
        levels = [level_of(value) for value in values]
        if reader.choosy and len(set(levels)) < 2:
            return None
        asked = [level(int(value), f"Which level is {value:g}?") for value in dict.fromkeys(values)]
        span = Known("air", spot, first, last, "I need the index of each of these days.")
        return Solved(levels, (located(spot), span, *asked), "I put the levels in the order of the days")

    text = (
        f"What was the level of the air quality in {spot.name} at noon on each day from {said(first)} to {said(last)}?"
    )
    return Draft(f"{text} {AS_LEVELS}", solve, (spot.name,), ordered=True)


def dirtiest_day(scene: Scene) -> Draft:
    spot = spot_of(scene.home)
    days = scene.chance.randint(7, 28)
    first, last = scene.day(-days), scene.day(-1)

    def solve(reader: Reader) -> Solved | None:
        values = reader.air(spot, first, last)
        places = tied(reader, values, max(values))
        if not places:
            return None
        goals = (
            here("The question is about where the user is."),
            today("The last days depend on today's date."),
            located(spot),
            Known("air", spot, first, last, f"The last {days} days ended yesterday, on {said(last)}."),
        )
        return solved(
            [shifted(first, place) for place in places],
            goals,
            "The index was highest on this day, so the air was worst",
        )

    text = f"On which of the last {days} days, today not included, was the air at noon worst here? {AS_DATE}"
    return Draft(text, solve, (spot.name,))


def air_mean(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(4, 12)

    def solve(reader: Reader) -> Solved | None:
        values = reader.air(spot, first, last)
        span = Known("air", spot, first, last, "I need the index of each of these days.")
        mean = round(sum(values) / len(days_between(first, last)), 2)
        return Solved(mean, (located(spot), span), "I add up the indices and divide by the number of days")

    text = (
        f"What was the average air quality index at noon in {spot.name} from {said(first)} to {said(last)}? {AS_NUMBER}"
    )
    return Draft(text, solve, (spot.name,), tolerance=0.1)


def cleanest_now(scene: Scene) -> Draft:
    spots = scene.spots(scene.chance.randint(2, 3))

    def solve(reader: Reader) -> Solved | None:
        values = [reader.air(spot, scene.today, scene.today)[0] for spot in spots]
        places = tied(reader, values, min(values))
        if not places:
            return None
        goals: list[Goal] = [
            today("The index is asked for by date."),
            *map(located, spots),
            *(Known("air", spot, scene.today, scene.today, f"How clean is the air in {spot.name}?") for spot in spots),
        ]
        return solved(
            [spots[place].name for place in places], goals, "Its index is the lowest, so its air is the cleanest"
        )

    names = tuple(spot.name for spot in spots)
    return Draft(f"Where is the air cleanest today at noon: in {listed(names)}? {AS_CITY}", solve, names)
