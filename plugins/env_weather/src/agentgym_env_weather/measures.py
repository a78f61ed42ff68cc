"""What the tools measure by: levels of air, distances, and which points and dates they take."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from agentgym_tools import ToolError

SPAN = 30
"""The days that may lie between the first and the last of one question."""
LEVELS = ((20, "good"), (40, "fair"), (60, "moderate"), (80, "poor"), (100, "very poor"))
"""The level of every index up to a number; above all of them it is extremely poor."""


def level_of(index: float) -> str:
    """The name of an air quality."""
    return next((name for most, name in LEVELS if index <= most), "extremely poor")


def folded(name: str) -> str:
    """A name without the differences that do not matter."""
    return " ".join(name.split()).casefold()


@lru_cache(maxsize=4096)
def distance(latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> float:
    """The geodesic distance of two points on the ellipsoid of WGS 84, in kilometres to the metre."""
    from geographiclib.geodesic import Geodesic

    found = Geodesic.WGS84.Inverse(latitude1, longitude1, latitude2, longitude2, Geodesic.DISTANCE)
    return round(float(found["s12"]) / 1000, 3)


def check_point(latitude: float, longitude: float, which: str = "") -> None:
    """:raises ToolError: there is no such point; `which` names its arguments."""
    for name, value, most in ((f"latitude{which}", latitude, 90), (f"longitude{which}", longitude, 180)):
        if not -most <= value <= most:
            raise ToolError(f"Error: {name} must be in the range of -{most} to {most}, not {str(value)[:40]}")


def check_date(name: str, value: str) -> None:
    """:raises ToolError: it is no date."""
    try:
        right = date.fromisoformat(value).isoformat() == value
    except ValueError:
        right = False
    if not right:
        raise ToolError(f'Error: {name} must be a date as YYYY-MM-DD, not "{value[:40]}"')


def check_dates(start_date: str, end_date: str) -> None:
    """:raises ToolError: they are no dates, or the wrong way round."""
    check_date("start_date", start_date)
    check_date("end_date", end_date)
    if start_date > end_date:
        raise ToolError("Error: start_date should not be later than end_date")


def check_span(start_date: str, end_date: str) -> None:
    """:raises ToolError: they are too far apart."""
    if (date.fromisoformat(end_date) - date.fromisoformat(start_date)).days > SPAN:
        raise ToolError(
            f"Error: at most {SPAN} days may lie between start_date and end_date: split the question into several"
        )
