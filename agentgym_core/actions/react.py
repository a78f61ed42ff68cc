"""ReAct: `Thought:` and `Action:` in plain text.

One action a turn, under one mark. A fenced action is taken as it stands. What else a model may write is read in `lenient`.
"""

from __future__ import annotations

import re

from attrs import frozen

from agentgym_core.actions.declared import Declared, Found
from agentgym_core.actions.reading import Reading
from agentgym_core.actions.reply import END_TOKENS, cut_end, cut_turn, drop_tags, fenced, read_fence, split_think
from agentgym_core.actions.values import Misfit, fold
from agentgym_core.types import Move

_MARK = re.compile(
    r"^[ \t]{0,20}(?:[#>\-][# \t>\-]{0,9})?(?P<bold>[*_]{0,3})(?P<kind>thought|action|observation)s?(?:[ \t]?[0-9]{1,3})?"
    r"(?:(?P<shut>[*_]{0,3})[ \t]?:(?P<late>[*_]{0,3})|(?P<heading>(?<=\w)[*_]{0,3}[ \t]{0,9}$))",
    re.IGNORECASE | re.MULTILINE,
)
# Without a colon only what is set off as a heading is one: a word alone on a line may be prose.
_PLAIN = re.compile(r"[^#*_]*\Z")
_THOUGHT = re.compile(
    r"\s*(?:```\w{0,12}\n\s{0,9})?(?:[#>\-]{1,6}\s?)?[*_]{0,3}thoughts?[*_]{0,3}(?:[ \t]?:[*_]{0,3}|[ \t]{0,9}\n)",
    re.IGNORECASE,
)
_BLANK = re.compile(r"[ \t]*(?:\n[ \t]*(?=\n))*\n?")
_FENCE_LINE = re.compile(r"^[ \t]{0,20}`{3,}", re.MULTILINE)
NO_ACTION = 'there is no action in the reply: end it with a line "Action:" and one action after it'


@frozen
class _Candidate:
    """What stands after a marker. `fence` are the words on its first line and a fenced block after them, where there is one."""

    start: int
    text: str
    verbatim: bool
    fence: tuple[str, str] | None = None


def read(declared: Declared, text: str) -> tuple[Reading, bool, bool]:
    """Read a reply in this form; whether it is sure: one action that is declared, and no other mark; and whether it is fenced."""
    notes: list[str] = []
    think = ""
    if "<" in text:
        text = cut_end(text, notes)
        if "think" in text:
            think, text = split_think(text, _protected(text))
    candidate = _usual(text)
    thought_mark = sole = True
    if candidate is None:
        candidate, thought_mark, sole = _candidate(text, notes)
    if candidate is None:
        thought = "\n".join(part for part in (think, _without_mark(text)) if part)
        return Reading(None, thought, NO_ACTION, tuple(notes)), False, False
    thought = text[: candidate.start]
    if not thought_mark:
        notes.append('no "Thought:"')
        thought = thought.strip()
    else:
        thought = _without_mark(thought)
    if think:
        thought = f"{think}\n{thought}" if thought else think
    found = _with_fence(declared, *candidate.fence) if candidate.fence else None
    if found is None:
        try:
            found = declared.find(candidate.text, strict=True)
        except Misfit as misfit:
            return Reading(None, thought, str(misfit), tuple(notes)), False, False
    if not found.action.text:
        return Reading(None, thought, NO_ACTION, tuple(notes)), False, False
    if found.rest:
        notes.append("left out what follows the action")
    sure = sole and not found.rest and found.action.name != ""
    return Reading(found.action, thought, None, (*notes, *found.mended)), sure, candidate.verbatim


def _with_fence(declared: Declared, words: str, inside: str) -> Found | None:
    """An action whose last argument stands in a fence after its first words, as code and SQL often do."""
    words = fold(words)
    found = declared.find(f"{words} {inside}")
    return found if found.form is not None and found.form.block and found.form.prefix.strip() == words else None


