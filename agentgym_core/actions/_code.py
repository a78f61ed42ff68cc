"""Code as action: one Python call. It is parsed and looked at; nothing of it is ever run."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from agentgym_core.actions._action_set import loose_name
from agentgym_core.actions._literals import literal, parse
from agentgym_core.actions._loose import Loose
from agentgym_core.actions._reply import read_fence
from agentgym_core.actions._values import InvalidAction, clean
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.types import Action, ExpertAction

# A line that begins a call: perhaps blanks or backticks, perhaps `name =`, then the function's name and a bracket.
_CALL = re.compile(r"^[ \t`]{0,20}(?:[^\W\d]\w{0,100}[ \t]?=[ \t]?)?([^\W\d]\w{0,200})\(", re.MULTILINE)
# Below one of these a call may run never, once or many times: that is not one action.
_UNSURE = (
    ast.For
    | ast.While
    | ast.If
    | ast.IfExp
    | ast.comprehension
    | ast.Try
    | ast.BoolOp
    | ast.Lambda
    | ast.AsyncFor
    | ast.Match
)
_NOT_RUN = "a call in a loop or under a condition is not run: write one plain call"
# The same in code that is no Python, or not quite.
_BRANCH = re.compile(r"^[ \t]{0,20}(?:for|while|if|else|try)\b[^\n]{0,300}[:{][ \t]*$", re.MULTILINE | re.IGNORECASE)
# A call without its closing bracket up to the end of the text.
_CUT = re.compile(r"[^\W\d]\w{0,100}\([^)]*\Z")


def read(loose: Loose, text: str) -> ParsedReply | None:
    """Read a reply that is one call of plain values, fenced or not, with comments around it; None for any other."""
    fence = read_fence(text, 0)
    if fence is not None and (not fence.closed or text[fence.end :].strip()):
        return None
    source = (text if fence is None else fence.text).strip()
    notes: list[str] = []
    with suppress(InvalidAction):
        match parse(source).body:
            case [(ast.Expr() | ast.Assign() | ast.Return()) as sole] if isinstance(sole.value, ast.Call):
                action = _action(loose, sole.value, None, notes)
                return ParsedReply(action, _comments(source, sole.value), None, tuple(notes))
    return None


def calls(loose: Loose, text: str, notes: list[str]) -> list[Action]:
    """The calls of declared actions in code, wherever a reader would see that they are made.

    :raises InvalidAction: where one has values that are computed, or is made under a condition or in a loop.
    """
    for source in _sources(loose, text):
        if "(" not in source:
            continue
        try:
            tree = parse(source)
        except InvalidAction:
            if _CUT.match(source):
                raise InvalidAction("the call cannot be read: the reply ends before it does") from None
            if _BRANCH.search(source) and _CALL.search(source):
                raise InvalidAction(_NOT_RUN) from None
            continue
        found = [_action(loose, call, variables, notes) for call, variables in _made(loose, tree)]
        if found:
            return found
    return []


def _sources(loose: Loose, text: str) -> Iterator[str]:
    """What may be code: all of a text, or what begins with a name that is known, in one line or in several."""
    yield text.strip().strip("`").strip()
    for line in _CALL.finditer(text):
        if unicodedata.normalize("NFKC", line[1]) in loose.declared.by_spelling:
            yield text[line.start() :].partition("\n")[0].strip().strip("`")
            yield text[line.start() : text.rfind(")") + 1].strip()
            return


def _made(loose: Loose, tree: ast.Module) -> Iterator[tuple[ast.Call, dict[str, Any]]]:
    """Calls of declared actions in the order of the source, with the variables that hold plain values."""
    variables: dict[str, Any] = {}
    # A stack and no recursion: a model's code may nest deeper than Python's own stack allows.
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, unsure = stack.pop()
        if isinstance(node, ast.Call):
            written = _written(node)
            if written in loose.declared.by_spelling or loose_name(written) in loose.names:
                if unsure:
                    raise InvalidAction(_NOT_RUN)
                yield node, variables
                continue
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            with suppress(InvalidAction):
                variables[node.targets[0].id] = literal(node.value)
        unsure = unsure or isinstance(node, _UNSURE)
        stack += [(child, unsure) for child in reversed(list(ast.iter_child_nodes(node)))]


def _written(call: ast.Call) -> str:
    function = call.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _action(loose: Loose, call: ast.Call, variables: dict[str, Any] | None, notes: list[str]) -> Action:
    """The action of a call. Without `variables` all values are plain; with them, a word without quotes may be one that is known."""
    declared, written = loose.declared, _written(call)
    name = declared.by_spelling.get(written) or declared.name_of(written, notes)
    words = declared.spelled_parameters[name]
    by_word = {unicodedata.normalize("NFKC", word): parameter for parameter, word in words.items()}
    named = [
        (keyword.arg and (by_word.get(keyword.arg) or loose.parameter(name, keyword.arg) or keyword.arg), keyword.value)
        for keyword in call.keywords
    ]
    nodes = dict([*zip(words, call.args, strict=False), *named])
    if None in nodes or len(nodes) != len(call.args) + len(call.keywords):
        raise InvalidAction(f"{declared.spelled[name]} takes {len(words)} arguments, each once and as a plain value")
    given = {str(key): _value(node, variables) for key, node in nodes.items()}
    if variables is None:
        return declared.act(name, given, notes)
    only = next(iter(given.values())) if len(call.args) == len(given) == 1 else None
    # An object with all arguments in it: `move({"direction": "left"})`.
    wrapped = isinstance(only, dict) and declared.by_name[name].parameters[0].type not in ("object", "any")
    action = loose.call(name, only, notes) if wrapped else loose.settled(name, given, notes)
    # A word without quotes is a value only where it is one of the values that there are.
    bare = any(isinstance(node, ast.Name) and node.id not in variables for node in nodes.values())
    if bare and not (declared.fits(action) and loose.told(action.name)):
        raise InvalidAction("arguments must be plain values, nothing computed")
    return action


def _value(node: ast.expr, variables: dict[str, Any] | None) -> Any:
    if (
        isinstance(node, ast.Name)
        and variables is not None
        and node.id.lower() not in ("true", "false", "none", "null")
    ):
        return variables.get(node.id, node.id)
    return literal(node)


def _comments(source: str, call: ast.Call) -> str:
    """The comments before the call, and the one after it on its last line."""
    lines = source.split("\n")
    before = [line.strip().lstrip("#").strip() for line in lines[: call.lineno - 1] if line.lstrip().startswith("#")]
    last = lines[(call.end_lineno or call.lineno) - 1]
    tail = last.encode()[call.end_col_offset :].decode(errors="replace").strip()
    return "\n".join([*before, *([tail.lstrip("#").strip()] if tail.startswith("#") else [])]).strip()


def write(loose: Loose, move: ExpertAction, action: Action) -> str:
    """A move as a fenced call, its thought as comments."""
    words = loose.declared.spelled_parameters[action.name]
    arguments = ", ".join(f"{words[name]}={value!r}" for name, value in action.arguments.items())
    thought = clean(move.thought).replace("\0", "\ufffd").splitlines()
    comments = "".join(f"# {line}".rstrip() + "\n" for line in thought)
    return f"```python\n{comments}{loose.declared.spelled[action.name]}({arguments})\n```"
