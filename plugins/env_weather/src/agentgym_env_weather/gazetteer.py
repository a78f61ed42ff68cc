"""Cities of the world out of the GeoNames table that the distribution geotext brings along (CC BY), and postal codes of zipcodes."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import lru_cache
from typing import Any

from attrs import frozen

from agentgym_core.errors import ConfigError
from agentgym_env_weather.data import file_of, read

_KNOWN_BY_OTHER_NAMES = 200_000
"""Cities from this size on are also found by their other names: the whole list of names would take 50 MB."""
_NO_HEIGHT = -9999
_LONGEST_NAME = 200


@frozen
class Place:
    """A city. `elevation` is that of the ground in metres, degrees are WGS 84."""

    id: int
    name: str
    latitude: float
    longitude: float
    country_code: str
    population: int
    elevation: int

    def plain(self) -> dict[str, Any]:
        """What a search for places shows of it."""
        return {
            "name": self.name,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "country_code": self.country_code,
        }


class Gazetteer:
    """Finds places by name, and the height of the ground by the cities around a point."""

    def __init__(self, places: list[Place], names: dict[str, list[int]]) -> None:
        self.places = places
        self._names = names
        self._squares: dict[tuple[int, int], list[Place]] = defaultdict(list)
        for place in places:
            self._squares[_square(place.latitude, place.longitude)].append(place)

    def search(self, name: str, count: int = 3) -> list[Place]:
        """The places of a name, the largest first, whatever its case; those that are called so before those that are also called so."""
        wanted = _folded(name)
        found = [self.places[index] for index in self._names.get(wanted, ())]
        found.sort(key=lambda place: (_folded(place.name) != wanted, -place.population, place.id))
        return found[:count]

    def elevation(self, latitude: float, longitude: float) -> float:
        """The height of the ground in metres: between cities by inverse squares of distances, and 0 far from any, as at sea."""
        south, west = _square(latitude, longitude)
        near: list[tuple[float, int]] = []
        for row in (south - 1, south, south + 1):
            for column in (west - 1, west, west + 1):
                near += (
                    (kilometres(latitude, longitude, place.latitude, place.longitude), place.elevation)
                    for place in self._squares.get((row, (column + 180) % 360 - 180), ())
                )
        if not near:
            return 0.0
        near.sort()
        if near[0][0] < 1.0:
            return float(near[0][1])
        weights = [(1 / distance**2, height) for distance, height in near[:4]]
        return float(round(sum(weight * height for weight, height in weights) / sum(weight for weight, _ in weights)))


def kilometres(latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> float:
    """The distance on a sphere: good to half a percent, and cheap."""
    a, b = math.radians(latitude1), math.radians(latitude2)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(longitude2 - longitude1) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(min(1.0, half)))


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The gazetteer, read once a process.

    :raises ConfigError: its table is not there, or is another one.
    """
    path = file_of("geotext", "data/cities15000.txt", "geotext")
    places: list[Place] = []
    names: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(read(path, "geotext").splitlines(), 1):
        fields = line.split("\t")
        try:
            height = int(fields[16])
            place = Place(
                int(fields[0]),
                fields[1],
                float(fields[4]),
                float(fields[5]),
                fields[8],
                int(fields[14]),
                0 if height == _NO_HEIGHT else height,
            )
        except (ValueError, IndexError) as error:
            raise ConfigError(f"weather: {path}: line {number} is no city", hint="install geotext 0.4") from error
        known = {_folded(fields[1]), _folded(fields[2])}
        if place.population >= _KNOWN_BY_OTHER_NAMES:
            known.update(_folded(other) for other in fields[3].split(",") if len(other) > 2)
        for name in known:
            names[name].append(len(places))
        places.append(place)
    return Gazetteer(places, dict(names))


@lru_cache(maxsize=4096)
def postal_code(code: str) -> tuple[dict[str, Any], ...]:
    """What a postal code of the United States stands for, as a search for places shows it."""
    import zipcodes

    if not (code.isascii() and code.isdigit() and len(code) == 5):
        return ()
    return tuple(
        {
            "name": found["city"],
            "latitude": float(found["lat"]),
            "longitude": float(found["long"]),
            "country_code": found["country"],
            "admin1": found["state"],
            "postcode": found["zip_code"],
        }
        for found in zipcodes.matching(code)
        if found["lat"] and found["long"]
    )


def _square(latitude: float, longitude: float) -> tuple[int, int]:
    return math.floor(latitude), math.floor((longitude + 180) % 360 - 180)


def _folded(name: str) -> str:
    return " ".join(name[:_LONGEST_NAME].split()).casefold()
