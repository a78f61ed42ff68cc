"""OpenEnv's own tests of its protocol, asked of a server of ours.

They are in no package of theirs, only in their repository: AGENTGYM_OPENENV names a checkout of it, and nothing is copied from there.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from agentgym_core import Action, ActionSpec, Description, Environment, Parameter, Step, Task
from agentgym_core.environments import resolve_environment
from agentgym_core.settings import ComponentChoice

PLUGIN = Path(__file__).with_name("openenv_theirs.py")
CLASSES = {
    "tests/core/test_production_mode_routes.py": (
        "TestHTTPMCPEndpoint",
        "TestHTTPMCPSessionLifecycle",
        "TestWebSocketMCP",
    ),
    "tests/envs/test_websockets.py": (
        "TestProtocolHttpEndpoints",
        "TestProtocolWebSocketClient",
        "TestConcurrencyMultipleSessions",
        "TestEchoEnvironment",
    ),
}
"""Their tests that speak with a server: the others look into their own objects."""

FAIL = {"test_echo_with_length"}
"""It wants an object as a tool's result: here it is the observation, which is a text."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Echo(Environment):
    """The tools of the servers that their tests start."""

    description = Description(
        instruction="Say something.",
        actions=(
            ActionSpec("add", (Parameter("a", type="integer"), Parameter("b", type="integer"))),
            ActionSpec("greet", (Parameter("name"),)),
            ActionSpec("echo_message", (Parameter("message"),)),
            ActionSpec("echo_with_length", (Parameter("message"),)),
        ),
        splits={"train": 10},
        max_rounds=100,
    )

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return "ready"

    def step(self, action: Action) -> Step:
        told = action.arguments
        match action.name:
            case "add":
                return Step(str(told["a"] + told["b"]))
            case "greet":
                return Step(f"Hello, {told['name']}!")
        return Step(told["message"])


@pytest.fixture
def checkout() -> Path:
    """Their repository."""
    named = os.environ.get("AGENTGYM_OPENENV")
    if not named:
        pytest.skip("AGENTGYM_OPENENV names no checkout of OpenEnv's repository")
    return Path(named).resolve()


def test_their_tests_of_the_protocol(
    server: Callable[..., Any], peer: Callable[[str], Path], checkout: Path, tmp_path: Path
) -> None:
    python = peer("openenv-0.10")
    live = server(resolve_environment(Echo), placement=ComponentChoice("thread"))
    wanted = [f"{file}::{name}" for file, names in CLASSES.items() for name in names]
    report = tmp_path / "report.xml"
    apart = ["-c", os.devnull, f"--rootdir={checkout}", "-p", "no:cacheprovider", "-p", PLUGIN.stem]
    done = subprocess.run(
        [python, "-m", "pytest", "-q", *apart, f"--junitxml={report}", *wanted],
        cwd=checkout,
        env={
            **os.environ,
            "AGENTGYM_URL": f"http://127.0.0.1:{live.port}",
            "PYTHONPATH": str(PLUGIN.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    cases = list(ElementTree.parse(report).iter("testcase"))
    passed = {case.get("name") for case in cases if not len(case)}
    assert len(cases) == 32, done.stdout + done.stderr
    assert {case.get("name") for case in cases} - passed == FAIL, done.stdout
