"""The endpoint as a process of its own, as a person starts it from a shell."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from agentgym_testing import endpoint

pytest.importorskip("agentgym_env_maze")


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    # A shell gives a process in the background no input that it may read.
    words = [sys.executable, "-m", "agentgym_testing.endpoint", "maze", "--limit", "1"]
    one = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever started the tests in the background may have left SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    yield one
    one.kill()
    one.communicate(timeout=60)


def test_it_answers_in_the_background_until_it_is_interrupted(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    asked = json.dumps({"model": "any", "messages": [{"role": "user", "content": "three words more"}]}).encode()
    with urllib.request.urlopen(f"{address}/chat/completions", asked, timeout=60) as answer:
        body = json.load(answer)
    assert body["choices"][0]["message"]["content"] == "I do not know this task."
    assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 6, "total_tokens": 9}
    process.send_signal(signal.SIGINT)
    printed, told = process.communicate(timeout=60)
    assert (process.returncode, printed, told) == (0, "", "")


def test_a_port_that_is_taken_is_told_and_how_to_get_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["endpoint", "maze", "--limit", "1", "--port", str(port)])
        with pytest.raises(SystemExit) as ended:
            endpoint.main()
    assert ended.value.code == 2
    assert f"port {port}: Address already in use; without --port a free one is taken" in capsys.readouterr().err
