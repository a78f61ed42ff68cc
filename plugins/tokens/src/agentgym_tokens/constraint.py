"""What a reply may look like, as a grammar for engines that constrain what a model draws: GBNF, and a JSON schema for the format `json`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from agentgym_core.actions import Grammar
from agentgym_core.errors import ConfigError
from agentgym_core.specs import ActionSpec, Parameter

_MOST, _DIGITS, _LISTED = 40, 9, 8
"""How often what a pattern repeats without end may stand there: a sign, a digit, and a group that repeats something itself, such as the
rest of a list. A constrained reply must come to an end, and a small model goes on for as long as it may."""
_RULES = 2000
"""How many rules llama.cpp lets one repetition expand to: it makes a rule of every time, and multiplies them where repetitions nest."""
_CHARACTERS = 200
# Signs that begin what a reader takes for more than text: tags, fences, tokens of families; control characters and line ends.
_UNSAFE = r"\x00-\x1f\x7f<>`\[" + "\x85\u2028\u2029\u25c1"
_TYPED = {
    "integer": '"-"? ("0" | [1-9] [0-9]{0,8})',
    "number": '"-"? ("0" | [1-9] [0-9]{0,8}) ("." [0-9]{1,6})?',
    "boolean": '"true" | "false"',
}
_JSON = r"""value ::= string | number | "true" | "false" | "null" | list | object
list ::= "[" (value (", " value){0,20})? "]"
object ::= "{" (string ": " value (", " string ": " value){0,20})? "}"
string ::= "\"" [^"\\\x00-\x1f]{0,200} "\""
number ::= "-"? ("0" | [1-9] [0-9]{0,8}) ("." [0-9]{1,6})?
"""
# One part of a regular expression that GBNF can say: a class, an escape, a group, a repetition; else a sign that means itself.
_PART = re.compile(
    r"(\[\^?\]?(?:\\.|[^\]\\])*\])|(\\.)|(\(\?:|\()|([*+?]|\{\d+(?:,\d*)?\})|([|)])|([^\\\[{}*+?^$.])", re.DOTALL
)
_TIMES = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_CLASSES = {r"\d": "[0-9]", r"\w": "[A-Za-z0-9_]", r"\s": '" "'}
# A negative look at what follows, at the very beginning. What it forbids a reader mends (an article before a name), so it is left out.
_AHEAD = re.compile(r"\(\?!(?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)")


@frozen
class ReplyGrammar:
    """A grammar of replies: `gbnf`, with the rule `root`; and `schema` where a reply is a JSON object."""

    gbnf: str
    schema: Mapping[str, Any] | None = field(default=None, eq=False)


def reply_grammar(grammar: object, thought_characters: int = 300) -> ReplyGrammar:
    """The replies of an action format that hold one declared action, each with a thought of one line before it.

    Forms are the canonical ones. Values have the declared types, choices and patterns; texts without a pattern are one line.

    :param grammar: a `Grammar`; a request of a rollout has it as its renderer.
    :param thought_characters: how long a thought may be; with 0 there is none.
    :raises ConfigError: it is something else; or the format is `function_calling`, whose form each chat template decides.
    """
    if not isinstance(grammar, Grammar):
        raise ConfigError("constrain: the request names no actions", hint="ask through a rollout")
    if grammar.format == "function_calling":
        raise ConfigError(
            "constrain: the form of native tool calls is the chat template's or the endpoint's",
            hint="choose another action format; or the policy 'openai' with tool_choice = 'required'",
        )
    thought = _thought(thought_characters)
    if grammar.format == "json":
        return ReplyGrammar(_json_rules(grammar.actions, thought), _schema(grammar.actions, thought_characters))
    if grammar.format == "code_as_action":
        calls = [_code_call(action) for action in grammar.actions]
        head = '"# " thought "\\n" ' if thought else ""
        root = f'root ::= "```python\\n" {head}action "\\n```"'
    else:
        calls = [each for action in grammar.actions for each in _react_forms(action)]
        head = "thought" if thought else '""'
        root = f'root ::= "Thought:\\n" {head} "\\n\\nAction:\\n" action'
    return ReplyGrammar("\n".join([root, *thought, f"action ::= {' | '.join(calls)}", _JSON]))


def _thought(characters: int) -> list[str]:
    """The rules of a thought that no reader takes for the mark of an action: it begins with a word, and not with that one."""
    if not characters:
        return []
    rest = f"[^{_UNSAFE}]{{0,{characters}}}"
    other = [f'[B-Zb-z0-9"(\u00c0-\u024f\u0370-\ud7ff] {rest}']
    word = "action"
    for place in range(1, len(word)):
        begun = " ".join(f"[{sign}{sign.upper()}]" for sign in word[:place])
        sign = word[place]
        other.append(f"{begun} [^{sign}{sign.upper()}{_UNSAFE}] {rest}")
    return [f"thought ::= {' | '.join(other)}"]


def _react_forms(action: ActionSpec) -> list[str]:
    if action.text is None:
        return [f"{_quoted(f'{action.name} with Action Input: ')} {_json_object(action.parameters)}"]
    optional = [parameter for parameter in action.parameters if not parameter.required]
    slots = {parameter.name: parameter for parameter in action.parameters}
    text = action.text.strip()
    for parameter in optional:
        # Without its optional slots a form is one that is declared, too.
        text = re.sub(rf"\s*\{{{parameter.name}\}}(?=\s)|\{{{parameter.name}\}}", "", text)
    parts = re.split(r"\{([^\W\d]\w*)\}", " ".join(text.split()))
    return [
        " ".join(_value(slots[part], "") if place % 2 else _quoted(part) for place, part in enumerate(parts) if part)
    ]


def _code_call(action: ActionSpec) -> str:
    given = ' ", " '.join(
        f"{_quoted(f'{parameter.name}=')} {_value(parameter, chr(39))}" for parameter in _needed(action.parameters)
    )
    return f"{_quoted(f'{action.name}(')} {given} {_quoted(')')}"


def _json_rules(actions: Sequence[ActionSpec], thought: Sequence[str]) -> str:
    head = _quoted('"thought": "') + ' thought "\\", " ' if thought else ""
    named = [(f'"function_name": "{action.name}", "arguments": ', action.parameters) for action in actions]
    calls = [f"{_quoted(name)} {_json_object(parameters)}" for name, parameters in named]
    # Signs that end or escape a text in JSON are none of a thought's.
    told = [rule.replace("[^", r'[^"\\').replace('0-9"(', "0-9(") for rule in thought]
    return "\n".join([f'root ::= "{{" {head}action "}}"', *told, f"action ::= {' | '.join(calls)}", _JSON])


def _json_object(parameters: Sequence[Parameter]) -> str:
    pairs = ' ", " '.join(
        _quoted(f'"{parameter.name}": ') + f" {_value(parameter, chr(34))}" for parameter in _needed(parameters)
    )
    return f'"{{" {pairs} "}}"'


def _needed(parameters: Sequence[Parameter]) -> list[Parameter]:
    return [parameter for parameter in parameters if parameter.required]


def _value(parameter: Parameter, quote: str) -> str:
    """A parameter's value; `quote` stands around texts."""
    mark = _quoted(quote) if quote else ""
    if parameter.choices:
        plain = parameter.type != "string"
        written = [choice if plain else _as_text(choice, quote) for choice in parameter.choices]
        return f"({' | '.join(map(_quoted, written))})"
    if parameter.type in _TYPED:
        rule = _TYPED[parameter.type]
        return f"({rule.title() if quote == chr(39) and parameter.type == 'boolean' else rule})"
    if parameter.type in ("array", "object"):
        return "list" if parameter.type == "array" else "object"
    return f"{mark} {_pattern(parameter.pattern, quote) or _free(quote)} {mark}".strip()


def _as_text(value: str, quote: str) -> str:
    if not quote:
        return value
    return repr(value) if quote == "'" else json.dumps(value, ensure_ascii=False)


def _free(quote: str) -> str:
    unsafe = f"{_UNSAFE}{quote}" + (r"\\" if quote else "{")
    return f"[^ {unsafe}] ([^{unsafe}]{{0,{_CHARACTERS}}} [^ {unsafe}])?"


def _pattern(pattern: str, quote: str) -> str:
    """A regular expression in GBNF, or nothing where it says what GBNF or a quoted text cannot."""
    pattern = _AHEAD.sub("", pattern, count=1)
    if not pattern or (quote and (quote in pattern or "\\" in pattern)):
        return ""
    found: list[str] = []
    place = 0
    sizes = [0]  # of every open group, in llama.cpp's rules
    size = 0  # of what a repetition would repeat
    while place < len(pattern):
        part = _PART.match(pattern, place)
        if part is None:
            return ""
        place = part.end()
        klass, escape, opening, repeat, other, sign = part.groups()
        if opening and pattern.startswith("?", place):
            return ""
        if klass and (klass.startswith("[^") or "\\" in klass):
            return ""
        if escape and escape not in _CLASSES and escape[1].isalnum():
            return ""
        if repeat in ("*", "+") and (letters := _without_blank(found[-1])):
            # Words with single blanks between them: readers take blanks at the end of a value away, and then its pattern may not hold.
            found[-1] = f'{letters}{{{int(repeat == "+")},{_MOST}}} ( " " {letters}{{1,{_MOST}}} ){{0,{_LISTED}}}'
            sizes[-1] += 2 * _MOST + _LISTED
        elif repeat:
            most = _DIGITS if found[-1] == "[0-9]" else _MOST if size <= _MOST else _LISTED
            said, times = _repeated(repeat, min(most, (_RULES - 1) // size))
            found[-1] += said
            sizes[-1] += times
        else:
            size = sizes.pop() + 1 if other == ")" and len(sizes) > 1 else 1
            sizes = [*sizes, 0] if opening else [*sizes[:-1], sizes[-1] + size]
            found.append(
                klass
                or (escape and (_CLASSES.get(escape) or _quoted(escape[1])))
                or (opening and "(")
                or other
                or _quoted(sign)
            )
    return f"({' '.join(found)})"


def _without_blank(part: str) -> str:
    """A class without the blank among its signs; nothing where it is no class, has none, or the blank is an end of a range."""
    return part.replace(" ", "") if re.fullmatch(r"\[(?![ ]\])[^-]*(?:[^ ]-[^ ][^-]*)*\]", part) and " " in part else ""


def _repeated(sign: str, most: int) -> tuple[str, int]:
    """A repetition in GBNF, and how often at most it repeats; `most` bounds what has no end of its own.

    :param sign: of a regular expression: a star, a plus, a question mark, or numbers in braces.
    """
    if sign in _TIMES:
        least, last = _TIMES[sign]
    else:
        first, comma, second = sign[1:-1].partition(",")
        least, last = int(first), int(second or first) if second or not comma else None
    if last is None:
        last = max(least, most, 1)
    if (least, last) == (0, 1):
        return "?", 1
    return (f"{{{least}}}" if least == last else f"{{{least},{last}}}"), max(last, 1)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _schema(actions: Sequence[ActionSpec], thought_characters: int) -> dict[str, Any]:
    calls = []
    for tool in Grammar(actions, "function_calling").tools:
        told = {"thought": {"type": "string", "maxLength": thought_characters}} if thought_characters else {}
        calls.append(
            {
                "type": "object",
                "properties": {
                    **told,
                    "function_name": {"type": "string", "enum": [tool["function"]["name"]]},
                    "arguments": tool["function"]["parameters"],
                },
                "required": [*told, "function_name", "arguments"],
                "additionalProperties": False,
            }
        )
    return calls[0] if len(calls) == 1 else {"anyOf": calls}
