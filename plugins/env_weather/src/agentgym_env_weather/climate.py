"""A climate that never was: weather of any place and day out of a seed, as smooth and as rough as weather is.

It continues observations where these end. Of a place it takes the latitude and the height of the ground; everything else comes from hashes
of its square of 2.5 degrees and of its cell of 0.1 degrees:

- mean temperature in the year: 27 °C at the equator, less by 0.0075 °C times the latitude squared, less by 5.5 °C a kilometre of height;
- the seasons: a cosine with its peak at the end of July (of January in the south), higher the further from the equator and the sea;
- weather: noise of 5 and of 13 days over a square, a little of its own for every cell and day;
- rain: where the noise of 3 days exceeds what the square's dryness and the season ask for, the more the further it does;
- snow: what falls at a mean of 0 °C or less, and a part of it up to 2 °C; a millimetre of water makes 0.7 cm;
- air: a level of the cell's own, higher in winter and after dry days, lower in rain.
"""

from __future__ import annotations

import math
from functools import lru_cache

from attrs import frozen

_SEED = 0x5EED_0F_2013
_MASK = (1 << 64) - 1
BLOCK = 16
"""Days that are made at once."""
_YEAR = 365.2425


@frozen
class Day:
    """The weather of a day (GMT): degrees Celsius, millimetres of rain, centimetres of snow, the European index of fine dust at noon."""

    highest: float
    lowest: float
    mean: float
    rain: float
    snow: float
    dust: int


@frozen
class _Cell:
    square: int
    key: int
    mean: float
    season: float
    peak: float
    roughness: float
    swing: float
    dryness: float
    wet_season: float
    downpour: float
    dust: float


def day(latitude: float, longitude: float, elevation: float, ordinal: int) -> Day:
    """The weather of a cell on a day of the proleptic Gregorian calendar.

    :param latitude: of the cell's middle, to a tenth of a degree; so is the longitude.
    :param elevation: of the ground in metres.
    :param ordinal: as `date.toordinal` counts.
    """
    block, place = divmod(ordinal, BLOCK)
    return _block(round(latitude * 10), round(longitude * 10), elevation, block)[place]


@lru_cache(maxsize=8192)
def _block(latitude: int, longitude: int, elevation: float, block: int) -> tuple[Day, ...]:
    cell = _cell(latitude, longitude, elevation)
    return tuple(_day(cell, ordinal) for ordinal in range(block * BLOCK, (block + 1) * BLOCK))


@lru_cache(maxsize=8192)
def _cell(latitude10: int, longitude10: int, elevation: float) -> _Cell:
    latitude = latitude10 / 10
    square = _hash(_SEED, math.floor(latitude / 2.5), math.floor(longitude10 / 25))
    key = _hash(_SEED, latitude10, longitude10, 1)
    continental = 0.55 + 0.65 * _unit(square, 1)
    away = abs(latitude)
    return _Cell(
        square,
        key,
        27.0 - 0.0075 * latitude**2 - 0.0055 * elevation,
        (0.6 + 0.26 * away) * continental,
        (208 if latitude >= 0 else 25) + 6 * (_unit(square, 2) - 0.5),
        1.2 + 0.05 * away,
        5.0 + 8.0 * _unit(square, 3) * continental,
        0.15 + 0.75 * _unit(square, 4),
        0.5 * (_unit(square, 5) - 0.5),
        3.0 + 9.0 * _unit(square, 6),
        9.0 + 45.0 * _unit(key, 7) ** 2 + 20.0 * _unit(square, 7),
    )


def _day(cell: _Cell, ordinal: int) -> Day:
    season = math.cos(2 * math.pi * (ordinal % _YEAR - cell.peak) / _YEAR)
    mean = cell.mean + cell.season * season
    mean += cell.roughness * (_noise(cell.square, ordinal, 5) + 0.7 * _noise(cell.square, ordinal, 13))
    mean += 0.5 * _bell(cell.key, ordinal, 2)
    storm = 0.8 * _noise(cell.square, ordinal, 3) + 0.35 * _bell(cell.key, ordinal, 3)
    excess = storm - cell.dryness - cell.wet_season * season
    water = cell.downpour * excess**1.5 + 0.2 if excess > 0 else 0.0
    frozen_share = min(1.0, max(0.0, (2.0 - mean) / 2.0))
    swing = cell.swing * (0.6 if water else 1.0) * (0.75 + 0.5 * _unit(cell.key, ordinal, 4))
    dust = (
        cell.dust
        * (1.0 - 0.3 * season * (1 if cell.peak > 100 else -1))
        * math.exp(0.4 * _noise(cell.square, ordinal, 4))
    )
    return Day(
        round(mean + swing * 0.52, 1),
        round(mean - swing * 0.48, 1),
        round(mean, 1),
        round(water * (1 - frozen_share), 1),
        round(0.7 * water * frozen_share, 2),
        max(1, min(180, round(dust * (0.6 if water else 1.0)))),
    )


def _noise(key: int, ordinal: int, days: int) -> float:
    """Noise that changes within so many days: between random values of its knots, of about unit variance."""
    knot, place = divmod(ordinal, days)
    share = place / days
    share = share * share * (3 - 2 * share)
    return 1.15 * ((1 - share) * _knot(key, knot, days) + share * _knot(key, knot + 1, days))


@lru_cache(maxsize=32768)
def _knot(key: int, knot: int, days: int) -> float:
    # Each is met on every day between it and its neighbours.
    return _bell(key, knot, days)


def _bell(*keys: int) -> float:
    """A number that is nearly normal: the sum of three even ones out of one hash."""
    bits = _hash(*keys)
    return ((bits & 0x1FFFFF) + (bits >> 21 & 0x1FFFFF) + (bits >> 42 & 0x1FFFFF)) / 0x100000 - 3.0


def _unit(*keys: int) -> float:
    """A number in [0, 1)."""
    return (_hash(*keys) >> 11) / (1 << 53)


def _hash(*keys: int) -> int:
    # The finisher of SplitMix64, over each key in turn.
    mixed = 0
    for key in keys:
        mixed = (mixed ^ key) + 0x9E3779B97F4A7C15 & _MASK
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        mixed ^= mixed >> 31
    return mixed
