"""What a purchase is worth."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agentgym_env_webshop.product import Goal, Product, ceilings, instruction
from agentgym_env_webshop.reward import judge

WANTED = Product(
    asin="B000000001",
    title="Tavel Women's Yoga Shorts, Tummy Control",
    query="women's shorts",
    category="Fashion › Women › Clothing › Shorts",
    description="Shorts with hidden pockets.",
    features=("Machine wash cold.", "Moisture wicking yarn."),
    options={"color": ("black", "navy blue"), "size": ("large", "x-large")},
    prices=(19.5,),
    price=19.5,
    attributes=("tummy control", "machine wash"),
    nouns=frozenset({"yoga", "shorts"}),
)
GOAL = Goal("buy shorts", 0, ("machine wash", "hidden pockets"), {"color": "black", "size": "x-large"}, 30.0)
RIGHT = {"color": "black", "size": "x-large"}


@pytest.mark.parametrize(
    ("change", "chosen", "score"),
    [
        ({}, RIGHT, 1.0),
        ({}, {}, 3 / 5),  # Without options: (attributes + price) of all.
        ({}, {"color": "black", "size": "large"}, 4 / 5),
        ({"price": 30.0}, RIGHT, 1.0),
        ({"price": 30.01}, RIGHT, 4 / 5),
        ({"attributes": (), "features": (), "description": "", "title": ""}, RIGHT, 3 / 5),
        ({"query": "rugs", "category": "Home › Rugs", "nouns": frozenset({"yoga", "mat"})}, RIGHT, 1.0),
        ({"query": "rugs", "category": "Home › Rugs", "nouns": frozenset({"mat"})}, RIGHT, 0.0),
        ({"nouns": frozenset({"mat"})}, RIGHT, 0.0),  # The same query does not help where no noun is shared.
    ],
)
def test_the_formula(change: dict[str, Any], chosen: dict[str, str], score: float) -> None:
    assert judge(GOAL, WANTED, replace(WANTED, **change), chosen).score == pytest.approx(score)


@pytest.mark.parametrize(("shared", "type"), [(0, 0.0), (1, 0.1), (2, 0.5), (4, 0.5), (5, 1.0)])
def test_the_kind_of_another_product(shared: int, type: float) -> None:
    nouns = [f"noun{number}" for number in range(20)]
    wanted = replace(WANTED, nouns=frozenset(nouns))
    other = replace(WANTED, nouns=frozenset(nouns[:shared]), query="rugs", category="Home › Rugs")
    assert judge(GOAL, wanted, other, RIGHT).type == type


def test_the_original_takes_large_for_x_large_and_we_do_not() -> None:
    chosen = {"color": "black", "size": "large"}
    assert judge(GOAL, WANTED, WANTED, chosen, verbatim=True).score == 1
    assert judge(GOAL, WANTED, WANTED, chosen).options == 1


def test_an_option_counts_under_its_own_name_only() -> None:
    assert judge(GOAL, WANTED, WANTED, {"size": "black", "color": "x-large"}).options == 0


@given(st.floats(0, 2000))
def test_ceilings_are_the_next_four_tens(price: float) -> None:
    found = ceilings(price)
    assert len(found) <= 4
    assert all(price < limit < 1000 and limit % 10 == 0 for limit in found)
    assert not found or found[0] - price <= 10


@given(
    chosen=st.dictionaries(st.sampled_from(["color", "size", "style"]), st.text(max_size=8)),
    price=st.floats(0, 100),
    nouns=st.frozensets(st.sampled_from(["yoga", "shorts", "mat"])),
)
def test_a_score_is_from_0_to_1(chosen: dict[str, str], price: float, nouns: frozenset[str]) -> None:
    for verbatim in (False, True):
        assert 0 <= judge(GOAL, WANTED, replace(WANTED, price=price, nouns=nouns), chosen, verbatim=verbatim).score <= 1


def test_the_text_of_a_goal() -> None:
    text = instruction("Find me shorts with machine wash", RIGHT, 30.0)
    assert (
        text
        == "Find me shorts with machine wash with color: black, and size: x-large, and price lower than 30.00 dollars"
    )
    assert instruction("Find me shorts", {}, None) == "Find me shorts"
