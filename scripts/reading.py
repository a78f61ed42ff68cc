"""How replies are read: the corpus of tests/actions/corpus in every format, as a table, and what is read otherwise than labelled.

Run: python scripts/reading.py [--wrong]
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.specs import ActionSpec
from agentgym_core.types import ToolCall

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests" / "actions" / "corpus"
ENVIRONMENTS = ("maze", "wordle", "textcraft", "babyai", "sciworld", "alfworld", "todo", "bird")


@frozen
class Row:
    """One reply of the corpus. `reads` is the canonical action that a person reads in it, or None where no action is clear."""

    environment: str
    shape: str
    reply: str
    reads: str | None
    calls: tuple[ToolCall, ...] = ()


@frozen
class Verdict:
    """What came of reading a row in a format: `got` is the canonical text, None where the reply was refused.

    `kind` is `read` or `refused` where that is right, `wrong` where another action was read than the labelled one (or one at all
    where none is clear), and `missed` where a clear action was refused or handed on without a name.
    """

    row: Row
    format: str
    got: str | None
    kind: str
    error: str | None = None


def actions_of(environment: str) -> tuple[ActionSpec, ...]:
    """The declared actions of an environment, its engine not needed."""
    source = ROOT / "plugins" / f"env_{environment}" / "src"
    if str(source) not in sys.path:
        sys.path.append(str(source))
    if environment == "alfworld":
        declared: tuple[ActionSpec, ...] = importlib.import_module("agentgym_env_alfworld.actions").actions("agentgym")
    elif environment == "sciworld":
        words = importlib.import_module("agentgym_env_sciworld.words")
        declared = (*words.ACTIONS, words.RESET_TASK)
    else:
        module = importlib.import_module(f"agentgym_env_{environment}.environment")
        config = importlib.import_module(f"agentgym_env_{environment}.config")
        kind = {"babyai": "BabyAI", "textcraft": "TextCraft"}.get(environment, environment.title())
        declared = getattr(module, f"{kind}Environment").describe(getattr(config, f"{kind}Config")()).actions
    return declared


def rows(environment: str) -> Iterator[Row]:
    """The rows of one environment."""
    for kind in ("clear", "unclear"):
        for record in json.loads((CORPUS / f"{environment}-{kind}.json").read_text("utf-8")):
            calls = tuple(ToolCall(f"call-{at}", *call) for at, call in enumerate(record.get("calls", ())))
            yield Row(environment, record["shape"], record["reply"], record.get("reads"), calls)


def verdicts(environment: str, formats: Sequence[str] = FORMATS) -> Iterator[Verdict]:
    """Every row of an environment in every format; native calls only where calls are native."""
    declared = actions_of(environment)
    grammars = {format: Grammar(declared, format) for format in formats}
    for row in rows(environment):
        for format, grammar in grammars.items():
            if row.calls and format != "function_calling":
                continue
            reading = grammar.read(row.reply, row.calls)
            action = reading.action
            got = None if action is None else action.text
            if row.reads is None:
                kind = "refused" if got is None else "wrong"
            elif got == row.reads and action is not None and action.name:
                kind = "read"
            else:
                kind = "wrong" if action is not None and action.name else "missed"
            yield Verdict(row, format, got, kind, reading.error)


def table(found: Sequence[Verdict]) -> str:
    """Clear intents read, wrong readings and unclear replies refused, by format and environment."""
    lines = ["| | clear | read | wrong | unclear | refused | acted on |", "|---|---|---|---|---|---|---|"]
    groups = [(format, [each for each in found if each.format == format]) for format in FORMATS]
    groups += [(name, [each for each in found if each.row.environment == name]) for name in ENVIRONMENTS]
    for name, group in [*groups, ("all", list(found))]:
        clear = Counter(each.kind for each in group if each.row.reads is not None)
        unclear = Counter(each.kind for each in group if each.row.reads is None)
        of, no = sum(clear.values()), sum(unclear.values())
        if of and no:
            share, refused = 100 * clear["read"] / of, 100 * unclear["refused"] / no
            lines.append(
                f"| {name} | {of} | {share:.1f} % | {clear['wrong']} | {no} | {refused:.1f} % | {unclear['wrong']} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="list what is read otherwise than labelled")
    options = parser.parse_args()
    found = [verdict for environment in ENVIRONMENTS for verdict in verdicts(environment)]
    if options.wrong:
        for each in found:
            if each.kind in ("wrong", "missed"):
                print(f"{each.kind} {each.row.environment} {each.format} [{each.row.shape}] {each.row.reply!r}")
                print(f"    labelled {each.row.reads!r}, got {each.got!r} {each.error or ''}")
    print(table(found))


if __name__ == "__main__":
    main()
