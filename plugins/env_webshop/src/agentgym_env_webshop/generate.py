"""A catalogue of our own: families of products that look alike and differ in what a buyer asks for.

The products of a family share brand, name and some attributes, so that a search finds all of them, and only their pages tell which one
is meant. Everything of a family comes from a generator seeded with the catalogue's seed and its number: the n-th family is the same in
a catalogue of any size.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import accumulate, count, islice
from typing import Any
from zlib import crc32

from attrs import frozen

from agentgym_env_webshop.lists import lines, table, words
from agentgym_env_webshop.product import Goal, Product, Review, ceilings, instruction

VERSION = 1
"""Counts up whenever a product or a goal changes, for it is part of what a task is."""

_SIZES = (4, 6, 5, 7, 3, 5)
"""How many products a family has, in turn."""

_EVALUATION = 10
"""Every tenth family is for evaluation: train and eval share no product, no brand's line and no goal."""

_SOUNDS = words("sounds")
_FILLERS = lines("fillers")
_PRAISE = tuple(
    Review(title, int(score), body) for title, score, body in (line.split(" | ") for line in lines("reviews"))
)
_AUDIENCE = lines("endings")


@frozen
class Kind:
    """A kind of goods, from `words/kinds.toml` with its pool of `words/pools.toml` worked in."""

    query: str
    category: str
    names: tuple[str, ...]
    words: tuple[str, ...]
    sentences: dict[str, tuple[str, ...]]
    options: dict[str, tuple[str, ...]]
    price: tuple[int, int]


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds of goods."""
    pools = table("pools")
    return tuple(_kind(row, pools) for row in table("kinds")["kind"])


def _kind(row: dict[str, Any], pools: dict[str, Any]) -> Kind:
    pool, without = pools["attributes"][row["pool"]], set(row["without"])
    shared = {name: tuple(sentences) for name, sentences in pool.items() if name not in without}
    own = {name: (sentence,) for name, sentence in row["own"].items()}
    places = [place.split(".") for place in row["options"]]
    return Kind(
        query=row["query"],
        category=row["category"],
        names=tuple(row["names"]),
        words=tuple(row["words"]),
        sentences=shared | own,
        options={group: tuple(pools["options"][group][values]) for group, values in places},
        price=tuple(row["price"]),
    )


def products(seed: int, number: int) -> Iterator[Product]:
    """The first `number` products of the catalogue of a seed, in order."""
    return islice((product for family in count() for product in _family(seed, family)), number)


def places(split: str, number: int) -> list[int]:
    """The places of a split's products among the first `number`, in order. No product is made."""
    found: list[int] = []
    start = 0
    for family in count():
        if start >= number:
            return found
        end = min(start + _SIZES[family % len(_SIZES)], number)
        if (family % _EVALUATION == _EVALUATION - 1) == (split == "eval"):
            found += range(start, end)
        start = end
    raise AssertionError("count() has no end")


def goal(seed: int, place: int, product: Product) -> Goal:
    """What a customer of this product asks for: two to four attributes of it, an option of each group, and nearly always a ceiling.

    What is asked for in the one split is never asked for in the other: of all combinations, each has one half.
    """
    rng = random.Random(f"goal {seed} {place}")
    cycles, at = divmod(place, sum(_SIZES))
    family = cycles * len(_SIZES) + next(index for index, end in enumerate(accumulate(_SIZES)) if at < end)
    half = family % _EVALUATION == _EVALUATION - 1
    for _ in range(1000):
        attributes, options = _wishes(rng, product)
        combination = "|".join((product.query, *sorted(attributes), *options.values()))
        if crc32(combination.encode()) % 2 == half:
            break
    candidates = ceilings(product.price)
    ceiling = max(rng.sample(candidates, 2)) if len(candidates) > 1 and rng.random() < 0.9 else None
    request = f"Find me {product.query} with {', '.join(rng.sample(attributes, len(attributes)))}"
    return Goal(instruction(request, options, ceiling), place, attributes, options, ceiling)


