"""Code as action: one Python call. It is parsed and looked at; nothing of it is ever run."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from agentgym_core.actions._action_set import ActionSet, loose_name
from agentgym_core.actions._literals import literal, parse
from agentgym_core.actions._loose import Loose
from agentgym_core.actions._reply import read_fence
from agentgym_core.actions._typed import act
from agentgym_core.actions._values import InvalidAction, clean, listed
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.types import Action, ExpertAction

_NO_CALL = "there is no call in the reply: write one Python call of one of these functions"
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
_COMPUTED = "arguments must be plain values, nothing computed"
# A call without its closing bracket up to the end of the text.
_CUT = re.compile(r"[^\W\d]\w{0,100}\([^)]*\Z")


def read(declared: ActionSet, text: str) -> tuple[ParsedReply, bool]:
    """Read a reply with one fenced call, comments before it, and whether it is sure: one call of plain values and nothing else."""
    fence = read_fence(text, 0)
    source = fence.text.strip() if fence is not None else text.strip()
    try:
        body = parse(source).body
        sole = body[0] if len(body) == 1 else None
        call = sole.value if isinstance(sole, ast.Expr | ast.Assign | ast.Return) else None
        if isinstance(call, ast.Call):
            notes: list[str] = []
            thought = _comments(source, call)
            action = _act(declared, call, notes)
            whole = fence is not None and fence.closed and not text[fence.end :].strip()
            return ParsedReply(action, thought, None, tuple(notes)), whole or fence is None
        problem = _NO_CALL
    except InvalidAction as misfit:
        problem = f"the code cannot be read: {misfit}"
    functions = listed([declared.spelled[name] for name in declared.by_name])
    return ParsedReply(None, text.strip(), f"{problem}; write one call of: {functions}"), False


def calls(loose: Loose, text: str, notes: list[str]) -> list[Action]:
    """The calls of declared actions in code, wherever a reader would see that they are made.

    :raises InvalidAction: where one has values that are computed, or is made under a condition or in a loop.
    """
    declared = loose.declared
    for source in _sources(declared, text):
        if "(" not in source:
            continue
        try:
            tree = parse(source)
        except InvalidAction:
            if _CUT.match(source):
                raise InvalidAction("the call cannot be read: the reply ends before it does") from None
            continue
        found = [_called(loose, call, variables, notes) for call, variables in _made(loose, tree)]
        if found:
            return found
    return []


def _made(loose: Loose, tree: ast.Module) -> Iterator[tuple[ast.Call, dict[str, Any]]]:
    """Calls of declared actions in the order of the source, with the variables that hold plain values."""
    variables: dict[str, Any] = {}
    # A stack and no recursion: a model's code may nest deeper than Python's own stack allows.
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, unsure = stack.pop()
        if isinstance(node, ast.Call) and _name_of(loose, node):
            if unsure:
                raise InvalidAction("a call in a loop or under a condition is not run: write one plain call")
            yield node, variables
            continue
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            with suppress(InvalidAction):
                variables[node.targets[0].id] = literal(node.value)
        unsure = unsure or isinstance(node, _UNSURE)
        stack += [(child, unsure) for child in reversed(list(ast.iter_child_nodes(node)))]


def _name_of(loose: Loose, call: ast.Call) -> str | None:
    written = _written(call)
    return loose.declared.by_spelling.get(written) or loose.names.get(loose_name(written))


def _written(call: ast.Call) -> str:
    function = call.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _called(loose: Loose, call: ast.Call, variables: dict[str, Any], notes: list[str]) -> Action:
    action = _act(loose.declared, call, notes, variables)
    action = loose.settled(action.name, action.arguments, notes)
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    if any(isinstance(node, ast.Name) and node.id not in variables for node in values):
        # A word without quotes is a value only where it is one of the values that there are.
        parameters = loose.declared.by_name[action.name].parameters
        if not loose.declared.fits(action) or not all(p.choices or p.pattern for p in parameters):
            raise InvalidAction(_COMPUTED)
    return action


def _sources(declared: ActionSet, text: str) -> Iterator[str]:
    """What may be code: all of a text, or what begins with a name that is known, in one line or in several."""
    yield text.strip().strip("`").strip()
    for line in _CALL.finditer(text):
        if unicodedata.normalize("NFKC", line[1]) in declared.by_spelling:
            yield text[line.start() :].partition("\n")[0].strip().strip("`")
            yield text[line.start() : text.rfind(")") + 1].strip()
            return


def _plain(node: ast.expr, variables: dict[str, Any] | None) -> Any:
    word = node.id if isinstance(node, ast.Name) and variables is not None else "none"
    return literal(node) if word.lower() in ("true", "false", "none", "null") else (variables or {}).get(word, word)


def _act(declared: ActionSet, call: ast.Call, notes: list[str], variables: dict[str, Any] | None = None) -> Action:
    written = _written(call)
    if not written:
        raise InvalidAction("only a function that is declared can be called")
    name = declared.by_spelling.get(written) or declared.name_of(written, notes)
    parameters = list(declared.spelled_parameters[name].items())
    if len(call.args) > len(parameters):
        raise InvalidAction(f"{declared.spelled[name]} takes {len(parameters)} arguments, not {len(call.args)}")
    given: dict[str, Any] = {}
    for (parameter, _), node in zip(parameters, call.args, strict=False):
        if isinstance(node, ast.Starred):
            raise InvalidAction(_COMPUTED)
        given[parameter] = _plain(node, variables)
    by_word = {unicodedata.normalize("NFKC", word): parameter for parameter, word in parameters}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise InvalidAction(_COMPUTED)
        parameter = by_word.get(keyword.arg, keyword.arg)
        if parameter in given:
            raise InvalidAction(f'"{parameter}" is given twice')
        given[parameter] = _plain(keyword.value, variables)
    return act(declared, name, given, notes)


def _comments(source: str, call: ast.Call) -> str:
    """The comments before the call, and the one after it on its last line."""
    lines = source.split("\n")
    before = [line.strip().lstrip("#").strip() for line in lines[: call.lineno - 1] if line.lstrip().startswith("#")]
    last = lines[(call.end_lineno or call.lineno) - 1 : call.end_lineno]
    tail = last[0].encode()[call.end_col_offset :].decode(errors="replace").strip() if last else ""
    if tail.startswith("#"):
        before.append(tail.lstrip("#").strip())
    return "\n".join(before).strip()


def write(declared: ActionSet, move: ExpertAction, action: Action) -> str:
    """A move as a fenced call, its thought as comments."""
    words = declared.spelled_parameters[action.name]
    arguments = ", ".join(f"{words[name]}={value!r}" for name, value in action.arguments.items())
    thought = clean(move.thought).replace("\0", "\ufffd").splitlines()
    comments = "".join(f"# {line}".rstrip() + "\n" for line in thought)
    return f"```python\n{comments}{declared.spelled[action.name]}({arguments})\n```"
