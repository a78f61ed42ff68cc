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
from agentgym_core.actions._reply import read_fence
from agentgym_core.actions._typed import act
from agentgym_core.actions._values import InvalidAction, clean, listed
from agentgym_core.actions.loose import Loose
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.types import Action, ExpertAction

_NO_CALL = "there is no call in the reply: write one Python call of one of these functions"
_LINES = re.compile(r"[^\n]*")
_OPENING = re.compile(r"^[ \t]*`{3,}", re.MULTILINE)
_FENCES = 8
_UNSURE = (
    ast.For,
    ast.While,
    ast.If,
    ast.IfExp,
    ast.comprehension,
    ast.Try,
    ast.BoolOp,
    ast.Lambda,
    ast.AsyncFor,
    ast.Match,
)
_CUT = re.compile(r"[^\W\d]\w{0,100}\([^)]*\Z")


def read(declared: ActionSet, text: str) -> tuple[ParsedReply, bool]:
    """Read a reply with one fenced call, comments before it, and whether it is sure: one call of plain values and nothing else."""
    fence = read_fence(text, 0)
    source = fence.text.strip() if fence is not None else text.strip()
    problem = ""
    try:
        tree = parse(source)
        call = _call_of(tree.body[0]) if len(tree.body) == 1 else None
        if call is not None:
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

    :raises Misfit: where one has values that are computed, or is made under a condition or in a loop.
    """
    declared = loose.declared
    for _, source in _sources(declared, text):
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
    written = (
        call.func.id
        if isinstance(call.func, ast.Name)
        else call.func.attr
        if isinstance(call.func, ast.Attribute)
        else ""
    )
    return loose.declared.by_spelling.get(written) or loose.names.get(loose_name(written))


def _called(loose: Loose, call: ast.Call, variables: dict[str, Any], notes: list[str]) -> Action:
    name = _name_of(loose, call)
    assert name is not None
    words = {
        id(node): node.id for node in (*call.args, *(k.value for k in call.keywords)) if isinstance(node, ast.Name)
    }
    action = _act(loose.declared, call, notes, variables)
    if words and any(word not in variables for word in words.values()):
        # A word without quotes is a value only where it is one of the values that there are.
        loose_action = loose.settled(name, action.arguments, notes)
        parameters = loose.declared.by_name[name].parameters
        if not loose.declared.fits(loose_action) or not all(p.choices or p.pattern for p in parameters):
            raise InvalidAction("arguments must be plain values, nothing computed")
        return loose_action
    return loose.settled(name, action.arguments, notes)


def _sources(declared: ActionSet, text: str) -> Iterator[tuple[str, str]]:
    """What may be the code of a reply, with the prose before it: fenced blocks, all of it, what follows a name that is known."""
    at = 0
    for _ in range(_FENCES):
        opening = _OPENING.search(text, at)
        if opening is None:
            break
        start = opening.end() - len(opening[0].lstrip())
        fence = read_fence(text, start)
        if fence is None:
            break
        yield text[:start].strip(), fence.text.strip()
        at = fence.end
    if at:
        return
    whole = text.strip().strip("`").strip()
    yield "", whole
    words = {unicodedata.normalize("NFKC", word) for word in declared.by_spelling}
    for line in _LINES.finditer(text):
        start_of_line = line[0].strip().strip("`")
        word = re.match(r"(?:[^\W\d]\w{0,100}[ \t]?=[ \t]?)?([^\W\d]\w{0,200})\(", start_of_line)
        if word and word[1] in words:
            before = text[: line.start()].strip()
            yield before, start_of_line
            rest = text[line.start() :].strip()
            yield before, rest[: rest.rfind(")") + 1]
            return


def _call_of(statement: ast.stmt) -> ast.Call | None:
    value: ast.expr | None = None
    if isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)):
        value = statement.value
    if isinstance(value, ast.Await):
        value = value.value
    if not isinstance(value, ast.Call):
        return None
    if (
        isinstance(value.func, ast.Name)
        and value.func.id == "print"
        and len(value.args) == 1
        and isinstance(value.args[0], ast.Call)
    ):
        value = value.args[0]
    return value


def _plain(node: ast.expr, variables: dict[str, Any] | None) -> Any:
    if (
        variables is not None
        and isinstance(node, ast.Name)
        and node.id.lower() not in ("true", "false", "none", "null")
    ):
        return variables.get(node.id, node.id)
    return literal(node)


def _act(declared: ActionSet, call: ast.Call, notes: list[str], variables: dict[str, Any] | None = None) -> Action:
    if isinstance(call.func, ast.Name):
        written = call.func.id
    elif isinstance(call.func, ast.Attribute):
        written = call.func.attr
    else:
        raise InvalidAction("only a function that is declared can be called")
    name = declared.by_spelling.get(written) or declared.name_of(written, notes)
    parameters = list(declared.spelled_parameters[name].items())
    if len(call.args) > len(parameters):
        raise InvalidAction(f"{declared.spelled[name]} takes {len(parameters)} arguments, not {len(call.args)}")
    given: dict[str, Any] = {}
    for (parameter, _), node in zip(parameters, call.args, strict=False):
        if isinstance(node, ast.Starred):
            raise InvalidAction("arguments must be plain values, nothing computed")
        given[parameter] = _plain(node, variables)
    by_word = {unicodedata.normalize("NFKC", word): parameter for parameter, word in parameters}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise InvalidAction("arguments must be plain values, nothing computed")
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
    arguments = ", ".join(f"{words[name]}={_source(value)}" for name, value in action.arguments.items())
    thought = clean(move.thought).replace("\0", "\ufffd").splitlines()
    comments = "".join(f"# {line}".rstrip() + "\n" for line in thought)
    return f"```python\n{comments}{declared.spelled[action.name]}({arguments})\n```"


def _source(value: Any) -> str:
    return repr(value)
