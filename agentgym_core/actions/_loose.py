"""A text that says an action in other words than the declared ones: marks around it, capitals, articles, aliases, a verb written as a
call, a reason behind it. Used only where the declared forms do not fit; every step is linear in the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from agentgym_core.actions._action_set import ActionSet, loose_name
from agentgym_core.actions._forms import Form, forms_of
from agentgym_core.actions._literals import read_object
from agentgym_core.actions._peel import AFTER, counted, peeled, plainer, unlabelled
from agentgym_core.actions._reply import unfenced
from agentgym_core.actions._values import InvalidAction, fold
from agentgym_core.types import Action

ARGUMENTS = re.compile("arguments?|parameters|args|params|kwargs|input|actioninput|toolinput").fullmatch
"""The loose names of the key under which models put the arguments of a call."""

_LONG = 20_000
_WORDY = 100
"""A value without a pattern is a name or a phrase; a longer one in an unmarked line is prose."""
_PARTS = 12
# A name, perhaps with a namespace and marks; then a colon, "=", or the second mark of classic ReAct ("Action Input:", "with
# arguments:"); then the arguments. Repetitions are bounded here and in all patterns: a reply is up to 30,000 characters of
# anything, and an unbounded `\s*` beside another one takes quadratic time on a page of blanks.
_CALLED = re.compile(
    r"(?:[\w-]{1,40}[.:])?([^\W\d]\w{0,60})[`*]{0,3}\s{0,9}"
    r"(?:(?:with\s{1,9})?(?P<input>[*_`]{0,3}(?:(?:action|tool)[ _]?)?(?:input|arguments|args|parameters)[*_`]{0,3}"
    r"(?:[ \t]?:[*_]{0,3}|(?=\s{0,9}\{)))|(?P<sign>[:=]))?\s{0,20}(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
).fullmatch
# One argument with its name: `direction: "left"`, `item=oak log,`.
_LABELLED = re.compile(
    r"\s{0,9}[\"'*`-]{0,3}(\w{1,60})[\"'*`]{0,3}\s{0,9}[=:]\s{0,9}(\"[^\"\\]*\"|'[^'\\]*'|[^,;\n\"'(){}\[\]]+)\s{0,9}(?:[,;\n]|\Z)"
)
_JOIN = r"(?:;|,?\s(?:and\s)?then\s|,?\s(?:and|or)\s(?:then\s)?|,\s|\s?/\s?|\s?(?:->|→|=>)\s?)"
_SEPARATOR = re.compile(rf"\s{{0,3}}{_JOIN}\s{{0,3}}")
_CLAUSE = re.compile(r"[.!,;:]\s+|\n")
# What stands behind an action and explains it; at the end of a value, in brackets.
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


class Loose:
    """Reads texts and calls loosely against the declared actions."""

    def __init__(self, declared: ActionSet) -> None:
        self.declared = declared
        self.single = declared.actions[0] if len(declared.actions) == 1 else None
        self.names = {loose_name(name): name for name in declared.by_name}
        # What a key of an argument may be called: as it is declared, or as the word before its slot ("from").
        self._keys: dict[str, dict[str, str]] = {}
        # All that the forms of an action say before their first slot.
        self._heads: dict[str, set[str]] = {}
        self.forms: list[Form] = []
        for action in declared.actions:
            forms = [
                form
                for text in (action.text, *action.aliases)
                if text is not None
                for form in forms_of(action, text, loose=True)
            ]
            self.forms += [form for form in forms if form.literals or self.bounded(action.name)]
            self._heads[action.name] = {"", *(loose_name(form.prefix) for form in forms)}
            before = {
                loose_name(str(word).split(" ")[-2]): slot.name
                for form in forms[:1]
                for word, slot in zip(form.pieces, form.pieces[1:], strict=False)
                if not isinstance(slot, str) and str(word).endswith(" ")
            }
            self._keys[action.name] = before | {loose_name(each.name): each.name for each in action.parameters}
        # The value alone, where there is one action with one choice.
        chosen = self.single.parameters[:1] if self.single and len(self.single.parameters) == 1 else ()
        self._alone = [
            form
            for each in chosen
            if self.single and each.choices
            for form in forms_of(self.single, f"{{{each.name}}}", loose=True)
        ]
        self.forms.sort(key=lambda form: -form.literals)
        # What joins two actions, and the first word of one: quick to rule out.
        verbs = {form.prefix.split()[0] for form in self.forms if form.prefix.strip()}
        verbs |= {choice for each in chosen for choice in each.choices}
        joined = rf"(?:[;,/>→]|\b(?:and|or|then))\s*(?:(?:and|then)\s+)*(?:{'|'.join(map(re.escape, sorted(verbs)))})\b"
        self._next = re.compile(joined, re.IGNORECASE) if verbs else None

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
        said = [line[lead.end() :] for lead in leads] + [line]
        for part in said if marked else said[:-1]:
            action = None if self.several(part) else self.exact(part)
            if action is not None:
                return action
            if not marked and part != said[-2] and self.exact(_CLAUSE.split(part, maxsplit=1)[0]) is not None:
                # One action, and then another clause that says more.
                return None
        for part in said:
            reason = _REASON.search(part)
            if (
                reason
                and reason.start()
                and not self.several(part)
                and not self._plain(part[reason.end() :].rstrip(")"))
            ):
                action = self.exact(part[: reason.start()])
                if action is not None:
                    return action
        return None if marked else self._at_the_end(line)

    def _at_the_end(self, line: str) -> Action | None:
        """The action behind a colon or a comma, after words that say none."""
        for sign in (": ", ", "):
            head, found, tail = line.rpartition(sign)
            if found and len(head.split()) <= 40:
                action = None if self.several(line) else self.exact(tail)
                if action is None or any(self.exact(clause) for clause in _CLAUSE.split(head)[-_PARTS:]):
                    return None
                return action if sign == ": " or action.arguments or " " in action.text else None
        return None

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
        """Whether the text of a declared action goes on inside a value: to another one, or to a reason in brackets."""
        if self.declared.by_name[action.name].text is None or self.multiline(action.name):
            return False
        joined = self._next is not None and self._next.search(action.text) is not None
        return (joined and self.several(action.text)) or _BRACKETED.search(action.text) is not None

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

    def call(self, name: str, given: Any, notes: list[str]) -> Action:
        """The action of a call whose arguments may be an object, a list by position, JSON as text, or the only value.

        :raises InvalidAction: where the call does not fit its declaration.
        """
        name = self.declared.name_of(name.strip(), notes)
        return self.settled(name, self._arguments(name, given), notes)

    def settled(self, name: str, given: Mapping[str, Any], notes: list[str]) -> Action:
        """The action of a call, its values as the declared patterns want them where that can be.

        :raises InvalidAction: where the call does not fit its declaration.
        """
        arguments = self.declared.arguments(name, given, notes)
        for parameter in self.declared.by_name[name].parameters:
            key, value = parameter.name, arguments.get(parameter.name)
            if value == f"{{{key}}}":
                raise InvalidAction(f'"{key}" is a placeholder, not a value')
            fits = self.declared.patterns[name].get(key)
            if fits is None or not isinstance(value, str) or fits(value):
                continue
            spellings = peeled(value) if parameter.multiline else plainer(unlabelled(key, value))
            better = next(filter(fits, spellings), None)
            if better is not None:
                arguments[key] = better
                notes.append(f'"{key}" was written otherwise, read as {better[:60]}')
        found = self.declared.say(name, arguments)
        return found if found.name == name else Action(name, arguments, found.text)

    def _arguments(self, name: str, given: Any, depth: int = 0) -> Mapping[str, Any]:
        """The arguments of a call by their names."""
        declared = self.declared.by_name[name].parameters
        names, keys = [parameter.name for parameter in declared], self._keys[name]
        if isinstance(given, str):
            return self._arguments_of_text(name, unfenced(given).strip().strip("`"), depth)
        if given is None:
            return {}
        if isinstance(given, Mapping):
            out = {keys.get(loose_name(str(key)), str(key)): value for key, value in given.items()}
            wrapped = list(given) if len(given) == 1 and not set(out) & set(names) and depth < 3 else []
            if wrapped and ARGUMENTS(loose_name(str(wrapped[0]))):
                return self._arguments(name, given[wrapped[0]], depth + 1)
            return out
        if isinstance(given, list) and len(given) == len(names):
            return dict(zip(names, given, strict=True))
        if len(names) == 1 and (not isinstance(given, list) or declared[0].type in ("array", "any")):
            return {names[0]: given}
        raise InvalidAction(f"the arguments of {name} must be a JSON object")

    def _arguments_of_text(self, name: str, text: str, depth: int) -> Mapping[str, Any]:
        """JSON, pairs of names and values, values by position, or the only value."""
        declared = self.declared.by_name[name].parameters
        if text[:1] in ("{", "[", '"') and depth < 3:
            try:
                value = read_object(text if text[0] == "{" else f'{{"": {text}}}')[0]
            except InvalidAction as misfit:
                if text[0] == "{":
                    raise InvalidAction(f"the arguments of {name} cannot be read as JSON: {misfit}") from None
            else:
                return self._arguments(name, value if text[0] == "{" else value[""], depth + 1)
        if text in ("", "null"):
            return {}
        labelled = self._labelled(name, text)
        if labelled:
            return labelled
        values = text.split(",") if len(declared) > 1 and self.told(name) else [text]
        if len(values) == len(declared):
            return {each.name: unlabelled(each.name, value) for each, value in zip(declared, values, strict=True)}
        raise InvalidAction(f"the arguments of {name} must be a JSON object")

    def _labelled(self, name: str, text: str) -> dict[str, str]:
        """Pairs of names and values, where a text is nothing else."""
        out: dict[str, str] = {}
        at = 0
        while at < len(text):
            found = _LABELLED.match(text, at)
            key = self._keys[name].get(loose_name(found[1])) if found else None
            if found is None or key is None:
                return {}
            out[key] = found[2][1:-1] if found[2][0] in "\"'" else found[2].strip()
            at = found.end()
        return out

    def _plain(self, text: str) -> bool:
        """Whether a piece of a text is an action as declared."""
        line = fold(text.rstrip(AFTER))
        found = self.declared.find(line)
        if found.action.name:
            return found.form is None or found.form.literals > 0 or self.declared.fits(found.action)
        return any(form.read(line) for form in self._alone)

    def _said(self, text: str) -> Action | None:
        if not text or (len(text) > _LONG and not any(form.block for form in self.forms)):
            return None
        found = self.declared.find(text)
        if found.action.name and not found.rest:
            free = found.form is not None and not found.form.literals
            action = self._checked(found.action.name, found.action.arguments, free)
            if action is not None:
                return action
        line = fold(text) if "\n" not in text else ""
        spaced = line.replace("_", " ") if " " not in line else line
        for spelled in dict.fromkeys((line, line.replace("**", ""), counted(line), spaced)):
            for form in self.forms:
                read = form.read(spelled)
                action = self._checked(form.name, read[0], not form.literals) if read else None
                if action is not None:
                    return action
        with suppress(InvalidAction):
            action = self.called(text, [])
            if action is not None:
                return action
        read = next(filter(None, (form.read(line) for form in self._alone)), None)
        return self._checked(self._alone[0].name, read[0], True) if read else None

    def bounded(self, name: str) -> bool:
        """Whether an action without words of its own can be told from prose: its slots are bounded."""
        parameters = self.declared.by_name[name].parameters
        return all(p.choices or p.pattern or p.type in ("integer", "number", "boolean") for p in parameters)

    def multiline(self, name: str) -> bool:
        """Whether a value of an action may go over several lines."""
        return any(parameter.multiline for parameter in self.declared.by_name[name].parameters)

    def told(self, name: str) -> bool:
        """Whether the values that may be meant are known, so that a word without quotes is one of them."""
        return all(parameter.choices or parameter.pattern for parameter in self.declared.by_name[name].parameters)

    def _checked(self, name: str, arguments: Mapping[str, Any], free: bool) -> Action | None:
        """The action, unless something in it says that it was not meant. `free`: no word of the text belongs to a form."""
        try:
            action = self.settled(name, arguments, [])
        except InvalidAction:
            return None
        if free and (loose_name(action.text) in self.names or not self.bounded(name)):
            return None
        if not self.declared.fits(action) or self.goes_on(action):
            return None
        for parameter in self.declared.by_name[name].parameters:
            value = action.arguments.get(parameter.name)
            if isinstance(value, str) and not (parameter.pattern or parameter.choices or parameter.multiline):
                if len(value) > _WORDY or ". " in value or value[-1:] in "?!" or (free and " " in value):
                    return None
        return action

    def called(self, text: str, notes: list[str]) -> Action | None:
        """A name with its arguments behind it: `move: left`, `move(left)`, `move[left]`, `move {left}`, `move direction=left`,
        `move` / `Action Input: {…}`.

        :raises InvalidAction: where it can be nothing else than a call, and does not fit its declaration.
        """
        head = _CALLED(text)
        name = self.names.get(loose_name(head[1])) if head else None
        action = self.declared.by_name.get(name or "")
        if head is None:
            return None
        rest = head["rest"].strip()
        if action is not None and (head["input"] or (action.text is None and (not rest or rest[0] == "{"))):
            with suppress(InvalidAction):
                if rest[:1] == "{" and rest[read_object(rest)[1] :].strip():
                    return None
            return self.call(action.name, rest if rest[:1] in ("{", "`") else rest.partition("\n\n")[0], notes)
        inner = rest
        if rest[:1] in ("(", "[", "{", "<"):
            inner = rest[1:-1].strip()
            if rest[-1] not in ")]}>" or (action and any(inner == each.name for each in action.parameters)):
                return None
        elif rest and not head["sign"] and (not action or loose_name(head[1]) not in self._heads[action.name]):
            # Without a sign between, the word must be all that the form says: "focus" is not "focus on".
            return None
        if "\n" in inner and not (action and self.multiline(action.name)):
            return None
        told = action is not None and self.told(action.name)
        if rest[:1] == "(":
            # Quotes and brackets are for the reader of code; a word without quotes is a variable, unless it is a known value.
            quoted = any(sign in inner for sign in "(\"'")
            if action and ((quoted and not self._labelled(action.name, inner)) or (inner.isidentifier() and not told)):
                return None
        given: Mapping[str, Any] | None = {}
        if action and inner:
            try:
                given = self._arguments(action.name, inner)
            except InvalidAction:
                given = None
        if not action or given is None:
            found = self.declared.find(fold(f"{head[1].replace('_', ' ').lower()} {inner}"))
            literal = found.form is None or found.form.literals
            same = inner and found.action.name and literal and name in (None, found.action.name)
            return self._checked(found.action.name, found.action.arguments, False) if same else None
        return self._checked(action.name, given, False)
