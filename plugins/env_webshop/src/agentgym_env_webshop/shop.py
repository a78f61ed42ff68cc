"""A customer's visit: which page is open, what was chosen, and what a click does."""

from __future__ import annotations

import json
from functools import cached_property

from attrs import evolve, field, frozen

from agentgym_env_webshop import pages
from agentgym_env_webshop.catalogue import Catalogue
from agentgym_env_webshop.pages import PER_PAGE, Page
from agentgym_env_webshop.product import Goal, Product
from agentgym_env_webshop.reward import Verdict, judge


@frozen(slots=False)
class Visit:
    """A state of a visit. Immutable: an action makes the next one, so that a state can be kept and returned to."""

    catalogue: Catalogue = field(repr=False, eq=False)
    goal: Goal
    verbatim: bool
    query: str | None = None
    page: int = 1
    place: int | None = None
    tab: str = ""
    chosen: tuple[tuple[str, str], ...] = ()
    verdict: Verdict | None = None

    @cached_property
    def found(self) -> tuple[int, ...]:
        """What the last search found."""
        return () if self.query is None else self.catalogue.search(self.query)

    @property
    def product(self) -> Product | None:
        """The product whose page is open."""
        return None if self.place is None else self.catalogue.product(self.place)

    @cached_property
    def view(self) -> Page:
        """The page that is open."""
        asked, product = self.goal.instruction, self.product
        if self.verdict is not None and product is not None:
            options = json.dumps(dict(self.chosen))
            return pages.done_page(product.asin, options, self.verdict.score, verbatim=self.verbatim)
        if product is not None and self.tab:
            return pages.tab_page(asked, product, self.tab, verbatim=self.verbatim)
        if product is not None:
            return pages.item_page(asked, product, dict(self.chosen), verbatim=self.verbatim)
        if self.query is None:
            return pages.search_page(asked)
        shown = self.found[(self.page - 1) * PER_PAGE : self.page * PER_PAGE]
        products = [self.catalogue.product(place) for place in shown]
        return pages.results_page(asked, products, self.page, len(self.found), verbatim=self.verbatim)

    def search(self, keywords: str) -> Visit:
        """Search, from whatever page."""
        return Visit(self.catalogue, self.goal, self.verbatim, query=keywords.lower())

    def click(self, value: str) -> Visit | None:
        """Click what the page shows; None where it shows no such thing."""
        value = value.strip().lower()
        if value not in self.view.clickables:
            return None
        if value == "back to search":
            return Visit(self.catalogue, self.goal, self.verbatim)
        if value == "< prev":
            return self._back()
        product = self.product
        if product is None:
            return self._from_results(value)
        return self._from_item(value, product)

    def _from_results(self, value: str) -> Visit:
        if value == "next >":
            return evolve(self, page=self.page + 1)
        return evolve(self, place=self.catalogue.place(value))

    def _from_item(self, value: str, product: Product) -> Visit:
        if value == "buy now":
            wanted = self.catalogue.product(self.goal.place)
            return evolve(self, verdict=judge(self.goal, wanted, product, dict(self.chosen), verbatim=self.verbatim))
        tab = next((tab for tab in pages.TABS if tab.lower() == value), None)
        if tab is not None:
            return evolve(self, tab=tab)
        # Where two groups have a value of one name, the page's one button is that of the last group, as in the original.
        group = next(name for name in reversed(product.options) if value in map(str.lower, product.options[name]))
        chosen = {name: picked for name, picked in self.chosen if name != group}
        return evolve(self, chosen=(*chosen.items(), (group, value)))

    def _back(self) -> Visit:
        if self.tab:
            return evolve(self, tab="")
        if self.place is not None:
            return evolve(self, place=None, chosen=())
        return evolve(self, page=self.page - 1)
