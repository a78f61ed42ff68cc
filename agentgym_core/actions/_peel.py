"""Marks and spellings around a text: taken off layer by layer, each step linear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentgym_core.actions._values import block, fold

MARKS = "\"'`“”‘’*"
AFTER = ".!;,:"
_OPENING = ("```", "`", '"', "'", "**", "__", "*", "[", "<", "“", "‘", "(", "$", "\\boxed{", "\\text{")
_CLOSING = ("```", "`", '"', "'", "**", "__", "*", "]", ">", "”", "’", ")", "$", "}", "}")
# "- go", "1. go", "> go", "### go": with a blank behind, so that "-1" and "*x*" stay.
_BULLET = re.compile(r"(?:[-*•>#|]+|[0-9]{1,2}[.)])\s+")
_ARTICLE = re.compile(r"\b(?:the|an?)\s+", re.IGNORECASE)
# "browser:click", "functions:go": the part before the colon.
_NAMESPACE = re.compile(r"\b[a-z]+:(?=[a-z_])")
# Words of two letters or more with a capital in them; single capitals stay, since they may be options or variables.
_BIG = re.compile(r"\b(?=\w*[A-Z])\w{2,}")
# Single characters with one or two signs between: "c-r-a-n-e", "C, R, A, N, E".
_SPELLED = re.compile(r"\w(?:[-., ]{1,2}\w){2,30}")
_AND = re.compile(r",?\s{1,3}and\s{1,3}")
_NUMBERS = {
    word: str(at)
    for at, word in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1)
}
_NUMBER = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b", re.IGNORECASE)
# "2x apple", "2 × apple": the sign goes, the number stays.
_TIMES = re.compile(r"\b([0-9]{1,12})\s?[x×](?=\s)")

# What stands behind an action and explains it.
REASON = re.compile(
    r",?\s{1,3}(?:because|since|as|so|so that|in order to|which|to (?:see|get|reach|find))\b|\s{1,3}[-–—]{1,3}\s|\s{0,3}[(#]|\s//|\.\s"
)
# What stands before an action and says that it is now meant: nothing that doubts, denies, asks or tells of the past.
LEAD = re.compile(
    r"(?:(?:so|now|then|next|first|okay|ok|therefore|thus|hence),?\s+){0,2}"
    r"(?:i(?:'ll|’ll| will| shall| am going to|'m going to)?(?: now| next| then)?"
    r"(?: choose| pick| guess| decide| go with| use| try| call| do)?(?: to)?"
    r"|let(?: me| us|'s|’s)(?: guess| try| call| do)?|please|try to|use"
    r"|(?:the|my)(?: (?:next|best|right|final|correct))?"
    r" (?:action|move|choice|guess|answer|command|step|word|query)(?: now| here)?(?: (?:is|will be|would be)(?: to)?)?)"
    r"\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
TRAIL = re.compile(r",?\s{1,3}(?:please|now|next|first)\W{0,3}\Z", re.IGNORECASE)


def peeled(text: str, only: str = "") -> Iterator[str]:
    """A text, then without the marks around it, one layer after the other. `only`: quotes of these kinds, and nothing else."""
    text = block(text)
    yield text
    # Eight layers: more than any model writes, and a bound for a text made of quotes alone.
    for _ in range(8):
        inner = _inside(text, only)
        if inner == text and not only:
            bullet = _BULLET.match(text)
            if text[:1] == text[-1:] == "|":
                inner = text[:-1].rpartition("|")[2].strip()
            elif bullet:
                inner = text[bullet.end() :]
            elif text[-1:] in AFTER:
                inner = text[:-1].rstrip()
        if inner == text or not inner:
            return
        text = inner
        yield text


def _inside(text: str, only: str) -> str:
    for left, right in zip(_OPENING, _CLOSING, strict=True):
        if (
            (not only or left in only)
            and text.startswith(left)
            and text.endswith(right)
            and len(text) > len(left + right)
        ):
            return text[len(left) : len(text) - len(right)].strip()
    return text


def plainer(value: str) -> Iterator[str]:
    """A name in ever plainer spellings: without marks, in small letters, without articles, with blanks for underscores, unspelled."""
    yield from peeled(value)
    value = _BIG.sub(
        lambda found: found[0].lower(), value.strip().rstrip(AFTER).strip(MARKS).replace('"', "").replace("`", "")
    )
    yield value
    value = fold(_ARTICLE.sub("", value))
    yield value
    value = fold(_NAMESPACE.sub("", value).replace("_", " "))
    yield value
    if _SPELLED.fullmatch(value):
        yield re.sub(r"\W", "", value).lower()
    yield counted(value)
    yield _AND.sub(", ", value)


def counted(text: str) -> str:
    """The text with figures for the words of small numbers, and without times signs."""
    return _NUMBER.sub(lambda found: _NUMBERS[found[0].lower()], _TIMES.sub(r"\1", text))


def unlabelled(name: str, text: str) -> str:
    """A value without its parameter's name and the quotes around it."""
    label = re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=:]\s*", text, re.IGNORECASE)
    return list(peeled(text[label.end() :] if label else text, "`\"'“‘"))[-1]


ARGUMENTS = re.compile("arguments?|parameters|args|params|kwargs|input|actioninput|toolinput").fullmatch
"""The loose names of the key under which models put the arguments of a call."""
