"""The pages of the shop, each a list of nodes: as text with ` [SEP] ` between them, and as HTML with the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from attrs import frozen

from agentgym_env_webshop.product import Product

if TYPE_CHECKING:
    from jinja2 import Template

PER_PAGE = 10
TABS = ("Description", "Features", "Reviews")


class Look(Enum):
    """What a node is: words, a button, the link to a product, or a value of an option."""

    TEXT = "text"
    BUTTON = "button"
    PRODUCT = "product"
    OPTION = "option"


@frozen
class Node:
    """A visible piece of a page. `group` names the option that a value belongs to."""

    text: str
    look: Look = Look.TEXT
    group: str = ""


@frozen
class Page:
    """What is seen. `search` says whether there is a search bar."""

    nodes: tuple[Node, ...]
    search: bool = False
    chosen: Mapping[str, str] | None = None

    @property
    def text(self) -> str:
        """The page as a policy reads it. A node without text is left out."""
        return " [SEP] ".join(node.text for node in self.nodes if node.text)

    @property
    def clickables(self) -> tuple[str, ...]:
        """What can be clicked, in lower case: buttons, then products, then values. The search button is none: `search` presses it."""
        looks = (Look.BUTTON, Look.PRODUCT, Look.OPTION)
        found = [node.text.lower() for look in looks for node in self.nodes if node.look is look]
        return tuple(dict.fromkeys(text for text in found if text != "search"))

    def html(self) -> str:
        """The page for a person, everything escaped: each button is a form's, and its value is the action."""
        return _template().render(page=self)


def _buttons(*texts: str) -> tuple[Node, ...]:
    return tuple(Node(text, Look.BUTTON) for text in texts)


def _asked(instruction: str) -> tuple[Node, ...]:
    return (Node("Instruction:"), Node(instruction))


def search_page(instruction: str) -> Page:
    """The first page: a search bar."""
    return Page((Node("WebShop"), *_asked(instruction), *_buttons("Search")), search=True)


def results_page(instruction: str, products: Sequence[Product], page: int, total: int, *, verbatim: bool) -> Page:
    """A page of results, from 1 on. The original has `Next >` even where nothing follows."""
    following = verbatim or page * PER_PAGE < total
    buttons = (*(("< Prev",) if page > 1 else ()), *(("Next >",) if following else ()))
    rows = [
        node
        for product in products
        for node in (Node(product.asin, Look.PRODUCT), Node(product.title), Node(product.price_tag))
    ]
    head = (*_asked(instruction), *_buttons("Back to Search"), Node(f"Page {page} (Total results: {total})"))
    return Page((*head, *_buttons(*buttons), *rows))


def item_page(instruction: str, product: Product, chosen: Mapping[str, str], *, verbatim: bool) -> Page:
    """A product. What was chosen is seen, which it is not in the original; neither are ratings there."""
    options = [
        node
        for name, values in product.options.items()
        for node in (Node(name), *(Node(value, Look.OPTION, name) for value in values))
    ]
    marked = [] if verbatim or not chosen else [Node(f"Selected: {', '.join(f'{k}: {v}' for k, v in chosen.items())}")]
    rating = "N.A." if verbatim else product.rating
    return Page(
        (
            *_asked(instruction),
            *_buttons("Back to Search", "< Prev"),
            *options,
            *marked,
            Node(product.title),
            Node(f"Price: {product.price_tag}"),
            Node(f"Rating: {rating}"),
            *_buttons(*TABS, "Buy Now"),
        ),
        chosen=chosen,
    )


def tab_page(instruction: str, product: Product, tab: str, *, verbatim: bool) -> Page:
    """One of the pages below a product. The original never has reviews."""
    if tab == "Description":
        body = [Node(product.description)]
    elif tab == "Features":
        body = [Node(feature) for feature in product.features]
    else:
        reviews = () if verbatim else product.reviews
        body = [Node(text) for review in reviews for text in (f'"{review.title}"', f"{review.score} of 5", review.body)]
    return Page((*_asked(instruction), *_buttons("Back to Search", "< Prev"), *body))


def done_page(asin: str, chosen: str, score: float, *, verbatim: bool) -> Page:
    """What is seen after a purchase. The original's page has the fields of its study, all empty."""
    if not verbatim:
        return Page(tuple(map(Node, ("Thank you for shopping with us!", "Your score (min 0.0, max 1.0)", str(score)))))
    bought = ("Purchased", "asin", asin, "options", chosen)
    empty = ("attrs", "None", "category", "None", "query", "None", "product category", "None")
    target = ("Target", "asin", "options", "attrs", "price upper", "instuction text", "category", "product category")
    texts = (
        *("Thank you for shopping with us!", "Your code:", "None", "(Paste it in your MTurk interface.)"),
        *(*bought, *empty, *target, "query", "Goal", "None", "Reward"),
        *("Your score (min 0.0, max 1.0)", str(score), "Reward Details", "None"),
    )
    return Page(tuple(map(Node, texts)))


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("agentgym_env_webshop", "templates")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template("page.html")
