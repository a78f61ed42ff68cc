"""Calls as models write them: an object, a list by position, JSON as text, pairs of names and values, or the only value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from agentgym_core.actions._action_set import ActionSet, loose_name, meant
from agentgym_core.actions._literals import read_object
from agentgym_core.actions._peel import peeled, plainer, unlabelled
from agentgym_core.actions._reply import unfenced
from agentgym_core.actions._values import InvalidAction, short
from agentgym_core.types import Action

ARGUMENTS = re.compile("arguments?|parameters|args|params|kwargs|input|actioninput|toolinput").fullmatch
"""The loose names of the key under which models put the arguments of a call."""

# The word before a slot of a text form: "take {object} from {place}".
_BEFORE_SLOT = re.compile(r"(\w+) \{(\w+)\}")
# One argument with its name: `direction: "left"`, `item=oak log,`.
_LABELLED = re.compile(
    r"\s{0,9}[\"'*`-]{0,3}(\w{1,60})[\"'*`]{0,3}\s{0,9}[=:]\s{0,9}"
    r"(\"[^\"\\]*\"|'[^'\\]*'|[^,;\n\"'(){}\[\]]+)\s{0,9}(?:[,;\n]|\Z)"
)


class Calls:
    """Reads calls loosely against the declared actions."""

    def __init__(self, declared: ActionSet) -> None:
        self.declared = declared
        self.single = declared.actions[0] if len(declared.actions) == 1 else None
        self.names = frozenset(map(loose_name, declared.by_name))

    def named(self, word: str) -> str:
        """The declared name that a word says, signs and capitals aside; empty without any. :raises InvalidAction: as `meant`."""
        return self.declared.name_of(word, []) if loose_name(word) in self.names else ""

    def parameter(self, name: str, key: str) -> str:
        """The parameter that a key means, by its own name or by the word before its slot; as `named`."""
        action, loose = self.declared.by_name[name], loose_name(key)
        near = [each.name for each in action.parameters if loose_name(each.name) == loose]
        slots = () if near else _BEFORE_SLOT.findall(action.text or "")
        return meant(key, near or [slot for word, slot in slots if loose_name(word) == loose])

    def call(self, name: str, given: Any, notes: list[str]) -> Action:
        """The action of a call, its arguments in any of the usual shapes.

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
        return self.declared.say(name, arguments)

    def told(self, name: str) -> bool:
        """Whether the values that may be meant are known, so that a word without quotes is one of them."""
        return all(parameter.choices or parameter.pattern for parameter in self.declared.by_name[name].parameters)

    def labelled(self, name: str, text: str) -> dict[str, Any]:
        """Pairs of names and values, where a text is nothing else."""
        pairs = []
        at = 0
        while at < len(text):
            found = _LABELLED.match(text, at)
            if found is None or not self.parameter(name, found[1]):
                return {}
            pairs.append((found[1], found[2][1:-1] if found[2][0] in "\"'" else found[2].strip()))
            at = found.end()
        return self._by_parameter(name, pairs)

    def _by_parameter(self, name: str, given: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        """Values by parameter. :raises InvalidAction: where one has two."""
        out: dict[str, Any] = {}
        for key, value in given:
            parameter = self.parameter(name, key) or key
            if out.setdefault(parameter, value) != value:
                raise InvalidAction(f"{short(parameter)} is given twice")
        return out

    def _arguments(self, name: str, given: Any, depth: int = 0) -> Mapping[str, Any]:
        """The arguments of a call by their names."""
        declared = self.declared.by_name[name].parameters
        if given is None:
            return {}
        if isinstance(given, str):
            return self._arguments_of_text(name, unfenced(given).strip().strip("`"), depth)
        if isinstance(given, Mapping):
            out = self._by_parameter(name, given.items())
            wrapped = next((value for key, value in out.items() if ARGUMENTS(loose_name(key))), None)
            known = any(parameter.name in out for parameter in declared)
            return out if wrapped is None or known or depth > 3 else self._arguments(name, wrapped, depth + 1)
        if isinstance(given, list) and len(given) == len(declared):
            return {parameter.name: value for parameter, value in zip(declared, given, strict=True)}
        if len(declared) == 1 and (not isinstance(given, list) or declared[0].type in ("array", "any")):
            return {declared[0].name: given}
        raise InvalidAction(f"the arguments of {name} must be a JSON object")

    def _arguments_of_text(self, name: str, text: str, depth: int) -> Mapping[str, Any]:
        """JSON, pairs of names and values, values by position, or the only value."""
        declared = self.declared.by_name[name].parameters
        if text[:1] in ("{", "[", '"') and depth < 3:
            # A list or a text is read as a value in an object.
            whole = text if text[0] == "{" else f'{{"": {text}}}'
            try:
                value = read_object(whole)[0]
            except InvalidAction as misfit:
                if whole is text:
                    raise InvalidAction(f"the arguments of {name} cannot be read as JSON: {misfit}") from None
            else:
                return self._arguments(name, value if whole is text else value[""], depth + 1)
        if text in ("", "null"):
            return {}
        values = text.split(",") if len(declared) > 1 and self.told(name) else [text]
        labelled = self.labelled(name, text)
        if not labelled and len(values) == len(declared):
            return {each.name: unlabelled(each.name, value) for each, value in zip(declared, values, strict=True)}
        if not labelled:
            raise InvalidAction(f"the arguments of {name} must be a JSON object")
        return labelled
