"""Every entry point takes every kind of reference to an environment."""

from __future__ import annotations

import functools
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from agentgym_core import make_environment, resolve_environment
from agentgym_core.cli import main
from agentgym_core.errors import UnknownComponent
from agentgym_core.pipeline import read
from agentgym_core.rollout.placements import _interpreter as interpreter
from agentgym_core.settings import ComponentChoice

UNKNOWN = "gopher://host/maze"

PIPELINE = """
folder = "{folder}"
[policies.any]
id = "random"
[[tasks.few]]
environment = "{reference}"
split = "{split}"
limit = 1
{placement}
[[stages]]
name = "look"
kind = "collect"
policy = "any"
tasks = "few"
"""


@frozen
class Way:
    """A reference, with the placement that goes with it as the command line, a file and Python say it."""

    reference: str
    placement: str = ""
    settings: Any = None
    split: str = "agenteval"
    tasks: int = 25

    @property
    def arguments(self) -> list[str]:
        return ["--placement", self.placement] if self.placement else []

    @property
    def toml(self) -> str:
        if not self.placement:
            return ""
        pairs = "\n".join(f"{key} = {value!r}" for key, value in self.settings.items())
        return f'[rollout.placement]\nid = "{self.placement.partition(":")[0]}"\n[rollout.placement.config]\n{pairs}\n'


KINDS = ("id", "versioned", "qualified", "python", "process", "ws", "remote", "legacy", "openenv")


