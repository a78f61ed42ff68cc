"""ReAct: `Thought:` and `Action:` in plain text.

One action a turn. Several that say the same are one; of several that differ the first is run, for the others were thought of before
its observation. A fenced action is taken as it stands.
"""

from __future__ import annotations

import re

from attrs import frozen

from agentgym_core.actions.action_set import ActionSet, MatchedAction
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.actions.reply import END_TOKENS, cut_end, cut_turn, drop_tags, fenced, read_fence, split_think
from agentgym_core.actions.values import InvalidAction, fold
from agentgym_core.types import ExpertAction

_MARK = re.compile(
    r"^[ \t]{0,20}(?:[#>\-][# \t>\-]{0,9})?(?P<bold>[*_]{0,3})(?P<kind>thought|action|observation)s?(?:[ \t]?[0-9]{1,3})?"
    r"(?:(?P<shut>[*_]{0,3})[ \t]?:(?P<late>[*_]{0,3})|(?P<heading>(?<=\w)[*_]{0,3}[ \t]{0,9}$))",
    re.IGNORECASE | re.MULTILINE,
)
# Without a colon only what is set off as a heading is one: a word alone on a line may be prose.
_PLAIN = re.compile(r"[^#*_]*\Z")
_INLINE = re.compile(r"(?<!\w)\*{0,2}(?:Action|ACTION)[ \t]?(?P<shut>\*{0,2}):(?P<late>\*{0,2})")
_THOUGHT = re.compile(
    r"\s*(?:```\w{0,12}\n\s{0,9})?(?:[#>\-]{1,6}\s?)?[*_]{0,3}thoughts?[*_]{0,3}(?:[ \t]?:[*_]{0,3}|[ \t]{0,9}\n)",
    re.IGNORECASE,
)
_BLANK = re.compile(r"[ \t]*(?:\n[ \t]*(?=\n))*\n?")
_FENCE_LINE = re.compile(r"^[ \t]{0,20}`{3,}", re.MULTILINE)
_NO_ACTION = 'there is no action in the reply: end it with a line "Action:" and one action after it'
_MANY = 20
"""Further actions are not even counted: only the first could be run."""
_BULLET = re.compile(r"(?:[-*•]|[0-9]{1,2}[.)])\s")
_WRAPPERS = (
    ("`", "`"),
    ('"', '"'),
    ("'", "'"),
    ("**", "**"),
    ("*", "*"),
    ("[", "]"),
    ("<", ">"),
    ("“", "”"),
    ("(", ")"),
)


@frozen
class _Candidate:
    """What stands after a marker. `fence` are the words on its first line and a fenced block after them, where there is one."""

    start: int
    text: str
    verbatim: bool
    fence: tuple[str, str] | None = None


def read(declared: ActionSet, text: str) -> ParsedReply:
    """Read a reply; see `Grammar.read`."""
    notes: list[str] = []
    think = ""
    if "<" in text:
        text = cut_end(text, notes)
        if "think" in text:
            think, text = split_think(text, _protected(text))
    candidates, thought_mark = _candidates(text, notes)
    if not candidates:
        return _bare(declared, text, think, notes)
    chosen = candidates[-1]
    if len(candidates) > 1 and len({fold(_first(each)) for each in candidates}) > 1:
        chosen = candidates[0]
        notes.append(f"{len(candidates)} actions in one reply: only the first is run")
    thought = text[: candidates[0].start]
    if thought_mark is None:
        notes.append('no "Thought:"')
        thought = thought.strip()
    else:
        thought = _without_mark(thought)
    if think:
        thought = f"{think}\n{thought}" if thought else think
    return _finish(declared, chosen, thought, notes)


def _first(candidate: _Candidate) -> str:
    return candidate.text if candidate.verbatim else candidate.text.strip().partition("\n")[0]


def _finish(declared: ActionSet, chosen: _Candidate, thought: str, notes: list[str]) -> ParsedReply:
    found = _with_fence(declared, *chosen.fence) if chosen.fence else None
    if found is None:
        try:
            found = declared.find(chosen.text, strict=True)
        except InvalidAction as misfit:
            return ParsedReply(None, thought, str(misfit), tuple(notes))
    if not found.action.name and not chosen.verbatim:
        found = _unwrap(declared, found, notes)
    if not found.action.text:
        return ParsedReply(None, thought, _NO_ACTION, tuple(notes))
    if found.rest:
        notes.append("left out what follows the action")
    return ParsedReply(found.action, thought, None, (*notes, *found.mended))


