"""The catalogue of our own as a source: its goals are worked out from its products."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from agentgym_core.types import digest
from agentgym_env_webshop import generate, search
from agentgym_env_webshop.catalogue import Catalogue
from agentgym_env_webshop.product import Goal, Product


@frozen
class OwnSource:
    """The first `number` products of the catalogue of a seed. A goal's number is its product's place."""

    seed: int
    number: int

    @property
    def key(self) -> str:
        """Other versions of the generator or of the engine have files of their own."""
        content = ["own", generate.VERSION, self.seed, self.number, search.engine()]
        return digest(content)[:16]

    def products(self) -> Iterator[Product]:
        return generate.products(self.seed, self.number)

    def goals(self, products: Iterable[Product]) -> list[Goal]:
        return []

    def goal(self, number: int, catalogue: Catalogue) -> Goal:
        return generate.goal(self.seed, number, catalogue.product(number))