@pytest.fixture
def ways(port: int) -> dict[str, Way]:
    at = f"127.0.0.1:{port}"
    return {
        "id": Way("maze"),
        "versioned": Way("maze-v1"),
        "qualified": Way("env_maze:maze"),
        "python": Way(f"python://{sys.executable}#maze"),
        "process": Way("maze", f"process:python={sys.executable}", {"python": sys.executable}),
        "ws": Way(f"ws://{at}/maze"),
        "remote": Way("maze", f'remote:urls=["ws://{at}"]', {"urls": [f"ws://{at}"]}),
        "legacy": Way(f"legacy+http://{at}/legacy/maze"),
        # The server of another project, of which only seeds are known: it has as many tasks as one asks for.
        "openenv": Way(f"openenv+ws://{at}/maze", split="eval", tasks=100),
    }


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another Python takes a second to answer: one answer for all tests."""
    monkeypatch.setattr(interpreter, "ask", _ask)


_real_ask = interpreter.ask


def _ask(python: str, question: Any, kind: Any) -> Any:
    return _cached(python, question.id, json.dumps(dict(question.config)), question.split, kind)


@functools.cache
def _cached(python: str, id: str, config: str, split: str, kind: Any) -> Any:
    return _real_ask(python, interpreter.DescribeRequest(id, json.loads(config), split), kind)


@pytest.fixture(params=KINDS)
def way(request: pytest.FixtureRequest, ways: dict[str, Way]) -> Way:
    return ways[request.param]


def _file(folder: Path, way: Way) -> Path:
    file = folder / "run.toml"
    file.write_text(
        PIPELINE.format(folder=folder / "pipeline", reference=way.reference, split=way.split, placement=way.toml)
    )
    return file


def _fine(arguments: list[str]) -> None:
    assert main(arguments) == 0


def _collect(way: Way, folder: Path) -> None:
    what = [way.reference, "--split", way.split, "--limit", "1", "--policy", "random", "--out", str(folder / "run")]
    _fine(["collect", *what, *way.arguments])


def _eval(way: Way, folder: Path) -> None:
    what = [way.reference, "--split", way.split, "--limit", "1", "--policy", "random", "--out", str(folder / "run")]
    _fine(["eval", *what, *way.arguments])


def _play(way: Way, folder: Path) -> None:
    _fine(["play", way.reference, "--split", way.split, "--out", str(folder / "run"), *way.arguments])


def _show(way: Way, folder: Path) -> None:
    _fine(["show", way.reference, "--tasks", "--limit", "1", *way.arguments])


def _doctor(way: Way, folder: Path) -> None:
    _fine(["doctor", way.reference, *way.arguments])


def _check(way: Way, folder: Path) -> None:
    _fine(["check", str(_file(folder, way))])


def _run(way: Way, folder: Path) -> None:
    _fine(["run", str(_file(folder, way))])


def _train(way: Way, folder: Path) -> None:
    tasks = f"explore={way.reference}:{way.split}:1"
    _fine(["train", "looker", "--tasks", tasks, "--out", str(folder / "train"), *way.arguments])


def _items(way: Way, folder: Path) -> None:
    file = folder / "items.json"
    _fine(["data", "items", way.reference, "--split", way.split, "--out", str(file), *way.arguments])
    assert len(json.loads(file.read_text())) == way.tasks


def _pull(way: Way, folder: Path) -> None:
    assert main(["data", "pull", way.reference, "--out", str(folder), *way.arguments]) == 1


def _make(way: Way, folder: Path) -> None:
    if way.reference.startswith("legacy+"):
        pytest.skip("AgentGym's servers have no expert and no split to train on")
    made = ["data", "make", "agenttraj", "--envs", way.reference, "--at-most", "1", "--out", str(folder)]
    # A server of another project has no expert, and that is what is said.
    assert main([*made, *way.arguments]) == way.reference.startswith("openenv")


def _serve(way: Way, folder: Path) -> None:
    _fine(["serve", way.reference, "--port", "0", *way.arguments])


def _read(way: Way, folder: Path) -> None:
    assert read(_file(folder, way)).tasks["few"][0].environment == way.reference


def _choice(way: Way) -> ComponentChoice | None:
    return ComponentChoice(way.placement.partition(":")[0], way.settings) if way.placement else None


def _resolve(way: Way, folder: Path) -> None:
    source = resolve_environment(way.reference, None, _choice(way))
    id = "openenv-v1" if way.reference.startswith("openenv") else "maze-v1"
    assert (source.spec.canonical, len(source.tasks(way.split))) == (id, way.tasks)


def _step(way: Way, folder: Path) -> None:
    with make_environment(way.reference, placement=_choice(way)) as maze:
        assert maze.reset(maze.source.tasks(way.split)[0])


ENTRIES = (
    *(_collect, _eval, _play, _show, _doctor, _check, _run, _train, _items, _pull, _make, _serve),
    *(_read, _resolve, _step),
)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__.strip("_"))
@pytest.mark.usefixtures("looker")
def test_every_entry_point_takes_every_reference(
    way: Way,
    entry: Callable[[Way, Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import agentgym_service.server

    monkeypatch.setattr("sys.stdin", io.StringIO("quit\n"))
    monkeypatch.setattr(agentgym_service.server, "serve", lambda sources, settings, ready: len(sources) - 1)
    entry(way, tmp_path)
    if entry is _pull:
        said = capsys.readouterr().err
        assert "no official data" in said or "lives" in said
    if entry is _make and way.reference.startswith("openenv"):
        assert "expert" in capsys.readouterr().out


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.__name__.strip("_"))
@pytest.mark.usefixtures("looker", "port")
def test_every_entry_point_refuses_a_scheme_that_no_plugin_knows(
    entry: Callable[[Way, Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        entry(Way(UNKNOWN), tmp_path)
    except UnknownComponent as error:
        said = str(error)
    except AssertionError:
        said = "".join(capsys.readouterr())
    else:
        said = "".join(capsys.readouterr())
    assert "gopher://" in said
    for scheme in ("python://", "ws://", "wss://", "legacy+http://"):
        assert scheme in said


def test_a_class_is_a_reference_too() -> None:
    from agentgym_env_maze.config import MazeConfig
    from agentgym_env_maze.environment import MazeEnvironment

    with make_environment(MazeEnvironment, MazeConfig()) as maze:
        assert maze.reset("maze-train-7x7-0")
