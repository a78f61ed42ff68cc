"""The original's files as a source: its products, its goals in its shuffled order.

Read from the user's copies: `items_shuffle_1000.json` or `items_shuffle.json` (products), `items_ins_v2_1000.json` or `items_ins_v2.json`
(attributes and what is asked for). Prices that the original draws anew in every process are drawn from the product's id here, so that
an id is one task.
"""

from __future__ import annotations

import itertools
import json
import logging
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import ijson
from attrs import frozen

from agentgym_core.errors import ConfigError
from agentgym_core.types import digest
from agentgym_env_webshop import nouns, search
from agentgym_env_webshop.catalogue import Catalogue
from agentgym_env_webshop.product import NO_PRICE, Goal, Product, ceilings, instruction

_LOG = logging.getLogger(__name__)
_SEED = 233
"""The original's, for prices and for the order of goals."""

_UNKNOWN = ("DUMMY_ATTR",)
"""What the original takes for the attributes of a product that it knows none of."""

# Digits and the point: `$1,299.00` is 1299.00.
_AMOUNT = re.compile(r"[^\d.]")


@frozen
class OfficialSource:
    """The original's files. `model` names a spaCy model for the nouns of titles, or is empty."""

    items: Path
    attributes: Path
    model: str = ""
    human: Path | None = None
    """Instructions by people, whose goals take the place of those that are made of options."""

    @property
    def key(self) -> str:
        """Files with another size or time of change are other files: reading five gigabytes to tell would take a minute."""
        files = [
            (path.name, stat.st_size, stat.st_mtime_ns)
            for path in (self.items, self.attributes, self.human)
            if path is not None and (stat := path.stat())
        ]
        return digest(["official", files, self.model, search.engine()])[:16]

    def products(self) -> Iterator[Product]:
        """Every product that can be used. What cannot is counted and logged."""
        known = self._known()
        seen: set[str] = set()
        left: dict[str, int] = {}
        for record in _records(self.items):
            why, product = self._product(record, known, seen)
            if product is None:
                left[why] = left.get(why, 0) + 1
            else:
                seen.add(product.asin)
                yield product
        for why, number in sorted(left.items()):
            _LOG.warning("webshop: %s: %s left out: %s", self.items, f"{number:,} products", why)

    def goals(self, products: Iterable[Product]) -> list[Goal]:
        """A goal for each combination of options of each product that an instruction is known for, in the original's order.

        With `human`, a goal for each of its instructions that names attributes.
        """
        if self.human is not None:
            return _human_goals(products, _table(self.human, "human"))
        known = self._known()
        rng = random.Random(_SEED)
        goals: list[Goal] = []
        for place, product in enumerate(products):
            entry = known.get(product.asin)
            if entry is None or not entry.get("instruction"):
                continue
            candidates = ceilings(product.price)
            ceiling = max(rng.sample(candidates, 2)) if len(candidates) > 1 else None
            names = sorted(product.options)
            wanted = tuple(str(each) for each in entry.get("instruction_attributes", ()))
            for values in itertools.product(*(product.options[name] for name in names)):
                options = dict(zip(names, values, strict=True))
                goals.append(
                    Goal(instruction(str(entry["instruction"]), options, ceiling), place, wanted, options, ceiling)
                )
        random.Random(_SEED).shuffle(goals)
        return goals

    def goal(self, number: int, catalogue: Catalogue) -> Goal:
        return catalogue.kept_goal(number)

    def _known(self) -> Mapping[str, Mapping[str, Any]]:
        return _table(self.attributes, "attributes")

    def _product(
        self, record: Any, known: Mapping[str, Mapping[str, Any]], seen: set[str]
    ) -> tuple[str, Product | None]:
        if (
            not isinstance(record, dict)
            or not isinstance(record.get("asin"), str)
            or not isinstance(record.get("name"), str)
        ):
            return "no object with `asin` and `name`", None
        asin = record["asin"]
        if asin == "nan" or len(asin) > 10:
            return "an id that is none", None
        if asin in seen:
            return "an id that came before", None
        try:
            prices = _prices(record.get("pricing"))
            options = _options(record.get("customization_options"))
            features = record.get("small_description") or ()
            category = str(record.get("product_category") or record.get("category") or "")
            title = record["name"]
            return "", Product(
                asin=asin,
                title=title,
                query=str(record.get("query") or "").lower().strip(),
                category=category,
                description=str(record.get("full_description") or ""),
                features=(features,) if isinstance(features, str) else tuple(str(each) for each in features),
                options=options,
                prices=prices,
                # The original draws between the two, anew in every process.
                price=random.Random(f"price {asin}").uniform(*prices[:2])
                if len(prices) > 1
                else (*prices, NO_PRICE)[0],
                attributes=tuple(str(each) for each in known.get(asin, {}).get("attributes", _UNKNOWN)),
                nouns=nouns.by_model(self.model, title) if self.model else nouns.by_form(title),
            )
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            return f"a field that is not what it should be ({type(error).__name__})", None


