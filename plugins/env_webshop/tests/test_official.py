"""The original's files, by a stand-in of the same format: not verified on the official data."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.rollout import make_environment
from agentgym_env_webshop import tasks
from agentgym_env_webshop.catalogue import open_catalogue
from agentgym_env_webshop.official import OfficialSource

KINDS = ("Shorts", "Lamp", "Rug", "Tea")


def record(number: int) -> dict[str, Any]:
    """A product in the original's fields."""
    kind = KINDS[number % len(KINDS)]
    return {
        "asin": f"B{number:09d}",
        "name": f"Tavel {kind} Number {number}",
        "full_description": f"A {kind.lower()} with pockets." if number % 3 else "",
        "small_description": ["Machine wash cold.", f"Style {number}"],
        "pricing": ("", "$9.5", "$10.99 - $1,020.00", "$49.00")[number % 4],
        "customization_options": {
            "Color": [{"value": " Black/White ", "price": None}, {"value": "Navy"}],
            "Size": [{"value": "Large"}, {"value": "X-Large"}, {"value": "3X"}] if number % 2 else None,
        },
        "query": f" Women's {kind} ",
        "category": "fashion",
        "product_category": f"Fashion › Women › {kind}",
    }


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., dict[str, Path]]:
    def write(records: list[Any], *, every: int = 2) -> dict[str, Path]:
        known = {
            item["asin"]: {
                "attributes": ["machine wash", "pockets"],
                **(
                    {"instruction": f"Find me {item['name']}", "instruction_attributes": ["machine wash"]}
                    if at % every == 0
                    else {}
                ),
            }
            for at, item in enumerate(records)
            if isinstance(item, dict) and isinstance(item.get("asin"), str)
        }
        items, attributes = tmp_path / "items_shuffle_1000.json", tmp_path / "items_ins_v2_1000.json"
        items.write_text(json.dumps(records))
        attributes.write_text(json.dumps(known))
        return {"items": items, "attributes": attributes}

    return write


