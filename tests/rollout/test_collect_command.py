"""`agentgym collect`: what a user types and gets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.hooks import hookimpl
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.specs import EnvironmentSpec
from agentgym_core.store import Run
from agentgym_core.types import Outcome


class Zoo:
    """Announces test environments as a plugin would."""

    @hookimpl
    def agentgym_environments(self) -> list[EnvironmentSpec]:
        return [
            EnvironmentSpec(id=id, target=f"rollout_zoo:{name}", config="rollout_zoo:ZooConfig", placement=place)
            for id, name, place in (
                ("counter", "Counter", "inline"),
                ("strict", "Counter", "process"),
                ("faulty", "RaisesInStep", "inline"),
            )
        ]


@pytest.fixture(autouse=True)
def _announced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    candidates = [*installed(), Candidate("zoo", Zoo, "agentgym-env-zoo", "1.0")]
    use_plugins(Plugins(candidates, allow=frozenset({"agentgym-env-zoo"}), block=frozenset(), strict=True))
    monkeypatch.chdir(tmp_path)
    yield
    use_plugins(None)


@pytest.fixture
def agentgym(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command and returns its exit status, output and errors."""

    def run(line: str) -> tuple[int, str, str]:
        code = main(line.split())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_collect_and_resume(agentgym: Any) -> None:
    code, out, err = agentgym("collect counter --limit 5 --samples 2 --out here")
    assert (code, err) == (0, "")
    assert "counter" in out
    assert "10 solved" in out
    assert "10 episodes" in out.splitlines()[-1]
    with Run.open("here") as run:
        assert len(run.finished()) == 10
        manifest = run.manifest
    assert manifest["configuration"]["environments"]["counter-v1"]["length"] == 3
    assert manifest["seeds"] == {"run": 0}
    assert manifest["status"] == "finished"
    assert set(manifest["components"]) == {"counter-v1", "expert-v1"}
    code, out, _ = agentgym("collect counter --limit 7 --samples 2 --out here --resume --json")
    assert code == 0
    assert {name: json.loads(out)[name] for name in ("played", "skipped", "ended")} == {
        "played": 4,
        "skipped": 10,
        "ended": "finished",
    }


def test_the_default_folder_and_a_second_time(agentgym: Any) -> None:
    assert agentgym("collect counter --policy random --limit 2")[0] == 0
    assert Path("runs/counter-random-train/manifest.json").exists()
    code, _, err = agentgym("collect counter --policy random --limit 2")
    assert code == 1
    assert "--resume" in err


def test_other_settings_do_not_mix(agentgym: Any) -> None:
    agentgym("collect counter --limit 2 --out here")
    for change, name in (
        ("--seed 5", "seed"),
        ("--policy random", "policy"),
        ("--config length=9", "environments"),
        ("--format json", "format"),
        ("--rounds 2", "max_rounds"),
    ):
        code, _, err = agentgym(f"collect counter --limit 2 --out here --resume {change}")
        assert code == 1
        assert f"{name} was" in err
    assert agentgym("collect counter --limit 2 --out here --resume")[0] == 0


def test_two_environments_where_they_must_live(agentgym: Any) -> None:
    code, out, _ = agentgym(
        "collect counter,strict --config strict.length=2 --limit 3 --out here --placement process:hosts=1,per_host=2 --json"
    )
    assert code == 0
    rows = json.loads(out)["environments"]
    assert rows["counter"]["mean_rounds"] == 3
    assert rows["strict"]["mean_rounds"] == 2


@pytest.mark.parametrize("format", ["react", "function_calling", "json", "code_as_action"])
def test_every_format(agentgym: Any, format: str) -> None:
    code, out, _ = agentgym(f"collect counter --limit 2 --out here --format {format} --json")
    assert code == 0
    assert json.loads(out)["outcomes"] == {"solved": 2}


