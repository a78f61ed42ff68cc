"""OpenEnv's own clients, newest and oldest, against every environment that is here: they are told what the environment itself tells."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.registry import lookup, missing
from agentgym_core.rollout import make_environment

ENVIRONMENTS = (
    "maze",
    "wordle",
    "textcraft",
    "babyai",
    "todo",
    "weather",
    "sheet",
    "movie",
    "academia",
    "bird",
    "webshop",
    "webarena",
    "alfworld",
    "sciworld",
)
VERSIONS = ("0.10", "0.3")
DRIVER = Path(__file__).resolve().parent / "openenv_client.py"
COMMAND = "import sys; from agentgym_core.cli import main; sys.exit(main(sys.argv[1:]))"
MOVES = 4


def installed(environment: str) -> bool:
    try:
        return not missing(lookup("environment", environment).spec.requires)
    except Exception:
        return False


HERE = [environment for environment in ENVIRONMENTS if installed(environment)]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """One server of all of them, started as a user does."""
    command = [sys.executable, "-c", COMMAND, "serve", *HERE, "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split("/ serves")[0]
        finally:
            process.terminate()
            process.wait(60)


class Episode:
    """The beginning of the expert's episode of a task."""

    def __init__(self, environment: str) -> None:
        self.source: EnvironmentSource = resolve_environment(environment)
        held_out = next(name for name in self.source.splits if name in self.source.description.evaluation)
        self.task = self.source.tasks(held_out)[0].id
        self.steps: list[Any] = []
        self.actions: list[str] = []
        with make_environment(self.source, needs=("expert",)) as game:
            self.opening = game.reset(self.task, seed=0)
            while len(self.steps) < MOVES and not (self.steps and self.steps[-1].ended):
                move = game.expert()
                assert move is not None
                self.actions.append(move.action)
                self.steps.append(game.step(move.action))

    def talks(self, url: str) -> list[dict[str, Any]]:
        """The same episode through a client of texts, and through one of tools."""
        grammar = Grammar(self.source.description.actions)
        calls = [grammar.action(text) for text in self.actions]
        reset = ["reset", {"task": self.task, "seed": 0}]
        texts = [["step", [{"text": text}]] for text in self.actions]
        tools = [["use", [call.name, dict(call.arguments)]] for call in calls]
        look = [["list_tools", {}], reset]
        state = [["state", {}]]
        return [
            {"client": "generic", "url": url, "asked": [reset, *texts, *state]},
            {"client": "tools", "url": url, "asked": [*look, *tools, *state, ["use", ["nonesuch", {}]]]},
            {"client": "validate", "url": url, "asked": []},
        ]


@pytest.fixture(scope="module")
def played(url: str, peer: Callable[[str], Path]) -> Callable[[str], tuple[dict[str, Episode], dict[str, Any]]]:
    """The episodes by environment, and what the clients of a version were told in the three talks of each."""
    episodes: dict[str, Episode] = {}
    found: dict[str, dict[str, Any]] = {}

    def of(version: str) -> tuple[dict[str, Episode], dict[str, Any]]:
        python = peer(f"openenv-{version}")
        if not episodes:
            episodes.update({environment: Episode(environment) for environment in HERE})
        if version not in found:
            talks = [episode.talks(f"{url}/{environment}") for environment, episode in episodes.items()]
            given = json.dumps([talk for each in talks for talk in each])
            done = subprocess.run([python, DRIVER], input=given, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-4000:]
            told = json.loads(done.stdout)
            found[version] = {name: told[3 * place : 3 * place + 3] for place, name in enumerate(episodes)}
        return episodes, found[version]

    return of


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("environment", HERE)
def test_the_generic_client(played: Callable[[str], Any], environment: str, version: str) -> None:
    episodes, told = played(version)
    episode, (opening, *steps, state) = episodes[environment], told[environment][0]
    shown = opening["observation"]
    assert (shown["text"], shown["task"], opening["reward"], opening["done"]) == (
        episode.opening,
        episode.task,
        None,
        False,
    )
    before = 0.0
    for answer, step in zip(steps, episode.steps, strict=True):
        assert (answer["observation"]["text"], answer["done"]) == (step.observation, step.ended)
        assert answer["reward"] == pytest.approx(step.score - before)
        before = step.score
        if version == "0.10":
            assert (answer["metadata"] or {}) == json.loads(json.dumps(dict(step.info)))
    assert state["step_count"] == len(episode.steps)
    assert state["episode_id"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("environment", HERE)
def test_the_client_of_tools(played: Callable[[str], Any], environment: str, version: str) -> None:
    episodes, told = played(version)
    episode, (tools, opening, *calls, state, unknown) = episodes[environment], told[environment][1]
    names = {action.name for action in episode.source.description.actions}
    assert names < {tool["name"] for tool in tools}
    # The oldest client of tools keeps only the fields of an observation that it knows.
    assert opening["observation"].get("text", episode.opening) == episode.opening
    assert calls == [step.observation for step in episode.steps]
    assert state["step_count"] == len(episode.steps)
    assert unknown["raised"] == "RuntimeError"
    assert "Unknown tool: 'nonesuch'" in unknown["words"]


@pytest.mark.parametrize("environment", HERE)
def test_the_validator(played: Callable[[str], Any], environment: str) -> None:
    """What `openenv validate --url` looks at."""
    _, told = played("0.10")
    report = told[environment][2]
    assert report["passed"], [each for each in report["criteria"] if not each["passed"]]
    assert report["mode"] == "simulation"


def test_the_validating_command(url: str, peer: Callable[[str], Path]) -> None:
    command = peer("openenv-0.10").parent / "openenv"
    done = subprocess.run(
        [command, "validate", "--url", f"{url}/maze"], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, "Verdict: PASS" in done.stdout) == (0, True), done.stdout + done.stderr
