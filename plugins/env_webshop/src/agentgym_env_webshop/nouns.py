"""Which words of a title say what kind of thing it is: the reward compares them.

The original asks a spaCy model for nouns and proper nouns. Where one is installed it can be asked here too; else words are told apart by
their form, which is right often enough to tell shoes from shirts, and is not the original's judgement in every title.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from agentgym_core.errors import ConfigError
from agentgym_env_webshop.analysis import STOP_WORDS
from agentgym_env_webshop.lists import words

# Letters, with apostrophes and hyphens between them; numbers and sizes are no nouns.
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NOT_NOUNS = re.compile(r".*(?:less|able|ible|ful|ous|ive|proof|free|ish|ly|ed)\Z")
_DESCRIPTIONS = frozenset(words("descriptions"))


def by_form(title: str) -> frozenset[str]:
    """The words of a title that may be nouns, in lower case."""
    found = (word.lower() for word in _WORD.findall(title))
    return frozenset(
        word
        for word in found
        if len(word) > 1 and word not in STOP_WORDS and word not in _DESCRIPTIONS and not _NOT_NOUNS.match(word)
    )


def by_model(model: str, title: str) -> frozenset[str]:
    """The nouns and proper nouns that a spaCy model finds, in lower case.

    :raises ConfigError: spaCy or the model is not installed.
    """
    return frozenset(token.text.lower() for token in _model(model)(title) if token.pos_ in ("NOUN", "PROPN"))


@lru_cache(maxsize=1)
def _model(name: str) -> Any:
    try:
        import spacy

        return spacy.load(name, disable=["parser", "ner"])
    except (ImportError, OSError) as error:
        raise ConfigError(
            f"webshop: nouns: the spaCy model {name!r} cannot be loaded: {error}",
            hint=f"run: pip install spacy && python -m spacy download {name}",
        ) from None
