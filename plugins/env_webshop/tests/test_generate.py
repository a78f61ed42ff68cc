"""Our own catalogue: what is promised of its products and goals."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

import msgspec
import pytest

from agentgym_core.types import digest
from agentgym_env_webshop import generate
from agentgym_env_webshop.product import Goal, Product
from agentgym_env_webshop.reward import judge

NUMBER = 10_000


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return list(generate.products(0, NUMBER))


@pytest.fixture(scope="module")
def goals(products: Sequence[Product]) -> list[Goal]:
    return [generate.goal(0, place, product) for place, product in enumerate(products)]


def test_a_change_of_products_or_goals_is_a_new_version(products: Sequence[Product], goals: Sequence[Goal]) -> None:
    # Tasks are known by the version: where this fails on purpose, count `generate.VERSION` up and pin the new digest.
    content = [msgspec.to_builtins(each, order="sorted") for each in (*products[:500], *goals[:500])]
    assert (generate.VERSION, digest(content)[:16]) == (1, "7fae9d3f0e1c7a21")


def test_there_are_categories_enough_and_no_id_twice(products: Sequence[Product]) -> None:
    assert len({product.category for product in products}) >= 30
    assert len({product.asin for product in products}) == NUMBER
    assert all(len(product.asin) == 10 and product.options and product.features for product in products)


def test_the_first_products_are_the_same_in_a_larger_catalogue(products: Sequence[Product]) -> None:
    assert list(generate.products(0, 700)) == products[:700]
    assert next(generate.products(1, 1)) != products[0]


def test_the_page_says_every_attribute(products: Sequence[Product]) -> None:
    for product in products:
        text = " ".join((product.title, product.description, *product.features)).lower()
        assert [name for name in product.attributes if name not in text] == []


def test_splits_share_no_family(products: Sequence[Product]) -> None:
    train, evaluation = generate.places("train", NUMBER), generate.places("eval", NUMBER)
    assert sorted(train + evaluation) == list(range(NUMBER))
    brands = [
        {(products[at].title.split(" ")[0], products[at].query) for at in places} for places in (train, evaluation)
    ]
    # Two families may be called alike by chance.
    assert len(brands[0] & brands[1]) <= 0.03 * len(brands[1])
    texts = [{generate.goal(0, at, products[at]).instruction for at in places} for places in (train, evaluation)]
    assert not texts[0] & texts[1]


def test_a_goal_is_met_by_its_own_product_alone_or_by_few(products: Sequence[Product], goals: Sequence[Goal]) -> None:
    for goal, product in zip(goals, products, strict=True):
        assert judge(goal, product, product, goal.options).score == 1
        assert judge(goal, product, product, goal.options, verbatim=True).score == 1
        assert goal.options.keys() == product.options.keys()
    of_kind: dict[str, list[Product]] = {}
    for product in products:
        of_kind.setdefault(product.query, []).append(product)
    also = [
        sum(
            set(goal.attributes) <= set(other.attributes)
            and all(value in other.options[name] for name, value in goal.options.items())
            for other in of_kind[products[place].query]
        )
        for place, goal in enumerate(goals[:300])
    ]
    assert sum(also) / len(also) < 10


def test_neighbours_look_alike_and_differ(products: Sequence[Product]) -> None:
    brands = Counter(product.title.split(" ")[0] for product in products)
    assert sum(count > 2 for count in brands.values()) > 0.9 * len(brands)
    assert all(one.attributes != other.attributes for one, other in itertools.pairwise(products))
