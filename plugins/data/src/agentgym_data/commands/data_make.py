"""`agentgym data make agenttraj`: which sets are made, and what is reported about them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentgym_core.terminal import say

if TYPE_CHECKING:
    from agentgym_core.settings import ComponentChoice
    from agentgym_data.demonstrations import Demonstrations
    from agentgym_data.paper import PaperEnvironment


def make_sets(
    names: Sequence[str],
    out: Path,
    *,
    large: bool,
    at_most: int | None,
    seed: int,
    as_json: bool,
    placement: ComponentChoice | None = None,
) -> int:
    """Make one file an environment and return the exit status: 1 where a set came out smaller than wanted.

    :param names: environments by id or address; empty for all of AgentTraj's that are installed.
    """
    from attrs import asdict

    from agentgym_core.environments import resolve_environment
    from agentgym_core.errors import ConfigError, UnknownComponent
    from agentgym_data.demonstrations import make_set
    from agentgym_data.paper import PAPER

    if at_most is not None and at_most < 1:
        raise ConfigError(f"--at-most must be at least 1, not {at_most}")
    entries = {entry.id: entry for entry in PAPER}
    made: list[Demonstrations] = []
    left_out: dict[str, str] = {}
    for name in names or entries:
        entry = entries.get(name)
        if entry is not None and not _size(entry, large):
            left_out[name] = "AgentTraj has none of it"
            continue
        try:
            source = resolve_environment(name, None, placement)
        except UnknownComponent as error:
            if names:
                raise
            left_out[name] = error.hint or error.message
            continue
        id = source.spec.id
        entry = entries.get(id)
        size = 0 if entry is None else _size(entry, large)
        if not size and not (entry is None and at_most):
            left_out[name] = "AgentTraj has none of it" + ("" if entry else ": give a size with --at-most")
            continue
        wanted = min(size or at_most or 0, at_most or size)
        file = out / f"{entry.prefix if entry else id}_train.json"
        result = make_set(source, wanted, file, out / "runs" / id, seed=seed, placement=placement)
        made.append(result)
        if not as_json:
            say(_line(result), flush=True)
    if as_json:
        say(json.dumps({"made": [asdict(result) for result in made], "left_out": left_out}, indent=2))
    else:
        for name, reason in left_out.items():
            say(f"{name}: left out: {reason}")
        say(f"{sum(result.episodes for result in made)} episodes of {len(made)} environments in {out}")
    short = [result.environment for result in made if result.episodes < result.wanted]
    if short:
        say(f"agentgym: fewer than wanted: {', '.join(short)}", file=sys.stderr)
    return 1 if short or not made else 0


def _size(entry: PaperEnvironment, large: bool) -> int:
    return entry.traj_large if large else entry.traj


def _line(result: Demonstrations) -> str:
    played = ", ".join(f"{outcome} {number}" for outcome, number in result.outcomes.items())
    again = result.episodes - result.tasks
    text = f"{result.environment}: {result.episodes} of {result.wanted} episodes of {result.tasks} tasks"
    if again:
        text += f"; {again} play a task again, for the split has {result.split_tasks}"
    if result.distinct < result.episodes:
        text += f"; {result.episodes - result.distinct} say the same as another"
    if result.fault and result.episodes < result.wanted:
        text += f"; the first fault: {result.fault}"
    return f"{text} (played: {played}) -> {result.file}"
