"""A text that says an action in other words than the declared ones: marks around it, capitals, articles, aliases, a verb written as a
call, a reason behind it. Used only where the declared forms do not fit; every step is linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from agentgym_core.actions._action_set import ActionSet, loose_name
from agentgym_core.actions._calls import Calls
from agentgym_core.actions._forms import TYPED, Form, forms_of
from agentgym_core.actions._literals import read_object
from agentgym_core.actions._peel import AFTER, counted, peeled
from agentgym_core.actions._values import InvalidAction, fold
from agentgym_core.specs import ActionSpec
from agentgym_core.types import Action

_LONG = 20_000
_WORDY = 100
"""A value without a pattern is a name or a phrase; a longer one in an unmarked line is prose."""
_PARTS = 12
_WORD = re.compile(r"\w+")
# A name, perhaps with a namespace and marks; then a colon, "=", or the second mark of classic ReAct ("Action Input:", "with
# arguments:"); then the arguments. Repetitions are bounded here and in all patterns: a reply is up to 30,000 characters of
# anything, and an unbounded `\s*` beside another one takes quadratic time on a page of blanks.
_CALLED = re.compile(
    r"(?:[\w-]{1,40}[.:])?([^\W\d]\w{0,60})[`*]{0,3}\s{0,9}"
    r"(?:(?:with\s{1,9})?(?P<input>[*_`]{0,3}(?:(?:action|tool)[ _]?)?(?:input|arguments|args|parameters)[*_`]{0,3}"
    r"(?:[ \t]?:[*_]{0,3}|(?=\s{0,9}\{)))|(?P<sign>[:=]))?\s{0,20}(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
).fullmatch
# What stands between two actions. The signs in front are those that any of them begins with: most characters are passed over at once.
_SEPARATOR = re.compile(
    r"(?=[;,\s/→=-])(?:;|,?\s(?:and\s)?then\s|,?\s(?:and|or)\s(?:then\s)?|,\s|\s?/\s?|\s?(?:->|→|=>)\s?)"
)
_CLAUSE = re.compile(r"[.!,;:]\s+|\n")
# What stands behind an action and explains it; and at the end of a value, in brackets.
_REASON = re.compile(
    r",?\s{1,3}(?:because|since|as|so|so that|in order to|which|to (?:see|get|reach|find))\b|\s{1,3}[-–—]{1,3}\s|\s{1,3}[(#]|\s//|\.\s"
)
_BRACKETED = re.compile(r"\((?:to|because|since|as|so|for|it|this|which|in order) [^()]*\)\Z", re.IGNORECASE)
# What stands before an action and says that it is now meant: nothing that doubts, denies, asks or tells of the past.
_LEAD = re.compile(
    r"(?:(?:so|now|then|next|first|okay|ok|therefore|thus|hence),?\s+){0,2}"
    r"(?:i(?:'ll|’ll| will| shall| am going to|'m going to)?(?: now| next| then)?"
    r"(?: choose(?: option)?| pick(?! up)| guess| decide| go with| start with| use| try| call| do)?(?: to)?"
    r"|let(?: me| us|'s|’s)(?: guess| try| call| do| start with| go with)?|please|try to|use"
    r"|(?:the|my)(?: (?:next|best|right|final|correct)){0,3}"
    r" (?:action|move|choice|guess|answer|command|step|word|query)(?: now| here)?(?: (?:is|will be|would be)(?: to)?)?)"
    r"(?: the word)?\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
_TRAIL = re.compile(r",?\s{1,3}(?:please|now|next|first)\W{0,3}\Z", re.IGNORECASE)
_NO_COMMAND = re.compile(
    r"\s*(?:(?:i|i'm|i’m|we|you|it|there|this|that|the|my|your|if|maybe|perhaps|should|could|would|shall|what|which|how|why|none|no|not|n/a"
    r"|nothing|do not|don't|don’t|never|unsure|unknown|sorry|let me|null|undefined)\b"
    r"|[^\w]*\Z|\{[\w ]{0,60}\}\Z|<[\w ]{0,60}>\Z|\[[\w\- ]{0,60}\]\Z)"
    r"|.{0,2000}\?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)


class Loose(Calls):
    """Reads texts loosely against the declared actions."""

    def __init__(self, declared: ActionSet) -> None:
        super().__init__(declared)
        forms = [form for action in declared.actions for form in self._forms(action)]
        forms.sort(key=lambda form: -form.literals)
        # The forms that a text may have, by its first word: those that begin with a slot are among all of them.
        words = {form: _first_word(form) for form in forms}
        self._by_word = {word: [form for form in forms if words[form] in (word, "")] for word in ("", *words.values())}
        self._prefixes = sorted({form.prefix for form in forms if form.prefix}, key=len, reverse=True)
        self._blocks = any(form.block for form in forms)
        # Actions that were read before, by the text that said them; `_react` keeps it.
        self.known: dict[str, tuple[Action, tuple[str, ...]]] = {}

    def _forms(self, action: ActionSpec) -> Iterator[Form]:
        texts = [text for text in (action.text, *action.aliases) if text is not None]
        texts += [text.replace(" with ", " using ") for text in texts]
        if action is self.single and len(action.parameters) == 1 and action.parameters[0].choices:
            # The value alone, where there is nothing else that it could mean.
            texts.append(f"{{{action.parameters[0].name}}}")
        for text in dict.fromkeys(texts):
            yield from (form for form in forms_of(action, text, True) if form.literals or self.bounded(action.name))

    def exact(self, text: str) -> Action | None:
        """The action that all of a text says, marks around it put aside; None where it says none, or more than one."""
        return next(filter(None, map(self._said, peeled(text))), None)

    def meant(self, line: str, marked: bool = True) -> Action | None:
        """The action of a line that was announced as one, by a mark before it or by words in it: also with a reason behind."""
        line = _TRAIL.sub("", line.strip())
        if len(line) > _LONG or line.endswith("?"):
            return None
        clauses = [] if marked else [found.end() for found in _CLAUSE.finditer(line)]
        leads = [lead for lead in (_LEAD.match(line, start) for start in [0, *clauses][-_PARTS:]) if lead]
        said = [*(line[lead.end() :] for lead in leads), line]
        for part in said if marked else said[:-1]:
            action = None if self.several(part) else self.exact(part)
            if action is not None:
                return action
            if not marked and part != said[-2] and self.exact(_CLAUSE.split(part, maxsplit=1)[0]) is not None:
                # One action, and then another clause that says more.
                return None
        for part in said:
            reason = _REASON.search(part)
            if reason and not self.several(part) and not self._plain(part[reason.end() :].rstrip(")")):
                action = self.exact(part[: reason.start()])
                if action is not None:
                    return action
        return None if marked else self._at_the_end(line)

    def _at_the_end(self, line: str) -> Action | None:
        """The action behind a colon or a comma, after words that say none."""
        sign = ": " if ": " in line else ", "
        head, found, tail = line.rpartition(sign)
        action = self.exact(tail) if found and len(head.split()) <= 40 and not self.several(line) else None
        if action is None or any(self.exact(clause) for clause in _CLAUSE.split(head)[-_PARTS:]):
            return None
        return action if sign == ": " or action.arguments or " " in action.text else None

    def several(self, text: str) -> bool:
        """Whether a text says one action and then goes on to another, or to more of the same."""
        if len(text) > _LONG:
            return False
        text = text.lstrip(" \t\"'`*-[<(“")
        begun = next(filter(text.lower().startswith, self._prefixes), "")
        # Words of the form itself may look like a separator: "toggle and go through".
        first, *rest = _SEPARATOR.split(text[len(begun) :], _PARTS)
        return any(map(self._plain, rest)) and (begun != "" or self._plain(first))

    def goes_on(self, action: Action) -> bool:
        """Whether the text of a declared action goes on inside a value: to another one, or to a reason in brackets."""
        if self.declared.by_name[action.name].text is None or self.multiline(action.name):
            return False
        values = [value for value in action.arguments.values() if isinstance(value, str)]
        if any(map(_BRACKETED.search, values)):
            return True
        return any(map(_SEPARATOR.search, values)) and self.several(action.text)

    def doubtful(self, text: str) -> bool:
        """Whether a text that no form fits is no command at all: prose, a question, a placeholder, a bare name, or an action and more."""
        if _NO_COMMAND.match(text) or loose_name(text) in self.names or self.unfilled(text) or self.several(text):
            return True
        words = text.split(" ", 8)
        return any(self._plain(" ".join(words[:count])) for count in range(1, min(len(words), 8)))

    def unfilled(self, text: str) -> bool:
        """Whether a form was copied with its slots."""
        slots = ("{" + parameter.name + "}" for action in self.declared.actions for parameter in action.parameters)
        return "{" in text and any(slot in text for slot in slots)

    def _plain(self, text: str) -> bool:
        """Whether a piece of a text is an action as declared."""
        line = fold(text.rstrip(AFTER))
        found = self.declared.find(line)
        if found.action.name:
            return found.form is None or found.form.literals > 0 or self.declared.fits(found.action)
        return any(form.read(line) for form in self._by_word[""])

    def _said(self, text: str) -> Action | None:
        if not text or (len(text) > _LONG and not self._blocks):
            return None
        line = fold(text) if "\n" not in text else ""
        spaced = line.replace("_", " ") if " " not in line else line
        for spelled in dict.fromkeys((text, line, line.replace("**", ""), counted(line), spaced)):
            word = _WORD.match(spelled)
            for form in self._by_word.get(word[0].lower() if word else "", self._by_word[""]):
                read = form.read(spelled) if form.block or line else None
                action = self._checked(form.name, read[0], not form.literals) if read else None
                if action is not None:
                    return action
        with suppress(InvalidAction):
            return self.called(text, [])
        return None

    def bounded(self, name: str) -> bool:
        """Whether an action without words of its own can be told from prose: its slots are bounded."""
        parameters = self.declared.by_name[name].parameters
        return all(p.choices or p.pattern or p.type in TYPED for p in parameters)

    def multiline(self, name: str) -> bool:
        """Whether a value of an action may go over several lines."""
        return any(parameter.multiline for parameter in self.declared.by_name[name].parameters)

    def _checked(self, name: str, arguments: Mapping[str, Any], free: bool = False) -> Action | None:
        """The action, unless something in it says that it was not meant. `free`: no word of the text belongs to a form."""
        try:
            action = self.settled(name, arguments, [])
        except InvalidAction:
            return None
        for parameter in self.declared.by_name[name].parameters:
            value = action.arguments.get(parameter.name)
            if parameter.pattern or parameter.choices or parameter.multiline or not isinstance(value, str):
                continue
            if len(value) > _WORDY or ". " in value or value[-1:] in "?!" or (free and " " in value):
                return None
        doubt = free and loose_name(action.text) in self.names
        return None if doubt or not self.declared.fits(action) or self.goes_on(action) else action

    def called(self, text: str, notes: list[str]) -> Action | None:
        """A name with its arguments behind it: `move: left`, `move(left)`, `move[left]`, `move {left}`, `move direction=left`,
        `move` / `Action Input: {…}`.

        :raises InvalidAction: where it can be nothing else than a call, and does not fit its declaration.
        """
        head = _CALLED(text)
        if head is None:
            return None
        inner = rest = head["rest"].strip()
        name = self.named(head[1])
        if name and (head["input"] or (self.declared.by_name[name].text is None and rest[:1] in ("", "{"))):
            with suppress(InvalidAction):
                if rest[:1] == "{" and rest[read_object(rest)[1] :].strip():
                    return None
            return self.call(name, rest if rest[:1] in ("{", "`") else rest.partition("\n\n")[0], notes)
        if rest[:1] in ("(", "[", "{", "<"):
            inner = rest[1:-1].strip()
            if rest[-1] not in ")]}>":
                return None
        elif rest and not head["sign"]:
            # Without a sign between, the word must be all that the form says: "focus" is not "focus on".
            said = (self.declared.by_name[name].text or "").partition("{")[0] if name else ""
            if loose_name(said) != loose_name(head[1]):
                return None
        if "\n" in inner and not (name and self.multiline(name)):
            return None
        if name and any(inner == parameter.name for parameter in self.declared.by_name[name].parameters):
            return None
        # Quotes and brackets are for the reader of code; a word without quotes is a variable, unless it is a known value.
        coded = (
            any(sign in inner for sign in "(\"'") or (inner.isidentifier() and not self.told(name)) if name else False
        )
        if coded and rest[:1] == "(" and not self.labelled(name, inner):
            return None
        if name:
            with suppress(InvalidAction):
                return self._checked(name, self._arguments(name, inner))
        found = self.declared.find(fold(f"{head[1].replace('_', ' ').lower()} {inner}"))
        worded = found.form is None or found.form.literals > 0
        same = found.action.name != "" and name in ("", found.action.name)
        return self._checked(found.action.name, found.action.arguments) if inner and worded and same else None


def _first_word(form: Form) -> str:
    """The word that every text of a form begins with; empty where that is not known."""
    word = _WORD.match(form.prefix.lower())
    return word[0] if word and (word.end() < len(form.prefix) or not form.slots) else ""
