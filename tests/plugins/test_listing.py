"""Listing costs next to nothing: no heavy import, no process, no connection, whatever is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

FORBIDDEN = (
    "torch",
    "transformers",
    "peft",
    "vllm",
    "numpy",
    "pydantic",
    "jpype",
    "gym",
    "rich",
    "asyncio",
    "httpx",
    "jinja2",
)
GUARD = f"""
import json, sys
events = []
watched = ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec", "os.system", "os.spawn",
           "socket.connect", "socket.bind", "socket.getaddrinfo")
sys.addaudithook(lambda event, arguments: events.append(event) if event in watched else None)
before = set(sys.modules)
%s
seen = [name for name in {FORBIDDEN!r} if name in sys.modules and name not in before]
print(json.dumps({{"heavy": seen, "events": events}}), file=sys.stderr)
"""


def guarded(code: str) -> dict[str, list[str]]:
    done = subprocess.run([sys.executable, "-c", GUARD % code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    seen: dict[str, list[str]] = json.loads(done.stderr.splitlines()[-1])
    return seen


COMMAND = "from agentgym_core.cli import main; status = main({arguments!r}); assert status == 0, status"


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["list", "--json"],
        ["list", "environments"],
        ["list", "--kinds"],
        ["plugins"],
        ["--help"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_listing_imports_nothing_heavy_and_starts_nothing(arguments: list[str]) -> None:
    assert guarded(COMMAND.format(arguments=arguments)) == {"heavy": [], "events": []}


@pytest.mark.parametrize(
    "module", ["agentgym_core", "agentgym_core.specs", "agentgym_core.hooks", "agentgym_core.plugins"]
)
def test_importing_what_plugins_import_is_as_cheap(module: str) -> None:
    assert guarded(f"import {module}") == {"heavy": [], "events": []}


def test_importing_the_package_loads_no_submodule() -> None:
    code = "import sys, agentgym_core; print([name for name in sys.modules if name.startswith('agentgym_core.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_guard_sees_what_it_watches_for() -> None:
    assert guarded("import numpy")["heavy"] == ["numpy"]
    assert "subprocess.Popen" in guarded("import subprocess; subprocess.run(['true'])")["events"]
    assert "socket.bind" in guarded("import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.close()")["events"]


def test_listing_leaves_the_standard_library_as_it_was() -> None:
    code = "import sys; from agentgym_core.cli import main; main(['list']); print('importlib_metadata' in sys.modules)"
    environment = {**os.environ, "AGENTGYM_PLUGINS": ""}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
