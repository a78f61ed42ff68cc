"""Names of people, towns and companies out of syllables, so that nobody real is meant. Countries are those of the world."""

from __future__ import annotations

import random

from attrs import frozen

COUNTRIES = {
    "US": ("United States of America", "en"), "GB": ("United Kingdom", "en"), "FR": ("France", "fr"), "DE": ("Germany", "de"),
    "JP": ("Japan", "ja"), "CN": ("China", "zh"), "RU": ("Russia", "ru"), "NL": ("Netherlands", "nl"), "ES": ("Spain", "es"),
    "CA": ("Canada", "en"), "AU": ("Australia", "en"), "IE": ("Ireland", "en"), "AT": ("Austria", "de"), "BE": ("Belgium", "fr"),
    "MX": ("Mexico", "es"), "AR": ("Argentina", "es"), "CH": ("Switzerland", "de"), "NZ": ("New Zealand", "en"),
}  # fmt: skip
"""ISO 3166-1 codes with the names that TMDB gives them, and the language of their films."""
LANGUAGES = {
    "en": ("US", "English", "English"), "de": ("DE", "Deutsch", "German"), "nl": ("NL", "Nederlands", "Dutch"),
    "fr": ("FR", "Français", "French"), "es": ("ES", "Español", "Spanish"), "ru": ("RU", "Русский", "Russian"),
    "ja": ("JP", "日本語", "Japanese"), "zh": ("CN", "普通话", "Mandarin"),
}  # fmt: skip
"""ISO 639-1 codes of translations: country, own name and English name."""
# Beginnings, vowels, middles, ends of given names, ends of family names, ends of towns.
_TONGUES = (
    ("B D F L M R T V", "a e i o", "l n r st v", "an el is or a", "berg en strom ader", "haven mark"),
    ("C G J N P S Ch Tr", "a e o u", "ll m nt rr s", "ine ot elle ard", "eaux iot ombe erac", "ville ouse"),
    ("H K M N S T R Y", "a i o u", "k m n r sh", "aro iko una ejo", "amura eda okawa ishi", "jima hara"),
    ("Br D G Kl M P Z V", "a e i o", "d l m r z", "an ena islav ka", "ovich enko ak insk", "grad ovo"),
    ("Al El Il Or Ur Am An", "a i o", "l m n r v", "elo anna irin isel", "amane avale orosso elinde", "amare oporto"),
    ("D F G K Ll M R W", "y e o a", "dd nn rr th gw", "ic wen eth an", "rhys ogan ewel ach", "combe stead"),
    ("Q X L J Z W F T", "ia ao u ei", "n ng l m", "u in ai ei", "ang ong ue ian", "zhou jing"),
    ("S V T H J E L N", "aa i uu o", "kk l tt n r", "o i a ari", "nen la maki rinta", "salmi joki"),
    ("R C M D V P L B", "a e i o", "c d ll nd rt", "ario ena ito ola", "ez ales anza uero", "ada edo"),
    ("A B D Gh K R T Z", "a e i u", "d j m r z", "ir ah een al", "avi ani oushi ridi", "abad ganj"),
)  # fmt: skip
_SIGNS = ("Pictures", "Films", "Studios", "Entertainment", "Film Group", "Productions", "Cinema", "Motion Company")


@frozen
class Tongue:
    """Given names, family names and towns of one sound. No two tongues share any."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    towns: tuple[str, ...]


def tongues(seed: int, given: int = 100, family: int = 150, towns: int = 60) -> list[Tongue]:
    """All tongues of a seed."""
    chance = random.Random(f"movie names {seed}")
    taken: set[str] = set()
    found = []
    for parts in _TONGUES:
        starts, vowels, middles, ends, families, places = (part.split() for part in parts)
        names = []
        for last, many in ((ends, given), (families, family), (places, towns)):
            made: list[str] = []
            while len(made) < many:
                name = chance.choice(starts) + chance.choice(vowels) + chance.choice(middles)
                if chance.random() < 0.3:
                    name += chance.choice(vowels) + chance.choice(middles)
                name = (name + chance.choice(last)).capitalize()
                if name not in taken:
                    taken.add(name)
                    made.append(name)
            names.append(tuple(made))
        found.append(Tongue(*names))
    return found


def company_names(chance: random.Random, tongue: Tongue, count: int) -> list[str]:
    """Names of companies; some differ in the last word only."""
    stems = chance.sample(tongue.family, count * 2 // 3)
    pairs = [(stem, sign) for stem in stems for sign in chance.sample(_SIGNS, 2)]
    return [f"{stem} {sign}" for stem, sign in chance.sample(pairs, count)]
