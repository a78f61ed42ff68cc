"""The search: Lucene's formula, an order that every build has, and queries that are data."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_env_webshop import search
from agentgym_env_webshop.analysis import terms
from agentgym_env_webshop.search import RESULTS, Search, build

WORDS = ["red", "blue", "shirt", "shirts", "hat", "usb", "c", "usb-c", "men's", "running", "3.5mm", "x-large", "the"]


def built(folder: Path, documents: Sequence[str]) -> Search:
    folder.mkdir()
    assert build(folder, documents) == len(documents)
    return Search(folder)


def scores(documents: Sequence[str], query: str) -> list[float]:
    """BM25 by its formula (k1 1.2, b 0.75), for documents of at most 40 terms, whose lengths Lucene keeps exactly."""
    bags = [Counter(terms(text)) for text in documents]
    mean = sum(sum(bag.values()) for bag in bags) / len(bags) or 1
    found = [0.0] * len(bags)
    for term in terms(query):
        having = sum(term in bag for bag in bags)
        weight = math.log(1 + (len(bags) - having + 0.5) / (having + 0.5))
        for place, bag in enumerate(bags):
            length = 1.2 * (0.25 + 0.75 * sum(bag.values()) / mean)
            found[place] += weight * bag[term] / (bag[term] + length)
    return found


@given(
    documents=st.lists(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join), min_size=1, max_size=80
    ),
    query=st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_results_are_those_of_the_formula(
    documents: list[str], query: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = built(tmp_path_factory.mktemp("index") / "index", documents).find(query)
    expected = scores(documents, query)
    # Single precision tells scores apart to about seven digits.
    assert all(expected[one] > expected[other] * (1 - 1e-5) for one, other in itertools.pairwise(found))
    having = [place for place, score in enumerate(expected) if score > 0]
    assert len(found) == min(RESULTS, len(having))
    assert set(found) <= set(having)
    if found:
        left = [expected[place] for place in having if place not in found]
        assert not left or max(left) <= expected[found[-1]] * (1 + 1e-5)


def test_equal_products_stand_in_the_order_of_the_catalogue(tmp_path: Path) -> None:
    documents = ["red shirt"] * 400 + ["red shirt red"] + ["red shirt"] * 400
    assert built(tmp_path / "one", documents).find("red") == (400, *range(RESULTS - 1))


def test_equals_of_several_segments_stand_in_order_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # So little room that the writer starts a segment every few thousand documents.
    monkeypatch.setattr(search, "_HEAP", 15_000_000)
    documents = [f"red shirt {' '.join(f'w{(place * 7 + at) % 3001}' for at in range(30))}" for place in range(40_000)]
    found = built(tmp_path / "index", documents)
    assert found._searcher.num_segments > 1
    assert found.find("red") == tuple(range(RESULTS))


def test_two_builds_agree(tmp_path: Path) -> None:
    rng = random.Random(0)
    documents = [" ".join(rng.choices(WORDS, k=rng.randint(2, 6))) for _ in range(3000)]
    one, other = built(tmp_path / "one", documents), built(tmp_path / "two", documents)
    assert all(one.find(query) == other.find(query) for query in ("red", "usb-c shirt", "x-large 3.5mm men's", "the"))


def test_a_term_that_is_repeated_counts_twice(tmp_path: Path) -> None:
    shop = built(tmp_path / "index", ["red hat hat", "blue shirt", "red red hat", "hat"])
    assert shop.find("red red red hat")[0] == 2
    assert shop.find("red hat hat hat")[0] == 0


@pytest.mark.parametrize(
    "query", ["", "the", "-- ++", "AND OR NOT", 'red" OR (', "terms:red", "place:[0 TO *]", "*", "~", "\x00"]
)
def test_signs_of_a_query_language_are_nothing_but_text(tmp_path: Path, query: str) -> None:
    shop = built(tmp_path / "index", ["red shirt", "blue shirt or hat"])
    assert set(shop.find(query)) <= {0, 1}


def test_a_query_of_megabytes_is_cut(tmp_path: Path) -> None:
    assert built(tmp_path / "index", ["red shirt"]).find("red " * 3_000_000) == (0,)
