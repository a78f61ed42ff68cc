"""The actions of an environment, compiled once: names, arguments and texts, for every format."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from agentgym_core.actions._forms import Form, forms_of
from agentgym_core.actions._literals import read_object
from agentgym_core.actions._values import InvalidAction, block, coerce, dump, fold, listed, short
from agentgym_core.specs import ActionSpec
from agentgym_core.types import Action

# The JSON form, with or without the words between: `name with Action Input: {…}`.
_JSON_FORM = re.compile(r"(\w+)\s*(?:(?:with\s*)?action[ _]input\s*:?\s*)?(\{.*)?", re.DOTALL | re.IGNORECASE).fullmatch


@frozen
class MatchedAction:
    """What a text was found to say. `rest` is what was not read: what followed, or keys that the action does not take; `mended` what was
    put right.

    `settled` is False where the action's text is not the text that was read.
    """

    action: Action
    form: Form | None = None
    rest: str = ""
    mended: tuple[str, ...] = ()
    settled: bool = True


class ActionSet:
    """The declared actions. Where several forms fit a text, the one with the most fixed characters wins, then the first declared.

    :raises ValueError: where two actions share a name, or a text form does not fit its parameters.
    """

    def __init__(self, actions: Sequence[ActionSpec]) -> None:
        self.actions = tuple(actions)
        self.by_name: dict[str, ActionSpec] = {}
        self._fixed: dict[str, str] = {}
        self._forms: dict[str, list[Form]] = {}
        # What a pattern wants of a value, by action and parameter; empty for most environments.
        self.patterns: dict[str, dict[str, Any]] = {}
        for action in self.actions:
            self._declare(action)
        forms = [form for group in self._forms.values() for form in group if form.slots]
        self._ordered = sorted(forms, key=lambda form: -form.literals)
        self._blocks = [form for form in self._ordered if form.block]
        self._lines = [form for form in self._ordered if not form.block]
        self.spelled = _spellings([action.name for action in self.actions])
        self.spelled_parameters = {
            action.name: _spellings([parameter.name for parameter in action.parameters]) for action in self.actions
        }
        self.by_spelling = {unicodedata.normalize("NFKC", word): name for name, word in self.spelled.items()}

    def _declare(self, action: ActionSpec) -> None:
        names = [parameter.name for parameter in action.parameters]
        if action.name in self.by_name:
            raise ValueError(f"action {action.name!r} is declared twice")
        if len(set(names)) != len(names) or not all(name.isidentifier() for name in names):
            raise ValueError(
                f"action {action.name!r}: its parameters need names of their own that are Python identifiers"
            )
        self.by_name[action.name] = action
        self.patterns[action.name] = {
            each.name: re.compile(each.pattern, re.DOTALL | re.IGNORECASE if each.multiline else 0).fullmatch
            for each in action.parameters
            if each.pattern
        }
        if action.text is not None:
            self._forms[action.name] = forms_of(action, action.text)
            for form in self._forms[action.name]:
                if not form.slots:
                    self._fixed.setdefault(fold(form.write({})), action.name)

    def fits(self, action: Action) -> bool:
        """Whether the values of an action match their patterns, where they have some."""
        arguments = action.arguments
        for key, match in self.patterns.get(action.name, {}).items():
            value = arguments.get(key)
            if type(value) is str and match(value) is None:
                return False
        # A slot that was copied and not filled.
        return "{" not in action.text or all(value != f"{{{key}}}" for key, value in arguments.items())

    def act(self, written: str, given: Mapping[str, Any], notes: list[str]) -> Action:
        """The action of a call. It is what its canonical text says, so that a stored text replays it exactly.

        :raises InvalidAction: where the call does not fit a declaration.
        """
        name = self.name_of(written, notes)
        return self.say(name, self.arguments(name, given, notes))

    def name_of(self, written: str, notes: list[str]) -> str:
        """The declared name that a model meant.

        :raises InvalidAction: where none is.
        """
        if written in self.by_name:
            return written
        # "functions.move:0": a namespace before the name, the number of the call behind it.
        word = re.sub(r":[0-9]{1,4}\Z", "", written).rpartition(".")[2]
        near = meant(word, [name for name in self.by_name if loose_name(name) == loose_name(word)])
        if not near:
            raise InvalidAction(f"there is no action {short(written)}; the actions are: {listed(list(self.by_name))}")
        notes.append(f"action {short(written)} read as {near}")
        return near

    def arguments(self, name: str, given: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
        """The arguments of a call in the order of their declaration, coerced and checked.

        :raises InvalidAction: where they do not fit.
        """
        out: dict[str, Any] = {}
        missing = []
        for parameter in self.by_name[name].parameters:
            value = given.get(parameter.name)
            if value is not None:
                out[parameter.name] = coerce(parameter, value, notes)
            elif parameter.required:
                missing.append(short(parameter.name))
        if missing:
            raise InvalidAction(f"{name} needs {listed(missing)}")
        if len(given) > len(out):
            known = {parameter.name for parameter in self.by_name[name].parameters}
            extra = sorted(str(key) for key in given if key not in known)
            notes += [f"{name} takes no {listed([short(word) for word in extra], 5)}: left out"] if extra else []
        return out

    def say(self, name: str, arguments: Mapping[str, Any]) -> Action:
        """The action that the canonical text of a call says, so that a stored text replays it exactly.

        :raises InvalidAction: where an argument is blank and the text form needs it.
        """
        if name not in self._forms:
            text = _json_form(name, arguments)
            found = self.find(text).action
            return found if found.name else Action(name, arguments, text)
        required = {parameter.name for parameter in self.by_name[name].parameters if parameter.required}
        filled = frozenset(key for key, value in arguments.items() if value != "" or key in required)
        forms = [form for names in (frozenset(arguments), filled) for form in self._forms[name] if form.names == names]
        reason = InvalidAction(f"{name} needs at least one of its arguments")
        for form in forms:
            try:
                text = form.write(arguments)
            except InvalidAction as misfit:
                reason = misfit
            else:
                said = self.find(block(text) if form.block else fold(text)).action
                return said if said.name else Action(name, arguments, said.text)
        raise reason

    def find(self, text: str) -> MatchedAction:
        """The action that a text says; its name is empty where no declared form fits.

        An action whose parameters keep no lines is read from the first line.
        """
        found = self._find(block(text))
        # The text that the arguments give may be one that another form claims: settle, so that a canonical text stays as it is.
        for _ in range(4):
            if found.settled:
                break
            again = self._find(block(found.action.text))
            found = MatchedAction(again.action, again.form, found.rest, found.mended, again.settled)
        return found

    def _find(self, whole: str) -> MatchedAction:
        called = self._call(whole)
        if called is not None:
            return called
        first, _, rest = whole.lstrip().partition("\n")
        line = fold(first)
        # Of a text with several lines, forms that keep them come first.
        found = self._matched(self._blocks, whole, line) if rest else None
        if found is not None:
            return found
        if line in self._fixed:
            found = MatchedAction(Action(self._fixed[line], {}, line))
        found = found or self._matched(self._lines if rest else self._ordered, whole, line)
        found = found or MatchedAction(Action(text=line))
        return MatchedAction(found.action, found.form, rest.strip(), settled=found.settled) if rest else found

    def _matched(self, forms: Sequence[Form], whole: str, line: str) -> MatchedAction | None:
        for form in forms:
            text = (whole.lstrip() if form.prefix else whole) if form.block else line
            read = form.read(text)
            if read is not None:
                arguments, written = read
                return MatchedAction(Action(form.name, arguments, written), form, settled=written == text)
        return None

    def _call(self, text: str) -> MatchedAction | None:
        """A call in the JSON form, of an action that has no text form."""
        found = _JSON_FORM(text) if len(self._forms) < len(self.by_name) else None
        if found is None or found[1] not in self.by_name or found[1] in self._forms:
            return None
        notes: list[str] = []
        try:
            given, end, mended = read_object(found[2] or "{}")
            arguments = self.arguments(found[1], given, notes)
        except InvalidAction:
            return None
        if found[2] and end < len(found[2]):
            return None
        notes += ["mended the JSON of the arguments"] if mended else []
        action = Action(found[1], arguments, _json_form(found[1], arguments))
        return MatchedAction(action, rest=" ".join(given.keys() - arguments.keys()), mended=tuple(notes))


def _json_form(name: str, arguments: Mapping[str, Any]) -> str:
    pairs = ", ".join(f"{dump(key)}: {dump(value)}" for key, value in arguments.items())
    return f"{name} with Action Input: {{{pairs}}}"


def meant(written: str, near: Sequence[str]) -> str:
    """The name that is written, of those that it may mean; empty without any. :raises InvalidAction: it is exactly none of several."""
    if len(near) > 1 and written not in near:
        raise InvalidAction(f"{short(written)} may mean {' or '.join(map(short, near))}: write the exact name")
    return written if written in near else "".join(near)


def loose_name(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _spellings(names: Sequence[str]) -> dict[str, str]:
    """Names as they can stand in Python source: a keyword gets an underscore."""
    taken = set(names)
    out = {}
    for name in names:
        word = name
        while keyword.iskeyword(unicodedata.normalize("NFKC", word)) or (word != name and word in taken):
            word += "_"
        taken.add(word)
        out[name] = word
    return out
