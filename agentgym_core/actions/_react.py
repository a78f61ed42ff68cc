"""ReAct: `Thought:` and `Action:` in plain text.

One action a turn, under one mark. A fenced action is taken as it stands. What else a model may write is read in `_lenient`.
"""

from __future__ import annotations

import re

from agentgym_core.actions._action_set import ActionSet
from agentgym_core.actions._reply import END_TOKENS, drop_tags, fenced, read_fence
from agentgym_core.actions._values import InvalidAction
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.types import ExpertAction

# A mark at a line's start: up to ten signs of lists, quotes or headings, then bold or code signs, the word, perhaps a
# number, and then either a colon or, as a heading, nothing more in the line.
_MARK = re.compile(
    r"^[ \t]{0,20}(?:[#>\-][# \t>\-]{0,9})?[*_]{0,3}(?P<kind>thought|action|observation)s?(?:[ \t]?[0-9]{1,3})?"
    r"(?:[*_]{0,3}[ \t]?:|(?<=\w)[*_]{0,3}[ \t]{0,9}$)",
    re.IGNORECASE | re.MULTILINE,
)
# Blank lines after the mark, up to the first line with text; that line's indentation stays.
_BLANK = re.compile(r"[ \t]*(?:\n[ \t]*(?=\n))*\n?")
NO_ACTION = 'there is no action in the reply: end it with a line "Action:" and one action after it'


def read(declared: ActionSet, text: str) -> tuple[ParsedReply, bool, bool]:
    """Read a reply in the very form; whether it is sure, with one declared action at its end; and whether that is fenced."""
    at = text.find("\nAction:")
    refused = ParsedReply(None, text.strip(), NO_ACTION), False, False
    if at < 0 or not text.startswith("Thought:"):
        return refused
    thought = text[8:at]
    # A mark has its word: most thoughts have not, and looking for the word is quick.
    if ("action" in thought.lower() and any(_is_action(mark) for mark in _MARK.finditer(thought))) or _hidden(thought):
        return refused
    begin = at + 8
    while text[begin : begin + 1].isspace():
        begin += 1
    fence = read_fence(text, begin) if text.startswith("```", begin) else None
    if fence is None:
        blank = _BLANK.match(text, at + 8)
        content = text[blank.end() if blank else at + 8 :].rstrip()
        if not content or _hidden(content) or "```" in content or _MARK.search(content):
            return refused
    elif not fence.closed or text[fence.end :].strip():
        return refused
    else:
        content = fence.text
    notes = ("took the action out of its fence",) if fence else ()
    try:
        found = declared.find(content, strict=True)
    except InvalidAction as misfit:
        return ParsedReply(None, thought.strip(), str(misfit), notes), False, False
    if not found.action.text:
        return refused
    reading = ParsedReply(found.action, thought.strip(), None, (*notes, *found.mended))
    return reading, not found.rest and found.action.name != "", fence is not None


def _is_action(mark: re.Match[str]) -> bool:
    return mark["kind"].lower() == "action"


def _hidden(text: str) -> bool:
    return "<" in text and ("think>" in text or "thinking>" in text or any(token in text for token in END_TOKENS))


def write(move: ExpertAction, hazard: bool) -> str:
    """A move as a reply. An action that would be misread in plain text is fenced; a thought keeps no marks of its own."""
    action = move.action
    if hazard or "```" in action or _hidden(action) or _MARK.search(action) or action != action.lstrip():
        action = fenced(action)
    # Stripped first: what is quoted must be what a reader would take for a mark.
    thought = _MARK.sub(_quote, drop_tags(move.thought).strip()).strip()
    return f"Thought:\n{thought}\n\nAction:\n{action}"


def _quote(mark: re.Match[str]) -> str:
    return f"| {mark[0].lstrip()}" if _is_action(mark) else mark[0]
