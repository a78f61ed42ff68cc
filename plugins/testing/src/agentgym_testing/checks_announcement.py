"""Checks of what stands before any episode: the announcement, the configuration, the description."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from agentgym_core.errors import ConfigError
from agentgym_core.plugins import Announced
from agentgym_core.registry import configure
from agentgym_testing.check import CheckFailed, check, require
from agentgym_testing.subject import Subject

FORBIDDEN = (
    "torch",
    "transformers",
    "peft",
    "vllm",
    "numpy",
    "pydantic",
    "jpype",
    "gym",
    "gymnasium",
    "rich",
    "pandas",
)
"""Modules that listing must not import."""

_LISTING = f"""
import json, sys
already = set(sys.modules)
events = []
watched = ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.exec", "os.system", "os.spawn",
           "socket.connect", "socket.bind", "socket.getaddrinfo")
sys.addaudithook(lambda event, arguments: events.append(event) if event in watched else None)
from agentgym_core.cli import main
status = main(["list", "--json"])
heavy = sorted(name for name in {FORBIDDEN!r} if name in sys.modules and name not in already)
open(sys.argv[1], "w").write(json.dumps({{"status": status, "heavy": heavy, "events": events}}))
"""


def child_environment(**more: str) -> dict[str, str]:
    """The environment of a fresh Python that can import what this one can."""
    path = os.pathsep.join(item for item in sys.path if item)
    return {**os.environ, "PYTHONPATH": path, **more}


def list_lazily(component: Announced, kinds: str) -> None:
    """Fail unless listing the component's plugin is cheap, and shows it among the `kinds`, such as `environments`."""
    plugin = component.plugin.name
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "listing.json"
        done = subprocess.run(
            [sys.executable, "-P", "-c", _LISTING, str(result)],
            env=child_environment(AGENTGYM_PLUGINS=component.plugin.reference),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if not result.exists():
            raise CheckFailed(f"listing plugin {plugin!r} died: {done.stderr.strip()[-2000:]}")
        seen = json.loads(result.read_text())
    require(
        not seen["heavy"], f"listing plugin {plugin!r} imports {', '.join(seen['heavy'])}: import it where it is used"
    )
    require(
        not seen["events"], f"listing plugin {plugin!r} does {', '.join(seen['events'])}: do that where it is needed"
    )
    listed = {row["id"] for row in json.loads(done.stdout)[kinds]}
    require(component.spec.id in listed, f"`agentgym list {kinds}` does not show {component.spec.id!r}")


@check
def listing_is_lazy(subject: Subject) -> None:
    """Listing imports nothing heavy, starts no process and opens no connection."""
    list_lazily(subject.source.component, "environments")


@check
def configuration_round_trips(subject: Subject) -> None:
    """A configuration survives being written down and read back, and being pickled."""
    values = subject.source.config_values
    again = configure("environment", subject.source.component, json.loads(json.dumps(values)))
    require(
        again.model_dump(mode="json") == values,
        f"{subject.id}: its configuration changes when it is read back: {values} became {again.model_dump(mode='json')}",
    )
    carried = pickle.loads(pickle.dumps(subject.source))  # noqa: S301
    require(carried.config_values == values, f"{subject.id}: its configuration changes on the way to a host")


@check
def unknown_keys_are_refused(subject: Subject) -> None:
    """A key that the configuration does not have is an error."""
    try:
        configure("environment", subject.source.component, {**subject.source.config_values, "no_such_key_": 1})
    except ConfigError:
        return
    raise CheckFailed(
        f"{subject.id}: its configuration takes an unknown key: derive it from agentgym_core.ComponentConfig"
    )


@check
def description_is_sound(subject: Subject) -> None:
    """The description is complete, within range, and the same when called again."""
    told = subject.description
    require(told.instruction.strip(), f"{subject.id}: its description has no instruction")
    names = [action.name for action in told.actions]
    require(names and len(set(names)) == len(names), f"{subject.id}: its actions need names of their own, not {names}")
    require(told.max_rounds >= 1, f"{subject.id}: max_rounds is {told.max_rounds}")
    require(min(told.reset_seconds, told.step_seconds) > 0, f"{subject.id}: a time limit is not positive")
    for name, value in (("expert_score", told.expert_score), ("random_ceiling", told.random_ceiling)):
        require(value is None or 0 <= value <= 1, f"{subject.id}: {name} is {value}, outside [0, 1]")
    again = subject.source.cls.describe(subject.source.config)
    require(again == told, f"{subject.id}: describe() returns something else when called again")