def test_goals_stand_in_the_originals_order(files: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    records = [record(number) for number in range(40)]
    source = OfficialSource(**files(records))
    with open_catalogue(source, tmp_path) as catalogue:
        # Every second product has an instruction, in the order of the file, and a goal for each combination of options.
        expected = [
            f"Find me {item['name']} with {', and '.join(f'{name}: {value}' for name, value in chosen)}"
            for item in records[::2]
            for chosen in ([("color", color)] for color in ("black | white", "navy"))
        ]
        random.Random(233).shuffle(expected)
        assert catalogue.goals == len(expected)
        found = [catalogue.goal(number).instruction for number in range(catalogue.goals)]
        assert [text.partition(", and price")[0] for text in found] == expected


def test_fields_are_read_as_the_original_reads_them(files: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    with open_catalogue(OfficialSource(**files([record(number) for number in range(4)])), tmp_path) as catalogue:
        free, one, two, plain = (catalogue.product(place) for place in range(4))
    assert (free.price, free.price_tag) == (100.0, "$100.0")
    assert (one.price, one.price_tag) == (9.5, "$9.5")
    assert two.price_tag == "$10.99 to $1020.0"
    assert 10.99 <= two.price <= 1020
    assert plain.options == {"color": ("black | white", "navy"), "size": ("large", "x-large", "3x")}
    assert plain.query == "women's tea"
    assert "tavel" in plain.nouns


def test_a_price_belongs_to_its_product(files: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    prices = []
    for name in ("one", "two"):
        with open_catalogue(OfficialSource(**files([record(2)])), tmp_path / name) as catalogue:
            prices.append(catalogue.product(0).price)
    assert prices[0] == prices[1]


def test_what_cannot_be_used_is_left_out_and_counted(
    files: Callable[..., dict[str, Path]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken: list[Any] = [
        record(0),
        record(0),
        "words",
        {"asin": "B1"},
        record(1) | {"asin": "nan"},
        record(2) | {"asin": "B" * 11},
        record(3) | {"customization_options": {"Color": [{"price": 1}]}},
        record(4) | {"pricing": "$x"},
        record(5),
    ]
    with open_catalogue(OfficialSource(**files(broken)), tmp_path) as catalogue:
        assert catalogue.size == 2
    told = caplog.text
    assert "1 products left out: an id that came before" in told
    assert "2 products left out: an id that is none" in told
    assert "2 products left out: no object" in told
    assert "(KeyError)" in told
    assert "(ValueError)" in told


@pytest.mark.parametrize("content", ["", "[{", '{"asin": 1}', "<html>", '[{"asin": "B1", "name": "x"}, {"asin'])
def test_a_file_that_is_something_else_is_told(
    files: Callable[..., dict[str, Path]], tmp_path: Path, content: str
) -> None:
    paths = files([record(0)])
    paths["items"].write_text(content)
    with pytest.raises(ConfigError, match=r"items_shuffle_1000\.json|no products"):
        open_catalogue(OfficialSource(**paths), tmp_path)


def test_attributes_that_are_none_are_told(files: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    paths = files([record(0)])
    paths["attributes"].write_text("[1, 2]")
    with pytest.raises(ConfigError, match="holds no object"):
        open_catalogue(OfficialSource(**paths), tmp_path)


def test_ids_are_the_papers(files: Callable[..., dict[str, Path]]) -> None:
    paths = files([record(number) for number in range(2600)], every=1)
    source = resolve_environment("webshop", {name: str(path) for name, path in paths.items()})
    assert source.splits["agenteval"] == 200
    assert source.splits["agenttraj"] == 3930
    assert sum(source.splits.values()) == 1300 * 2 + 1300 * 6
    ids = source.tasks("agenteval").ids  # type: ignore[attr-defined]
    assert "webshop_5238" in ids
    assert not set(ids) & set(source.tasks("agenttraj").ids)  # type: ignore[attr-defined]
    with make_environment(
        "webshop", {name: str(path) for name, path in paths.items()}, needs=["expert"]
    ) as environment:
        assert "Find me Tavel" in environment.reset("webshop_5238")
        while (move := environment.expert()) is not None:
            step = environment.step(move.action)
        assert step.score == 1.0


def test_instructions_by_people_are_goals_in_webshops_order(
    files: Callable[..., dict[str, Path]], tmp_path: Path
) -> None:
    human = tmp_path / "items_human_ins.json"
    records = [record(number) for number in range(1600)]
    table: dict[str, Any] = {
        item["asin"]: [
            {"instruction": f"buy {at}.", "instruction_attributes": ["pockets"], "instruction_options": ["Navy", "xxl"]}
        ]
        for at, item in enumerate(records)
    }
    table[records[0]["asin"]] = [{"instruction": "none", "instruction_attributes": []}, {"instruction": "broken"}]
    human.write_text(json.dumps(table))
    given = {name: str(path) for name, path in files(records).items()} | {"human": str(human)}
    source = resolve_environment("webshop", given)
    assert source.splits == {"webshop-test": 500, "webshop-dev": 1000, "webshop-train": 99}
    assert set(source.description.evaluation) >= {"webshop-test", "webshop-dev"}
    expected = [f"buy {number}" for number in range(1, 1600)]
    random.Random(233).shuffle(expected)
    with open_catalogue(source.config.source, source.config.cache) as catalogue:
        found = [catalogue.goal(number) for number in range(catalogue.goals)]
        assert [goal.instruction.partition(", and price")[0] for goal in found] == expected
        assert found[0].options == {"color": "navy", "option 2": "xxl"}
    with make_environment("webshop", given) as environment:
        assert expected[7] in environment.reset("webshop-human-7")


def test_a_catalogue_without_prices_is_sold_at_one(files: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    given = [record(number) | {"pricing": ("", None, [])[number % 3]} for number in range(12)]
    with open_catalogue(OfficialSource(**files(given)), tmp_path) as catalogue:
        assert catalogue.size == 12
        assert {catalogue.product(place).price_tag for place in range(12)} == {"$100.0"}
        assert all((catalogue.goal(number).ceiling or 0) > 100 for number in range(catalogue.goals))


def test_the_papers_items_are_known() -> None:
    numbers = tasks.items()
    assert {split: len(found) for split, found in numbers.items()} == {"agenteval": 200, "agenttraj": 3930}
    assert not set(numbers["agenteval"]) & set(numbers["agenttraj"])
    assert max(map(max, numbers.values())) < 6910


@pytest.mark.parametrize(
    "given", [{"items": "x.json"}, {"items": "x.json", "attributes": "y.json"}, {"train": 9_000_000}]
)
def test_a_configuration_that_cannot_be_is_refused(given: dict[str, Any]) -> None:
    from agentgym_env_webshop.config import WebShopConfig

    with pytest.raises(ValidationError):
        WebShopConfig(**given)


def test_a_model_that_is_not_there_is_told(files: Callable[..., dict[str, Path]], tmp_path: Path) -> None:
    source = OfficialSource(**files([record(0)]), model="no_such_model")
    with pytest.raises(ConfigError, match="no_such_model") as caught:
        open_catalogue(source, tmp_path)
    assert "pip install spacy" in caught.value.hint
