"""Search terms are those of Lucene's EnglishAnalyzer 9.9.1, which said what is expected here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_webshop import analysis
from agentgym_env_webshop.analysis import terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("men's t-shirt, x-large 3.5mm USB-C", "men t shirt x larg 3.5mm usb c"),
        ("O'Neill's women\u2019s 12,000mAh 5.5\" don't", "o'neil women 12,000mah 5.5 don't"),
        ("foo_bar a.b.c U.S.A. user@mail.com", "foo_bar a.b.c u.s.a user mail.com"),
        ("analogy logically possibly geology's trekking", "analog logic possibl geologi trek"),
        ("10x20 4K 1/2 inch 3-pack B09QCP4579 100%", "10x20 4k 1 2 inch 3 pack b09qcp4579 100"),
        ("caf\u00e9 na\u00efve \u4e2d\u6587 product", "caf\u00e9 na\u00efv \u4e2d \u6587 product"),
        ("Y\u200d\u00ae\u00f1;#\u00e90_&;\u30ab", "y\u200d \u00ae \u00f1 \u00e90_ \u30ab"),
        ("\ud55c\u2116\u201d_Z;\u30ab1@\u6587\u30bf", "\ud55c _z \u30ab 1 \u6587 \u30bf"),
        ("the shirt is not for them and they will", "shirt them"),
        ("_ __ -- ...", ""),
    ],
)
def test_terms_are_lucenes(text: str, expected: str) -> None:
    assert terms(text) == expected.split()


def test_a_word_beyond_measure_is_cut() -> None:
    assert [len(term) for term in terms("x" * 600)] == [255, 255, 90]


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_the_quick_way_over_ascii_is_the_slow_way(text: str) -> None:
    words = [word for word in analysis._ASCII.findall(text) if word.strip("_")]
    assert words == analysis._WORD.findall(text)


@given(st.text(max_size=80))
def test_no_text_fails_and_no_term_holds_a_blank(text: str) -> None:
    assert all(term and not term.isspace() and " " not in term for term in terms(text))
