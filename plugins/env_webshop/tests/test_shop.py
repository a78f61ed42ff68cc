"""A visit: what each page offers, and what each click does."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_env_webshop.catalogue import Catalogue
from agentgym_env_webshop.pages import item_page, tab_page
from agentgym_env_webshop.product import Product, Review
from agentgym_env_webshop.shop import Visit

HOSTILE = '<script>alert("x")</script>'
NASTY = Product(
    asin="B0<b>&\"'",
    title=HOSTILE,
    query="x",
    category="A › B",
    description=HOSTILE,
    features=(HOSTILE,),
    options={HOSTILE: ('"><img src=x>', "plain")},
    prices=(),
    price=100.0,
    attributes=(),
    nouns=frozenset(),
    reviews=(Review(HOSTILE, 1, HOSTILE),),
)


@pytest.fixture
def visit(catalogue: Catalogue) -> Visit:
    return Visit(catalogue, catalogue.goal(4), False)


def click(visit: Visit, *values: str) -> Visit:
    for value in values:
        following = visit.click(value)
        assert following is not None, f"{value!r} is none of {visit.view.clickables}"
        visit = following
    return visit


def test_the_first_page(visit: Visit) -> None:
    assert visit.view.text == f"WebShop [SEP] Instruction: [SEP] {visit.goal.instruction} [SEP] Search"
    assert visit.view.clickables == ()
    assert visit.click("search") is None


def test_results_are_ten_a_page(visit: Visit) -> None:
    found = visit.search("shorts")
    nodes = found.view.text.split(" [SEP] ")
    assert nodes[3] == f"Page 1 (Total results: {len(found.found)})"
    assert len(found.view.clickables) == 12
    assert found.view.clickables[:2] == ("back to search", "next >")
    last = click(found, *["next >"] * ((len(found.found) - 1) // 10))
    assert "next >" not in last.view.clickables
    assert "< prev" in last.view.clickables
    assert click(last, *["< prev"] * (last.page - 1)).view == found.view


def test_the_original_turns_pages_without_end(catalogue: Catalogue) -> None:
    found = Visit(catalogue, catalogue.goal(4), True).search("shorts")
    beyond = click(found, *["next >"] * 9)
    assert beyond.page == 10
    assert "next >" in beyond.view.clickables
    assert len(beyond.view.clickables) == 3


def test_pages_below_a_product_keep_what_was_chosen(visit: Visit) -> None:
    found = visit.search(visit.goal.instruction)
    item = click(found, found.catalogue.product(found.found[0]).asin)
    product = item.product
    assert product is not None
    name, values = next(iter(product.options.items()))
    chosen = click(item, values[0], values[-1])
    assert dict(chosen.chosen) == {name: values[-1]}
    assert f"Selected: {name}: {values[-1]}" in chosen.view.text
    for tab in ("Description", "FEATURES", "reviews"):
        assert click(chosen, tab).view.clickables == ("back to search", "< prev")
        assert click(chosen, tab, "< prev").view == chosen.view
    assert click(chosen, "< prev").chosen == ()
    assert click(chosen, "< prev").view == found.view
    assert click(chosen, "back to search").view == visit.view
    assert chosen.search("rugs").chosen == ()


def test_a_purchase_ends_the_visit(visit: Visit) -> None:
    found = visit.search(visit.goal.instruction)
    done = click(found, found.catalogue.product(found.found[0]).asin, "buy now")
    assert done.verdict is not None
    assert done.view.clickables == ()
    assert str(done.verdict.score) in done.view.text


@given(st.lists(st.integers(0, 30), max_size=25), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_way_through_the_shop_holds(catalogue: Catalogue, way: list[int], verbatim: bool) -> None:
    visit = Visit(catalogue, catalogue.goal(9), verbatim).search("women's shorts black")
    for number in way:
        clickables = visit.view.clickables
        if visit.verdict is not None:
            assert clickables == ()
            break
        if visit.view.search:
            visit = visit.search("shorts")
            continue
        visit = click(visit, clickables[number % len(clickables)])
        assert visit.view.text
        assert visit.view.html()
        assert visit.chosen == () or visit.place is not None


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


@pytest.mark.parametrize("tab", ["", "Description", "Features", "Reviews"])
def test_text_of_products_is_never_markup(tab: str) -> None:
    asked = HOSTILE
    page = tab_page(asked, NASTY, tab, verbatim=False) if tab else item_page(asked, NASTY, {}, verbatim=False)
    parser = _Tags()
    parser.feed(page.html())
    assert parser.tags <= {"style", "form", "p", "button", "label", "input"}
    assert HOSTILE in page.text
