"""Structured calls in a reply, in the forms of all common model families: tags, fences, JSON objects, keys and values, Python calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
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


Read = Callable[[list[str]], tuple[list[Action], int]]
"""Reads a piece of a text: its actions and where it ends. Raises InvalidAction, in words for the model, where that cannot be done."""


def spans(loose: Loose, text: str, notes: list[str], depth: int = 0) -> list[Span]:
    """The calls in a text, all of one kind: the first kind that there is.

    :raises InvalidAction: where the last of them cannot be read.
    """
    for kind, way in _WAYS:
        found: list[Span] = []
        problem: InvalidAction | None = None
        for start, read in islice(way(loose, text, depth), _MANY):
            if found and start < found[-1].end:
                continue
            try:
                actions, end = read(notes)
            except _Unreadable as misfit:
                problem = misfit
                continue
            if actions:
                problem = None
                found.append(Span(tuple(actions), start, end, f"the action stands in {kind}"))
        if problem is not None:
            raise problem
        if found:
            return found
    return []


def _code(loose: Loose, text: str, depth: int) -> Iterator[tuple[int, Read]]:
    yield text.rfind("\n", 0, text.find("(")) + 1, lambda notes: (code.calls(loose, text, notes), len(text))


def intents(loose: Loose, text: str, notes: list[str], depth: int = 0) -> list[Action]:
    """The actions that a piece set off from the rest says. `depth` counts the tags around it: two are enough for any family.

    :raises InvalidAction: where it holds a call that cannot be read, in words for the model.
    """
    whole = text.strip()
    action = loose.exact(whole)
    if action is not None:
        return [action]
    found = [action for span in spans(loose, whole, notes, depth) for action in span.actions] if depth < 3 else []
    if found:
        return found
    lines = (loose.exact(line) for line in whole.split("\n", _MANY))
    return (
        code.calls(loose, whole, notes) or _fields(loose, whole, notes) or [each for each in lines if each is not None]
    )


def _tags(loose: Loose, text: str, depth: int) -> Iterator[tuple[int, Read]]:
    slots = {parameter.name for parameter in loose.single.parameters} if loose.single else set()
    for found in _TAG.finditer(text):
        tag, attributes = found[1].lower(), dict(_ATTRIBUTE.findall(found[3]))
        name = (found[2] or attributes.pop("name", "")) if tag in ("function", "invoke", "tool", "action") else ""
        name = name or loose.names.get(loose_name(tag), "")
        if name or _CALL(tag) or tag in slots:
            yield found.start(), partial(_tag, loose, text, found, name, attributes, depth)


def _tag(
    loose: Loose, text: str, found: re.Match[str], name: str, attributes: dict[str, str], depth: int, notes: list[str]
) -> tuple[list[Action], int]:
    end, until, body = found.end(), found.end(), ""
    if not found[4]:
        end = text.find(f"</{found[1]}>", found.end())
        body = unfenced(_TWO_TAGS.sub(r"<\1>\2</\1>", text[found.end() : end if end >= 0 else len(text)]))
        until = end + len(found[1]) + 3 if end >= 0 else len(text)
    if name:
        values = _children(body) or attributes
        # A name in brackets is a tag only where something closes it, or stands in it.
        call = end >= 0 or values or found[2] or found[3]
        return [loose.call(name, values or body, notes)] if call else [], until
    head = body.partition("<")[0].strip()
    if head in loose.declared.by_name:
        return [loose.call(head, _children(body), notes)], until
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


def _fences(loose: Loose, text: str, depth: int) -> Iterator[tuple[int, Read]]:
    at = text.find("```")
    while at >= 0:
        yield at, partial(_fence, loose, text, at, depth)
        fence = read_fence(text, at)
        at = text.find("```", fence.end) if fence else -1


def _fence(loose: Loose, text: str, at: int, depth: int, notes: list[str]) -> tuple[list[Action], int]:
    fence = read_fence(text, at)
    if fence is None:
        return [], at
    name = _name_before(loose, text, at)
    if name and fence.text.lstrip().startswith("{"):
        return [loose.call(name, fence.text, notes)], fence.end
    # The language and the text may stand on one line.
    ways = dict.fromkeys((fence.text, _LANGUAGE.sub("", fence.text, count=1).rstrip("`")))
    actions = next(filter(None, (intents(loose, each, notes, depth + 1) for each in ways)), [])
    if actions and not fence.closed and cut(fence.text):
        raise InvalidAction(CUT)
    return actions, fence.end


def _objects(loose: Loose, text: str, depth: int) -> Iterator[tuple[int, Read]]:
    at = text.find("{")
    while at >= 0:
        # Inside a quotation stands what someone else said.
        if text.count('"', text.rfind("\n", 0, at) + 1, at) % 2 == 0:
            yield at, partial(_object, loose, text, at)
        at = text.find("{", at + 1)


def _object(loose: Loose, text: str, at: int, notes: list[str]) -> tuple[list[Action], int]:
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
    return loose.names.get(loose_name(head[1]), "") if head else ""


def of_value(loose: Loose, value: Any, notes: list[str], depth: int = 0) -> list[Action]:
    """The actions that a JSON value says: a call in any of the usual shapes, or an action's text.

    :raises InvalidAction: where a call does not fit its declaration.
    """
    if isinstance(value, str):
        action = loose.exact(clean(value))
        return [action] if action is not None else []
    if depth > 4:
        return []
    if isinstance(value, list):
        return [action for each in value[:_MANY] for action in of_value(loose, each, notes, depth + 1)]
    if not isinstance(value, Mapping):
        return []
    keys = {loose_name(str(key)): inner for key, inner in value.items()}
    for word, inner in keys.items():
        if _INNER(word) and isinstance(inner, (Mapping, list)):
            return of_value(loose, inner, notes, depth + 1)
    given = next((inner for word, inner in keys.items() if ARGUMENTS(word)), None)
    said = {word: inner for word, inner in value.items() if not _ASIDE(loose_name(str(word)))}
    for word, inner in value.items():
        loose_word = loose_name(str(word))
        if not _NAME(loose_word) and loose_word != "type":
            continue
        if isinstance(inner, str) and loose_name(inner.rpartition(".")[2]) in loose.names:
            rest = {other: each for other, each in said.items() if other != word}
            return [loose.call(clean(inner), rest if given is None else given, notes)]
    for word, inner in value.items():
        if _NAME(loose_name(str(word))):
            if not isinstance(inner, str):
                raise InvalidAction(f'"{word}" must be the name of an action')
            return (of_value(loose, inner, notes, depth + 1) if not given else []) or [
                loose.call(clean(inner), {}, notes)
            ]
    # A key that is itself the name of an action, or one that says "this is my answer".
    own = {str(word): inner for word, inner in said.items() if loose_name(str(word)) in loose.names}
    texts = [inner for word, inner in said.items() if _TEXT(loose_name(str(word))) and isinstance(inner, str)]
    if len(own) == 1:
        return [loose.call(name, inner, notes) for name, inner in own.items()]
    if len(texts) == 1 and len(said) == 1:
        return of_value(loose, texts[0], notes, depth + 1)
    if said and loose.single is not None:
        slots = {loose_name(parameter.name) for parameter in loose.single.parameters}
        if {loose_name(str(word)) for word in said} == slots:
            return [loose.call(loose.single.name, said, notes)]
    raise InvalidAction(f'the JSON object has no "function_name": it has {short(", ".join(map(str, value)))}')


def _fields(loose: Loose, text: str, notes: list[str]) -> list[Action]:
    """A call in lines of keys and values, one key for the name and the others for arguments."""
    marks = list(islice(_FIELD.finditer(text), _MANY))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    values = {mark[1]: text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=False)}
    record = {key: value.strip("`*") for key, value in values.items() if value and not _ASIDE(loose_name(key))}
    names = [key for key in record if _NAME(loose_name(key))]
    if len(names) != 1 or len(values) != len(marks) or loose_name(record[names[0]]) not in loose.names:
        return []
    return of_value(loose, record, notes)


def cut(text: str) -> bool:
    """Whether quotes or brackets are left open at the end of a text: it was cut."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    return "'" in plain or '"' in plain or plain.count("(") > plain.count(")")


_WAYS: tuple[tuple[str, Callable[[Loose, str, int], Iterator[tuple[int, Read]]]], ...] = (
    ("a tag", _tags),
    ("a fence", _fences),
    ("code", _code),
    ("a JSON object", _objects),
)