def _human_goals(products: Iterable[Product], known: Mapping[str, Any]) -> list[Goal]:
    """Goals in the order of the products and of their instructions, shuffled as the original does it."""
    goals: list[Goal] = []
    left = 0
    for place, product in enumerate(products):
        entries = known.get(product.asin, ())
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            try:
                request, attributes = str(entry["instruction"]).strip("."), entry["instruction_attributes"]
                options = _chosen(product, entry.get("instruction_options") or ())
            except (KeyError, TypeError, AttributeError):
                left += 1
                continue
            if not attributes:
                continue
            # The original draws anew in every process.
            rng = random.Random(f"ceiling {product.asin} {number}")
            candidates = ceilings(product.price)
            ceiling = max(rng.sample(candidates, 2)) if len(candidates) > 1 else None
            text = instruction(request, {}, ceiling)
            goals.append(Goal(text, place, tuple(str(each) for each in attributes), options, ceiling))
    if left:
        _LOG.warning("webshop: human: %s instructions left out: they lack a field", f"{left:,}")
    random.Random(_SEED).shuffle(goals)
    return goals


def _chosen(product: Product, wanted: Any) -> dict[str, str]:
    """Options by name: given so, or as values alone, each of which belongs to the group that has it."""
    if isinstance(wanted, Mapping):
        return {str(name).lower(): str(value) for name, value in wanted.items()}
    found: dict[str, str] = {}
    for each in wanted:
        value = str(each).strip().replace("/", " | ").lower()
        names = [name for name, values in product.options.items() if value in values and name not in found]
        # A value that no group has cannot be chosen, and is asked for all the same.
        found[names[0] if names else f"option {len(found) + 1}"] = value
    return found


def _table(path: Path, what: str) -> Mapping[str, Any]:
    """A JSON object of things by the ids of products."""
    try:
        table = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"webshop: {what}: {path}: {error}") from None
    if not isinstance(table, dict):
        raise ConfigError(f"webshop: {what}: {path} holds no object of products by their id")
    return table


def _prices(pricing: Any) -> tuple[float, ...]:
    """`$10.99` or `$10.99 - $20.00`: one or two prices; none where nothing is said."""
    if not pricing:
        return ()
    amounts = [_AMOUNT.sub("", part) for part in str(pricing).split("$")[1:]]
    return tuple(float(amount) for amount in amounts[:2])


def _options(table: Any) -> dict[str, tuple[str, ...]]:
    options = {}
    for name, contents in (table or {}).items():
        if contents:
            options[name.lower()] = tuple(content["value"].strip().replace("/", " | ").lower() for content in contents)
    return options


def _records(path: Path) -> Iterator[Any]:
    """The elements of a JSON list, one at a time: the full file is far larger than memory should be."""
    try:
        with path.open("rb") as file:
            yield from ijson.items(file, "item", use_float=True)
    except OSError as error:
        raise ConfigError(f"webshop: items: {path}: {error.strerror}") from None
    except ijson.JSONError as error:
        raise ConfigError(
            f"webshop: items: {path} is no list of products, or is cut off: {str(error).splitlines()[0]}"
        ) from None
