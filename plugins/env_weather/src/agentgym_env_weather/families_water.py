"""Questions about rain and snow."""

from __future__ import annotations

from agentgym_env_weather.families_heat import AS_CITY, AS_DATE, AS_DATES, located
from agentgym_env_weather.goals import Known, here, today
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

MILLIMETRES = "Answer with a number in mm, to within 0.1."
CENTIMETRES = "Answer with a number in cm, to within 0.1."
INCHES = "Answer with a number in inches, to within 0.02."


def rain_total(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(8, 28)

    def solve(reader: Reader) -> Solved | None:
        total = round(sum(reader.rain(spot, first, last)), 1)
        span = Known("rain", spot, first, last, "I need the rain of each of these days.")
        return Solved(total, (located(spot), span), "I add up the daily rain") if total or not reader.choosy else None

    text = scene.chance.choice(
        (
            f"How much did it rain in {spot.name} from {said(first)} to {said(last)} in total?",
            f"What is the sum of the rain that fell in {spot.name} between {said(first)} and {said(last)}, both days included?",
        )
    )
    return Draft(f"{text} {MILLIMETRES}", solve, (spot.name,), tolerance=0.1, unit="mm")


def wettest_day(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(8, 28)

    def solve(reader: Reader) -> Solved | None:
        values = reader.rain(spot, first, last)
        places = tied(reader, values, max(values))
        if not places:
            return None
        span = Known("rain", spot, first, last, "I need the rain of each of these days.")
        return solved(
            [shifted(first, place) for place in places], (located(spot), span), "The most rain fell on this day"
        )

    text = f"On which day from {said(first)} to {said(last)} did it rain most in {spot.name}? {AS_DATE}"
    return Draft(text, solve, (spot.name,))


def rainy_days(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(8, 16)
    least = scene.chance.choice((1, 2, 5))

    def solve(reader: Reader) -> Solved | None:
        values = reader.rain(spot, first, last)
        days = [day for day, value in zip(days_between(first, last), values, strict=True) if value > least]
        if reader.choosy and not 2 <= len(days) <= 6:
            return None
        span = Known("rain", spot, first, last, "I need the rain of each of these days.")
        return Solved(days, (located(spot), span), f"These are the days with more than {least} mm")

    text = f"On which days from {said(first)} to {said(last)} did more than {least} mm of rain fall in {spot.name}?"
    return Draft(f"{text} {AS_DATES}", solve, (spot.name,))


def dry_spell(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(14, 28)

    def solve(reader: Reader) -> Solved | None:
        days, spells = days_between(first, last), []
        start = None
        for day, value in zip([*days, shifted(last, 1)], [*reader.rain(spot, first, last), 1.0], strict=True):
            if value == 0 and start is None:
                start = day
            elif value > 0 and start is not None:
                spells.append((len(days_between(start, day)) - 1, start))
                start = None
        lengths = [length for length, _ in spells]
        if not spells or (reader.choosy and (len(spells) < 2 or max(lengths) < 3 or lengths.count(max(lengths)) > 1)):
            return None
        span = Known("rain", spot, first, last, "I need the rain of each of these days.")
        return Solved(max(spells)[1], (located(spot), span), "The longest run of days without rain begins on this day")

    text = f"On which day did the longest run of days without rain in {spot.name} from {said(first)} to {said(last)} begin? {AS_DATE}"
    return Draft(text, solve, (spot.name,))


def home_rain_inches(scene: Scene) -> Draft:
    spot = spot_of(scene.home)
    days = scene.chance.randint(5, 28)
    first, last = scene.day(-days), scene.day(-1)

    def solve(reader: Reader) -> Solved | None:
        total = sum(reader.rain(spot, first, last))
        if reader.choosy and total < 5:
            return None
        goals = (
            here("The question is about where the user is."),
            today("The last days depend on today's date."),
            located(spot),
            Known("rain", spot, first, last, f"The last {days} days ended yesterday, on {said(last)}."),
        )
        return Solved(round(total / 25.4, 2), goals, "I add up the daily rain and divide by 25.4 mm an inch")

    text = f"How much rain fell here in the last {days} days, today not included? {INCHES}"
    return Draft(text, solve, (spot.name,), tolerance=0.02, unit="inches")


def coming_rain(scene: Scene) -> Draft:
    spot = scene.spot()
    days = scene.chance.randint(4, 16)
    first, last = scene.day(1), scene.day(days)

    def solve(reader: Reader) -> Solved | None:
        total = round(sum(reader.rain(spot, first, last)), 1)
        goals = (
            today("The next days depend on today's date."),
            located(spot),
            Known("rain", spot, first, last, f"The next {days} days begin tomorrow, on {said(first)}."),
        )
        return Solved(total, goals, "I add up the rain that is forecast") if total or not reader.choosy else None

    text = f"How much rain is forecast for {spot.name} over the next {days} days together, today not included?"
    return Draft(f"{text} {MILLIMETRES}", solve, (spot.name,), tolerance=0.1, unit="mm")


def rain_around_today(scene: Scene) -> Draft:
    spot = scene.spot()
    before, after = scene.chance.randint(2, 7), scene.chance.randint(2, 7)
    first, last = scene.day(-before), scene.day(after)

    def solve(reader: Reader) -> Solved | None:
        values = reader.rain(spot, first, last)
        if reader.choosy and (not values[before] or sum(value > 0 for value in values) < 3):
            return None
        goals = (
            today("All these days count from today."),
            located(spot),
            Known("rain", spot, first, scene.day(-1), f"First the past {before} days."),
            Known("rain", spot, scene.today, scene.today, "Then today."),
            Known("rain", spot, scene.day(1), last, f"Last the coming {after} days."),
        )
        return Solved(round(sum(values), 1), goals, "I add up the rain of the three answers")

    text = (
        f"How much rain falls in {spot.name} in the {before} days before today, today and the {after} days after it, all together? "
        f"{MILLIMETRES}"
    )
    return Draft(text, solve, (spot.name,), tolerance=0.1, unit="mm")


def rainier_city(scene: Scene) -> Draft:
    spots = scene.spots(scene.chance.randint(2, 4))
    first, last = scene.past(7, 21)

    def solve(reader: Reader) -> Solved | None:
        totals = [round(sum(reader.rain(spot, first, last)), 1) for spot in spots]
        places = tied(reader, totals, max(totals))
        if not places or (reader.choosy and min(totals) == 0):
            return None
        goals: list[Goal] = [
            *map(located, spots),
            *(Known("rain", spot, first, last, f"Now the rain in {spot.name}.") for spot in spots),
        ]
        return solved([spots[place].name for place in places], goals, "The sum of its rain is the largest")

    names = tuple(spot.name for spot in spots)
    return Draft(
        f"Where did the most rain fall from {said(first)} to {said(last)}: in {listed(names)}? {AS_CITY}", solve, names
    )


def snow_inches(scene: Scene) -> Draft:
    spot = scene.spot()
    first, last = scene.past(7, 28)

    def solve(reader: Reader) -> Solved | None:
        total = sum(reader.snow(spot, first, last))
        if reader.choosy and total < 3:
            return None
        span = Known("snow", spot, first, last, "I need the snowfall of each of these days.")
        return Solved(
            round(total / 2.54, 2), (located(spot), span), "I add up the daily snowfall and divide by 2.54 cm an inch"
        )

    text = f"How much snow fell in {spot.name} from {said(first)} to {said(last)} in total? {INCHES}"
    return Draft(text, solve, (spot.name,), tolerance=0.02, unit="inches")


def coming_snow_day(scene: Scene) -> Draft:
    spot = scene.spot()
    days = scene.chance.randint(7, 20)
    first, last = scene.day(1), scene.day(days)

    def solve(reader: Reader) -> Solved | None:
        values = reader.snow(spot, first, last)
        places = tied(reader, values, max(values))
        if not places or (reader.choosy and not any(values)):
            return None
        goals = (
            today("The next days depend on today's date."),
            located(spot),
            Known("snow", spot, first, last, f"The next {days} days begin tomorrow, on {said(first)}."),
        )
        return solved([shifted(first, place) for place in places], goals, "The most snow is forecast for this day")

    text = f"For which of the next {days} days, today not included, is the most snow forecast in {spot.name}? {AS_DATE}"
    return Draft(text, solve, (spot.name,))


def snow_so_far(scene: Scene) -> Draft:
    spot = scene.spot()
    days = scene.chance.randint(2, 9)
    first, last = scene.day(-days), scene.today

    def solve(reader: Reader) -> Solved | None:
        values = reader.snow(spot, first, last)
        if reader.choosy and not (values[-1] and any(values[:-1])):
            return None
        goals = (
            today("All these days count from today."),
            located(spot),
            Known("snow", spot, first, scene.day(-1), f"First the past {days} days."),
            Known("snow", spot, last, last, "Then today."),
        )
        return Solved(round(sum(values), 2), goals, "I add today's snowfall to that of the days before")

    text = f"How much snow fell in {spot.name} in the {days} days before today and today together? {CENTIMETRES}"
    return Draft(text, solve, (spot.name,), tolerance=0.1, unit="cm")
