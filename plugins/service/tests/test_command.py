"""`agentgym serve` as a process: what it says, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("agentgym_env_maze")

MAIN = "from agentgym_core.cli import main; raise SystemExit(main())"
Serve = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers of the maze, and returns each once it serves."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **variables: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-P", "-c", MAIN, "serve", "maze", "--port", "0", *options]
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **variables}
        )
        started.append(process)
        assert process.stdout is not None
        assert "serves maze" in process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("options", [[], ["--rate", "50", "--max-sessions", "9", "--placement", "thread"]])
def test_a_signal_ends_it_in_good_order(serve: Serve, number: signal.Signals, options: list[str]) -> None:
    process = serve(*options)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def test_a_token_on_the_command_line_is_warned_of(serve: Serve) -> None:
    seen, hidden = serve("--token", "s3cret"), serve("--token", "-", AGENTGYM_TOKEN="s3cret")
    for process in (seen, hidden):
        process.terminate()
    assert "can be read by everybody on this machine" in seen.communicate(timeout=60)[1]
    assert hidden.communicate(timeout=60)[1] == ""
