"""Questions about temperatures."""

from __future__ import annotations

from agentgym_env_weather.goals import Known, Located, Spot, here, today
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

CELSIUS = "Answer with a number in °C, to within 0.1."
FAHRENHEIT = "Answer with a number in °F, to within 0.2."
AS_DATE = "Answer with a date as YYYY-MM-DD."
AS_DATES = "Answer with a list of dates such as ['YYYY-MM-DD', 'YYYY-MM-DD']."
AS_CITY = "Answer with the name of the city."
WHY_NAME = "The weather is asked for by coordinates, so I look up {}."


def located(spot: Spot) -> Located:
    """The sub-goal of finding a city."""
    return Located(spot, WHY_NAME.format(spot.name))


def point_high(scene: Scene) -> Draft:
    place = scene.city()
    shift = scene.chance.randint(-4, 4) / 100
    spot = Spot("", (round(place.latitude + shift, 2), round(place.longitude - shift, 2)))
    day = scene.day(-scene.chance.randint(3, 300))

    def solve(reader: Reader) -> Solved | None:
        (value,) = reader.heat(spot, day, day, "highest")
        goal = Known("temp", spot, day, day, f"The point is given, so I only need its temperatures on {said(day)}.")
        return Solved(round(value * 1.8 + 32, 1), (goal,), "I convert the day's highest temperature to Fahrenheit")

    latitude, longitude = spot.point
    text = scene.chance.choice(
        (
            f"How hot did it get on {said(day)} at latitude {latitude}, longitude {longitude}?",
            f"What was the highest temperature on {said(day)} at the point {latitude}, {longitude} (latitude, longitude)?",
        )
    )
    return Draft(f"{text} {FAHRENHEIT}", solve, tolerance=0.2, unit="°F")


def zip_low(scene: Scene) -> Draft | None:
    spot = scene.zip_spot()
    if spot is None:
        return None
    day = scene.day(-scene.chance.randint(3, 300))

    def solve(reader: Reader) -> Solved | None:
        (value,) = reader.heat(spot, day, day, "lowest")
        goals = (
            Located(spot, f"I have to know where the zip code {spot.name} is."),
            Known("temp", spot, day, day, f"With its coordinates I can ask for the temperatures of {said(day)}."),
        )
        return Solved(round(value * 1.8 + 32, 1), goals, "I convert the day's lowest temperature to Fahrenheit")

    text = f"How cold did it get on {said(day)} in the area with the US zip code {spot.name}? {FAHRENHEIT}"
    return Draft(text, solve, tolerance=0.2, unit="°F")


