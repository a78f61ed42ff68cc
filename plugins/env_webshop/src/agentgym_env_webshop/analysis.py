"""English text as search terms, the way Lucene's `EnglishAnalyzer` (9.9) makes them.

Words by Unicode's rules (UAX #29), possessive endings off, lower case, 33 stop words out, Porter's stems. The stems are those of NLTK
with Martin Porter's later rules: over 460,000 words they are Lucene's. Snowball's `porter` is another algorithm (`trekking` gives
`trekk`, not `trek`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

import regex

from agentgym_env_webshop.lists import words

_MARKS = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*"
_LETTER = rf"[\p{{WB=ALetter}}\p{{WB=HebrewLetter}}]{_MARKS}"
_DIGIT = rf"\p{{WB=Numeric}}{_MARKS}"
_QUOTE = r"\p{WB=MidNumLet}\p{WB=SingleQuote}"
# What may stand between two letters (. : ' and their like) and between two digits (. , ; ' and their like).
_LATIN = (
    rf"(?:{_LETTER}(?:[\p{{WB=MidLetter}}{_QUOTE}]{_MARKS}(?={_LETTER}))?"
    rf"|{_DIGIT}(?:[\p{{WB=MidNum}}{_QUOTE}]{_MARKS}(?={_DIGIT}))?)+"
)
_KATAKANA = rf"(?:\p{{WB=Katakana}}{_MARKS})+"
_JOIN = rf"(?:\p{{WB=ExtendNumLet}}{_MARKS})+"
_PICTOGRAPH = rf"\p{{Extended_Pictographic}}{_MARKS}"
_WORD = regex.compile(
    # An ideograph or a Hiragana letter is a word of its own, and so is a pictograph (the sign for a trade mark is one) with all that is
    # joined to it. Thai and its like are not cut into words. Katakana and letters touch only over an underscore.
    rf"[\p{{Script=Han}}\p{{Script=Hiragana}}]{_MARKS}"
    rf"|{_PICTOGRAPH}(?:(?<=\u200d){_PICTOGRAPH})*"
    rf"|(?:\p{{Line_Break=Complex_Context}}{_MARKS})+"
    rf"|(?:{_JOIN})?(?:{_LATIN}|{_KATAKANA})(?:{_JOIN}(?:{_LATIN}|{_KATAKANA}))*(?:{_JOIN})?"
)
_ASCII = regex.compile(r"(?:[A-Za-z](?:[.':](?=[A-Za-z]))?|[0-9](?:[.,;'](?=[0-9]))?|_)+")
"""The same over ASCII alone: several times as fast, and nearly all text is that."""

_POSSESSIVE = ("'s", "\u2019s", "\uff07s")

STOP_WORDS = frozenset(words("stop_words"))
"""Lucene's English stop words."""

LONGEST = 255
"""Longer words are cut into pieces of so many characters, as Lucene does."""


def terms(text: str) -> list[str]:
    """The search terms of a text, in order, repeated as often as they stand there."""
    found: list[str] = []
    for word in (_ASCII if text.isascii() else _WORD).findall(text):
        if len(word) > LONGEST:
            found += [term for start in range(0, len(word), LONGEST) if (term := _term(word[start : start + LONGEST]))]
        elif term := _term(word):
            found.append(term)
    return found


# A shop of a million products has some 300,000 distinct words, most of them rare: the common ones are worth keeping.
@lru_cache(maxsize=200_000)
def _term(word: str) -> str:
    if word.strip("_") == "":
        return ""
    word = word[:-2] if word.lower().endswith(_POSSESSIVE) else word
    word = word.lower()
    return "" if word in STOP_WORDS else _stem()(word)


@cache
def _stem() -> Callable[[str], str]:
    # Takes most of a second: NLTK loads all of itself.
    from nltk.stem.porter import PorterStemmer

    stemmer = PorterStemmer(mode=PorterStemmer.MARTIN_EXTENSIONS)
    return lambda word: stemmer.stem(word, to_lowercase=False)
