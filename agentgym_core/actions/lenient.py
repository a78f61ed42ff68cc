"""Replies that are not in the form that was asked for, read as a person would: one way for all formats.

The action is what stands at the reply's end: under the last mark ("Action:"), or in the only call, tag, fence or line that is one.
Marks in a thought that retells earlier turns do not count. What leaves a doubt is refused with words: two different actions, an
action before an observation that the reply made up, a call that was cut.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from agentgym_core.actions._reply import cut_end, cut_turn, read_fence, split_think
from agentgym_core.actions._values import InvalidAction, fold, short
from agentgym_core.actions.loose import Loose
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.actions.spans import CUT, Span, cut, fences, intents, objects, tags, tokens
from agentgym_core.types import Action

TWO = "the reply ends with more than one action ({0}): give exactly one"
INVENTED = "the reply goes on after its action with an observation that it made up: end with one action, and the observation follows"
_ACTION = r"actions?|answer|command|choice|guess|move|query|sql|tool|function call|word|{0}"
_MARK = (
    r"(?P<line>^)[ \t]{{0,20}}(?:[#>\-*_•|]{{1,6}}[ \t]{{0,9}}){{0,3}}(?:(?:so|the|my|your|next|final|best|chosen|now)[ \t]){{0,3}}"
    r"(?:(?P<aside>thoughts?|thinking|reasoning)|(?P<seen>observations?)|(?P<kind>{0}))(?:[ \t]?[0-9]{{1,3}})?(?:[ \t]is)?"
    r"(?:[*_`]{{0,3}}[ \t]?:[*_]{{0,3}}|(?P<heading>[*_]{{0,3}}[ \t]{{0,9}}$))"
)
_INLINE = re.compile(
    r"(?<![\w\"'“‘`|])\*{0,2}(?:Action|ACTION|(?:[Tt]he|[Mm]y)(?: next| final)? (?:action|move|choice|command)(?: is)?)"
    r"\*{0,2}[ \t]?:\*{0,2}"
)
_INPUT = re.compile(
    r"\n?[ \t]{0,9}[*_`]{0,3}(?:(?:action|tool)[ _]?)?(?:input|arguments|args|parameters)[*_`]{0,3}[ \t]?:[*_]{0,3}\s{0,20}",
    re.IGNORECASE,
)
_ASIDE_TAG = re.compile(r"<(thoughts?|thinking|reasoning|scratchpad|analysis|plan|reflection)>", re.IGNORECASE)
# Words before a mark that say that what follows was done in an earlier turn.
_PAST = re.compile(
    r"\b(?:before|earlier|previous(?:ly)?|already|so far|until now|last (?:turn|time|step|move|action)|history"
    r"|i (?:did|chose|took|tried))\b",
    re.IGNORECASE,
)
_RESULT = re.compile(r"\s(?:->|→|=>)\s")
# Words between two actions that take the first back.
_BACK = re.compile(
    r"\b(?:wait|actually|instead|rather|correction|correct(?:ed)?|wrong|mistake|better|final|revised?|draft|no,)\b",
    re.IGNORECASE,
)
_OPEN_LINE = re.compile(r"[^.!?…]\s*\Z")
_MANY = 20
_LONGEST = 30_000
"""The action stands at the end: more of a reply that is not in its form is not looked at, whatever it holds."""


@frozen
class _Section:
    """What stands under a mark. `lead` is the line before it, `after` what follows the first line of it."""

    start: int
    content: str
    lead: str
    strong: bool


class Lenient:
    """The lenient reader of an environment's actions, whatever the format."""

    def __init__(self, loose: Loose) -> None:
        self.loose = loose
        names = [parameter.name for parameter in loose.single.parameters] if loose.single else []
        kinds = _ACTION.format("|".join(re.escape(name) for name in names) or "action")
        self._mark = re.compile(_MARK.format(kinds), re.IGNORECASE | re.MULTILINE)

    def read(self, text: str) -> ParsedReply | None:
        """A reply's action, or why it is refused; None where nothing in it looks like an action."""
        notes: list[str] = []
        if len(text) > _LONGEST:
            text = text[-_LONGEST:]
            notes.append("only the end of a very long reply was read")
        try:
            return self._read(text, notes)
        except InvalidAction as misfit:
            return ParsedReply(None, text.strip(), str(misfit), tuple(notes))

    def _read(self, text: str, notes: list[str]) -> ParsedReply | None:
        called = list(tokens(self.loose, text, notes))
        if called:
            return self._decided(text, called, "", notes)
        text = cut_end(text, notes)
        think, text = split_think(text, len(text)) if "think" in text else ("", text)
        aside, text = _without_asides(text)
        think = "\n".join(part for part in (think, aside) if part)
        text = cut_turn(text, notes)
        text = text.replace("<|python_tag|>", "").replace("<|tool_call|>", "")
        whole = read_fence(text.strip(), 0)
        if whole is not None and not text.strip()[whole.end :].strip() and self._mark.search(whole.text):
            text = whole.text
        action = self._uncut(text)
        if action is not None:
            return ParsedReply(action, think, None, (*notes, "the action stands alone"))
        sections, seen = self._sections(text)
        if sections:
            reading = self._marked(text, sections, seen, think, notes)
            if reading is not None:
                return reading
        return self._unmarked(text, think, notes)

    def _sections(self, text: str) -> tuple[list[_Section], list[int]]:
        """The parts under marks of actions, and where observations begin."""
        marks = [m for m in self._mark.finditer(text) if m["heading"] is None or any(sign in m[0] for sign in "#*_")]
        out: list[_Section] = []
        seen = [mark.end() for mark in marks if mark["seen"]]
        until = 0
        for at, mark in enumerate(marks[: 50 * _MANY]):
            if not mark["kind"] or mark.start() < until:
                continue
            end = marks[at + 1].start() if at + 1 < len(marks) else len(text)
            begin = mark.end()
            while begin < len(text) and text[begin].isspace():
                begin += 1
            if text.startswith("```", begin):
                fence = read_fence(text, begin)
                until = end = max(end, fence.end) if fence else end
            content = text[mark.end() : end].strip()
            bold = mark[0].lstrip(" \t>#-").startswith("**") and "**" not in mark[0].strip()[2:]
            content = content.replace("**", "", 1) if bold else content
            strong = mark["kind"].lower().startswith("action")
            if content:
                before = text[: mark.start()].rstrip()
                lead = before[before.rfind("\n") + 1 :] if text[mark.start() - 2 : mark.start()] != "\n\n" else ""
                out.append(_Section(mark.start(), content, lead, strong))
        if not out:
            inline = list(_INLINE.finditer(text))[-1:]
            out = [_Section(m.start(), text[m.end() :].strip(), "", True) for m in inline if text[m.end() :].strip()]
        return out, seen

    def _marked(
        self, text: str, sections: list[_Section], seen: Sequence[int], think: str, notes: list[str]
    ) -> ParsedReply | None:
        live: list[tuple[_Section, list[Action]]] = []
        retold = False
        previous: _Section | None = None
        for section in sections[-_MANY:]:
            line, _, rest = section.content.partition("\n")
            joined = (
                previous is not None
                and section.lead.endswith(previous.content.partition("\n")[0])
                and section.lead != ""
            )
            last = section is sections[-1]
            told = _PAST.search(section.lead) is not None and (
                section.lead.rstrip().endswith(":") if last else _OPEN_LINE.search(section.lead) is not None
            )
            retold = (
                _RESULT.search(line) is not None or (told and (not last or bool(rest.strip()))) or (retold and joined)
            )
            previous = section
            if retold:
                continue
            said = self._content(section, notes)
            if said or section.strong:
                live.append((section, said))
        if not live:
            return ParsedReply(None, text.strip(), None) if retold else None
        section, said = live[-1]
        if any(at > section.start and text[at:].strip() for at in seen):
            raise InvalidAction(INVENTED)
        if not said:
            fence = read_fence(section.content, 0)
            line = fold(fence.text if fence else section.content.partition("\n")[0])
            return ParsedReply(Action(text=line), _thought(text[: section.start], self._mark)) if line else None
        _one(said)
        for earlier, others in live[:-1]:
            between = text[earlier.start : section.start]
            if others and others[-1] != said[-1] and not _BACK.search(between.partition("\n")[2]):
                raise InvalidAction(TWO.format(_named([*others, *said])))
        start = section.start
        for earlier, others in reversed(live[:-1]):
            # The same action said again: the thought ends before the first.
            if [*others[-1:]] != [said[-1]]:
                break
            start = earlier.start
        thought = _thought(text[:start], self._mark)
        return ParsedReply(said[-1], "\n".join(part for part in (think, thought) if part), None, tuple(notes))

    def _content(self, section: _Section, notes: list[str]) -> list[Action]:
        """What a section says: its text, a call in it, or its first line."""
        content = section.content
        given = _INPUT.search(content)
        if given and given.start() < 200:
            name = _unmarked(content[: given.start()])
            if name and "\n" not in name and self.loose.names.get(_name(name)):
                return [self.loose.call(name, _unfenced(content[given.end() :]), notes)]
        words, fence, _ = content.partition("```")
        inside = read_fence(content, len(words)) if fence else None
        if inside is not None and words.strip():
            # An action whose last argument stands in a fence after its first words.
            joined = self.loose.declared.find(f"{fold(words)} {inside.text}")
            if joined.form is not None and joined.form.block and joined.form.prefix.strip() == fold(words):
                return [joined.action]
        action = self.loose.exact(content)
        if action is not None:
            return [action]
        line = content.partition("\n")[0]
        if self.loose.several(line) and self.loose.exact(line) is None:
            raise InvalidAction(TWO.format(short(line)))
        found = [action for span in self._spans(content, notes) for action in span.actions]
        if found:
            return found
        found = intents(self.loose, content, notes)
        first = self.loose.meant(line)
        if first is not None:
            notes.append("left out what follows the action")
            return [*found, first] if found and self.loose.exact(line) is None else found or [first]
        action = self.loose.declared.find(content, strict=True).action
        if action.name and self.loose.declared.fits(action) and self.loose.bounded(action.name):
            return [action]
        return found

    def _uncut(self, text: str) -> Action | None:
        action = self.loose.exact(text)
        if (
            action is not None
            and cut(action.text)
            and any(p.multiline for p in self.loose.declared.by_name[action.name].parameters)
        ):
            raise InvalidAction(CUT)
        return action

    def _spans(self, text: str, notes: list[str]) -> list[Span]:
        for way in (tags, fences, objects):
            found = list(way(self.loose, text, notes))
            if found:
                return found
        return []

    def _unmarked(self, text: str, think: str, notes: list[str]) -> ParsedReply | None:
        spans = self._spans(text, notes)
        if spans:
            return self._decided(text, spans, think, notes)
        called = intents(self.loose, text, notes)
        if called:
            _one(called)
            thought = text[: max(0, text.rfind("\n", 0, max(0, text.find("(")) or None))].strip()
            return ParsedReply(
                called[0], "\n".join(p for p in (think, thought) if p), None, (*notes, "the action stands alone")
            )
        parts = [part for part in re.split(r"\n\s{0,20}\n", text.strip(), maxsplit=_MANY) if part.strip()]
        for part in dict.fromkeys((parts[-1], parts[-1].rpartition("\n")[2], parts[0])) if parts else ():
            if not part.endswith("?"):
                action = self._uncut(part) or (self.loose.announced(part) if "\n" not in part else None)
                if action is not None:
                    others = parts[-1].split("\n", _MANY)[:-1] if part != parts[-1] else []
                    _one(
                        [
                            *filter(None, (self.loose.exact(line) or self.loose.announced(line) for line in others)),
                            action,
                        ]
                    )
                    notes.append("the action stands at the end, without a mark")
                    thought = text.rstrip()[: -len(part)].strip()
                    return ParsedReply(
                        action, "\n".join(p for p in (think, _thought(thought, self._mark)) if p), None, tuple(notes)
                    )
        return None

    def _decided(self, text: str, spans: Sequence[Span], think: str, notes: list[str]) -> ParsedReply:
        actions = [action for span in spans for action in span.actions]
        if len({action.text for action in actions}) > 1:
            last = spans[-1]
            if len(last.actions) != 1 or not _BACK.search(text[spans[-2].end : last.start]):
                raise InvalidAction(TWO.format(_named(actions)))
        notes.append(f"the action stands in {spans[-1].kind}")
        thought = _thought(text[: spans[0].start], self._mark)
        inside = text[spans[-1].start : spans[-1].end].split("\n", _MANY) if spans[-1].kind == "a fence" else []
        comments = [line.lstrip("# ").rstrip() for line in inside if line.startswith("# ")]
        thought = "\n".join((*([thought] if thought else []), *comments))
        return ParsedReply(actions[-1], "\n".join(part for part in (think, thought) if part), None, tuple(notes))


