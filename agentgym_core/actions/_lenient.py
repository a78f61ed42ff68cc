"""Replies that are not in the requested format, read as a person would: one way for all formats.

The action is what stands at the reply's end: under the last mark ("Action:"), or in the only call, tag, fence or line that is one.
Marks in a thought that retells earlier turns do not count. What leaves a doubt is refused with words: two different actions, an
action before an observation that the reply made up, a call that was cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentgym_core.actions._loose import Loose
from agentgym_core.actions._marks import Marks, Section, of_this_turn
from agentgym_core.actions._reply import joined, read_fence, split_thoughts
from agentgym_core.actions._spans import CUT, Span, cut, intents, lines, spans
from agentgym_core.actions._values import InvalidAction, fold, short
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.types import Action

_TWO = "the reply ends with more than one action ({0}): give exactly one"
_INVENTED = "the reply goes on after its action with an observation that it made up: end with one action, and the observation follows"
_RETOLD = "the reply only describes actions of earlier turns: end it with one action for this turn"
_ALONE = "the action stands alone"
_LAST = "the action stands at the end, without a mark"
# Words between two actions that take the first back.
_BACK = re.compile(
    r"\b(?:wait|actually|instead|rather|correction|correct(?:ed)?|wrong|mistake|better|final|revised?|draft|no,)\b",
    re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"\n\s{0,20}\n")
# At most so many marks, paragraphs or lines are looked at: more are no attempt at one action.
_MANY = 20
_LONGEST = 30_000
"""The action stands at the end: of a reply that is not in its form, no more than this is looked at."""


class Lenient:
    """The lenient reader of an environment's actions, for every format."""

    def __init__(self, loose: Loose) -> None:
        self.loose = loose
        self._marks = Marks([parameter.name for parameter in loose.single.parameters] if loose.single else [])

    def read(self, text: str) -> ParsedReply | None:
        """A reply's action, or why it is refused; None where nothing in it looks like an action.

        An action without a name stands under a mark and is none that is declared.
        """
        notes = ["only the end of a very long reply was read"] if len(text) > _LONGEST else []
        text = text[-_LONGEST:]
        try:
            thought, said = split_thoughts(text, notes)
            said = said.strip()
            fence = read_fence(said, 0)
            if fence is not None and not said[fence.end :].strip() and self._marks.inside(fence.text):
                said = fence.text
            # From the most certain to the least; the first that finds an action, or a reason to refuse, decides.
            for way in (self._whole, self._marked, self._structured, self._last):
                found = way(said, notes)
                if found:
                    return self._decided(said, found, thought, notes)
        except InvalidAction as misfit:
            return ParsedReply(None, text.strip(), str(misfit), tuple(notes))
        return None

    def _decided(self, text: str, found: Sequence[Span], thought: str, notes: list[str]) -> ParsedReply:
        """The last action, where none before it says otherwise without being taken back."""
        last = found[-1]
        start, action = last.start, last.actions[-1]
        for span in reversed(found):
            others = [each.text for each in span.actions if each.text != action.text]
            if others and (span is last or not _BACK.search(text[span.end : last.start])):
                raise InvalidAction(_TWO.format(", ".join(short(each, 40) for each in [*others[:3], action.text])))
            # The same action said again: the thought ends before the first.
            start = start if others else span.start
        notes += [last.note] if last.note else []
        inside = text[last.start : last.end].split("\n", _MANY) if text.startswith("```", last.start) else []
        comments = [line.lstrip("# ") for line in inside if line.startswith("# ")]
        return ParsedReply(
            action, joined(thought, self._marks.thought(text[:start]), *comments), None, tuple(dict.fromkeys(notes))
        )

    def _whole(self, text: str, notes: list[str]) -> list[Span]:
        action = self._uncut(text)
        return [Span((action,), 0, len(text), _ALONE)] if action is not None else []

    def _uncut(self, text: str) -> Action | None:
        action = self.loose.exact(text)
        if action is not None and self.loose.multiline(action.name) and cut(action.text):
            raise InvalidAction(CUT)
        return action

    def _marked(self, text: str, notes: list[str]) -> list[Span]:
        """What stands under marks; under one that says "action", the action may be none that is declared."""
        sections, seen = self._marks.sections(text)
        now = list(of_this_turn(sections[-_MANY:]))
        if sections and not now:
            # What is told of earlier turns is no action of this one, wherever it is looked for.
            raise InvalidAction(_RETOLD)
        found = []
        for section in now:
            said = self._content(section, notes)
            fence = read_fence(section.content, 0)
            line = fold(fence.text if fence else section.content.partition("\n")[0])
            if said or (section.strong and line and section is now[-1]):
                end = text.find("\n", section.start)
                found.append(Span(tuple(said or (Action(text=line),)), section.start, end if end >= 0 else len(text)))
        # An observation behind the last action: the model went on to play the environment's part.
        if found and any(at > found[-1].start for at in seen):
            raise InvalidAction(_INVENTED)
        return found

    def _content(self, section: Section, notes: list[str]) -> list[Action]:
        """What a section says: its text, a call in it, or its first line."""
        loose, content = self.loose, section.content
        words, ticks, _ = content.partition("```")
        inside = read_fence(content, len(words)) if ticks and words.strip() else None
        if inside is not None:
            # An action whose last argument stands in a fence after its first words.
            found = loose.declared.find(f"{fold(words)} {inside.text}")
            if found.form is not None and found.form.block and found.form.prefix.strip() == fold(words):
                return [found.action]
        whole = loose.exact(content)
        if whole is not None:
            return [whole]
        line = content.partition("\n")[0]
        first = loose.exact(line)
        if first is None and loose.several(line):
            raise InvalidAction(_TWO.format(short(line)))
        said = intents(loose, content, notes)
        meant = first or loose.meant(line)
        if meant is not None:
            notes.append("left out what follows the action")
            return said if said and first is not None else [*said, meant]
        called = None if said else loose.called(content, notes)
        return said if called is None else [called]

    def _structured(self, text: str, notes: list[str]) -> list[Span]:
        found = spans(self.loose, text, notes)
        actions = [] if found or self.loose.unfilled(text) else lines(self.loose, text, notes)
        return [Span(tuple(actions), 0, len(text), _ALONE)] if actions else found

    def _last(self, text: str, notes: list[str]) -> list[Span]:
        """The last paragraph, its last line, or the first paragraph, where it says an action."""
        paragraphs = [each for each in _PARAGRAPH.split(text, _MANY) if each.strip()]
        if not paragraphs or self.loose.unfilled(paragraphs[-1]):
            return []
        lines = paragraphs[-1].split("\n")[-_MANY:]
        return (
            self._spoken(paragraphs[-1:], len(text) - len(paragraphs[-1]))
            or self._spoken(lines, len(text) - len("\n".join(lines)))
            or self._spoken(paragraphs[:1], 0)
        )

    def _spoken(self, parts: Sequence[str], at: int) -> list[Span]:
        """The parts of a text, the first of them at `at`, that say an action, if the last one does."""
        found: list[Span] = []
        for part in parts:
            action = None if part.endswith("?") else self._uncut(part)
            if action is None and "\n" not in part:
                action = self.loose.meant(part, marked=False)
            if action is not None:
                found.append(Span((action,), at, at + len(part), _LAST))
            at += len(part) + 1
        return found if action is not None else []
