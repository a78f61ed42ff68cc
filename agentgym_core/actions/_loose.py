"""A text that says an action in other words than the declared ones: marks around it, capitals, articles, aliases, a verb written as a
call, a reason behind it. Used only where the declared forms do not fit; every step is linear in the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from agentgym_core.actions._action_set import ActionSet, loose_name
from agentgym_core.actions._forms import forms_of
from agentgym_core.actions._literals import read_object
from agentgym_core.actions._peel import AFTER, ARGUMENTS, LEAD, REASON, TRAIL, counted, peeled, plainer, unlabelled
from agentgym_core.actions._values import InvalidAction, fold
from agentgym_core.types import Action

_LONG = 20_000
_WORDY = 100
"""A value without a pattern is a name or a phrase; a longer one in an unmarked line is prose."""
_HEAD = re.compile(r"(?:[\w]{1,40}\.)?([^\W\d]\w{0,60})\s*(.*)", re.DOTALL)
_JOIN = r"(?:;|,?\s(?:and\s)?then\s|,?\s(?:and|or)\s(?:then\s)?|,\s|\s?/\s?|\s?(?:->|→|=>)\s?)"
_SEPARATOR = re.compile(rf"\s{{0,3}}{_JOIN}\s{{0,3}}")
_CLAUSE = re.compile(r"[.!,;:]\s+|\n")
_PARTS = 12
_NO_COMMAND = re.compile(
    r"\s*(?:(?:i|i'm|i’m|we|you|it|there|this|that|the|my|your|if|maybe|perhaps|should|could|would|shall|what|which|how|why|none|no|not|n/a"
    r"|nothing|do not|don't|don’t|never|unsure|unknown|sorry|let me|null|undefined)\b|[^\w]*\Z|\{[\w ]{0,60}\}\Z|<[\w ]{0,60}>\Z)"
    r"|.{0,2000}\?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)


class Loose:
    """Reads texts and calls loosely against the declared actions."""

    def __init__(self, declared: ActionSet) -> None:
        self.declared = declared
        self.single = declared.actions[0] if len(declared.actions) == 1 else None
        self.forms = [
            form
            for action in declared.actions
            for text in (action.text, *action.aliases)
            if text is not None
            for form in forms_of(evolve(action, text=text), loose=True)
        ]
        self.forms.sort(key=lambda form: -form.literals)
        self.names = {loose_name(name): name for name in declared.by_name}
        self._heads: dict[str, set[str]] = {}
        for form in self.forms:
            self._heads.setdefault(form.name, {""}).add(loose_name(form.prefix))
        # What joins two actions, and the first word of one: quick to rule out.
        verbs = {form.prefix.split()[0] for form in self.forms if form.prefix.strip()}
        verbs |= set(self.single.parameters[0].choices) if self.single and self.single.parameters else set()
        joined = rf"(?:[;,/>→]|\b(?:and|or|then))\s*(?:(?:and|then)\s+)*(?:{'|'.join(map(re.escape, sorted(verbs)))})\b"
        self._next = re.compile(joined, re.IGNORECASE) if verbs else None

    def exact(self, text: str) -> Action | None:
        """The action that all of a text says, marks around it put aside; None where it says none, or more than one."""
        for each in peeled(text):
            action = self._said(each)
            if action is not None:
                return action
        return None

    def meant(self, line: str) -> Action | None:
        """The action of a line that was announced as one: also with a lead or a reason."""
        line = TRAIL.sub("", line.strip())
        lead = LEAD.match(line)
        parts = [line[lead.end() :], line] if lead else [line]
        if len(line) > _LONG or line.endswith("?"):
            return None
        for part in parts:
            action = self.exact(part)
            if action is not None:
                return action
        for part in parts:
            reason = REASON.search(part)
            if (
                reason
                and reason.start()
                and not self.several(part)
                and not self._plain(part[reason.end() :].rstrip(")"))
            ):
                action = self.exact(part[: reason.start()])
                if action is not None:
                    return action
        return None

    def announced(self, line: str) -> Action | None:
        """The action that a sentence ends with, after words that say so."""
        line = TRAIL.sub("", line.strip())
        if len(line) > _LONG or line.endswith("?"):
            return None
        clauses = [0, *(found.end() for found in _CLAUSE.finditer(line))][-_PARTS:]
        leads = [lead for lead in (LEAD.match(line, start) for start in clauses) if lead]
        for lead in leads:
            said = line[lead.end() :]
            action = None if self.several(said) else self.exact(said)
            if action is not None:
                return action
            if leads[-1] is not lead and self.exact(_CLAUSE.split(said, 1)[0]) is not None:
                # One action, and then another clause that says more.
                return None
        head, colon, tail = line.rpartition(": ")
        if colon and len(head.split()) <= 40:
            return self.exact(tail)
        head, comma, tail = line.rpartition(", ")
        action = self.exact(tail) if comma and self.exact(head) is None and not self.several(line) else None
        return action if action is not None and (action.arguments or " " in action.text) else None

    def several(self, text: str) -> bool:
        """Whether a text says one action and then goes on to another, or to more of the same."""
        if len(text) > _LONG or _SEPARATOR.search(text) is None:
            return False
        text = text.lstrip(" \t\"'`*-[<(“")
        for form in self.forms:
            # Words of the form itself: "toggle and go through".
            if form.prefix and text[: len(form.prefix)].lower() == form.prefix and _SEPARATOR.search(form.prefix):
                return any(self._plain(part) for part in _SEPARATOR.split(text[len(form.prefix) :], _PARTS)[1:])
        first, *rest = _SEPARATOR.split(text, _PARTS)
        begun = self._plain(first) or any(form.prefix and first.startswith(form.prefix) for form in self.forms)
        return begun and any(self._plain(part) for part in rest)

    def goes_on(self, action: Action) -> bool:
        """Whether the text of a declared action goes on to another one inside a value."""
        if self._next is None or self._next.search(action.text) is None:
            return False
        form = self.declared.by_name[action.name]
        return form.text is not None and not self.multiline(action.name) and self.several(action.text)

    def doubtful(self, text: str) -> bool:
        """Whether a text that no form fits is no command at all: prose, a question, a placeholder, or an action and more."""
        if _NO_COMMAND.match(text) or self.several(text):
            return True
        words = text.split(" ", 8)
        if any(self._plain(" ".join(words[:count])) for count in range(1, min(len(words), 8))):
            return True
        slots = ("{" + parameter.name + "}" for action in self.declared.actions for parameter in action.parameters)
        return "{" in text and any(slot in text for slot in slots)

    def call(self, name: str, given: Any, notes: list[str]) -> Action:
        """The action of a call whose arguments may be an object, a list by position, JSON as text, or the only value.

        :raises InvalidAction: where the call does not fit its declaration.
        """
        name = self.declared.name_of(name.strip(), notes)
        return self.settled(name, self._arguments(name, given, 0), notes)

    def settled(self, name: str, given: Mapping[str, Any], notes: list[str]) -> Action:
        """The action of a call, its values as the declared patterns want them where that can be.

        :raises InvalidAction: where the call does not fit its declaration.
        """
        arguments = self.declared.arguments(name, given, notes)
        for parameter in self.declared.by_name[name].parameters:
            value = arguments.get(parameter.name)
            if value == f"{{{parameter.name}}}":
                raise InvalidAction(f'"{parameter.name}" is a placeholder, not a value')
            fits = self.declared.patterns.get((name, parameter.name))
            if fits is None or not isinstance(value, str) or fits(value):
                continue
            better = next(filter(fits, peeled(value) if parameter.multiline else plainer(value)), None)
            if better is not None:
                arguments[parameter.name] = better
                notes.append(f'"{parameter.name}" was written otherwise, read as {better[:60]}')
        found = self.declared.say(name, arguments)
        return found if found.name == name else Action(name, arguments, found.text)

    def _arguments(self, name: str, given: Any, depth: int) -> Mapping[str, Any]:
        declared = self.declared.by_name[name].parameters
        names = [parameter.name for parameter in declared]
        if isinstance(given, str):
            text = given.strip()
            if text[:1] in ("{", "[", '"') and depth < 3:
                try:
                    value = read_object(text if text[0] == "{" else f'{{"": {text}}}')[0]
                except InvalidAction as misfit:
                    if text[0] == "{":
                        raise InvalidAction(f"the arguments of {name} cannot be read as JSON: {misfit}") from None
                else:
                    return self._arguments(name, value if text[0] == "{" else value[""], depth + 1)
            given = None if text in ("", "null") else unlabelled(names[0], text) if len(names) == 1 else text
        if given is None:
            return {}
        if isinstance(given, Mapping):
            by_loose = {loose_name(each): each for each in names}
            out = {by_loose.get(loose_name(str(key)), str(key)): value for key, value in given.items()}
            wrapped = list(given) if len(given) == 1 and not set(out) & set(names) and depth < 3 else []
            if wrapped and ARGUMENTS(loose_name(str(wrapped[0]))):
                return self._arguments(name, given[wrapped[0]], depth + 1)
            return out
        if isinstance(given, list) and len(given) == len(names):
            return dict(zip(names, given, strict=True))
        if len(names) == 1 and (not isinstance(given, list) or declared[0].type in ("array", "any")):
            return {names[0]: given}
        raise InvalidAction(f"the arguments of {name} must be a JSON object")

    def _plain(self, text: str) -> bool:
        """Whether a piece of a text is an action as declared."""
        found = self.declared.find(fold(text.rstrip(AFTER)))
        if found.action.name:
            return found.form is None or found.form.literals > 0 or self.declared.fits(found.action)
        return self._alone(text) is not None

    def _said(self, text: str) -> Action | None:
        if not text or (len(text) > _LONG and not any(form.block for form in self.forms)):
            return None
        found = self.declared.find(text)
        if found.action.name and not found.rest:
            free = found.form is not None and not found.form.literals
            action = (
                self._checked(found.action.name, found.action.arguments, free)
                if not free or self.bounded(found.action.name)
                else None
            )
            if action is not None:
                return action
        line = fold(text) if "\n" not in text else ""
        for spelled in dict.fromkeys(
            (line, line.replace("**", ""), counted(line), line.replace("_", " ") if " " not in line else line)
        ):
            for form in self.forms:
                read = form.read(spelled) if form.literals or self.bounded(form.name) else None
                action = self._checked(form.name, read[0], not form.literals) if read is not None else None
                if action is not None:
                    return action
        return self._headed(text) or self._alone(line)

    def bounded(self, name: str) -> bool:
        """Whether an action without words of its own can be told from prose: its slots are bounded."""
        parameters = self.declared.by_name[name].parameters
        return all(p.choices or p.pattern or p.type in ("integer", "number", "boolean") for p in parameters)

    def multiline(self, name: str) -> bool:
        """Whether a value of an action may go over several lines."""
        return any(parameter.multiline for parameter in self.declared.by_name[name].parameters)

    def _checked(self, name: str, arguments: Mapping[str, Any], free: bool) -> Action | None:
        try:
            action = self.settled(name, arguments, [])
        except InvalidAction:
            return None
        if not self.declared.fits(action) or (free and loose_name(action.text) in self.names) or self.goes_on(action):
            return None
        for parameter in self.declared.by_name[name].parameters:
            value = action.arguments.get(parameter.name)
            if not isinstance(value, str) or parameter.pattern or parameter.choices or parameter.multiline:
                continue
            if len(value) > _WORDY or ". " in value or value[-1:] in "?!" or (free and " " in value):
                return None
        return action

    def _headed(self, text: str) -> Action | None:
        """A name with its value behind it: `move: left`, `move(left)`, `move[left]`, `move {left}`, `move direction=left`."""
        head = _HEAD.fullmatch(text)
        if head is None:
            return None
        word, rest = head[1], head[2].strip()
        name = self.names.get(loose_name(word))
        action = self.declared.by_name.get(name or "")
        if rest and rest[0] in "([{<":
            if rest[-1] not in ")]}>":
                return None
            inner = rest[1:-1].strip()
            if action is not None and any(inner == parameter.name for parameter in action.parameters):
                return None
        else:
            inner = rest.lstrip(":= ")
            # Without a sign between, the word must be all that the form says: "focus" is not "focus on".
            if rest and inner == rest and (action is None or loose_name(word) not in self._heads.get(action.name, ())):
                return None
        bounded = action is not None and all(p.choices or p.pattern for p in action.parameters)
        # Quotes and brackets are for the reader of code; a word without quotes is a variable, unless it is one of the known values.
        if rest[:1] == "(" and (
            any(sign in inner for sign in "(\"'") or (action and inner.isidentifier() and not bounded)
        ):
            return None
        if "\n" in inner and not (action and self.multiline(action.name)):
            return None
        values = inner.split(",") if rest[:1] == "(" and action is not None and bounded else []
        if action is not None and len(values) == len(action.parameters) > 1:
            named = zip((p.name for p in action.parameters), values, strict=True)
            return self._checked(action.name, {key: unlabelled(key, value) for key, value in named}, False)
        if inner and (action is None or len(action.parameters) > 1):
            found = self.declared.find(fold(f"{word.replace('_', ' ').lower()} {inner}"))
            literal = found.form is None or found.form.literals
            same = found.action.name and literal and name in (None, found.action.name)
            return self._checked(found.action.name, found.action.arguments, False) if same else None
        if action is None or (inner and not action.parameters):
            return None
        given = {p.name: unlabelled(p.name, inner) for p in action.parameters} if inner else {}
        return self._checked(action.name, given, False)

    def _alone(self, line: str) -> Action | None:
        """The value alone, where there is one action with one bounded value."""
        if self.single is None or not line or len(self.single.parameters) != 1 or not self.single.parameters[0].choices:
            return None
        return self._checked(self.single.name, {self.single.parameters[0].name: line}, True)
