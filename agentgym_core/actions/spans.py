"""Structured calls in a reply, whatever family of models they come from: JSON objects, tags, special tokens, fences, Python calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from agentgym_core.actions import code
from agentgym_core.actions.declared import loose_name
from agentgym_core.actions.literals import read_object
from agentgym_core.actions.loose import PLACEHOLDER, Loose
from agentgym_core.actions.reply import read_fence
from agentgym_core.actions.values import Misfit, clean, short
from agentgym_core.types import Action

_NAMES = ("functionname", "name", "function", "tool", "toolname", "action", "command", "act")
_ARGUMENTS = ("arguments", "parameters", "args", "actioninput", "input", "params", "argument", "toolinput", "kwargs")
_INNER = ("function", "action", "toolcall", "functioncall", "toolcalls", "actions", "calls")
_TEXTS = ("action", "command", "answer", "finalanswer", "query", "nextaction", "response")
_ASIDE = frozenset(
    [
        "thought",
        "thoughts",
        "reasoning",
        "reason",
        "explanation",
        "content",
        "type",
        "id",
        "role",
        "thinking",
        "plan",
        "observation",
        "index",
        "status",
    ]
)
# A name before an object: `get_tasks {…}`, `get_tasks with Action Input: {…}`.
_BEFORE = re.compile(
    r"([^\W\d]\w{0,100})[`*]{0,3}\s{0,9}(?:with\s{1,9})?(?:action[ _]input\s{0,3}:?)?[`\s]{0,9}\Z", re.IGNORECASE
)
_OBJECT = re.compile(r"\{\s{0,200}[\"']?\w+[\"']?\s{0,20}:")
_STARTS = 8
_MANY = 20
# Where families of models put a name before an object: [TOOL_CALLS]name[ARGS]{…}, …<｜tool▁sep｜>name, to=functions.name …
_NAMED = re.compile(
    r"(?:\[TOOL_CALLS\]\s{0,4}|<｜tool▁sep｜>|\bto=functions\.)([A-Za-z_]\w{0,100})(?=[^\w.])[^{}]{0,80}?(?=\{)"
)
_TAG = re.compile(
    r"<([A-Za-z_][\w-]{0,40})(?:=([\w.-]{1,100}))?((?:\s{1,9}[\w-]{1,40}=\"[^\"<>]{0,300}\"){0,8})\s{0,9}(/?)>"
)
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
_VALUE = re.compile(r"<(?:parameter|param|arg)(?:=([\w-]+)| name=\"([\w-]+)\")>")
_KEY = re.compile(r"<arg_key>([^<]{1,100})</arg_key>\s*<arg_value>")
_CALLS = frozenset(
    [
        "tool_call",
        "toolcall",
        "function_call",
        "action",
        "answer",
        "final_answer",
        "execute",
        "code",
        "tool",
        "sql",
        "query",
        "command",
        "guess",
        "output",
        "next_action",
    ]
)
_CUT = "the reply ends before its action does"


@frozen
class Span:
    """What a piece of a reply says: its actions, where it begins and ends, and what kind of thing it is, for the notes."""

    actions: tuple[Action, ...]
    start: int
    end: int
    kind: str


def tokens(loose: Loose, text: str, notes: list[str]) -> Iterator[Span]:
    """Calls written with special tokens.

    :raises Misfit: where one cannot be read, in words for the model.
    """
    for found in _NAMED.finditer(text):
        given, end, _ = read_object(text, found.end())
        yield Span((loose.call(found[1], given, notes),), found.start(), end, "special tokens")


def tags(loose: Loose, text: str, notes: list[str]) -> Iterator[Span]:
    """Calls in tags.

    :raises Misfit: where one cannot be read, in words for the model.
    """
    until = 0
    for found in list(_limited(_TAG, text)):
        tag, named, attributes, closed = found[1].lower(), found[2], dict(_ATTRIBUTE.findall(found[3])), found[4]
        name = named or attributes.get("name", "") if tag in ("function", "invoke", "tool") else ""
        own = loose.names.get(loose_name(tag))
        if found.start() < until or not (name or own or tag in _CALLS or tag in _parameters(loose)):
            continue
        end = found.end() if closed else text.find(f"</{found[1]}>", found.end())
        body = text[found.end() : end if end >= 0 else len(text)]
        until = len(text) if end < 0 else found.end() if closed else end + len(found[1]) + 3
        if name or (own and (attributes or _VALUE.search(body))):
            given = attributes if own else dict(_values(body, notes)) if _VALUE.search(body) else body
            actions = [loose.call(name or tag, given, notes)]
        elif own and not closed:
            actions = [loose.call(tag, body, notes)] if end >= 0 else []
        else:
            actions = _in_tag(loose, body, notes, open=end < 0)
        if actions:
            yield Span(tuple(actions), found.start(), until, "a tag")


def _in_tag(loose: Loose, body: str, notes: list[str], *, open: bool) -> list[Action]:
    key = _KEY.search(body)
    if key:
        name = body[: key.start()].strip()
        return [loose.call(name, dict(_arg_values(body)), notes)]
    found = intents(loose, body, notes)
    if found:
        return found
    if open:
        raise Misfit(_CUT)
    word = body.strip()
    return [loose.call(word, {}, notes)] if word in loose.declared.by_name else []


def _parameters(loose: Loose) -> frozenset[str]:
    return frozenset(p.name for p in loose.single.parameters) if loose.single else frozenset()


def _values(body: str, notes: list[str]) -> Iterator[tuple[str, str]]:
    for found in _limited(_VALUE, body):
        tag = re.match(r"<(\w+)", found[0])
        end = body.find(f"</{tag[1]}>" if tag else "</", found.end())
        if end < 0:
            raise Misfit(_CUT)
        yield found[1] or found[2], body[found.end() : end].strip("\n")


def _arg_values(body: str) -> Iterator[tuple[str, str]]:
    for found in _limited(_KEY, body):
        end = body.find("</arg_value>", found.end())
        if end < 0:
            raise Misfit(_CUT)
        yield found[1].strip(), body[found.end() : end]


def _limited(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    for at, found in enumerate(pattern.finditer(text)):
        if at == _MANY:
            return
        yield found


def objects(loose: Loose, text: str, notes: list[str]) -> Iterator[Span]:
    """Calls written as JSON objects.

    :raises Misfit: where there is an object and none can be read, in words for the model.
    """
    at, problem, some = -1, None, False
    for _ in range(_STARTS):
        at = text.find("{", at + 1)
        if at < 0:
            break
        if text.count('"', text.rfind("\n", 0, at) + 1, at) % 2:
            # Inside a quotation: what someone else said.
            continue
        try:
            record, end, mended = read_object(text, at)
        except Misfit as misfit:
            if _OBJECT.match(text, at):
                problem = Misfit(f"the JSON object cannot be read ({misfit})")
            continue
        head = _BEFORE.search(text, max(0, at - 200), at)
        name = loose.names.get(loose_name(head[1])) if head else None
        if name is not None:
            some = True
            yield Span((loose.call(name, record, notes),), at, end, "a call with an object")
            continue
        actions = of_value(loose, record, notes) if record else []
        if mended and actions:
            notes.append("mended the JSON")
        if actions:
            some = True
            yield Span(tuple(actions), at, end, "a JSON object")
        at = end - 1
    if problem is not None and not some:
        raise problem


def of_value(loose: Loose, value: Any, notes: list[str], depth: int = 0) -> list[Action]:
    """The actions that a JSON value says: a call in any of the usual shapes, or an action's text.

    :raises Misfit: where a call does not fit its declaration.
    """
    if depth > 4:
        return []
    if isinstance(value, str):
        return _text(loose, value)
    if isinstance(value, list):
        return [action for each in value[:_STARTS] for action in of_value(loose, each, notes, depth + 1)]
    if not isinstance(value, Mapping):
        return []
    keys = {loose_name(str(key)): key for key in value}
    for inner in _INNER:
        if inner in keys and isinstance(value[keys[inner]], (Mapping, list)):
            return of_value(loose, value[keys[inner]], notes, depth + 1)
    slot = next((word for word in _ARGUMENTS if word in keys), None)
    for key in (word for word in _NAMES if word in keys):
        word = value[keys[key]]
        if not isinstance(word, str):
            raise Misfit(f'"{keys[key]}" must be the name of an action')
        word = clean(word)
        rest = {
            other: each for other, each in value.items() if other != keys[key] and loose_name(str(other)) not in _ASIDE
        }
        if loose_name(word.rpartition(".")[2]) in loose.names:
            given = value[keys[slot]] if slot is not None else rest
            return [loose.call(word, given, notes)]
        said = _text(loose, word) if slot is None or not value[keys[slot]] else []
        if said or key == "command" or PLACEHOLDER.match(word):
            return said
        return [loose.call(word, {}, notes)]
    left = {key: value[key] for key in value if loose_name(str(key)) not in _ASIDE}
    if len(left) == 1:
        ((key, inner),) = left.items()
        name = loose.names.get(loose_name(str(key)))
        if name is not None:
            return [loose.call(name, inner, notes)]
        if loose_name(str(key)) in _TEXTS and isinstance(inner, str):
            return _text(loose, inner)
    if left and loose.single is not None:
        parameters = {loose_name(p.name) for p in loose.single.parameters}
        if parameters and {loose_name(str(key)) for key in left} == parameters:
            return [loose.call(loose.single.name, left, notes)]
    if left or not depth:
        raise Misfit(f'the JSON object has no "function_name": it names {short(", ".join(map(str, value)))}')
    return []


def _text(loose: Loose, text: str) -> list[Action]:
    action = loose.exact(clean(text))
    return [action] if action is not None else []


def fences(loose: Loose, text: str, notes: list[str]) -> Iterator[Span]:
    """Fenced blocks that hold an action.

    :raises Misfit: where one cannot be read, in words for the model.
    """
    at, problem, some = text.find("```"), None, False
    for _ in range(_STARTS):
        if at < 0:
            break
        fence = read_fence(text, at)
        if fence is None:
            break
        try:
            actions = intents(loose, fence.text, notes)
            if not actions and "\n" not in text[at : fence.end].strip():
                # The language and the text on one line.
                actions = intents(loose, fence.text.partition(" ")[2], notes)
            if actions and not fence.closed and _open(fence.text):
                raise Misfit(_CUT)
        except Misfit as misfit:
            actions, problem = [], problem or misfit
        if actions:
            some = True
            yield Span(tuple(actions), at, fence.end, "a fence")
        at = text.find("```", fence.end)
    if problem is not None and not some:
        raise problem


def _open(text: str) -> bool:
    """Whether quotes or brackets are left open at the end of a text: it was cut."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    return "'" in plain or '"' in plain or plain.count("(") > plain.count(")")


def intents(loose: Loose, text: str, notes: list[str]) -> list[Action]:
    """The different actions that a piece set off from the rest says.

    :raises Misfit: where it holds a call that cannot be read, in words for the model.
    """
    whole = text.strip()
    action = loose.exact(whole)
    if action is not None:
        return [action]
    for way in (tokens, tags, objects):
        found = [action for span in way(loose, whole, notes) for action in span.actions]
        if found:
            return found
    found = code.calls(loose, whole, notes)
    if found:
        return found
    lines = [loose.exact(line) for line in whole.split("\n", _MANY)]
    return [action for action in lines if action is not None]
