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
from agentgym_core.actions._values import InvalidAction, block, clean, coerce, dump, fold, listed, short
from agentgym_core.specs import ActionSpec
from agentgym_core.types import Action

_INPUT = "action input"


@frozen
class MatchedAction:
    """What a text was found to say. `rest` is what followed the action and was not read, `mended` what was put right.

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
        self._exact: dict[str, str] = {}
        self._forms: dict[str, list[Form]] = {}
        self._json: set[str] = set()
        for action in self.actions:
            self._declare(action)
        forms = [form for group in self._forms.values() for form in group if form.slots]
        forms.sort(key=lambda form: -form.literals)
        self._ordered = forms
        self._lines = [form for form in forms if not form.block]
        self._blocks = [form for form in forms if form.block]
        self.spelled = _spellings([action.name for action in self.actions])
        self.spelled_parameters = {
            action.name: _spellings([parameter.name for parameter in action.parameters]) for action in self.actions
        }
        # What a pattern wants of a value, by action and parameter; empty for most environments.
        self.patterns = {
            (action.name, parameter.name): re.compile(
                parameter.pattern, re.DOTALL | re.IGNORECASE if parameter.multiline else 0
            ).fullmatch
            for action in self.actions
            for parameter in action.parameters
            if parameter.pattern
        }
        self._bounded = {
            name: [(key, match) for (owner, key), match in self.patterns.items() if owner == name]
            for name, _ in self.patterns
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
        if action.text is None:
            self._json.add(action.name)
            return
        self._forms[action.name] = forms_of(action)
        for form in self._forms[action.name]:
            if not form.slots:
                self._exact.setdefault(fold(form.write({})), action.name)

    def fits(self, action: Action) -> bool:
        """Whether the values of an action match their patterns, where they have some."""
        arguments = action.arguments
        for key, match in self._bounded.get(action.name, ()):
            value = arguments.get(key)
            if type(value) is str and match(value) is None:
                return False
        # A slot that was copied and not filled.
        return "{" not in action.text or all(value != f"{{{key}}}" for key, value in arguments.items())

    def name_of(self, written: str, notes: list[str]) -> str:
        """The declared name that a model meant.

        :raises InvalidAction: where none is.
        """
        if written in self.by_name:
            return written
        loose = loose_name(written.rpartition(".")[2])
        near = [name for name in self.by_name if loose_name(name) == loose]
        if len(near) == 1:
            notes.append(f"action {short(written)} read as {near[0]}")
            return near[0]
        raise InvalidAction(f"there is no action {short(written)}; the actions are: {listed(list(self.by_name))}")

    def arguments(self, name: str, given: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
        """The arguments of a call in the order of their declaration, coerced and checked.

        :raises InvalidAction: where they do not fit.
        """
        action = self.by_name[name]
        out: dict[str, Any] = {}
        missing = []
        for parameter in action.parameters:
            value = given.get(parameter.name)
            if value is None:
                if parameter.required:
                    missing.append(parameter.name)
                continue
            out[parameter.name] = coerce(parameter, value, notes)
        if missing:
            raise InvalidAction(f"{name} needs {listed([short(word) for word in missing])}")
        known = {parameter.name for parameter in action.parameters}
        extra = sorted(str(key) for key in given if key not in known)
        if extra:
            notes.append(f"{name} takes no {listed([short(word) for word in extra], 5)}: left out")
        return out

    def say(self, name: str, arguments: Mapping[str, Any]) -> Action:
        """The action that the canonical text of a call says, so that a stored text replays it exactly.

        :raises InvalidAction: where an argument is blank and the text form needs it.
        """
        if name in self._json:
            text = _json_form(name, arguments)
            found = self.find(text).action
            return found if found.name else Action(name, arguments, text)
        action = self.by_name[name]
        required = {parameter.name for parameter in action.parameters if parameter.required}
        exact = frozenset(arguments)
        filled = frozenset(key for key, value in arguments.items() if value != "" or key in required)
        reason: InvalidAction | None = None
        for names in (exact, filled):
            for form in self._forms[name]:
                if form.names != names:
                    continue
                try:
                    text = form.write(arguments)
                except InvalidAction as misfit:
                    reason = misfit
                    continue
                return self.find(block(text) if form.block else fold(text)).action
        raise reason or InvalidAction(f"{name} needs at least one of its arguments")

    def find(self, text: str, strict: bool = False) -> MatchedAction:
        """The action that a text says; its name is empty where no declared form fits.

        An action whose parameters keep no lines is read from the first line.

        :param strict: raise where a call in the JSON form has arguments that cannot be read, and not only take it for no action.
        :raises InvalidAction: only if `strict`, in words for the model.
        """
        found = self._find(text, strict)
        # The text that the arguments give may be one that another form claims: settle, so that a canonical text stays as it is.
        for _ in range(4):
            if found.settled:
                break
            again = self._find(found.action.text)
            found = MatchedAction(again.action, again.form, found.rest, found.mended, again.settled)
        return found

    def _find(self, text: str, strict: bool = False) -> MatchedAction:
        whole = block(text)
        misfit: InvalidAction | None = None
        if self._json:
            try:
                called = self._call(whole)
            except InvalidAction as raised:
                called, misfit = None, raised
            if called is not None:
                return called
        found = self._find_form(whole)
        if strict and misfit is not None and not found.action.name:
            raise misfit
        return found

    def _find_form(self, whole: str) -> MatchedAction:
        first, _, rest = whole.lstrip().partition("\n")
        line = fold(first)
        if not rest:
            return self._try(self._ordered, whole, line) or MatchedAction(Action(text=line))
        found = self._try(self._blocks, whole, "")
        if found is not None:
            return found
        found = self._try(self._lines, "", line)
        rest = rest.strip()
        return (
            MatchedAction(found.action, found.form, rest, settled=found.settled)
            if found
            else MatchedAction(Action(text=line), rest=rest)
        )

    def _try(self, forms: list[Form], whole: str, line: str) -> MatchedAction | None:
        name = self._exact.get(line) if line else None
        if name is not None:
            return MatchedAction(Action(name, {}, line))
        for form in forms:
            text = (whole.lstrip() if form.prefix else whole) if form.block else line
            read = form.read(text)
            if read is not None:
                arguments, written = read
                return MatchedAction(Action(form.name, arguments, written), form, settled=written == text)
        return None

    def _call(self, text: str) -> MatchedAction | None:
        """A call of an action without a text form: its name, then an object, with or without the words between.

        :raises InvalidAction: where the name is there and the object cannot be read, in words for the model.
        """
        end = 0
        while end < len(text) and (text[end].isalnum() or text[end] == "_"):
            end += 1
        notes: list[str] = []
        name = text[:end]
        if name not in self._json:
            near = [each for each in self._json if loose_name(each) == loose_name(name)]
            if len(near) != 1 or _INPUT not in text[end : end + 40].lower():
                return None
            notes.append(f"action {short(name)} read as {near[0]}")
            name = near[0]
        at = _spaces(text, end)
        if text[at : at + 4].lower() == "with":
            at = _spaces(text, at + 4)
        announced = text[at : at + len(_INPUT)].lower().replace("_", " ") == _INPUT
        if announced:
            at += len(_INPUT)
            while at < len(text) and (text[at].isspace() or text[at] in ":*`"):
                at += 1
        given: dict[str, Any] = {}
        if text[at : at + 1] == "{":
            try:
                given, at, mended = read_object(text, at)
            except InvalidAction as misfit:
                raise InvalidAction(f"the Action Input of {name} cannot be read: {misfit}") from None
            if mended:
                notes.append("mended the JSON of the arguments")
        elif at < len(text) and not announced and text[end : end + 1] != "\n":
            return None
        elif announced and at < len(text):
            raise InvalidAction(f"the Action Input of {name} must be a JSON object")
        arguments = self.arguments(name, given, notes)
        action = Action(name, arguments, _json_form(name, arguments))
        return MatchedAction(action, rest=text[at:].strip(), mended=tuple(notes))


def _json_form(name: str, arguments: Mapping[str, Any]) -> str:
    pairs = ", ".join(f"{dump(key)}: {dump(value)}" for key, value in arguments.items())
    return f"{name} with Action Input: {{{pairs}}}"


def _spaces(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def loose_name(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


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


def text_of(value: object) -> str:
    """Text that is safe to keep; empty if a model sent something else."""
    return clean(value) if isinstance(value, str) else ""
