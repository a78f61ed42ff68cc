"""What a shop sells, and what a customer is to buy."""

from __future__ import annotations

from msgspec import Struct

NO_PRICE = 100.0
"""What a product without a price costs, as in the original."""


class Review(Struct, frozen=True):
    """A customer's words; `score` is of five."""

    title: str
    score: int
    body: str


class Product(Struct, frozen=True):
    """A product. Option names and values are lower-case; `features` are its bullet points; `category` reads `A › B › C`.

    `prices` are the one or two of its price tag, in dollars, and `price` is what it costs at the till. `nouns` are those of its title,
    which say what kind of thing it is. `attributes` are what is known of it beside its text.
    """

    asin: str
    title: str
    query: str
    category: str
    description: str
    features: tuple[str, ...]
    options: dict[str, tuple[str, ...]]
    prices: tuple[float, ...]
    price: float
    attributes: tuple[str, ...]
    nouns: frozenset[str]
    reviews: tuple[Review, ...] = ()

    @property
    def price_tag(self) -> str:
        """`$9.5`, or `$9.5 to $12.0`."""
        return " to ".join(f"${price}" for price in self.prices[:2]) or f"${NO_PRICE}"

    @property
    def rating(self) -> str:
        """The mean of the reviews, or `N.A.` where there is none."""
        return f"{sum(review.score for review in self.reviews) / len(self.reviews):.1f}" if self.reviews else "N.A."

    @property
    def document(self) -> str:
        """What a search looks at: title, description, the first bullet point and the options."""
        options = ", and ".join(f"{name}: {', '.join(values)}" for name, values in self.options.items())
        return " ".join((self.title, self.description, *self.features[:1], options)).lower()


class Goal(Struct, frozen=True):
    """What to buy. `place` is the product's in the catalogue; `ceiling` is the highest price, or None where none is set."""

    instruction: str
    place: int
    attributes: tuple[str, ...]
    options: dict[str, str]
    ceiling: float | None


def instruction(request: str, options: dict[str, str], ceiling: float | None) -> str:
    """The text of a goal: what is asked for, with which options, at which price."""
    chosen = ", and ".join(f"{name}: {value}" for name, value in options.items())
    limit = "" if ceiling is None else f", and price lower than {ceiling:.2f} dollars"
    return f"{request}{f' with {chosen}' if chosen else ''}{limit}"


def ceilings(price: float) -> list[float]:
    """The ceilings that a goal may set for a price: the next four full tens above it, below 1,000."""
    return [float(limit) for limit in range(10, 1000, 10) if limit > price][:4]
