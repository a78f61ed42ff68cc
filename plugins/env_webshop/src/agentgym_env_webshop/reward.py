"""What a purchase is worth: the original's formula.

score = type * (attributes met + options met + price kept) / (attributes asked for + options asked for + 1)
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen
from rapidfuzz import fuzz, utils

from agentgym_env_webshop.product import Goal, Product

_ALIKE = 85
"""From which similarity on (of 100, rounded) two texts are taken for the same."""


@frozen
class Verdict:
    """The parts of a score. `type` is 0, 0.1, 0.5 or 1; the others count what was met."""

    type: float
    attributes: int
    options: int
    price: bool
    asked: int
    """How many attributes and options are asked for, and one for the price."""

    @property
    def score(self) -> float:
        """From 0 to 1; 1 only where everything is met."""
        return self.type * (self.attributes + self.options + self.price) / self.asked


def judge(
    goal: Goal, wanted: Product, bought: Product, chosen: Mapping[str, str], *, verbatim: bool = False
) -> Verdict:
    """Judge a purchase.

    :param wanted: the goal's own product. :param chosen: the options that were clicked, by name.
    :param verbatim: options as the original compares them: any chosen value counts whose words are among those of name and value, so
        that `large` passes for `x-large`.
    """
    options = _options_loosely(goal, chosen) if verbatim else sum(chosen.get(k) == v for k, v in goal.options.items())
    return Verdict(
        type=_type(wanted, bought),
        attributes=sum(_has(bought, attribute) for attribute in goal.attributes),
        options=options,
        price=goal.ceiling is None or bought.price <= goal.ceiling,
        asked=len(goal.attributes) + len(goal.options) + 1,
    )


def _alike(one: str, other: str) -> bool:
    return round(fuzz.token_set_ratio(one, other, processor=utils.default_process)) > _ALIKE


def _options_loosely(goal: Goal, chosen: Mapping[str, str]) -> int:
    return sum(
        any(_alike(value, f"{name} {wanted}") for value in chosen.values()) for name, wanted in goal.options.items()
    )


def _has(product: Product, attribute: str) -> bool:
    if any(_alike(attribute, each) for each in product.attributes):
        return True
    texts = (product.title, " ".join(product.features), product.description)
    return any(attribute in text.lower() for text in texts)


def _type(wanted: Product, bought: Product) -> float:
    """How much the kinds of two products agree: by query, by two steps of the category, or by the nouns of their titles."""
    share = len(wanted.nouns & bought.nouns) / len(wanted.nouns) if wanted.nouns else 0.2
    if share == 0:
        return 0.0
    if share < 0.1:
        return 0.1
    same = wanted.query == bought.query or len(_steps(wanted) & _steps(bought)) >= 2 or share > 0.2
    return 1.0 if same else 0.5


def _steps(product: Product) -> set[str]:
    return {step.strip() for step in product.category.split("›")}
