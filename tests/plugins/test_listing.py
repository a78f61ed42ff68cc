"""Listing costs next to nothing: no heavy import, no process, no connection, whatever is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.hooks import hookimpl
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.specs import Requirement, RewardSpec

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


class ThreeRewards:
    """A plugin whose rewards need a module that is not here, as do those of learners where torch is not installed."""

    @hookimpl
    def agentgym_rewards(self) -> list[RewardSpec]:
        needs = (Requirement("module", "no_such_module_", "run: pip install it"), Requirement("module", "json"))
        return [RewardSpec(id=id, target="a:b", requires=needs) for id in ("one", "three", "two")]


def test_what_many_need_is_looked_for_once_and_told_of_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    find_spec = importlib.util.find_spec

    def ask(name: str, *rest: Any) -> Any:
        asked.append(name)
        return find_spec(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", ask)
    core = [candidate for candidate in installed() if candidate.name == "core"]
    use_plugins(Plugins([*core, Candidate("three", ThreeRewards)], allow=None, block=frozenset(), strict=True))
    try:
        assert main(["list", "rewards"]) == 0
        assert capsys.readouterr().out.count("unavailable: needs module no_such_module_; see: agentgym doctor") == 3
        assert sorted(asked) == ["json", "no_such_module_"]
        assert main(["list", "rewards", "--json"]) == 0
        rows = json.loads(capsys.readouterr().out)["rewards"]
        assert [row["missing"] for row in rows if row["plugin"] == "three"] == [["no_such_module_"]] * 3
    finally:
        use_plugins(None)