def test_faults_stop_and_are_told(agentgym: Any) -> None:
    code, out, err = agentgym("collect faulty --limit 5 --out here")
    assert code == 1
    assert out == ""
    assert "the engine broke" in err
    assert "--max-failed" in err
    assert "--retry-faults" in err
    assert "Traceback" not in err
    code, out, _ = agentgym("collect faulty --limit 5 --out here --resume --retry-faults --max-failed 0.5 --json")
    assert code == 0
    with Run.open("here") as run:
        assert sorted(run.outcomes().values()) == [Outcome.ENVIRONMENT_FAULT] + [Outcome.SOLVED] * 4
        assert run.manifest["status"] == "finished"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("counte", "did you mean 'counter'"),
        ("counter --policy exprt", "did you mean 'expert'"),
        ("counter --split foo", "its splits are: train, eval"),
        ("counter --config size=3", "--config.size: unknown key"),
        ("counter,strict --config length=3", "for which environment"),
        ("counter --config length=x", "--config.length"),
        ("counter --placement proces", "did you mean 'process'"),
        ("counter --placement process:hots=3", "did you mean 'hosts'"),
        ("counter --placement process:hosts", "not KEY=VALUE"),
        ("strict --placement thread", "needs at least 'process'"),
        ("counter --step-seconds 3", "cannot hold a time limit"),
        ("counter --tasks t1,nowhere", "nowhere"),
        ("counter,counter", "once"),
        ("counter --policy scripted", "policy"),
    ],
)
def test_mistakes(agentgym: Any, line: str, says: str) -> None:
    code, out, err = agentgym(f"collect {line} --out here")
    assert code in (1, 2)
    assert out == ""
    assert says in err
    assert "Traceback" not in err
    assert not Path("here").exists(), "a mistake must not leave a run behind"


@pytest.mark.parametrize("line", ["--limit 0", "--samples x", "--max-failed 2", "--format xml"])
def test_usage_mistakes(agentgym: Any, line: str) -> None:
    code, _, err = agentgym(f"collect counter {line}")
    assert code == 2
    assert "--help" in err


def test_budget(agentgym: Any) -> None:
    code, out, _ = agentgym("collect counter --out here --max-seconds 0")
    assert code == 3
    assert "max_seconds is spent" in out


def test_a_lost_manifest_is_told_and_written_again(agentgym: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert agentgym("collect counter --limit 3 --out here")[0] == 0
    Path("here/manifest.json").unlink()
    for command in ("score here", "compare here here"):
        caplog.clear()
        code, out, _ = agentgym(command)
        assert code == 0
        assert "counter" in out
        assert "manifest.json is gone" in caplog.text
    assert agentgym("collect counter --limit 3 --out here")[0] == 1
    code, out, _ = agentgym("collect counter --limit 5 --out here --resume --json")
    assert code == 0
    assert {name: json.loads(out)[name] for name in ("played", "skipped")} == {"played": 2, "skipped": 3}
    assert "its manifest was lost" in " ".join(agentgym("score here")[1].split())
    with Run.open("here") as run:
        assert len(run) == 5


def test_a_resumed_run_is_counted_whole(agentgym: Any) -> None:
    assert agentgym("collect counter --limit 2 --out here")[0] == 0
    out = agentgym("collect counter --limit 5 --out here --resume")[1]
    assert re.search(r"counter +5 episodes .* 5 solved", out)
    assert "3 episodes in" in out
    assert "2 were there already" in out


@pytest.mark.parametrize("line", ["collect counter --out here", "eval counter --out here"])
def test_an_interruption_counts_what_is_kept(agentgym: Any, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    assert agentgym(f"{line} --limit 2")[0] == 0

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("agentgym_core.cli.recording.run_blocking", interrupted)
    code, _, err = agentgym(f"{line} --limit 3 --resume")
    assert code == 130
    assert "2 episodes are kept in here" in err
    assert "the same command with --resume" in err