def range_high(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(8, 25)

    def solve(reader: Reader) -> Solved | None:
        value = max(reader.heat(spot, first, last, "highest"))
        span = Known("temp", spot, first, last, "One question covers all these days.")
        return Solved(value, (located(spot), span), "The highest of the daily highest temperatures is what I need")

    text = scene.chance.choice(
        (
            f"What was the highest temperature in {spot.name} from {said(first)} to {said(last)}?",
            f"From {said(first)} to {said(last)}, how hot did it get at most in {spot.name}?",
        )
    )
    return Draft(f"{text} {CELSIUS}", solve, (spot.name,), tolerance=0.1, unit="°C")


def range_mean(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(4, 9)

    def solve(reader: Reader) -> Solved | None:
        values = reader.heat(spot, first, last)
        span = Known("temp", spot, first, last, "I need the mean temperature of each of these days.")
        why = "I add up the daily means and divide by the number of days"
        return Solved(round(sum(values) / len(values), 2), (located(spot), span), why)

    text = f"What was the average of the daily mean temperatures in {spot.name} from {said(first)} to {said(last)}?"
    return Draft(f"{text} {CELSIUS}", solve, (spot.name,), tolerance=0.1, unit="°C")


def widest_day(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(10, 25)

    def solve(reader: Reader) -> Solved | None:
        pairs = zip(reader.heat(spot, first, last, "highest"), reader.heat(spot, first, last, "lowest"), strict=True)
        widths = [round(high - low, 1) for high, low in pairs]
        places = tied(reader, widths, max(widths))
        if not places:
            return None
        span = Known("temp", spot, first, last, "I need the highest and the lowest temperature of each of these days.")
        why = "On this day the highest and the lowest temperature are furthest apart"
        return solved([days_between(first, last)[place] for place in places], (located(spot), span), why)

    text = (
        f"On which day from {said(first)} to {said(last)} was the difference between the highest and the lowest temperature in "
        f"{spot.name} the largest?"
    )
    return Draft(f"{text} {AS_DATE}", solve, (spot.name,))


def frost_days(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(8, 16)

    def solve(reader: Reader) -> Solved | None:
        lows = reader.heat(spot, first, last, "lowest")
        days = [day for day, low in zip(days_between(first, last), lows, strict=True) if low < 0]
        if reader.choosy and not 2 <= len(days) < len(lows):
            return None
        span = Known("temp", spot, first, last, "I need the lowest temperature of each of these days.")
        return Solved(days, (located(spot), span), "These are the days whose lowest temperature is below 0 °C")

    text = f"On which days from {said(first)} to {said(last)} did the temperature in {spot.name} fall below 0 °C?"
    return Draft(f"{text} {AS_DATES}", solve, (spot.name,))


def home_yesterday(scene: Scene) -> Draft:
    spot = spot_of(scene.home)
    day = scene.day(-1)
    which = scene.chance.choice(("highest", "lowest", "mean"))

    def solve(reader: Reader) -> Solved | None:
        (value,) = reader.heat(spot, day, day, which)
        goals = (
            here("The question is about where the user is."),
            today("Yesterday depends on today's date."),
            located(spot),
            Known("temp", spot, day, day, f"Yesterday was {said(day)}."),
        )
        return Solved(value, goals, f"The {which} temperature of that day is asked for")

    text = scene.chance.choice(
        (f"What was the {which} temperature here yesterday?", f"Tell me yesterday's {which} temperature where I am.")
    )
    return Draft(f"{text} {CELSIUS}", solve, (spot.name,), tolerance=0.1, unit="°C")


def coming_high(scene: Scene) -> Draft:
    spot = scene.spot()
    days = scene.chance.randint(3, 14)
    first, last = scene.day(1), scene.day(days)

    def solve(reader: Reader) -> Solved | None:
        value = max(reader.heat(spot, first, last, "highest"))
        goals = (
            today("The next days depend on today's date."),
            located(spot),
            Known("temp", spot, first, last, f"The next {days} days begin tomorrow, on {said(first)}."),
        )
        return Solved(value, goals, "The highest of the forecast highest temperatures is what I need")

    text = (
        f"What is the highest temperature that is forecast for {spot.name} in the next {days} days, today not included?"
    )
    return Draft(f"{text} {CELSIUS}", solve, (spot.name,), tolerance=0.1, unit="°C")


def warmest_coming_day(scene: Scene) -> Draft:
    spot = spot_of(scene.home)
    days = scene.chance.randint(5, 14)
    first, last = scene.day(1), scene.day(days)

    def solve(reader: Reader) -> Solved | None:
        values = reader.heat(spot, first, last)
        places = tied(reader, values, max(values))
        if not places:
            return None
        goals = (
            here("The question is about where the user is."),
            today("The next days depend on today's date."),
            located(spot),
            Known("temp", spot, first, last, f"The next {days} days begin tomorrow, on {said(first)}."),
        )
        return solved([shifted(first, place) for place in places], goals, "This day has the highest mean temperature")

    text = f"Which of the next {days} days will have the highest mean temperature here, today not included? {AS_DATE}"
    return Draft(text, solve, (spot.name,))


def year_ago(scene: Scene) -> Draft | None:
    spot = scene.spot()
    if scene.today.endswith("02-29"):
        return None
    day = f"{int(scene.today[:4]) - 1}{scene.today[4:]}"

    def solve(reader: Reader) -> Solved | None:
        (now,), (then,) = reader.heat(spot, scene.today, scene.today), reader.heat(spot, day, day)
        goals = (
            today("I need today's date, and from it the day a year ago."),
            located(spot),
            Known("temp", spot, scene.today, scene.today, "First the mean temperature of today."),
            Known("temp", spot, day, day, f"Then that of the same day last year, {said(day)}."),
        )
        return Solved(round(now - then, 1), goals, "I take last year's mean temperature from today's")

    text = (
        f"By how much is today's mean temperature in {spot.name} higher than on the same date last year? "
        f"A negative number says that it is lower. {CELSIUS}"
    )
    return Draft(text, solve, (spot.name,), tolerance=0.1, unit="°C")


def warmer_city(scene: Scene) -> Draft:
    spots = scene.spots(scene.chance.randint(2, 3))
    day = scene.day(-scene.chance.randint(3, 200))
    coldest = scene.chance.random() < 0.5

    def solve(reader: Reader) -> Solved | None:
        values = [reader.heat(spot, day, day)[0] for spot in spots]
        places = tied(reader, values, min(values) if coldest else max(values))
        if not places:
            return None
        goals: list[Goal] = [
            *map(located, spots),
            *(Known("temp", spot, day, day, f"How warm was it in {spot.name} on {said(day)}?") for spot in spots),
        ]
        return solved(
            [spots[place].name for place in places],
            goals,
            f"Its mean temperature is the {'lowest' if coldest else 'highest'}",
        )

    names = tuple(spot.name for spot in spots)
    word = "lowest" if coldest else "highest"
    text = f"Which city had the {word} mean temperature on {said(day)}: {listed(names)}? {AS_CITY}"
    return Draft(text, solve, names)


def tomorrow_gap(scene: Scene) -> Draft:
    one, other = scene.spots(2)
    day = scene.day(1)

    def solve(reader: Reader) -> Solved | None:
        (left,), (right,) = (reader.heat(spot, day, day, "highest") for spot in (one, other))
        goals: list[Goal] = [
            today("Tomorrow depends on today's date."),
            located(one),
            located(other),
            *(Known("temp", spot, day, day, f"The forecast for {spot.name} on {said(day)}.") for spot in (one, other)),
        ]
        return Solved(
            round(abs(left - right), 1), goals, "I take the smaller of the two highest temperatures from the larger"
        )

    text = f"How far apart will the highest temperatures of {one.name} and {other.name} be tomorrow? {CELSIUS}"
    return Draft(text, solve, (one.name, other.name), tolerance=0.1, unit="°C")
