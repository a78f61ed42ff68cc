"""How an expert shops: it searches for what is asked, opens what will do, looks whether it is so, chooses the options and buys."""

from __future__ import annotations

from agentgym_core.types import ExpertAction
from agentgym_env_webshop.pages import PER_PAGE
from agentgym_env_webshop.product import Product
from agentgym_env_webshop.reward import judge
from agentgym_env_webshop.shop import Visit

_PAGES = 2
"""How many pages of results are looked through before the search is made narrower."""


def expert_move(visit: Visit, seen: frozenset[str]) -> ExpertAction | None:
    """The next move from any state, or None after the purchase.

    :param seen: the pages of the open product that were looked at.
    """
    if visit.verdict is not None:
        return None
    product = visit.product
    if product is None:
        return _search(visit) if visit.query is None else _pick(visit)
    if visit.tab:
        return ExpertAction(f"{_found(visit, product)} I go back to the product.", "click[< prev]")
    if not _will_do(visit, product):
        return ExpertAction("This is not what was asked for. I go back to the results.", "click[< prev]")
    return _buy(visit, product, seen)


def _wanted(visit: Visit) -> Product:
    return visit.catalogue.product(visit.goal.place)


def _will_do(visit: Visit, product: Product) -> bool:
    """Whether the product earns the full score with the options that were asked for."""
    options = visit.goal.options
    if any(value not in product.options.get(name, ()) for name, value in options.items()):
        return False
    return judge(visit.goal, _wanted(visit), product, options, verbatim=visit.verbatim).score == 1


def _words(visit: Visit) -> str:
    """What is asked for, without what any product may have."""
    wanted = _wanted(visit)
    return " ".join((wanted.query, *visit.goal.attributes, *visit.goal.options.values()))


def _queries(visit: Visit) -> tuple[str, ...]:
    wanted = _wanted(visit)
    return (_words(visit), f"{_words(visit)} {wanted.title}".lower(), wanted.title.lower(), wanted.document)


def _hit(visit: Visit, query: str) -> int | None:
    """The rank of the first product that will do among what a query finds, of the pages that are looked through."""
    found = visit.catalogue.search(query)[: _PAGES * PER_PAGE]
    return next((rank for rank, place in enumerate(found) if _will_do(visit, visit.catalogue.product(place))), None)


def _search(visit: Visit) -> ExpertAction:
    query = next((query for query in _queries(visit) if _hit(visit, query) is not None), _queries(visit)[-1])
    goal = visit.goal
    limit = "" if goal.ceiling is None else f" for less than {goal.ceiling:.0f} dollars"
    thought = f"I need {_wanted(visit).query} with {', '.join(goal.attributes)}{limit}. I search for that and for the options."
    return ExpertAction(thought, f"search[{query}]")


def _pick(visit: Visit) -> ExpertAction:
    assert visit.query is not None
    rank = _hit(visit, visit.query)
    if rank is None:
        return ExpertAction("Nothing here is what was asked for. I start again.", "click[back to search]")
    page = rank // PER_PAGE + 1
    if page > visit.page:
        return ExpertAction("None on this page has everything. I look at the next one.", "click[next >]")
    if page < visit.page:
        return ExpertAction("A product on an earlier page would do. I go back.", "click[< prev]")
    product = visit.catalogue.product(visit.found[rank])
    limit = "" if visit.goal.ceiling is None else f", below {visit.goal.ceiling:.0f} dollars"
    return ExpertAction(
        f"{product.asin} may be it: {product.title} at {product.price_tag}{limit}. I open it.",
        f"click[{product.asin.lower()}]",
    )


def _buy(visit: Visit, product: Product, seen: frozenset[str]) -> ExpertAction:
    unproved = [name for name in visit.goal.attributes if name not in product.title.lower()]
    for tab, text in (("Features", " ".join(product.features)), ("Description", product.description)):
        told = [name for name in unproved if name in text.lower()]
        if told and tab not in seen:
            return ExpertAction(f"The title does not say {', '.join(told)}. I look at {tab}.", f"click[{tab.lower()}]")
    chosen = dict(visit.chosen)
    for name, value in visit.goal.options.items():
        if chosen.get(name) != value:
            return ExpertAction(f"{name} is to be {value}.", f"click[{value}]")
    return ExpertAction("It has everything that was asked for, and the options are chosen. I buy it.", "click[buy now]")


def _found(visit: Visit, product: Product) -> str:
    text = " ".join(product.features) if visit.tab == "Features" else product.description
    told = [name for name in visit.goal.attributes if name in text.lower()]
    return f"Here it says {', '.join(told)}." if told else "There is nothing of use here."
