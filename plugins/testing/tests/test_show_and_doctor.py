"""`agentgym show` and `agentgym doctor`: all about a component, and what a machine lacks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from agentgym_core.cli import main
from agentgym_core.plugins import Candidate, Plugins, installed, plugins, use_plugins
from agentgym_core.specs import Requirement

pytestmark = pytest.mark.usefixtures("announced")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def command(*arguments: str) -> tuple[int, str, str]:
        plugins()
        capsys.readouterr()
        status = main(list(arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


Run = Callable[..., tuple[int, str, str]]


def require_of_lock(monkeypatch: pytest.MonkeyPatch, *requirements: Requirement) -> None:
    rows = plugins().announced["environment"]
    changed = [
        item._replace(spec=evolve(item.spec, requires=requirements)) if item.spec.id == "lock" else item
        for item in rows
    ]
    monkeypatch.setitem(plugins().announced, "environment", changed)


def test_show_tells_all_about_an_environment(run: Run) -> None:
    status, out, _ = run("show", "lock")
    assert status == 0
    for words in (
        "environment lock",
        "kit-plugins 1.0, plugin kit",
        "strikes: int = 3",
        "train 8, eval 4 (evaluation)",
        "turn to {letter}",
        "one of a, b, c, d, e, f",
        "Open the lock",
        "6; time limits 60 s to reset, 30 s a step",
        "scores 1; random actions stay under 0.5",
    ):
        assert words in out, words
    assert "train-0" not in out


def test_show_as_json_has_the_same(run: Run) -> None:
    facts: dict[str, Any] = json.loads(run("show", "lock", "--json", "--tasks", "--limit", "2")[1])
    assert facts["canonical"] == "lock-v1"
    assert facts["configuration"] == [{"name": "strikes", "type": "int", "description": "", "default": 3}]
    assert facts["description"]["actions"][0]["text"] == "turn to {letter}"
    assert facts["tasks"] == {
        "train": [{"id": "train-0", "kind": "lock"}, {"id": "train-1", "kind": "lock"}],
        "eval": [{"id": "eval-0", "kind": "lock"}, {"id": "eval-1", "kind": "lock"}],
    }


def test_show_lists_tasks_up_to_a_limit(run: Run) -> None:
    _, out, _ = run("show", "lock", "--tasks", "--limit", "3")
    assert "train-2" in out
    assert "train-3" not in out
    assert "and 5 more" in out
    assert "train-7" in run("show", "lock", "--tasks", "--limit", "0")[1]


def test_show_of_an_environment_whose_needs_are_not_met_still_tells_what_it_can(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_of_lock(monkeypatch, Requirement("executable", "no-such-tool-", "run: apt install no-such-tool"))
    status, out, _ = run("show", "lock")
    assert status == 0
    assert "executable no-such-tool- is missing (run: apt install no-such-tool)" in out
    assert "strikes: int = 3" in out
    assert "problem" in out


@pytest.mark.parametrize("id", ["expert", "openai", "binarize", "process"])
def test_show_knows_every_kind(run: Run, id: str) -> None:
    status, out, _ = run("show", id)
    assert status == 0
    assert f" {id}  ({id}-v1)" in out


def test_show_names_required_keys(run: Run) -> None:
    assert "model: str  (required)" in run("show", "openai")[1]


def test_show_of_nothing_known_suggests(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, err = run("show", "lokc")
    assert (status, out) == (1, "")
    assert "no component is called 'lokc'" in err
    assert "did you mean 'lock'" in err
    others = [item for item in plugins().announced["environment"] if item.spec.id != "sciworld"]
    monkeypatch.setitem(plugins().announced, "environment", others)
    status, _, err = run("show", "sciworld")
    assert status == 1
    assert "pip install" in err


def test_doctor_is_content_with_this_machine(run: Run) -> None:
    status, out, _ = run("doctor", "lock")
    assert status == 0
    assert "PROBLEM" not in out
    assert "lock:Lock can be imported" in out
    assert f"Python {sys.version.split()[0]}" in out


def test_doctor_says_what_to_run_for_one_component(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    require_of_lock(
        monkeypatch,
        Requirement("module", "wave"),
        Requirement("module", "no_such_module_"),
        Requirement("executable", "no-such-tool-", "run: apt install no-such-tool"),
    )
    status, out, _ = run("doctor", "lock")
    assert status == 1
    assert "module wave is here" in out
    assert "run: pip install no_such_module_" in out
    assert "run: apt install no-such-tool" in out


def test_what_one_component_lacks_is_no_fault_of_the_machine(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    require_of_lock(monkeypatch, Requirement("module", "no_such_module_"))
    status, out, _ = run("doctor")
    assert status == 0
    assert "lacks" in out
    assert "no_such_module_ is missing" in out


def test_doctor_as_json(run: Run) -> None:
    findings = json.loads(run("doctor", "--json")[1])
    assert {"whose", "what", "fine", "fix", "optional"} == set(findings[0])
    assert [finding["whose"] for finding in findings[:2]] == ["python", "core"]
    assert all(finding["fine"] for finding in findings if finding["whose"].startswith("plugin "))


def test_doctor_reports_a_plugin_that_failed(run: Run) -> None:
    def broken() -> object:
        raise ImportError("libgame.so is missing")

    before = plugins()
    game = Candidate("env_game", broken, "agentgym-env-game", "2.0")
    use_plugins(Plugins([*installed(), game], allow=None, block=frozenset(), strict=False))
    try:
        for arguments in (["doctor"], ["doctor", "game"], ["doctor", "env_game"]):
            status, out, _ = run(*arguments)
            assert status == 1
            assert "libgame.so is missing" in out
            assert "see where: AGENTGYM_STRICT=1 agentgym list --traceback" in out
    finally:
        use_plugins(before)


def test_doctor_asks_the_class_itself(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import lock

    answers = [("the tumblers turn", True, ""), ("the key fits", False, "run: file the key")]
    monkeypatch.setattr(lock.Lock, "doctor", classmethod(lambda cls: answers))
    status, out, _ = run("doctor", "lock")
    assert status == 1
    assert "ok       environment lock  the tumblers turn" in out
    assert "PROBLEM  environment lock  the key fits" in out
    assert "run: file the key" in out

    def explode(cls: type) -> list[tuple[str, bool, str]]:
        raise OSError("no such device")

    monkeypatch.setattr(lock.Lock, "doctor", classmethod(explode))
    status, out, _ = run("doctor", "lock")
    assert status == 1
    assert "failed in doctor(): OSError: no such device" in out


def test_doctor_of_an_unknown_component_is_one_clear_error(run: Run) -> None:
    status, _, err = run("doctor", "lokc")
    assert status == 1
    assert "did you mean 'lock'" in err
