"""`agentgym data coverage`: how hard AgentEval is and what it covers, by kind, as a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentgym_core.terminal import say

if TYPE_CHECKING:
    from agentgym_core.evaluation.suites import Part


def show_coverage(
    names: Sequence[str], items: Path | None, out: Path | None, *, force: bool, seed: int, as_json: bool
) -> int:
    """Play AgentEval with expert, chance and nothing, and print or write the page.

    :param names: environments by id; empty for all of the suite that are installed.
    :param out: the file to write; None for standard output.
    """
    from attrs import asdict

    from agentgym_core.environments import resolve_environment
    from agentgym_core.errors import ConfigError
    from agentgym_data.commands.export import refuse_existing
    from agentgym_data.coverage import coverage, page
    from agentgym_data.files import WholeFile
    from agentgym_data.paper import PAPER
    from agentgym_data.suites import agenteval

    known = [entry.id for entry in PAPER]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(f"AgentEval has no environment {unknown[0]!r}", hint=f"it has: {', '.join(known)}")
    if out is not None:
        refuse_existing(out, force)
    suite = agenteval(resolve_environment, items=items, only=names)
    found = coverage(suite, seed=seed, on_part=_said)
    if as_json:
        say(json.dumps({"environments": [asdict(each) for each in found], "missing": dict(suite.missing)}, indent=2))
    command = (
        "agentgym data coverage" + (f" --envs {','.join(names)}" if names else "") + (f" --seed {seed}" if seed else "")
    )
    text = page(found, suite, command)
    if out is not None:
        with WholeFile(out) as file:
            file.write(text.encode())
    elif not as_json:
        say(text.rstrip("\n"))
    for name, what in suite.missing.items():
        say(f"agentgym: {name} is not here: {what}", file=sys.stderr)
    return 0 if found else 1


def _said(part: Part) -> None:
    say(f"agentgym: {part.source.spec.id}: {len(part.tasks)} tasks, three times", file=sys.stderr, flush=True)
