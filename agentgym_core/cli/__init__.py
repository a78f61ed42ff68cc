"""The `agentgym` command. Each verb is a module with `configure(parser)` and `run(arguments) -> int`, imported when it is typed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from agentgym_core.terminal import plain_logs, say, say_traceback

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_STOPPED = 3
"""Ended in good order before all was done: an observer, a person or a budget."""
EXIT_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """A mistake gets one line and a next step."""

    def error(self, message: str) -> None:  # type: ignore[override]
        say(f"agentgym: {message}\n  see: {self.prog} --help", file=sys.stderr)
        raise SystemExit(EXIT_USAGE)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 fine, 1 an error, 2 a usage mistake, 3 stopped early, 130 interrupted."""
    # Once the command `list` has been imported, `list` in this package is that module and not the builtin.
    arguments = [*(sys.argv[1:] if argv is None else argv)]
    show_traceback = "--traceback" in arguments
    arguments = [argument for argument in arguments if argument != "--traceback"]
    # Before plugins are imported, which may log too. Listing is spared it: the import of logging takes a fifteenth of its time.
    if arguments[:1] != ["list"]:
        plain_logs()
    try:
        return _dispatch(arguments)
    except KeyboardInterrupt as error:
        say("; ".join(filter(None, ("agentgym: interrupted", str(error)))), file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_ERROR
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else EXIT_ERROR
    except Exception as error:
        from agentgym_core.errors import AgentGymError, StopRun

        if isinstance(error, StopRun):
            why = str(error) or "an observer asked for it"
            say(f"agentgym: stopped: {why}\n  to go on: the same command; what is done is kept", file=sys.stderr)
            return EXIT_STOPPED
        if show_traceback:
            say_traceback()
        elif isinstance(error, AgentGymError):
            say(f"agentgym: {error}", file=sys.stderr)
        else:
            say(f"agentgym: {type(error).__name__}: {error}\n  for the traceback: add --traceback", file=sys.stderr)
        return EXIT_ERROR


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        say(overview())
        return 0
    if arguments[0] in ("-V", "--version"):
        from agentgym_core import __version__

        say(f"agentgym-core {__version__}")
        return 0
    import importlib

    from agentgym_core.registry import spec

    command = spec("command", arguments[0])
    module = importlib.import_module(command.target)
    parser = _Parser(prog=f"agentgym {command.name}", description=module.__doc__ or command.summary)
    module.configure(parser)
    return int(module.run(parser.parse_args(arguments[1:])) or 0)


def overview() -> str:
    """The help page: one line a command."""
    from agentgym_core.registry import specs

    commands = specs("command")
    width = max(len(command.name) for command in commands)
    lines = [f"  {command.name:<{width}}  {command.summary}" for command in commands]
    return "\n".join(
        [
            "usage: agentgym COMMAND ...",
            "",
            "Environments, policies, rewards and algorithms for LLM agents.",
            "",
            *lines,
            "",
            "agentgym COMMAND --help shows its options. --traceback shows where an error came from.",
        ]
    )
