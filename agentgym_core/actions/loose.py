"""A text that says an action in other words than the declared ones: marks around it, capitals, articles, aliases, a verb written as a
call, a reason behind it. Used only where the declared forms do not fit; every step is linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from agentgym_core.actions.declared import Declared, loose_name
from agentgym_core.actions.forms import Form, forms_of
from agentgym_core.actions.literals import read_object
from agentgym_core.actions.values import Misfit, block, fold
from agentgym_core.types import Action

_LONG = 20_000
_WORDY = 100
"""A value without a pattern is a name or a phrase; a longer one in an unmarked line is prose."""
_WRAPPERS = (
    ("```", "```"), ("`", "`"), ('"', '"'), ("'", "'"), ("**", "**"), ("__", "__"), ("*", "*"), ("[", "]"), ("<", ">"), ("“", "”"),
    ("‘", "’"), ("(", ")"), ("$", "$"), ("\\boxed{", "}"), ("\\text{", "}"),
)  # fmt: skip
_BEFORE = re.compile(r"(?:[-*•>#|]+|[0-9]{1,2}[.)])\s+")
_AFTER = ".!;,:"
_LEFT = " \t\"'`*[<(“-"
_QUOTES = "\"'`“”‘’*"
_ARTICLE = re.compile(r"\b(?:the|an?)\s+", re.IGNORECASE)
_NAMESPACE = re.compile(r"\b[a-z]+:(?=[a-z_])")
_BIG = re.compile(r"\b(?=\w*[A-Z])\w{2,}")
_SPELLED = re.compile(r"\w(?:[-., ]{1,2}\w){2,30}")
_HEAD = re.compile(r"(?:[\w]{1,40}\.)?([^\W\d]\w{0,60})\s*(.*)", re.DOTALL)
_NUMBERS = {
    word: str(at)
    for at, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1)
}
_NUMBER = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b", re.IGNORECASE)
_TIMES = re.compile(r"\b([0-9]{1,12})\s?[x×](?=\s)")
# What stands behind an action and explains it.
_REASON = re.compile(
    r",?\s+(?:because|since|as|so|so that|in order to|which|to (?:see|get|reach|find))\b|\s+[-–—]+\s+|\s*[(#]|\s+//|\.\s"
)
# What stands before an action and says that it is now meant: nothing that doubts, denies, asks or tells of the past.
_LEAD = re.compile(
    r"(?:(?:so|now|then|next|first|okay|ok|therefore|thus|hence),?\s+){0,2}"
    r"(?:i(?:'ll|’ll| will| shall| am going to|'m going to)?(?: now| next| then)?(?: choose| pick| guess| decide| go with| use| try| do)?(?: to)?"
    r"|let me(?: guess| try)?|let us|let's|please|try to|use"
    r"|(?:the|my)(?: (?:next|best|right|final|correct))?"
    r" (?:action|move|choice|guess|answer|command|step|word|query)(?: now| here)?(?: (?:is|will be|would be)(?: to)?)?)"
    r"\s*:?\s+(?=\S)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*(?:;|,?\s(?:and\s)?then\s|,?\s(?:and|or)\s(?:then\s)?|,\s|\s?/\s?|\s?(?:->|→|=>)\s?)\s*")
_PARTS = 12
PROSE = re.compile(
    r"\s*(?:(?:i|i'm|i’m|we|you|it|there|this|that|the|my|your|if|maybe|perhaps|should|could|would|shall|what|which|how|why|none|no|not|n/a"
    r"|nothing|do not|don't|don’t|never|unsure|unknown|sorry|let me|null|undefined)\b|[^\w]*\Z)|.{0,2000}\?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
PLACEHOLDER = re.compile(r"\s*(?:\{[\w ]{0,60}\}|<[\w ]{0,60}>|\.{2,}|…)\s*\Z")


class Loose:
    """Reads texts and calls loosely against the declared actions."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.forms: list[Form] = []
        self.single = declared.actions[0] if len(declared.actions) == 1 else None
        for action in declared.actions:
            texts = (action.text, *action.aliases) if action.text is not None else action.aliases
            self.forms += [form for text in texts for form in forms_of(evolve(action, text=text), loose=True)]
        self.forms.sort(key=lambda form: -form.literals)
        self.blocks = any(form.block for form in self.forms)
        self.counted = any(slot.type == "integer" for form in self.forms for slot in form.slots)
        # What joins two actions, and the first word of one: quick to rule out.
        verbs = {form.prefix.split()[0] for form in self.forms if form.prefix.strip()}
        verbs |= set(self.single.parameters[0].choices) if self.single and self.single.parameters else set()
        joined = rf"(?:[;,/>→]|\b(?:and|or|then))\s*(?:(?:and|then)\s+)*(?:{'|'.join(map(re.escape, sorted(verbs)))})\b"
        self._next = re.compile(joined, re.IGNORECASE) if verbs else None
        self.names = {loose_name(name): name for name in declared.by_name}

    def exact(self, text: str) -> Action | None:
        """The action that all of a text says, marks around it put aside; None where it says none, or more than one."""
        if len(text) > _LONG and not self.blocks:
            return None
        for peeled in _peeled(text):
            action = self._said(peeled)
            if action is not None:
                return action
        return None

    def meant(self, text: str) -> Action | None:
        """The action of a line that was announced as one: also with a lead or a reason."""
        line = text.strip()
        if len(line) > _LONG or line.endswith("?"):
            return None
        lead = _LEAD.match(line)
        rest = line[lead.end() :] if lead else ""
        for part in (rest, line):
            action = self.exact(part) if part else None
            if action is not None:
                return action
        for part in (rest, line):
            reason = _REASON.search(part) if part else None
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

    def announced(self, text: str) -> Action | None:
        """The action that a sentence ends with, after words that say so."""
        line = text.strip()
        if len(line) > _LONG or line.endswith("?"):
            return None
        starts = [0, *(found.end() for found in re.finditer(r"[.!,;:]\s+|\n", line))]
        for start in starts[-_PARTS:]:
            lead = _LEAD.match(line, start)
            if lead and not self.several(line[lead.end() :]):
                action = self.exact(line[lead.end() :])
                if action is not None:
                    return action
        head, colon, tail = line.rpartition(": ")
        if colon and len(head.split()) <= 40:
            return self.exact(tail)
        head, comma, tail = line.rpartition(", ")
        if comma and self.forms and self.exact(head) is None and not self.several(line):
            action = self.exact(tail)
            return action if action is not None and (action.arguments or " " in action.text) else None
        return None

    def several(self, text: str) -> bool:
        """Whether a text says one action and then goes on to another, or to more of the same."""
        if len(text) > _LONG or _SEPARATOR.search(text) is None:
            return False
        text = text.lstrip(_LEFT)
        for form in self.forms:
            # Words of the form itself: "toggle and go through".
            if (
                form.literals
                and form.prefix
                and text[: len(form.prefix)].lower() == form.prefix
                and _SEPARATOR.search(form.prefix)
            ):
                return any(self._plain(part) for part in _SEPARATOR.split(text[len(form.prefix) :], _PARTS)[1:])
        parts = _SEPARATOR.split(text, _PARTS)
        said = [self._plain(part) for part in parts]
        return any(said[1:]) and (said[0] or self._plain(parts[0], True))

    def goes_on(self, action: Action) -> bool:
        """Whether the text of a declared action goes on to another one inside a value."""
        if self._next is None or self._next.search(action.text) is None:
            return False
        form = self.declared.by_name[action.name]
        return form.text is not None and not any(p.multiline for p in form.parameters) and self.several(action.text)

    def doubtful(self, text: str) -> bool:
        """Whether a text that no form fits is no command at all: prose, a question, a placeholder, or an action and more."""
        if PROSE.match(text) or PLACEHOLDER.match(text) or self.several(text) or self.unread(text):
            return True
        slots = ("{" + parameter.name + "}" for action in self.declared.actions for parameter in action.parameters)
        return "{" in text and any(slot in text for slot in slots)

    def unread(self, text: str) -> bool:
        """Whether a text that no form fits begins with an action, so that what follows would be lost."""
        words = text.split(" ", 8)
        return any(self._plain(" ".join(words[:count])) for count in range(1, min(len(words), 8)))

    def call(self, name: str, given: Any, notes: list[str]) -> Action:
        """The action of a call whose arguments may be an object, a list by position, JSON as text, or the only value.

        :raises Misfit: where the call does not fit its declaration.
        """
        name = self.declared.name_of(name.strip(), notes)
        return self.settled(name, self._arguments(name, given, 0), notes)

    def settled(self, name: str, given: Mapping[str, Any], notes: list[str]) -> Action:
        """The action of a call, its values as the declared patterns want them where that can be.

        :raises Misfit: where the call does not fit its declaration.
        """
        arguments = self.declared.arguments(name, given, notes)
        for parameter in self.declared.by_name[name].parameters:
            value = arguments.get(parameter.name)
            if value == f"{{{parameter.name}}}":
                raise Misfit(f'"{parameter.name}" is a placeholder, not a value')
            pattern = self.declared.patterns.get((name, parameter.name))
            if pattern is None or not isinstance(value, str) or pattern(value):
                continue
            plainer = _peeled(value) if parameter.multiline else _plainer(value)
            better = next((each for each in plainer if pattern(each)), None)
            if better is not None:
                arguments[parameter.name] = better
                notes.append(f'"{parameter.name}" was written otherwise, read as {better[:60]}')
        found = self.declared.say(name, arguments)
        return found if found.name == name else Action(name, arguments, found.text)

    def _arguments(self, name: str, given: Any, depth: int) -> Mapping[str, Any]:
        parameters = [parameter.name for parameter in self.declared.by_name[name].parameters]
        if isinstance(given, str):
            text = given.strip()
            if text in ("", "null", "{}"):
                return {}
            if text[0] in '{["' and depth < 3:
                try:
                    value = _value(text)
                except Misfit as misfit:
                    if text[0] == "{":
                        raise Misfit(f"the arguments of {name} cannot be read as JSON: {misfit}") from None
                else:
                    return self._arguments(name, value, depth + 1)
            if len(parameters) != 1:
                raise Misfit(f"the arguments of {name} must be a JSON object")
            return {parameters[0]: _label(parameters[0], text)}
        if given is None:
            return {}
        if isinstance(given, Mapping):
            return self._keyed(name, parameters, given, depth)
        if isinstance(given, list):
            if len(given) == len(parameters):
                return dict(zip(parameters, given, strict=True))
            if len(parameters) == 1 and self.declared.by_name[name].parameters[0].type in ("array", "any"):
                return {parameters[0]: given}
            raise Misfit(f"the arguments of {name} must be a JSON object")
        if len(parameters) == 1:
            return {parameters[0]: given}
        raise Misfit(f"the arguments of {name} must be a JSON object")

    def _keyed(self, name: str, parameters: list[str], given: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        by_loose = {loose_name(parameter): parameter for parameter in parameters}
        out = {by_loose.get(loose_name(str(key)), str(key)): value for key, value in given.items()}
        if len(given) == 1 and not set(out) & set(parameters) and depth < 3:
            (key, value), *_ = given.items()
            if loose_name(str(key)) in ("arguments", "parameters", "args", "input", "params", "kwargs"):
                return self._arguments(name, value, depth + 1)
        return out

    def _plain(self, text: str, part: bool = False) -> bool:
        """Whether a piece of a text is an action as declared; `part`: or ends with the beginning of one."""
        found = self.declared.find(fold(text.rstrip(_AFTER)))
        form = found.form
        if found.action.name:
            return form is None or form.literals > 0 or self.declared.fits(found.action)
        if self._alone(text) is not None:
            return True
        return part and any(form.literals and form.prefix and text.startswith(form.prefix) for form in self.forms)

    def _said(self, text: str) -> Action | None:
        if not text:
            return None
        found = self.declared.find(text)
        action = found.action
        if action.name and not found.rest:
            free = found.form is not None and not found.form.literals
            if not free or self._bounded(action):
                checked = self._checked(action.name, action.arguments, bool(free))
                if checked is not None:
                    return checked
        line = fold(text) if "\n" not in text else ""
        for line in (line, *self._respelled(line)) if line else ():
            for form in self.forms:
                read = form.read(line) if form.literals or form.slots else None
                if read is not None and (form.literals or self._bounded(Action(form.name, read[0], ""))):
                    action = self._checked(form.name, read[0], not form.literals)
                    if action is not None:
                        return action
        return self._headed(text) or self._alone(line)

    def _bounded(self, action: Action) -> bool:
        """Whether a form without words of its own can be told from prose: its slots are bounded."""
        parameters = self.declared.by_name[action.name].parameters
        return all(p.choices or p.type in ("integer", "number", "boolean") or p.pattern for p in parameters)

    def _checked(self, name: str, arguments: Mapping[str, Any], free: bool) -> Action | None:
        try:
            action = self.settled(name, arguments, [])
        except Misfit:
            return None
        if not self.declared.fits(action) or (free and loose_name(action.text) in self.names):
            return None
        if not any(p.multiline for p in self.declared.by_name[name].parameters) and self.several(action.text):
            return None
        for parameter in self.declared.by_name[name].parameters:
            value = action.arguments.get(parameter.name)
            if (
                isinstance(value, str)
                and not (parameter.pattern or parameter.choices or parameter.multiline)
                and (len(value) > _WORDY or ". " in value or value[-1:] in "?!" or (free and " " in value))
            ):
                return None
        return action

    def _respelled(self, line: str) -> Iterator[str]:
        if self.counted:
            counted = _NUMBER.sub(lambda found: _NUMBERS[found[0].lower()], _TIMES.sub(r"\1", line))
            if counted != line:
                yield counted
        if "_" in line and " " not in line:
            yield line.replace("_", " ")

    def _headed(self, text: str) -> Action | None:
        """A name with its value behind it: `move: left`, `move(left)`, `move[left]`, `move {left}`, `move direction=left`."""
        head = _HEAD.fullmatch(text)
        if head is None:
            return None
        word, rest = head[1], head[2].strip()
        name = self.names.get(loose_name(word))
        if rest and rest[0] in "([{<" and rest[-1] not in ")]}>":
            return None
        if rest and rest[0] in "([{<:=":
            inner = rest[1:].strip() if rest[0] in ":=" else rest[1:-1].strip() if rest[-1] in ")]}>" else ""
        elif name is not None and rest and self.declared.by_name[name].text is not None:
            inner = rest
        else:
            inner = ""
            if rest:
                return None
        if "\n" in inner and not (name and any(p.multiline for p in self.declared.by_name[name].parameters)):
            return None
        if rest[:1] == "(" and ("(" in inner or '"' in inner or "'" in inner):
            return None
        if rest[:1] == "(" and inner.isidentifier() and name is not None:
            # A word without quotes is a variable, unless it is known to be one of the values that there are.
            parameters = self.declared.by_name[name].parameters
            if not all(p.choices or p.pattern for p in parameters):
                return None
        if name is None:
            if not inner or "\n" in inner:
                return None
            spoken = self.declared.find(fold(f"{word.replace('_', ' ').lower()} {inner}"))
            literal = spoken.form is None or spoken.form.literals
            return (
                self._checked(spoken.action.name, spoken.action.arguments, False)
                if spoken.action.name and literal
                else None
            )
        parameters = self.declared.by_name[name].parameters
        if len(parameters) > 1 and inner:
            spoken = self.declared.find(fold(f"{word.replace('_', ' ').lower()} {inner}"))
            return self._checked(name, spoken.action.arguments, False) if spoken.action.name == name else None
        if bool(inner) != bool(parameters) and not (parameters and not parameters[0].required):
            return None
        if not inner:
            return self._checked(name, {}, False)
        return self._checked(name, {parameters[0].name: _label(parameters[0].name, inner)}, False)

    def _alone(self, line: str) -> Action | None:
        """The value alone, where there is one action with one bounded value."""
        if self.single is None or not line or len(self.single.parameters) != 1 or not self.single.parameters[0].choices:
            return None
        return self._checked(self.single.name, {self.single.parameters[0].name: line}, True)


def _value(text: str) -> Any:
    if text[0] == "{":
        return read_object(text)[0]
    return read_object(f'{{"value": {text}}}')[0].get("value")


def _label(parameter: str, text: str) -> str:
    """A value without the parameter's name and the quotes around it."""
    label = re.match(rf"\s*[\"']?{re.escape(parameter)}[\"']?\s*[=:]\s*", text, re.IGNORECASE)
    text = text[label.end() :] if label else text
    for peeled in _peeled(text, "`\"'“‘"):
        text = peeled
    return text


def _peeled(text: str, only: str = "") -> Iterator[str]:
    """A text, then without the marks around it, one layer after the other."""
    text = block(text)
    yield text
    for _ in range(8):
        inner = text
        for left, right in _WRAPPERS:
            if (
                (not only or left in only)
                and text.startswith(left)
                and text.endswith(right)
                and len(text) > len(left) + len(right)
            ):
                inner = text[len(left) : len(text) - len(right)].strip()
                break
        if inner == text and not only:
            if text.startswith("|") and text.endswith("|"):
                inner = text[:-1].rpartition("|")[2].strip()
            else:
                mark = _BEFORE.match(text)
                inner = text[mark.end() :] if mark else text[:-1].rstrip() if text[-1:] in _AFTER else text
        if inner == text or not inner:
            return
        text = inner
        yield text


def _plainer(value: str) -> Iterator[str]:
    """A name in ever plainer spellings: without marks, in small letters, without articles, with blanks for underscores, unspelled."""
    for value in _peeled(value):
        yield value
    value = value.strip(_QUOTES)
    value = value.replace('"', "").replace("`", "")
    value = _BIG.sub(lambda found: found[0].lower(), value)
    yield value
    value = fold(_ARTICLE.sub("", value))
    yield value
    value = fold(_NAMESPACE.sub("", value).replace("_", " "))
    yield value
    if _SPELLED.fullmatch(value):
        yield re.sub(r"\W", "", value).lower()
    counted = _NUMBER.sub(lambda found: _NUMBERS[found[0].lower()], _TIMES.sub(r"\1", value))
    yield counted
