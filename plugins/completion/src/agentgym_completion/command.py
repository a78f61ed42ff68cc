"""Completion for your shell, component ids included. For bash: eval "$(agentgym completion bash)"."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agentgym_core.errors import ComponentUnavailable
from agentgym_core.registry import PLURALS, specs
from agentgym_core.terminal import say

SHELLS = ("bash", "zsh", "fish", "tcsh")
FILES = frozenset({"file", "other", "FILE"})
FOLDERS = frozenset({"run", "runs", "folder", "a", "b", "out", "DIR", "FOLDER", "RUN"})
"""Names and placeholders of arguments that are paths."""

log = logging.getLogger("agentgym.cli")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to write a script for")


def run(arguments: argparse.Namespace) -> int:
    """Print the script; new plugins are in it when it is made again, so have the shell make it when it starts."""
    import shtab

    if arguments.shell not in shtab.SUPPORTED_SHELLS:
        raise ComponentUnavailable(
            f"shtab {shtab.__version__} writes no script for {arguments.shell}", hint="run: pip install 'shtab>=1.13'"
        )
    say(shtab.complete(whole_parser(), shell=arguments.shell))
    if sys.stdout.isatty():
        say(f"agentgym: {_advice(arguments.shell)}", file=sys.stderr)
    return 0


def whole_parser() -> argparse.ArgumentParser:
    """One parser with every command that is announced; one that cannot be loaded is there by name."""
    import shtab

    parser = argparse.ArgumentParser(prog="agentgym", description="Plugins for LLM agents.")
    parser.add_argument("-V", "--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(dest="command")
    for command in specs("command"):
        summary = command.summary.replace("%", "%%")
        try:
            module = importlib.import_module(command.target)
            own = argparse.ArgumentParser(prog=f"agentgym {command.name}")
            module.configure(own)
        except Exception:
            log.info("command %s cannot be loaded, so its options are not completed", command.name, exc_info=True)
            commands.add_parser(command.name, help=summary)
            continue
        _tell_values(own, shtab)
        commands.add_parser(command.name, help=summary, parents=[own], add_help=False, conflict_handler="resolve")
    return parser


def _tell_values(parser: argparse.ArgumentParser, shtab: Any) -> None:
    """Add what each argument can be: the ids of a kind, a folder or a file, known by the argument's name."""
    ids = {kind: [spec.id for spec in specs(kind)] for kind in PLURALS if kind != "command"}
    by_name: dict[str, Iterable[str]] = {**ids, **{PLURALS[kind]: known for kind, known in ids.items()}}
    by_name["env"] = by_name["envs"] = ids["environment"]
    by_name["id"] = by_name["ids"] = sorted({id for known in ids.values() for id in known})
    # argparse has no public list of what was added to a parser; shtab reads the same one.
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                _tell_values(inner, shtab)
        elif action.nargs == 0 or action.choices is not None:
            continue
        elif action.dest in by_name:
            action.choices = list(by_name[action.dest])
        elif FILES & {action.dest, action.metavar}:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif FOLDERS & {action.dest, action.metavar} or action.type is Path:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]


def _advice(shell: str) -> str:
    start = {
        "bash": 'put this into ~/.bashrc: eval "$(agentgym completion bash)"',
        "zsh": 'put this into ~/.zshrc after compinit: eval "$(agentgym completion zsh)"',
        "fish": "put this into ~/.config/fish/config.fish: agentgym completion fish | source",
        "tcsh": "put this into ~/.tcshrc: agentgym completion tcsh > ~/.agentgym.csh && source ~/.agentgym.csh",
    }
    return start[shell]
