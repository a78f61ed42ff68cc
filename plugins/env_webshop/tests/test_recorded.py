"""Page texts of the original, recorded while strong models shopped there: ours are the same, word for word, for the same products."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agentgym_env_webshop import pages
from agentgym_env_webshop.pages import Page
from agentgym_env_webshop.product import Product

RECORDINGS = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference" / "webshop"
SEP = " [SEP] "
TAG = re.compile(r"\$([\d.]+)(?: to \$([\d.]+))?")


def observations() -> Iterator[tuple[str, str]]:
    """The recorded pages, each with the action that led there."""
    for path in sorted(RECORDINGS.glob("webshop_*.json")):
        turns = [turn["content"] for turn in json.loads(path.read_text(encoding="utf-8"))["conversations"]][2:]
        action = "start"
        for at, text in enumerate(turns):
            if at % 2:
                action = text.rpartition("Action:")[2].strip()
            else:
                yield action, text


def product(title: str = "", tag: str = "", **fields: object) -> Product:
    found = TAG.fullmatch(tag)
    prices = tuple(float(price) for price in found.groups() if price) if found else ()
    given = {
        "asin": "",
        "query": "",
        "category": "",
        "description": "",
        "features": (),
        "options": {},
        "attributes": (),
    }
    return Product(**(given | fields), title=title, prices=prices, price=0.0, nouns=frozenset())  # type: ignore[arg-type]


def results(nodes: list[str]) -> Page:
    page, total = map(int, re.findall(r"\d+", nodes[3]))
    rest = [node for node in nodes[4:] if node not in ("Next >", "< Prev")]
    shown = [product(rest[at + 1], rest[at + 2], asin=rest[at]) for at in range(0, len(rest), 3)]
    return pages.results_page(nodes[1], shown, page, total, verbatim=True)


def item(nodes: list[str], options: dict[str, tuple[str, ...]]) -> Page:
    title, price = nodes[-7], nodes[-6].removeprefix("Price: ")
    return pages.item_page(nodes[1], product(title, price, options=options), {}, verbatim=True)


def grouped(nodes: list[str]) -> dict[str, tuple[str, ...]]:
    """The options of a recorded page: a group's name is one of the few that shops use."""
    names = {
        "color",
        "size",
        "style",
        "item shape",
        "material",
        "pattern name",
        "flavor name",
        "fit type",
        "scent",
        "scent name",
    }
    found: dict[str, list[str]] = {}
    for node in nodes:
        if node in names:
            found[node] = []
        else:
            found[list(found)[-1]].append(node)
    return {name: tuple(values) for name, values in found.items()}


def rebuilt(action: str, text: str) -> Page | None:
    nodes = text.split(SEP)
    if nodes[0] == "WebShop":
        return pages.search_page(nodes[2])
    if nodes[0] == "Thank you for shopping with us!":
        return pages.done_page(nodes[6], nodes[8], float(nodes[-3]), verbatim=True)
    if len(nodes) > 3 and nodes[3].startswith("Page "):
        return results(nodes)
    if nodes[-1] == "Buy Now":
        return item(nodes, grouped(nodes[4:-7]))
    if nodes[:4:2] == ["Instruction:", "Back to Search"]:
        tab = next((tab for tab in pages.TABS if f"click[{tab}]".lower() in action.lower()), "Features")
        below = nodes[4:]
        shown = product(description=SEP.join(below)) if tab == "Description" else product(features=tuple(below))
        return pages.tab_page(nodes[1], shown, tab, verbatim=True)
    return None


KINDS: dict[str, Callable[[str], bool]] = {
    "search": lambda text: text.startswith("WebShop"),
    "results": lambda text: "Page 1 (Total" in text,
    "later results": lambda text: "< Prev [SEP] Next >" in text,
    "item": lambda text: text.endswith("Buy Now"),
    "below": lambda text: text.startswith("Instruction") and "Page " not in text and not text.endswith("Buy Now"),
    "done": lambda text: text.startswith("Thank you"),
}


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recorded episodes are not beside this checkout")
def test_every_recorded_page_is_ours_word_for_word() -> None:
    seen = list(observations())
    differ = [
        (text, page and page.text)
        for action, text in seen
        if (page := rebuilt(action, text)) is None or page.text != text
    ]
    assert differ == []
    counted = {kind: sum(is_kind(text) for _, text in seen) for kind, is_kind in KINDS.items()}
    counted.pop("later results")
    assert all(counted.values()), counted