def _candidate(text: str, notes: list[str]) -> tuple[_Candidate | None, bool, bool]:
    """What stands under the last mark of an action, whether a thought is marked before it, and whether there is no other mark."""
    out: list[_Candidate] = []
    thought, seen, until, open_mark = False, False, 0, None
    for mark in _MARK.finditer(text):
        if mark.start() < until or (mark["heading"] is not None and _PLAIN.match(mark[0])):
            continue
        kind = mark["kind"].lower()
        if open_mark is not None:
            candidate, until = _content(text, open_mark, mark.start(), notes)
            open_mark = None
            if candidate is not None:
                out.append(candidate)
            if mark.start() < until:
                continue
        seen = seen or (kind == "observation" and bool(out))
        thought = thought or (kind == "thought" and not out)
        if kind == "action":
            open_mark = mark
    if open_mark is not None:
        candidate, _ = _content(text, open_mark, len(text), notes)
        if candidate is not None:
            out.append(candidate)
    return out[-1] if out else None, thought, len(out) == 1 and not seen


def _usual(text: str) -> _Candidate | None:
    """The action of a reply in the very form, with no other word in it that could be a mark: most are, and this is quick."""
    at = text.find("\nAction:")
    if at < 0 or not text.startswith("Thought:"):
        return None
    low = text.lower()
    if low.count("action") != 1 or low.count("thought") != 1 or "observation" in low or "`" in text or "<" in text:
        return None
    start = _BLANK.match(text, at + 8)
    content = text[start.end() if start else at + 8 :].rstrip()
    return _Candidate(at + 1, content, False) if content else None


def _content(text: str, mark: re.Match[str], end: int, notes: list[str]) -> tuple[_Candidate | None, int]:
    start = _BLANK.match(text, mark.end())
    begin = start.end() if start else mark.end()
    fence_at = begin
    while text[fence_at : fence_at + 1].isspace():
        fence_at += 1
    if text.startswith("```", fence_at):
        fence = read_fence(text, fence_at)
        if fence is not None and fence.text.strip():
            notes.append("took the action out of its fence")
            if text[fence.end :].strip():
                notes.append("left out what follows the action")
            return _Candidate(mark.start(), fence.text, fence.closed), fence.end
    content = cut_turn(text[begin:end], notes)
    split = None
    at = content.find("```")
    if at >= 0:
        split = _split_fence(text, begin, content[:at])
        closing = _FENCE_LINE.search(content)
        if closing:
            content = content[: closing.start()]
    if mark["bold"] and not mark["shut"] and not mark["late"]:
        line, newline, rest = content.partition("\n")
        content = line.rstrip().removesuffix(mark["bold"]) + newline + rest
    if not content.strip():
        return None, end
    return _Candidate(mark.start(), content.rstrip(), False, split), begin


def _split_fence(text: str, begin: int, words: str) -> tuple[str, str] | None:
    fence = read_fence(text, begin + len(words))
    words = words.strip()
    return (words, fence.text) if fence is not None and words and "\n" not in words else None


def _without_mark(thought: str) -> str:
    mark = _THOUGHT.match(thought)
    return (thought[mark.end() :] if mark else thought).strip()


def _protected(text: str) -> int:
    """How far a closing tag may stand alone: not inside the fence of the first action."""
    for mark in _MARK.finditer(text):
        if mark["kind"].lower() == "action":
            begin = mark.end()
            while begin < len(text) and text[begin].isspace():
                begin += 1
            fence = read_fence(text, begin)
            if fence is not None and fence.closed and not text[fence.end :].strip():
                return mark.start()
            break
    return len(text)


def write(move: Move, hazard: bool) -> str:
    """A move as a reply. An action that would be misread in plain text is fenced; a thought keeps no markers of its own."""
    action = move.action
    if hazard or _hazard(action):
        action = fenced(action)
    # Stripped first: what is quoted must be what a reader would take for a mark.
    thought = _MARK.sub(_quote, drop_tags(move.thought).strip()).strip()
    return f"Thought:\n{thought}\n\nAction:\n{action}"


def _quote(mark: re.Match[str]) -> str:
    return f"| {mark[0].lstrip()}" if mark["kind"].lower() == "action" else mark[0]


def _hazard(action: str) -> bool:
    return (
        "```" in action
        or "<think" in action
        or "</think" in action
        or any(token in action for token in END_TOKENS)
        or _MARK.search(action) is not None
        or action != action.lstrip()
    )