def _wishes(rng: random.Random, product: Product) -> tuple[tuple[str, ...], dict[str, str]]:
    """Attributes, the first of which the title does not name, and options by name."""
    hidden = [name for name in product.attributes if name not in product.title.lower()]
    first = rng.choice(hidden or list(product.attributes))
    rest = [name for name in product.attributes if name != first]
    attributes = (first, *rng.sample(rest, min(len(rest), rng.choice((1, 1, 2, 2, 3)))))
    return attributes, {name: rng.choice(values) for name, values in sorted(product.options.items())}


def _family(seed: int, number: int) -> list[Product]:
    rng = random.Random(f"family {seed} {number}")
    kind = kinds()[number % len(kinds())]
    brand = "".join(rng.choice(_SOUNDS) for _ in range(rng.choice((2, 2, 3)))).capitalize()
    name = rng.choice(kind.names)
    styles = rng.sample(kind.words, 2)
    names = list(kind.sentences)
    common = rng.sample(names, 2)
    low, high = kind.price
    middle = rng.uniform(low, high)
    cycles, rest = divmod(number, len(_SIZES))
    first = cycles * sum(_SIZES) + sum(_SIZES[:rest])
    size = _SIZES[rest]
    return [_product(rng, kind, _asin(seed, first + at), brand, name, styles, common, middle) for at in range(size)]


def _product(
    rng: random.Random,
    kind: Kind,
    asin: str,
    brand: str,
    name: str,
    styles: list[str],
    common: list[str],
    middle: float,
) -> Product:
    others = [attribute for attribute in kind.sentences if attribute not in common]
    # One of the family's two attributes is missing now and then: the near misses.
    kept = common if rng.random() < 0.6 else [rng.choice(common)]
    attributes = [*kept, *rng.sample(others, rng.randint(2, 4))]
    rng.shuffle(attributes)
    told = rng.sample(attributes, rng.choice((1, 1, 2)))
    whose = kind.query.split(" ")[0].title().replace("'S", "'s") if "'" in kind.query else ""
    title = " ".join(part for part in (brand, whose, *rng.sample(styles, rng.choice((1, 2))), name) if part)
    title += f", {' '.join(part.title() for part in told)}{rng.choice(('', f' {rng.choice(_AUDIENCE)}'))}"
    sentences = [rng.choice(kind.sentences[attribute]) for attribute in attributes]
    rng.shuffle(sentences)
    fillers = rng.sample(_FILLERS, rng.randint(1, 3))
    split = rng.randint(1, max(1, len(sentences) - 2))
    features = [*sentences[split:], *fillers[1:]]
    rng.shuffle(features)
    price = round(middle * rng.uniform(0.8, 1.25), 2)
    prices = (price, round(price * rng.uniform(1.1, 1.6), 2)) if rng.random() < 0.3 else (price,)
    return Product(
        asin=asin,
        title=title,
        query=kind.query,
        category=kind.category,
        description=" ".join([f"{brand}'s {name.lower()}.", *sentences[:split], fillers[0]]),
        features=tuple(features),
        options={group: _values(rng, values) for group, values in kind.options.items()},
        prices=prices,
        price=rng.choice(prices),
        attributes=tuple(attributes),
        nouns=frozenset(name.lower().split()) | frozenset(kind.query.split(" ")[-1:]),
        reviews=tuple(rng.sample(_PRAISE, rng.choice((0, 1, 2, 3, 4)))),
    )


def _values(rng: random.Random, values: tuple[str, ...]) -> tuple[str, ...]:
    """A run of neighbours for sizes, and so for the rest: two to six of them, in the list's order."""
    size = rng.randint(2, min(6, len(values)))
    start = rng.randint(0, len(values) - size)
    return values[start : start + size]


_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _asin(seed: int, place: int) -> str:
    """`B0` and eight signs. The factor has no divisor in common with 36 ** 8, so that no two places have one number."""
    number = (place * 1_000_000_000_039 + seed * 7_919 + 987_654_321_987) % 36**8
    return "B0" + "".join(_DIGITS[number // 36**power % 36] for power in range(8))
