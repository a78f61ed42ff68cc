"""Marks and spellings around a text: taken off layer by layer, each step linear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentgym_core.actions._values import block, fold

AFTER = ".!;,:"
# Quotes, brackets and marks around a text: what opens and what closes.
_AROUND = (
    ("```", "```"),
    ("`", "`"),
    ('"', '"'),
    ("'", "'"),
    ("**", "**"),
    ("__", "__"),
    ("*", "*"),
    ("[", "]"),
    ("<", ">"),
    ("“", "”"),
    ("‘", "’"),
    ("(", ")"),
    ("$", "$"),
    ("\\boxed{", "}"),
    ("\\text{", "}"),
)
# "- go", "1. go", "> go", "### go": with a blank behind, so that "-1" and "*x*" stay.
_BULLET = re.compile(r"(?:[-*•>#|]+|[0-9]{1,2}[.)])\s+")
# Full stops and such behind a text, and pictures.
_BEHIND = re.compile(rf"[{AFTER}\s\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]{{1,20}}\Z")
_ARTICLE = re.compile(r"\b(?:the|an?)\s+", re.IGNORECASE)
# "browser:click", "functions:go": the part before the colon.
_NAMESPACE = re.compile(r"\b[a-z]+:(?=[a-z_])")
# Words of two letters or more with a capital in them; single capitals stay, since they may be options or variables.
_BIG = re.compile(r"\b(?=\w*[A-Z])\w{2,}")
# Single characters with one or two signs between: "c-r-a-n-e", "C, R, A, N, E".
_SPELLED = re.compile(r"\w(?:[-., ]{1,2}\w){2,30}")
_AND = re.compile(r",?\s{1,3}and\s{1,3}")
# "desklamp1": a number that is joined to its name.
_JOINED = re.compile(r"(?<=[a-z])(?=[0-9]{1,3}\b)")
_NUMBERS = {
    word: str(at)
    for at, word in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1)
}
_NUMBER = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b", re.IGNORECASE)
# "2x apple", "2 × apple": the sign goes, the number stays.
_TIMES = re.compile(r"\b([0-9]{1,12})\s?[x×](?=\s)")


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
            elif not text[-1:].isalnum():
                inner = _BEHIND.sub("", text)
        if inner == text or not inner:
            return
        text = inner
        yield text


def _inside(text: str, only: str) -> str:
    if text[:1].isalnum():
        return text
    for left, right in _AROUND:
        wanted = (not only or left in only) and len(text) > len(left + right)
        if wanted and text.startswith(left) and text.endswith(right):
            return text[len(left) : len(text) - len(right)].strip()
    return text


def plainer(value: str) -> Iterator[str]:
    """A name in ever plainer spellings: without marks, in small letters, without articles, with blanks for underscores, unspelled."""
    yield from peeled(value)
    if value.startswith('["') and value.endswith('"]'):
        # A list where names in one text are wanted.
        yield value[2:-2].replace('", "', ", ")
    value = value.strip().rstrip(AFTER).strip("\"'`“”‘’*").replace('"', "").replace("`", "")
    if _SPELLED.fullmatch(value):
        yield value.lower()
        yield re.sub(r"\W", "", value).lower()
    value = _BIG.sub(lambda found: found[0].lower(), value)
    yield value
    value = fold(_ARTICLE.sub("", value))
    yield value
    value = fold(_NAMESPACE.sub("", value).replace("_", " "))
    yield value
    yield counted(value)
    yield _AND.sub(", ", value)
    yield _JOINED.sub(" ", value)


def counted(text: str) -> str:
    """The text with figures for the words of small numbers, and without times signs."""
    return _NUMBER.sub(lambda found: _NUMBERS[found[0].lower()], _TIMES.sub(r"\1", text))


def unlabelled(name: str, text: str) -> str:
    """A value without its parameter's name and the quotes around it."""
    label = re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=:]\s*", text, re.IGNORECASE)
    return list(peeled(text[label.end() :] if label else text, "`\"'“‘"))[-1]
