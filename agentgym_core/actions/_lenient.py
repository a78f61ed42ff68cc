"""Replies that are not in the form that was asked for, read as a person would: one way for all formats.

The action is what stands at the reply's end: under the last mark ("Action:"), or in the only call, tag, fence or line that is one.
Marks in a thought that retells earlier turns do not count. What leaves a doubt is refused with words: two different actions, an
action before an observation that the reply made up, a call that was cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agentgym_core.actions._action_set import loose_name
from agentgym_core.actions._loose import Loose
from agentgym_core.actions._marks import Marks, Section, of_this_turn
from agentgym_core.actions._peel import peeled
from agentgym_core.actions._reply import cut_end, cut_turn, read_fence, split_think
from agentgym_core.actions._spans import CUT, Span, cut, fences, intents, objects, tags, tokens
from agentgym_core.actions._values import InvalidAction, fold, short
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.types import Action

_TWO = "the reply ends with more than one action ({0}): give exactly one"
_INVENTED = "the reply goes on after its action with an observation that it made up: end with one action, and the observation follows"
_ALONE = "the action stands alone"
# The second mark of classic ReAct, at a line's start or behind the name: "Action Input:", "**Arguments**:", "tool_input :".
# Repetitions are bounded here and in all patterns below: a reply is up to 30,000 characters of anything, and an
# unbounded `\s*` beside another one takes quadratic time on a page of blanks.
_INPUT = re.compile(
    r"\n?[ \t]{0,9}[*_`]{0,3}(?:(?:action|tool)[ _]?)?(?:input|arguments|args|parameters)[*_`]{0,3}[ \t]?:[*_]{0,3}\s{0,20}",
    re.IGNORECASE,
)
# Tags that hold a thought, other than <think>, which `split_think` knows.
_ASIDE = re.compile(r"<(thoughts?|thinking|reasoning|scratchpad|analysis|plan|reflection)>", re.IGNORECASE)
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
            return self._read(text, notes)
        except InvalidAction as misfit:
            return ParsedReply(None, text.strip(), str(misfit), tuple(notes))

    def _read(self, text: str, notes: list[str]) -> ParsedReply | None:
        # From the most certain to the least; the first that finds an action, or a reason to refuse, decides:
        #   1. calls in special tokens, before end tokens are cut away
        #   2. the whole text, without thoughts, is an action
        #   3. what stands under marks ("Action:")
        #   4. tags, fences, JSON objects, code
        #   5. the last paragraph, its last line, then the first paragraph
        called = list(tokens(self.loose, text, notes))
        if called:
            return self._decided(text, called, "", notes)
        text = cut_end(text, notes)
        think, text = split_think(text) if "think" in text else ("", text)
        aside, text = _without_asides(text)
        think = _joined(think, aside)
        text = cut_turn(text, notes).replace("<|python_tag|>", "").replace("<|tool_call|>", "").strip()
        whole = read_fence(text, 0)
        if whole is not None and not text[whole.end :].strip() and self._marks.pattern.search(whole.text):
            text = whole.text
        action = self._uncut(text)
        if action is not None:
            return ParsedReply(action, think, None, (*notes, _ALONE))
        sections, seen = self._marks.sections(text)
        found = self._marked(text, sections, seen, think, notes) if sections else None
        return found or self._unmarked(text, think, notes)

    def _marked(
        self, text: str, sections: list[Section], seen: Sequence[int], think: str, notes: list[str]
    ) -> ParsedReply | None:
        now = list(of_this_turn(sections[-_MANY:]))
        live = [(each, said) for each in now for said in [self._content(each, notes)] if said or each.strong]
        if not live:
            # What is told of earlier turns is no action of this one, wherever it is looked for.
            return None if now else ParsedReply(None, text.strip())
        section, said = live[-1]
        # An observation behind the last action: the model went on to play the environment's part.
        if any(at > section.start and text[at:].strip() for at in seen):
            raise InvalidAction(_INVENTED)
        if not said:
            fence = read_fence(section.content, 0)
            line = fold(fence.text if fence else section.content.partition("\n")[0])
            return ParsedReply(Action(text=line), self._marks.thought(text[: section.start])) if line else None
        _one(said)
        start = section.start
        for earlier, others in reversed(live[:-1]):
            between = text[earlier.start : section.start].partition("\n")[2]
            if others and others[-1] != said[-1] and not _BACK.search(between):
                raise InvalidAction(_TWO.format(_named([*others, *said])))
            # The same action said again: the thought ends before the first.
            start = earlier.start if others[-1:] == said[-1:] else start
        return ParsedReply(said[-1], _joined(think, self._marks.thought(text[:start])), None, tuple(notes))

    def _content(self, section: Section, notes: list[str]) -> list[Action]:
        """What a section says: its text, a call in it, or its first line."""
        loose, content = self.loose, section.content
        given = _INPUT.search(content)
        name = list(peeled(content[: given.start()]))[-1] if given and given.start() < 200 else ""
        if given and loose_name(name) in loose.names:
            return [loose.call(name, _unfenced(content[given.end() :]), notes)]
        words, fence, _ = content.partition("```")
        inside = read_fence(content, len(words)) if fence and words.strip() else None
        if inside is not None:
            # An action whose last argument stands in a fence after its first words.
            found = loose.declared.find(f"{fold(words)} {inside.text}")
            if found.form is not None and found.form.block and found.form.prefix.strip() == fold(words):
                return [found.action]
        line = content.partition("\n")[0]
        action, first = loose.exact(content), loose.exact(line)
        if action is not None:
            return [action]
        if first is None and loose.several(line):
            raise InvalidAction(_TWO.format(short(line)))
        said = [each for span in self._spans(content, notes) for each in span.actions] or intents(loose, content, notes)
        meant = first or loose.meant(line)
        if meant is not None:
            notes.append("left out what follows the action")
            return said if said and first is not None else [*said, meant]
        declared = loose.declared.find(content, strict=True).action
        if declared.name and loose.declared.fits(declared) and loose.bounded(declared.name):
            return [declared]
        return said

    def _uncut(self, text: str) -> Action | None:
        action = self.loose.exact(text)
        if action is not None and self.loose.multiline(action.name) and cut(action.text):
            raise InvalidAction(CUT)
        return action

    def _spans(self, text: str, notes: list[str]) -> list[Span]:
        ways = (list(way(self.loose, text, notes)) for way in (tags, fences, objects))
        return next(filter(None, ways), [])

    def _unmarked(self, text: str, think: str, notes: list[str]) -> ParsedReply | None:
        spans = self._spans(text, notes)
        if spans:
            return self._decided(text, spans, think, notes)
        called = intents(self.loose, text, notes)
        if called:
            _one(called)
            before = text.partition("(")[0].rpartition("\n")[0]
            return ParsedReply(called[0], _joined(think, before.strip()), None, (*notes, _ALONE))
        paragraphs = [each for each in _PARAGRAPH.split(text, _MANY) if each.strip()]
        if not paragraphs:
            return None
        *others, line = paragraphs[-1].split("\n")
        for part in dict.fromkeys((paragraphs[-1], line, paragraphs[0])):
            action = None if part.endswith("?") else self._uncut(part) or self._announced(part)
            if action is not None:
                earlier = (self.loose.exact(each) or self._announced(each) for each in others[-_MANY:])
                _one([*filter(None, earlier if part == line else ()), action])
                thought = self._marks.thought(text[: -len(part)])
                notes.append("the action stands at the end, without a mark")
                return ParsedReply(action, _joined(think, thought), None, tuple(notes))
        return None

    def _announced(self, part: str) -> Action | None:
        return self.loose.announced(part) if "\n" not in part else None

    def _decided(self, text: str, spans: Sequence[Span], think: str, notes: list[str]) -> ParsedReply:
        last = spans[-1]
        if len(last.actions) > 1 or len(spans) == 1 or not _BACK.search(text[spans[-2].end : last.start]):
            _one([action for span in spans for action in span.actions])
        notes.append(f"the action stands in {last.kind}")
        inside = text[last.start : last.end].split("\n", _MANY) if last.kind == "a fence" else []
        comments = (line.lstrip("# ").rstrip() for line in inside if line.startswith("# "))
        thought = _joined(think, self._marks.thought(text[: spans[0].start]), *comments)
        return ParsedReply(last.actions[-1], thought, None, tuple(notes))


def _one(actions: Sequence[Action]) -> None:
    if len({action.text for action in actions}) > 1:
        raise InvalidAction(_TWO.format(_named(actions)))


def _named(actions: Iterable[Action]) -> str:
    return ", ".join(list(dict.fromkeys(short(action.text, 40) for action in actions))[:4])


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _unfenced(text: str) -> str:
    text = text.strip()
    fence = read_fence(text, 0)
    if fence is not None:
        return fence.text.strip()
    text = text if text.startswith("{") else text.partition("\n\n")[0].strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == "`" else text


def _without_asides(text: str) -> tuple[str, str]:
    """Thoughts in tags, and the text without them."""
    asides = []
    for _ in range(_MANY):
        opening = _ASIDE.search(text)
        if opening is None:
            break
        aside, _, rest = text[opening.end() :].partition(f"</{opening[1]}>")
        asides.append(aside.strip())
        text = text[: opening.start()] + rest
    return "\n".join(asides), text
