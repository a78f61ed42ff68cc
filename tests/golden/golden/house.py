"""The product as these records know it: its command, its run folders, its tasks. Nothing else here imports it.

When a module or a name moves, this file is the one to adapt; the records stay.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

EPISODES = "trajectories.jsonl"
"""The file of a run folder that holds an episode a line."""

SERVE = [sys.executable, "-P", "-c", "from golden.house import command; raise SystemExit(command()())"]
"""The command line in a process of its own; the folder of this package must be on its path (`serving_environment`)."""


def command() -> Callable[..., int]:
    """The function behind the `agentgym` command, as the distribution announces it."""
    (entry,) = entry_points(group="console_scripts", name="agentgym")
    main: Callable[..., int] = entry.load()
    return main


def agentgym(*words: str) -> str:
    """Run one command in this process and return what it printed.

    :raises AssertionError: its exit status is not 0; the message holds what it said.
    """
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = command()([str(word) for word in words])
    assert status == 0, f"agentgym {' '.join(map(str, words))}: status {status}\n{err.getvalue()}{out.getvalue()}"
    return out.getvalue()


def serving_environment() -> dict[str, str]:
    """The environment variables for `SERVE`."""
    here = str(Path(__file__).resolve().parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))}


def episodes(folder: Path) -> list[dict[str, Any]]:
    """The episodes of a run folder as they stand in its file."""
    return [json.loads(line) for line in (folder / EPISODES).read_bytes().splitlines()]


def identity(environment: str, config: Mapping[str, Any]) -> tuple[str, str, dict[str, Sequence[Any]]]:
    """The canonical id, the digest of the configuration, and the tasks of every split.

    Tasks have `id`, `split`, `kind` and `fingerprint`. No engine is started where the tasks do not need one.
    """
    from agentgym_core.rollout import make_environment

    with make_environment(environment, dict(config)) as made:
        source = made.source
        tasks = {split: source.tasks(split) for split in source.description.splits}
        return source.spec.canonical, source.config_digest, tasks


def installed() -> set[str]:
    """The environments that this Python has, engine and all."""
    rows = json.loads(agentgym("list", "environments", "--json"))["environments"]
    return {row["id"] for row in rows if not row["missing"]}


SERVERS = {
    "many": (["maze", "wordle", "textcraft", "babyai", "todo"], ["--expert"]),
    "guarded": (["maze"], ["--token", "open-sesame", "--max-sessions", "2"]),
}
"""The servers that conversations are held with: their environments, and the options of `agentgym serve`.

All of them speak AgentGym's own dialect too.
"""


def serve(name: str, environments: Sequence[str]) -> list[str]:
    """The command line of one of the servers, with these of its environments."""
    # Older builds had an option of its own for the dialect.
    dialect = ["--dialect", "legacy"] if "--dialect" in agentgym("serve", "--help") else ["--legacy"]
    return [*SERVE, "serve", *environments, *SERVERS[name][1], *dialect, "--port", "0"]
