"""The parts of a reply under marks such as `Action:`, and which of them describe earlier turns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import frozen

from agentgym_core.actions._reply import read_fence

# Words that models put before a colon to say "this is my action".
_WORDS = r"actions?|answer|command|choice|decision|guess|move|query|sql|tool|function call|word|行动|动作"
# A mark at a line's start. In order: signs of lists, quotes or tables; "so", "my next", "the final"; the word, in one of the
# groups `aside` (a thought), `seen` (an observation) and `kind` (an action); a number; "is"; then a colon, a closing bracket, or
# the end of the line (`heading`, which counts only with #, * or _). Braces are doubled, since the words are put in by `format`.
_MARK = (
    r"^[ \t]{{0,20}}(?:[#>\-*_•|]{{1,6}}[ \t]{{0,9}}){{0,3}}\[?(?:(?:so|the|my|your|next|final|best|chosen|now)[ \t]){{0,3}}"
    r"(?:(?P<aside>thoughts?|thinking|reasoning|explanation|reason|思考)|(?P<seen>observations?|观察)|(?P<kind>{0}))"
    r"(?:[ \t]?[0-9]{{1,3}})?(?:[ \t]is)?"
    r"(?:[*_`]{{0,3}}[ \t]?[:：][*_]{{0,3}}|(?<=\w)\][ \t]|(?P<heading>[*_]{{0,3}}[ \t]{{0,9}}$))"
)
# In the middle of a line, and not inside a quotation.
_INLINE = re.compile(
    r"(?<![\w\"'“‘`|])\*{0,2}(?:Action|ACTION|(?:[Tt]he|[Mm]y)(?: next| final)? (?:action|move|choice|command)(?: is)?)"
    r"\*{0,2}[ \t]?:\*{0,2}"
)
# Words before a mark that say that what follows was done in an earlier turn, or not at all.
_PAST = re.compile(
    r"\b(?:before|earlier|previous(?:ly)?|already|so far|until now|last (?:turn|time|step|move|action)|history|example"
    r"|i (?:did|chose|took|tried))\b",
    re.IGNORECASE,
)
# "look -> You see a door": an action with its outcome, so one of an earlier turn.
_RESULT = re.compile(r"\s(?:->|→|=>)\s")
# So many marks are read. A reply with more is degenerate repetition.
_MOST = 1000


@frozen
class Section:
    """What stands under a mark. `lead` is the line right before it. `strong` is one that says action, and no other word."""

    start: int
    content: str
    lead: str
    strong: bool


class Marks:
    """Finds marks: the usual words, and the names of parameters where an environment has one action."""

    def __init__(self, names: Sequence[str]) -> None:
        kinds = "|".join((_WORDS, *map(re.escape, names)))
        self._pattern = re.compile(_MARK.format(kinds), re.IGNORECASE | re.MULTILINE)

    def sections(self, text: str) -> tuple[list[Section], list[int]]:
        """The parts under marks of actions, and where observations begin."""
        marks = [m for m in self._pattern.finditer(text) if m["heading"] is None or any(sign in m[0] for sign in "#*_")]
        out: list[Section] = []
        until = 0
        for mark, following in zip(marks[:_MOST], [*marks[1:], None], strict=False):
            if not mark["kind"] or mark.start() < until:
                continue
            end = following.start() if following else len(text)
            fence = read_fence(text, len(text) - len(text[mark.end() :].lstrip()))
            until = end = max(end, fence.end) if fence else end
            content = text[mark.end() : end].strip()
            if mark[0].lstrip(" \t>#-").startswith("**") and mark[0].count("**") == 1:
                # The whole line is bold: the closing sign stands in the action.
                content = content.replace("**", "", 1)
            if content:
                before = text[: mark.start()]
                lead = "" if before.endswith("\n\n") else before.rstrip().rpartition("\n")[2]
                out.append(Section(mark.start(), content, lead, mark["kind"].lower()[:6] in ("action", "行动", "动作")))
        if not out:
            inline = list(_INLINE.finditer(text))[-1:]
            out = [Section(m.start(), text[m.end() :].strip(), "", True) for m in inline if text[m.end() :].strip()]
        return out, [mark.end() for mark in marks if mark["seen"] and text[mark.end() :].strip()]

    def inside(self, text: str) -> bool:
        """Whether there is a mark in a text."""
        return self._pattern.search(text) is not None

    def thought(self, text: str) -> str:
        """What stands before an action, without the mark of a thought."""
        text = text.strip()
        mark = self._pattern.match(text)
        return (text[mark.end() :] if mark and mark["aside"] else text).strip().removesuffix("```").strip()


def of_this_turn(sections: Sequence[Section]) -> Iterator[Section]:
    """The sections without those that describe earlier turns: with a result behind, or after a line that leads to the past."""
    retold, previous = False, ""
    for section in sections:
        line, _, rest = section.content.partition("\n")
        joined = retold and previous != "" and section.lead.endswith(previous)
        led = _PAST.search(section.lead) is not None and section.lead.rstrip()[-1:] not in ".!?…"
        if section is sections[-1]:
            # The last one is told of only where the reply goes on after it.
            led = led and section.lead.rstrip().endswith(":") and rest.strip() != ""
        retold, previous = _RESULT.search(line) is not None or led or joined, line
        if not retold:
            yield section
