"""Titles of films, in English and as other countries show them."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen

from agentgym_env_movie.words import table

FOREIGN = ("de", "nl", "fr", "es", "ru", "ja", "zh")
"""Languages into which titles are put."""
_OF = {
    "de": "{} von {}",
    "nl": "{} van {}",
    "fr": "{} de {}",
    "es": "{} de {}",
    "ru": "{}: {}",
    "ja": "{1}の{0}",
    "zh": "{1}之{0}",
}
_BESIDE = {"ja": "{1}の{0}", "zh": "{1}之{0}"}
# A word for a search.
_WORD = re.compile(r"\w+")
_AGAIN = {
    "en": "Return to {}", "de": "Rückkehr: {}", "nl": "Terug: {}", "fr": "Retour : {}", "es": "El regreso: {}", "ru": "Возвращение: {}",
    "ja": "続・{}", "zh": "{}续集",
}  # fmt: skip


@frozen
class Title:
    """A title by its parts: a noun with a quality, or with the name of a place or somebody."""

    noun: int
    quality: int = -1
    name: str = ""
    article: bool = False
    whose: bool = False
    sequel: str = ""

    def english(self) -> str:
        """As it is shown at home."""
        noun = table("nouns")[self.noun]["en"]
        if self.quality >= 0:
            text = f"{'The ' if self.article else ''}{table('qualities')[self.quality]['en']} {noun}"
        else:
            text = f"{self.name}'s {noun}" if self.whose else f"{'The ' if self.article else ''}{noun} of {self.name}"
        return self._again(text, "en")

    def foreign(self, language: str) -> str:
        """As a country of another language shows it."""
        noun = table("nouns")[self.noun][language]
        if self.quality >= 0:
            text = _BESIDE.get(language, "{} {}").format(noun, table("qualities")[self.quality][language])
        else:
            text = _OF[language].format(noun, self.name)
        return self._again(text, language)

    def _again(self, text: str, language: str) -> str:
        if self.sequel == "II":
            return f"{text} II"
        if not self.sequel:
            return text
        return _AGAIN[language].format(f"t{text[1:]}" if text.startswith("The ") else text)


def draw_title(chance: random.Random, nouns: Sequence[int], towns: Sequence[str], people: Sequence[str]) -> Title:
    """A new title; the shorter forms come again and again."""
    noun, article = chance.choice(nouns), chance.random() < 0.4
    form = chance.random()
    if form < 0.3:
        return Title(noun, quality=chance.randrange(len(table("qualities"))), article=article)
    if form < 0.65:
        return Title(noun, name=chance.choice(towns), article=article)
    return Title(noun, name=chance.choice(people), whose=True)


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """A text without the differences that a search does not mind: case, accents, punctuation, white space."""
    if not text.isascii():
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(_WORD.findall(text.replace("'", "").replace("’", "").casefold()))
