"""WebArena's evaluators: answers, addresses, and what its task files call functions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.errors import EnvironmentFault
from agentgym_env_webarena.official.addresses import url_match
from agentgym_env_webarena.official.answers import needs_judge, string_match
from agentgym_env_webarena.official.pages import call, has, post_address
from agentgym_env_webarena.official.sites import PUBLIC, Sites, host_of

SITES = Sites(
    {
        "shopping": "http://127.0.0.1:7770",
        "shopping_admin": "http://127.0.0.1:7780/admin",
        "reddit": "http://10.0.0.1:9999",
    }
)


def never(*_: str) -> bool:
    raise AssertionError("a model was asked")


def judged(answer: str, note: str = "", **references: Any) -> bool:
    evaluation = {"eval_types": ["string_match"], "reference_answers": references, "string_note": note}
    return string_match(evaluation, "Say it.", answer, never, never)


@pytest.mark.parametrize(
    ("reference", "answer", "holds"),
    [
        ("Blue Kettle", "blue kettle", True),
        ("Blue Kettle", " 'Blue Kettle' ", True),
        ('"5"', "5", True),
        ("Blue Kettle", "Blue Kettle.", False),
        ("Blue Kettle", "", False),
    ],
)
def test_an_exact_answer(reference: str, answer: str, holds: bool) -> None:
    assert judged(answer, exact_match=reference) is holds


@pytest.mark.parametrize(
    ("phrases", "answer", "holds"),
    [
        (["red", "blue"], "Blue and red", True),
        (["red", "blue"], "red", False),
        (["5"], "There are 5.", True),
        (["5"], "There are 15", False),
        (["5"], "5.5 km", False),
        (["5"], "$5", True),
        (["5", "km"], "15 km", True),
        (["15"], "115", True),
    ],
)
def test_an_answer_with_phrases(phrases: list[str], answer: str, holds: bool) -> None:
    # Of several phrases, or of more than one sign, a part of a word counts too: so it is in the original.
    assert judged(answer, must_include=phrases) is holds


def test_a_fuzzy_answer_is_asked_about_once_for_each_reference() -> None:
    asked: list[tuple[str, ...]] = []

    def ask(*words: str) -> bool:
        asked.append(words)
        return True

    evaluation = {"eval_types": ["string_match"], "reference_answers": {"fuzzy_match": ["two", "three"]}}
    assert needs_judge(evaluation)
    assert string_match(evaluation, "Count.", "2 and 3", ask, never)
    assert asked == [("Count.", "two", "2 and 3"), ("Count.", "three", "2 and 3")]
    assert not string_match(evaluation, "Count.", "  ", never, never)


def test_a_task_that_cannot_be_done_takes_n_a_or_the_reason() -> None:
    evaluation = {
        "eval_types": ["string_match"],
        "reference_answers": {"fuzzy_match": "N/A"},
        "string_note": "no such page",
    }
    assert string_match(evaluation, "Open it.", "n/a", never, never)
    assert string_match(evaluation, "Open it.", "It is not there", never, lambda *words: words[1] == "no such page")
    assert not string_match(evaluation, "Open it.", "", never, never)


def test_what_is_no_comparison_is_an_error_and_no_score() -> None:
    with pytest.raises(ValueError, match="sounds_like"):
        judged("x", sounds_like="y")


@pytest.mark.parametrize(
    ("references", "address", "holds"),
    [
        ("http://a:1/x", "http://a:1/x/", True),
        ("http://a:1/x", "http://a:1/x/y", True),
        ("http://a:1/x", "http://b:1/x", False),
        ("http://a:1/x |OR| http://a:1/y", "http://a:1/y", True),
        ("http://a:1/x?q=1", "http://a:1/x?q=1&r=2", True),
        ("http://a:1/x?q=1", "http://a:1/x", False),
        ("http://a:1/x?q=1 |OR| http://a:1/x?q=2", "http://a:1/x?q=2", True),
    ],
)
def test_an_address(references: str, address: str, holds: bool) -> None:
    assert url_match(references, address) is holds


def test_what_a_page_must_have() -> None:
    assert has("I like Tea and more", {"must_include": ["coffee |OR| tea", "like"]})
    assert not has("I like Tea", {"must_include": ["coffee |OR| cocoa"]})
    assert has(" Guest ", {"exact_match": "guest"})
    with pytest.raises(EnvironmentFault, match="sounds_like"):
        has("x", {"sounds_like": "y"})


def test_functions_are_parsed_and_never_run() -> None:
    assert call("func:shopping_get_latest_order_url()") == ("shopping_get_latest_order_url", ())
    assert call("func:role(__page__, 'emma')") == ("role", ("__page__", "emma"))
    for text in (
        "func:__import__('os').system('true')",
        "func:f(1)",
        "func:f(x='y')",
        "func:",
        "func:(",
        "func:f(g())",
    ):
        with pytest.raises(EnvironmentFault):
            call(text)


@given(st.text(max_size=40))
def test_no_text_is_run(text: str) -> None:
    try:
        name, arguments = call(f"func:{text}")
    except EnvironmentFault:
        return
    assert name.isidentifier()
    assert all(isinstance(each, str) for each in arguments)


def test_a_post_is_found_from_its_comment() -> None:
    assert post_address("http://h:1/f/books/12/a-title/-/comment/9?x=1") == "http://h:1/f/books/12/"
    assert post_address("http://h:1/user/emma") == "http://h:1/user/emma"


def test_public_names_stand_for_addresses_and_back() -> None:
    text = "http://127.0.0.1:7780/admin/sales and http://127.0.0.1:7770/x and http://10.0.0.1:9999"
    assert SITES.shown(text) == "http://luma.com/admin/sales and http://onestopmarket.com/x and http://reddit.com"
    for site, address in SITES.addresses.items():
        assert SITES.meant(f"{PUBLIC[site]}/p?q=1") == f"{address}/p?q=1"
        assert SITES.meant(PUBLIC[site].replace("http:", "https:")) == address
    assert SITES.meant("http://reddit.com.evil.test/") == "http://reddit.com.evil.test/"
    assert SITES.meant("http://gitlab.com/") == "http://gitlab.com/"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://A.test/x", "a.test:80"),
        ("https://a.test", "a.test:443"),
        ("http://[::1]:8/", "::1:8"),
        ("http://a.test:81", "a.test:81"),
    ],
)
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert host_of(address) == host
