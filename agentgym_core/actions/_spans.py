"""Structured calls in a reply, in the forms of all common model families: tags, fences, JSON objects, keys and values, Python calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from attrs import frozen

from agentgym_core.actions import _code as code
from agentgym_core.actions._action_set import loose_name
from agentgym_core.actions._calls import ARGUMENTS
from agentgym_core.actions._literals import read_object
from agentgym_core.actions._loose import Loose
from agentgym_core.actions._reply import read_fence, unfenced
from agentgym_core.actions._values import InvalidAction, clean, short
from agentgym_core.types import Action

# The keys of a JSON object, as `loose_name` spells them (small letters and figures only): `_NAME` holds the action's name,
# `_INNER` another object or list with the call in it, `_TEXT` a whole action as text, `_ASIDE` nothing of the action.
_NAME = re.compile("functionname|name|function|tool|toolname|action|command|act|recipientname").fullmatch
_INNER = re.compile("function|action|command|toolcalls?|functioncall|actions|calls").fullmatch
_TEXT = re.compile("action|command|answer|finalanswer|query|nextaction|response").fullmatch
_ASIDE = re.compile(
    "thoughts?|reasoning|reason|explanation|content|type|id|toolcallid|role|thinking|plan|observation|index|status"
).fullmatch
# Tags that hold an action, next to tags that are called as a declared one.
_CALL = re.compile(
    "tool_?call|function_call|(final_|next_)?action|(final_)?answer|execute|code|tool|sql|query|command|guess|output"
).fullmatch
# An opening tag with its name, an optional "=name" (<function=go>), up to eight attributes, and "/" if it is closed.
_TAG = re.compile(
    r"<([A-Za-z_][\w-]{0,40})(?:=([\w.-]{1,100}))?((?:\s{1,9}[\w-]{1,40}=\"[^\"<>]{0,300}\"){0,8})\s{0,9}(/?)>"
)
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
# An argument as two tags, <arg_key>x</arg_key><arg_value>…</arg_value>, of which one is made.
_TWO_TAGS = re.compile(r"<arg_key>\s*(\w{1,60})\s*</arg_key>\s{0,20}<arg_value>([^<]{0,4000})</arg_value>")
# What stands between a name and its object: `get_tasks {…}`, `get_tasks with Action Input: {…}`, `name:0 ```json\n{…}`.
_BEFORE = re.compile(
    r"([^\W\d]\w{0,100})(?::[0-9]{1,4})?(?:[`*:=\s]|\bjson\b|\bwith\b|\baction[ _]input\b){0,40}\Z", re.IGNORECASE
)
# What begins like a JSON object, with a key and a colon: worth an error. Other braces are just text.
_OBJECT = re.compile(r"\{\s{0,200}[\"']?\w+[\"']?\s{0,20}:")
_LANGUAGE = re.compile(r"(?:sql\w*|python3?|py|json|te?xt|bash|tool_code)\s+", re.IGNORECASE)
# A key and a colon at a line's start, as in YAML: `- name: …`, `Action Input: …`.
_FIELD = re.compile(
    r"^[ \t>*#-]{0,9}([A-Za-z]\w{0,20}(?:[ _][A-Za-z]\w{0,20})?)[*_`]{0,3}[ \t]?[:=][*_]{0,3}", re.MULTILINE
)
# So many tags, fences, objects or list items are tried: each may be read to the end of the text.
_MANY = 20
CUT = "the reply ends before its action does"


@frozen
class Span:
    """What a piece of a reply says: its actions, where it begins and ends, and a note about it."""

    actions: tuple[Action, ...]
    start: int
    end: int
    note: str = ""


class _Unreadable(InvalidAction):
    """What cannot be read, and may be no call at all: one that follows is taken instead."""


def spans(loose: Loose, text: str, notes: list[str], depth: int = 0) -> list[Span]:
    """The calls in a text, all of one kind: the first kind that there is. `depth` counts the tags and fences around it.

    :raises InvalidAction: where the last of them cannot be read, in words for the model.
    """
    for kind, pattern, read in _WAYS:
        found: list[Span] = []
        problem: InvalidAction | None = None
        until = 0
        for start in islice(pattern.finditer(text), _MANY):
            if start.start() < until:
                continue
            try:
                actions, until = read(loose, text, start, notes, depth)
            except _Unreadable as misfit:
                problem = misfit
                continue
            if actions:
                problem = None
                found.append(Span(tuple(actions), start.start(), until, f"the action stands in {kind}"))
        if problem is not None:
            raise problem
        if found:
            return found
    return []


def intents(loose: Loose, text: str, notes: list[str], depth: int = 0) -> list[Action]:
    """The actions that a piece set off from the rest says. Two tags around one another are enough for any family.

    :raises InvalidAction: where it holds a call that cannot be read, in words for the model.
    """
    whole = text.strip()
    action = loose.exact(whole)
    if action is not None:
        return [action]
    found = [action for span in spans(loose, whole, notes, depth) for action in span.actions] if depth < 3 else []
    return found or lines(loose, whole, notes)


def lines(loose: Loose, text: str, notes: list[str]) -> list[Action]:
    """A call in lines of keys and values, one key for the name and the others for arguments; or the lines that are an action."""
    marks = list(islice(_FIELD.finditer(text), _MANY))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    values = {mark[1]: text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=False)}
    record = {key: value.strip("`*") for key, value in values.items() if value}
    names = [loose_name(value) for key, value in record.items() if _NAME(loose_name(key))]
    if len(names) == 1 and names[0] in loose.names and len(values) == len(marks):
        return of_value(loose, record, notes)
    return [action for action in map(loose.exact, text.split("\n", _MANY)) if action is not None]


def _tag(loose: Loose, text: str, found: re.Match[str], notes: list[str], depth: int) -> tuple[list[Action], int]:
    tag, attributes = found[1].lower(), dict(_ATTRIBUTE.findall(found[3]))
    name = (found[2] or attributes.pop("name", "")) if tag in ("function", "invoke", "tool", "action") else ""
    name = name or loose.named(found[1])
    slot = loose.single is not None and any(tag == parameter.name for parameter in loose.single.parameters)
    if not (name or slot or _CALL(tag)):
        return [], found.end()
    end = found.end() if found[4] else text.find(f"</{found[1]}>", found.end())
    until = end + len(found[1]) + 3 if end >= found.end() and not found[4] else len(text) if end < 0 else end
    body = "" if found[4] else unfenced(_TWO_TAGS.sub(r"<\1>\2</\1>", text[found.end() : end if end >= 0 else until]))
    head = body.partition("<")[0].strip()
    if name or head in loose.declared.by_name:
        values = _children(body) or attributes
        # A name in brackets is a tag only where something closes it, or stands in it.
        said = end >= 0 or values
        return [loose.call(name or head, values or (body if name else {}), notes)] if said else [], until
    actions = intents(loose, body, notes, depth + 1)
    if not actions and end < 0:
        raise InvalidAction(CUT)
    values = {} if actions else _children(body)
    return actions or (of_value(loose, values, notes) if any(map(_NAME, values)) else []), until


def _children(body: str) -> dict[str, str]:
    """The arguments in a tag, each in a tag of its own: <parameter=x>, <parameter name="x">, <x>."""
    out, until = {}, 0
    for found in islice(_TAG.finditer(body), _MANY):
        if found.start() >= until and not found[4]:
            until = body.find(f"</{found[1]}>", found.end())
            if until < 0:
                raise InvalidAction(CUT)
            key = found[2] or dict(_ATTRIBUTE.findall(found[3])).get("name") or found[1]
            out[key] = body[found.end() : until].strip("\n")
    return out


def _fence(loose: Loose, text: str, found: re.Match[str], notes: list[str], depth: int) -> tuple[list[Action], int]:
    fence = read_fence(text, found.start())
    if fence is None:
        return [], found.end()
    name = _name_before(loose, text, found.start())
    if name and fence.text.lstrip().startswith("{"):
        return [loose.call(name, fence.text, notes)], fence.end
    # The language and the text may stand on one line.
    ways = dict.fromkeys((fence.text, _LANGUAGE.sub("", fence.text, count=1).rstrip("`")))
    actions = next(filter(None, (intents(loose, each, notes, depth + 1) for each in ways)), [])
    if actions and not fence.closed and cut(fence.text):
        raise InvalidAction(CUT)
    return actions, fence.end


def _code(loose: Loose, text: str, found: re.Match[str], notes: list[str], depth: int) -> tuple[list[Action], int]:
    return code.calls(loose, text, notes), len(text)


def _object(loose: Loose, text: str, found: re.Match[str], notes: list[str], depth: int) -> tuple[list[Action], int]:
    at = found.start()
    # Inside a quotation stands what someone else said.
    if text.count('"', text.rfind("\n", 0, at) + 1, at) % 2:
        return [], at
    try:
        record, end, mended = read_object(text, at)
    except InvalidAction as misfit:
        if _OBJECT.match(text, at):
            raise _Unreadable(f"the JSON object cannot be read ({misfit})") from None
        return [], at
    name = _name_before(loose, text, at)
    actions = [loose.call(name, record, notes)] if name else of_value(loose, record, notes) if record else []
    notes += ["mended the JSON"] if mended and actions else []
    return actions, end


def _name_before(loose: Loose, text: str, at: int) -> str:
    head = _BEFORE.search(text, max(0, at - 200), at)
    return loose.named(head[1]) if head else ""


def of_value(loose: Loose, value: Any, notes: list[str], depth: int = 0) -> list[Action]:
    """The actions that a JSON value says: a call in any of the usual shapes, or an action's text.

    :raises InvalidAction: where a call does not fit its declaration.
    """
    if isinstance(value, str):
        action = loose.exact(clean(value))
        return [action] if action is not None else []
    if depth > 4 or not isinstance(value, (list, Mapping)):
        return []
    if isinstance(value, list):
        return [action for each in value[:_MANY] for action in of_value(loose, each, notes, depth + 1)]
    words = {key: loose_name(key) for key in value}
    nested = [inner for key, inner in value.items() if _INNER(words[key]) and isinstance(inner, (Mapping, list))]
    if nested:
        return of_value(loose, nested[0], notes, depth + 1)
    said = {key: inner for key, inner in value.items() if not _ASIDE(words[key])}
    given = next((inner for key, inner in value.items() if ARGUMENTS(words[key])), None)
    names = [key for key in value if _NAME(words[key])]
    for key in (*names, "type"):
        name = value.get(key)
        if isinstance(name, str) and loose_name(name.rpartition(".")[2]) in loose.names:
            name = loose.declared.name_of(clean(name), notes)
            own = {each: value[each] for each in value if each != key and (each in said or loose.parameter(name, each))}
            return [loose.call(name, own if given is None else given, notes)]
    for key in names[:1]:
        if not isinstance(value[key], str):
            raise InvalidAction(f'"{key}" must be the name of an action')
        text = [] if given else of_value(loose, value[key], notes, depth + 1)
        return text or [loose.call(clean(value[key]), {}, notes)]
    single = loose.single
    wanted = {loose_name(each.name) for each in single.parameters} if single else None
    if single and said and wanted == set(map(words.get, said)):
        return [loose.call(single.name, said, notes)]
    # A key that is itself the name of an action, or one that says "this is my answer".
    called = [key for key in said if words[key] in loose.names]
    if len(called) == 1:
        return [loose.call(called[0], said[called[0]], notes)]
    if len(said) == 1 and any(_TEXT(words[key]) for key in said):
        return of_value(loose, next(iter(said.values())), notes, depth + 1)
    raise InvalidAction(f'the JSON object has no "function_name": it has {short(", ".join(value))}')


def cut(text: str) -> bool:
    """Whether quotes or brackets are left open at the end of a text: it was cut."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    return "'" in plain or '"' in plain or plain.count("(") > plain.count(")")


# From the most certain kind to the least: what begins a piece of it, and what reads the piece: its actions and where it ends.
_WAYS = (
    ("a tag", _TAG, _tag),
    ("a fence", re.compile("```"), _fence),
    ("code", re.compile(r"^[^\n(]*\(", re.MULTILINE), _code),
    ("a JSON object", re.compile(r"\{"), _object),
)