def _with_fence(declared: ActionSet, words: str, inside: str) -> MatchedAction | None:
    """An action whose last argument stands in a fence after its first words, as code and SQL often do."""
    words = fold(words)
    found = declared.find(f"{words} {inside}")
    return found if found.form is not None and found.form.block and found.form.prefix.strip() == words else None


def _unwrap(declared: ActionSet, found: MatchedAction, notes: list[str]) -> MatchedAction:
    """Quotes and emphasis around an action, where only without them it is one that is declared."""
    text = found.action.text
    for _ in range(3):
        inner = text
        for left, right in _WRAPPERS:
            if text.startswith(left) and text.endswith(right) and len(text) > len(left) + len(right):
                inner = text[len(left) : len(text) - len(right)].strip()
                break
        if inner == text:
            inner = _BULLET.sub("", text)
        if inner == text and text.endswith("."):
            inner = text[:-1].rstrip()
        if inner == text:
            break
        text = inner
        again = declared.find(text)
        if again.action.name:
            notes.append("removed the marks around the action")
            return MatchedAction(again.action, again.form, found.rest, again.mended)
    return found


def _candidates(text: str, notes: list[str]) -> tuple[list[_Candidate], bool | None]:
    marks = [mark for mark in _MARK.finditer(text) if mark["heading"] is None or not _PLAIN.match(mark[0])]
    out: list[_Candidate] = []
    thought: bool | None = None
    until = 0
    for at, mark in enumerate(marks):
        if mark.start() < until:
            continue
        kind = mark["kind"].lower()
        if kind == "observation" and out:
            notes.append("left out an observation that the reply made up")
            break
        if kind == "thought" and not out:
            thought = True
        if kind != "action":
            continue
        end = marks[at + 1].start() if at + 1 < len(marks) else len(text)
        candidate, until = _content(text, mark, end, notes)
        if candidate is not None:
            out.append(candidate)
            if len(out) == _MANY:
                break
    if not out:
        inline = list(_INLINE.finditer(text))
        if inline:
            candidate, _ = _content(text, inline[-1], len(text), notes)
            if candidate is not None:
                out.append(candidate)
    return out, thought


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
    if mark.re is _MARK and mark["bold"] and not mark["shut"] and not mark["late"]:
        line, newline, rest = content.partition("\n")
        content = line.rstrip().removesuffix(mark["bold"]) + newline + rest
    if not content.strip():
        return None, end
    return _Candidate(mark.start(), content.rstrip(), False, split), begin


def _split_fence(text: str, begin: int, words: str) -> tuple[str, str] | None:
    fence = read_fence(text, begin + len(words))
    words = words.strip()
    return (words, fence.text) if fence is not None and words and "\n" not in words else None


def _bare(declared: ActionSet, text: str, think: str, notes: list[str]) -> ParsedReply:
    """A reply without a marker: fine where all of it is one declared action with words of its own."""
    whole = cut_turn(text, notes).strip()
    fence = read_fence(whole, 0)
    fenced_whole = fence is not None and fence.closed and not whole[fence.end :].strip()
    if fence is not None and not whole[fence.end :].strip():
        whole = fence.text
    found = declared.find(whole)
    if not found.action.name:
        found = _unwrap(declared, found, notes)
    # Prose is no action of free text, but a fence around all of it sets it off as one.
    named = found.action.name and (found.form is None or found.form.literals or fenced_whole)
    if named and not found.rest:
        return ParsedReply(found.action, think, None, (*notes, 'no "Action:"', *found.mended))
    thought = "\n".join(part for part in (think, _without_mark(text)) if part)
    return ParsedReply(None, thought, _NO_ACTION, tuple(notes))


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


def write(move: ExpertAction) -> str:
    """A move as a reply. An action that would be misread in plain text is fenced; a thought keeps no markers of its own."""
    action = move.action
    if _hazard(action):
        action = fenced(action)
    thought = _MARK.sub(_quote, drop_tags(move.thought)).strip()
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
