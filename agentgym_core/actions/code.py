"""Code as action: one Python call. It is parsed and looked at; nothing of it is ever run."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from agentgym_core.actions.action_set import ActionSet
from agentgym_core.actions.literals import literal, parse
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.actions.reply import cut_end, read_fence, split_think
from agentgym_core.actions.typed import act
from agentgym_core.actions.values import InvalidAction, clean, listed
from agentgym_core.types import Action, ExpertAction

_NO_CALL = "there is no call in the reply: write one Python call of one of these functions"
_LINES = re.compile(r"[^\n]*")
_OPENING = re.compile(r"^[ \t]*`{3,}", re.MULTILINE)
_FENCES = 8


def read(declared: ActionSet, text: str) -> ParsedReply:
    """Read a reply; see `Grammar.read`."""
    notes: list[str] = []
    think = ""
    if not text.startswith(("```", "#")):
        text = cut_end(text, notes)
        think, text = split_think(text, len(text)) if "think" in text else ("", text)
    problem = ""
    for prose, source in _sources(declared, text):
        try:
            tree = parse(source)
        except InvalidAction as misfit:
            problem = problem or str(misfit)
            continue
        calls = [call for call in map(_call_of, tree.body) if call is not None]
        if not calls:
            continue
        if len(tree.body) > 1:
            notes.append("several statements in one reply: only the first call is run")
        thought = "\n".join(part for part in (think, prose, _comments(source, calls[0])) if part)
        try:
            action = _act(declared, calls[0], notes)
        except InvalidAction as misfit:
            return ParsedReply(None, thought, str(misfit), tuple(notes))
        return ParsedReply(action, thought, None, tuple(notes))
    functions = listed([declared.spelled[name] for name in declared.by_name])
    reason = (
        f"the code cannot be read: {problem}; write one call of: {functions}" if problem else f"{_NO_CALL}: {functions}"
    )
    return ParsedReply(None, "\n".join(part for part in (think, text.strip()) if part), reason, tuple(notes))


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


def _act(declared: ActionSet, call: ast.Call, notes: list[str]) -> Action:
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
        given[parameter] = literal(node)
    by_word = {unicodedata.normalize("NFKC", word): parameter for parameter, word in parameters}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise InvalidAction("arguments must be plain values, nothing computed")
        parameter = by_word.get(keyword.arg, keyword.arg)
        if parameter in given:
            raise InvalidAction(f'"{parameter}" is given twice')
        given[parameter] = literal(keyword.value)
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
