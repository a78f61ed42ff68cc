"""ReAct: `Thought:` and `Action:` in plain text.

One action a turn, under one mark. A fenced action is taken as it stands. What else a model may write is read in `_lenient`.
"""

from __future__ import annotations

import re

from agentgym_core.actions._loose import Loose
from agentgym_core.actions._reply import END_TOKENS, drop_tags, fenced, read_fence
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.types import Action, ExpertAction

# A mark at a line's start: up to ten signs of lists, quotes or headings, then bold or code signs, the word, perhaps a
# number, and then either a colon or, as a heading, nothing more in the line.
_MARK = re.compile(
    r"^[ \t]{0,20}(?:[#>\-][# \t>\-]{0,9})?[*_]{0,3}(?P<kind>thought|action|observation)s?(?:[ \t]?[0-9]{1,3})?"
    r"(?:[*_]{0,3}[ \t]?:|(?<=\w)[*_]{0,3}[ \t]{0,9}$)",
    re.IGNORECASE | re.MULTILINE,
)
# Blank lines after the mark, up to the first line with text; that line's indentation stays.
_BLANK = re.compile(r"[ \t]*(?:\n[ \t]*(?=\n))*\n?")
# Policies say the same few actions again and again; a page of text is hardly said twice.
_SHORT, _MANY = 200, 2000


def read(loose: Loose, text: str) -> ParsedReply | None:
    """Read a reply in the very form: a thought, and one declared action at its end; None for any other."""
    thought, mark, said = text.partition("\nAction:")
    # A mark has its word: most thoughts have not, and looking for the word is quick.
    marked = "action" in thought.lower() and any(each["kind"].lower() == "action" for each in _MARK.finditer(thought))
    if not mark or not thought.startswith("Thought:") or marked or _hidden(thought):
        return None
    found = loose.known.get(said) or _said(loose, said)
    if found is None:
        return None
    action, notes = found
    # Each reply gets arguments of its own: what an environment does to them no other reply sees.
    return ParsedReply(Action(action.name, {**action.arguments}, action.text), thought[8:].strip(), None, notes)


def _said(loose: Loose, said: str) -> tuple[Action, tuple[str, ...]] | None:
    """The declared action that stands under the mark, and nothing else, with notes. Short ones are remembered."""
    text = said.rstrip()
    fence = read_fence(text, len(text) - len(text.lstrip())) if "```" in text else None
    if fence is not None:
        content = fence.text
        if not fence.closed or text[fence.end :].strip():
            return None
    else:
        content = _BLANK.sub("", text, count=1)
        if "```" in text or _hidden(content) or _MARK.search(content):
            return None
    found = loose.declared.find(content)
    action = found.action
    if found.rest or not action.name or (fence is None and loose.goes_on(action)):
        return None
    out = action, (*(("took the action out of its fence",) if fence else ()), *found.mended)
    # Not an action in the JSON form, whose arguments may hold lists: two replies would share them.
    if len(said) < _SHORT and len(loose.known) < _MANY and loose.declared.by_name[action.name].text is not None:
        loose.known[said] = out
    return out


def _hidden(text: str) -> bool:
    return "<" in text and ("think>" in text or "thinking>" in text or any(token in text for token in END_TOKENS))


def write(loose: Loose, move: ExpertAction, action: Action) -> str:
    """A move as a reply. An action that would be misread in plain text is fenced; a thought keeps no marks of its own."""
    text = action.text if action.name else move.action
    hazard = action.name != "" and (not loose.declared.fits(action) or loose.goes_on(action))
    if hazard or "```" in text or _hidden(text) or _MARK.search(text) or text != text.lstrip():
        text = fenced(text)
    # Stripped first: what is quoted must be what a reader would take for a mark.
    thought = _MARK.sub(_quote, drop_tags(move.thought).strip()).strip()
    return f"Thought:\n{thought}\n\nAction:\n{text}"


def _quote(mark: re.Match[str]) -> str:
    return f"| {mark[0].lstrip()}" if mark["kind"].lower() == "action" else mark[0]
