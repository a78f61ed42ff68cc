"""Structured calls in a reply, in the forms of all common model families: JSON objects, tags, special tokens, fences, Python calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from attrs import frozen

from agentgym_core.actions import _code as code
from agentgym_core.actions._action_set import loose_name
from agentgym_core.actions._literals import read_object
from agentgym_core.actions._loose import Loose
from agentgym_core.actions._peel import ARGUMENTS
from agentgym_core.actions._reply import read_fence
from agentgym_core.actions._values import InvalidAction, clean, short
from agentgym_core.types import Action

# The keys of a JSON object, as `loose_name` spells them (small letters and figures only): `_NAME` holds the action's name,
# `_INNER` another object or list with the call in it, `_TEXT` a whole action as text, `_ASIDE` nothing of the action.
_NAME = re.compile("functionname|name|function|tool|toolname|action|command|act").fullmatch
_INNER = re.compile("function|action|toolcalls?|functioncall|actions|calls").fullmatch
_TEXT = re.compile("action|command|answer|finalanswer|query|nextaction|response").fullmatch
_ASIDE = re.compile(
    "thoughts?|reasoning|reason|explanation|content|type|id|role|thinking|plan|observation|index|status"
).fullmatch
# Tags that hold an action, next to tags that are called as a declared one.
_CALL = re.compile(
    "tool_?call|function_call|(final_|next_)?action|(final_)?answer|execute|code|tool|sql|query|command|guess|output"
).fullmatch
# Where families of models put a name before an object: [TOOL_CALLS]name[ARGS]{…}, …<｜tool▁sep｜>name, to=functions.name …
_NAMED = re.compile(
    r"(?:\[TOOL_CALLS\]\s{0,4}|<｜tool▁sep｜>|\bto=functions\.)([A-Za-z_]\w{0,100})(?=[^\w.])[^{}]{0,80}?(?=\{)"
)
# An opening tag with its name, an optional "=name" (<function=go>), up to eight attributes, and "/" if it is closed.
_TAG = re.compile(
    r"<([A-Za-z_][\w-]{0,40})(?:=([\w.-]{1,100}))?((?:\s{1,9}[\w-]{1,40}=\"[^\"<>]{0,300}\"){0,8})\s{0,9}(/?)>"
)
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
# One argument in a tag: <parameter=x>, <parameter name="x">; below, <arg_key>x</arg_key><arg_value>.
_VALUE = re.compile(r"<(parameter|param|arg)(?:=([\w-]+)| name=\"([\w-]+)\")>")
_KEY = re.compile(r"<arg_key>([^<]{1,100})</(arg)_key>\s*<arg_value>")
# A name before an object: `get_tasks {…}`, `get_tasks with Action Input: {…}`.
_BEFORE = re.compile(
    r"([^\W\d]\w{0,100})[`*]{0,3}\s{0,9}(?:with\s{1,9})?(?:action[ _]input\s{0,3}:?)?[`\s]{0,9}\Z", re.IGNORECASE
)
# What begins like a JSON object, with a key and a colon: worth an error. Other braces are just text.
_OBJECT = re.compile(r"\{\s{0,200}[\"']?\w+[\"']?\s{0,20}:")
_LANGUAGE = re.compile(r"sql\w*|python3?|py|json|te?xt|bash|tool_code", re.IGNORECASE).fullmatch
# So many objects, fences or list items are tried: each may be read to the end of the text.
_STARTS = 8
_MANY = 20
CUT = "the reply ends before its action does"


@frozen
class Span:
    """What a piece of a reply says: its actions, where it begins and ends, and what kind of thing it is, for the notes."""

    actions: tuple[Action, ...]
    start: int
    end: int
    kind: str


Way = Callable[[Loose, str, list[str]], Iterator[Span]]
"""Finds the calls of one kind in a text. Raises InvalidAction, in words for the model, where there is one and it cannot be read."""


def tokens(loose: Loose, text: str, notes: list[str]) -> Iterator[Span]:
    """Calls written with special tokens."""
    for found in islice(_NAMED.finditer(text), _MANY):
        given, end, _ = read_object(text, found.end())
        yield Span((loose.call(found[1], given, notes),), found.start(), end, "special tokens")


def tags(loose: Loose, text: str, notes: list[str], depth: int = 0) -> Iterator[Span]:
    """Calls in tags."""
    until = 0
    slots = {parameter.name for parameter in loose.single.parameters} if loose.single else set()
    for found in islice(_TAG.finditer(text), _MANY):
        tag, attributes, closed = found[1].lower(), dict(_ATTRIBUTE.findall(found[3])), found[4]
        name = (found[2] or attributes.get("name", "")) if tag in ("function", "invoke", "tool") else ""
        own = loose.names.get(loose_name(tag))
        if found.start() < until or not (name or own or _CALL(tag) or tag in slots):
            continue
        end = found.end() if closed else text.find(f"</{found[1]}>", found.end())
        body = text[found.end() : end if end >= 0 else len(text)]
        until = len(text) if end < 0 else found.end() if closed else end + len(found[1]) + 3
        fence = read_fence(body.strip(), 0)
        body = fence.text if fence is not None else body
        values = dict(_values(_VALUE, body))
        if name or (own and (attributes or values)):
            actions = [loose.call(name or tag, values or (body if name else attributes), notes)]
        elif own and not closed:
            actions = [loose.call(tag, body, notes)] if end >= 0 else []
        else:
            actions = _in_tag(loose, body, notes, depth + 1)
            if not actions and end < 0:
                raise InvalidAction(CUT)
        if actions:
            yield Span(tuple(actions), found.start(), until, "a tag")


def _in_tag(loose: Loose, body: str, notes: list[str], depth: int) -> list[Action]:
    key = _KEY.search(body)
    if key:
        return [loose.call(body[: key.start()], dict(_values(_KEY, body)), notes)]
    found = intents(loose, body, notes, depth)
    word = body.strip()
    return [loose.call(word, {}, notes)] if not found and word in loose.declared.by_name else found


def _values(pattern: re.Pattern[str], body: str) -> Iterator[tuple[str, str]]:
    """The arguments in a tag, each in a tag of its own."""
    for found in islice(pattern.finditer(body), _MANY):
        key = pattern is _KEY
        end = body.find("</arg_value>" if key else f"</{found[1]}>", found.end())
        if end < 0:
            raise InvalidAction(CUT)
        yield found[1].strip() if key else found[2] or found[3], body[found.end() : end].strip("\n")


def objects(loose: Loose, text: str, notes: list[str]) -> Iterator[Span]:
    """Calls written as JSON objects."""
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
        except InvalidAction as misfit:
            problem = (
                InvalidAction(f"the JSON object cannot be read ({misfit})") if _OBJECT.match(text, at) else problem
            )
            continue
        head = _BEFORE.search(text, max(0, at - 200), at)
        name = loose.names.get(loose_name(head[1])) if head else None
        if name is not None:
            actions = [loose.call(name, record, notes)]
        else:
            actions = of_value(loose, record, notes) if record else []
        if actions:
            some = True
            notes += ["mended the JSON"] if mended else []
            yield Span(tuple(actions), at, end, "a JSON object")
        at = end - 1
    if problem is not None and not some:
        raise problem


def of_value(loose: Loose, value: Any, notes: list[str], depth: int = 0) -> list[Action]:
    """The actions that a JSON value says: a call in any of the usual shapes, or an action's text.

    :raises InvalidAction: where a call does not fit its declaration.
    """
    if isinstance(value, str):
        action = loose.exact(clean(value))
        return [action] if action is not None else []
    if isinstance(value, list) and depth < 4:
        return [action for each in value[:_STARTS] for action in of_value(loose, each, notes, depth + 1)]
    if not isinstance(value, Mapping) or depth > 4:
        return []
    keys = [(loose_name(str(key)), key) for key in value]
    for word, key in keys:
        if _INNER(word) and isinstance(value[key], (Mapping, list)):
            return of_value(loose, value[key], notes, depth + 1)
    given = next((value[key] for word, key in keys if ARGUMENTS(word)), None)
    for word, key in keys:
        if not _NAME(word):
            continue
        name = value[key]
        if not isinstance(name, str):
            raise InvalidAction(f'"{key}" must be the name of an action')
        if loose_name(name.rpartition(".")[2]) in loose.names:
            rest = {other: value[other] for word, other in keys if other != key and not _ASIDE(word)}
            return [loose.call(clean(name), rest if given is None else given, notes)]
        said = of_value(loose, name, notes, depth + 1) if not given else []
        return said or [loose.call(clean(name), {}, notes)]
    left = {key: value[key] for word, key in keys if not _ASIDE(word)}
    if len(left) == 1:
        ((key, inner),) = left.items()
        own = loose.names.get(loose_name(str(key)))
        if own is not None:
            return [loose.call(own, inner, notes)]
        if _TEXT(loose_name(str(key))) and isinstance(inner, str):
            return of_value(loose, inner, notes, depth + 1)
    if left and loose.single is not None:
        slots = {loose_name(parameter.name) for parameter in loose.single.parameters}
        if {loose_name(str(key)) for key in left} == slots:
            return [loose.call(loose.single.name, left, notes)]
    raise InvalidAction(f'the JSON object has no "function_name": it has {short(", ".join(map(str, value)))}')


def fences(loose: Loose, text: str, notes: list[str]) -> Iterator[Span]:
    """Fenced blocks that hold an action."""
    at, problem, some = text.find("```"), None, False
    for _ in range(_STARTS):
        fence = read_fence(text, at) if at >= 0 else None
        if fence is None:
            break
        try:
            actions = intents(loose, fence.text, notes)
            language, _, rest = fence.text.partition(" ")
            if not actions and _LANGUAGE(language):
                # The language and the text on one line.
                actions = intents(loose, rest.rstrip("`"), notes)
            if actions and not fence.closed and cut(fence.text):
                raise InvalidAction(CUT)
        except InvalidAction as misfit:
            actions, problem = [], problem or misfit
        if actions:
            some = True
            yield Span(tuple(actions), at, fence.end, "a fence")
        at = text.find("```", fence.end)
    if problem is not None and not some:
        raise problem


def cut(text: str) -> bool:
    """Whether quotes or brackets are left open at the end of a text: it was cut."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    return "'" in plain or '"' in plain or plain.count("(") > plain.count(")")


def intents(loose: Loose, text: str, notes: list[str], depth: int = 0) -> list[Action]:
    """The actions that a piece set off from the rest says. `depth` counts the tags around it: two are enough for any family.

    :raises InvalidAction: where it holds a call that cannot be read, in words for the model.
    """
    whole = text.strip()
    action = loose.exact(whole)
    if action is not None:
        return [action]
    tagged = tags(loose, whole, notes, depth) if depth < 3 else iter(())
    for way in (tokens(loose, whole, notes), tagged, objects(loose, whole, notes)):
        found = [action for span in way for action in span.actions]
        if found:
            return found
    lines = (loose.exact(line) for line in whole.split("\n", _MANY))
    return code.calls(loose, whole, notes) or [action for action in lines if action is not None]
