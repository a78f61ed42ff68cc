"""The 30 task kinds of the engine: how many variations each has, and how the engine splits them. A test asks the engine."""

from __future__ import annotations

from itertools import accumulate

VARIATIONS = {
    "boil": 30,
    "melt": 30,
    "freeze": 30,
    "change-the-state-of-matter-of": 30,
    "use-thermometer": 540,
    "measure-melting-point-known-substance": 436,
    "measure-melting-point-unknown-substance": 300,
    "power-component": 20,
    "power-component-renewable-vs-nonrenewable-energy": 20,
    "test-conductivity": 900,
    "test-conductivity-of-unknown-substances": 600,
    "find-living-thing": 300,
    "find-non-living-thing": 300,
    "find-plant": 300,
    "find-animal": 300,
    "grow-plant": 126,
    "grow-fruit": 126,
    "chemistry-mix": 32,
    "chemistry-mix-paint-secondary-color": 36,
    "chemistry-mix-paint-tertiary-color": 36,
    "lifespan-longest-lived": 125,
    "lifespan-shortest-lived": 125,
    "lifespan-longest-lived-then-shortest-lived": 125,
    "identify-life-stages-1": 14,
    "identify-life-stages-2": 10,
    "inclined-plane-determine-angle": 168,
    "inclined-plane-friction-named-surfaces": 1386,
    "inclined-plane-friction-unnamed-surfaces": 162,
    "mendelian-genetics-known-plant": 120,
    "mendelian-genetics-unknown-plant": 480,
}
"""Every kind with its number of variations, in the engine's order."""

KINDS = tuple(VARIATIONS)

NOT_IN_ORIGINAL = frozenset(
    {
        "grow-plant",
        "grow-fruit",
        "inclined-plane-determine-angle",
        "inclined-plane-friction-named-surfaces",
        "inclined-plane-friction-unnamed-surfaces",
        "mendelian-genetics-known-plant",
        "mendelian-genetics-unknown-plant",
    }
)
"""The kinds that AgentGym leaves out."""

ORIGINAL = tuple(kind for kind in KINDS if kind not in NOT_IN_ORIGINAL)
_FIRST = dict(zip(ORIGINAL, accumulate((VARIATIONS[kind] for kind in ORIGINAL), initial=0), strict=False))
GAMES = sum(VARIATIONS[kind] for kind in ORIGINAL)
"""How many games the original numbers."""


def engine_split(kind: str, variation: int) -> str:
    """`train`, `dev` or `test`, as the engine splits a kind: half, a quarter, and the rest."""
    quarter = VARIATIONS[kind] // 4
    return "train" if variation < 2 * quarter else "dev" if variation < 3 * quarter else "test"


def game(number: int) -> tuple[str, int]:
    """The kind and variation of the original's game number, 0 to 4638.

    :raises ValueError: there is no such game.
    """
    if not 0 <= number < GAMES:
        raise ValueError(f"the original has games 0 to {GAMES - 1}, not {number}")
    kind = max((kind for kind in ORIGINAL if _FIRST[kind] <= number), key=_FIRST.__getitem__)
    return kind, number - _FIRST[kind]


def number_of(kind: str, variation: int) -> int | None:
    """The original's number of a game, or None where it has none."""
    return _FIRST[kind] + variation if kind in _FIRST else None