def _one(actions: Sequence[Action]) -> None:
    if len({action.text for action in actions}) > 1:
        raise InvalidAction(TWO.format(_named(actions)))


def _named(actions: Sequence[Action]) -> str:
    return ", ".join(dict.fromkeys(short(action.text, 40) for action in actions[:4]))


def _name(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _unmarked(text: str) -> str:
    return text.strip().strip("`*\"'[]").strip()


def _unfenced(text: str) -> str:
    text = text.strip()
    fence = read_fence(text, 0)
    if fence is not None:
        return fence.text.strip()
    text = text.partition("\n\n")[0].strip() if not text.startswith("{") else text
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == "`" else text


def _thought(text: str, mark: re.Pattern[str]) -> str:
    found = mark.match(text.lstrip())
    text = text.strip()
    return (text[found.end() :] if found and found["aside"] else text).strip().removesuffix("```").strip()


def _without_asides(text: str) -> tuple[str, str]:
    """The text without tagged thoughts, and these."""
    aside = []
    for _ in range(_MANY):
        opening = _ASIDE_TAG.search(text)
        if opening is None:
            break
        end = text.find(f"</{opening[1]}>", opening.end())
        stop = end + len(opening[1]) + 3 if end >= 0 else len(text)
        aside.append(text[opening.end() : end if end >= 0 else len(text)].strip())
        text = text[: opening.start()] + text[stop:]
    return "\n".join(aside), text
