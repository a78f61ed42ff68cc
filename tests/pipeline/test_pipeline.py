from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.errors import AgentGymError, ConfigError, SplitLeak, StoreError
from agentgym_core.hooks import hookimpl
from agentgym_core.pipeline import Pipeline, read, settings
from agentgym_core.plugins import plugins
from agentgym_core.policy import Policy
from agentgym_core.rollout import RolloutSettings
from agentgym_core.store import Run
from agentgym_core.types import RunInfo

FILE = """
folder = "{folder}"
seed = 7
guard = "{guard}"
required_plugins = ["toy>=0.2"]

[policies.teacher]
id = "expert"

[policies.chance]
id = "random"

[tasks.narrow]
environment = "counting"
limit = 4

[[tasks.held]]
environment = "counting"
split = "{held}"

[[stages]]
name = "demos"
kind = "collect"
policy = "teacher"
tasks = "narrow"
samples = 2

[[stages]]
name = "good"
kind = "filter"
source = "demos"
per_task = 1

[[stages]]
name = "weighed"
kind = "weigh"
source = "good"
scale = 0.5

[[stages]]
name = "student"
kind = "train"
algorithm = "tally"
source = "weighed"

[[stages]]
name = "judge"
kind = "evaluate"
policy = "student"
tasks = "held"

[[stages]]
name = "out"
kind = "export"
source = "good"
file = "good.json"
"""


def write(tmp_path: Path, *, guard: str = "refuse", held: str = "eval", text: str = FILE) -> Path:
    file = tmp_path / "run.toml"
    file.write_text(text.format(folder=tmp_path / "kept", guard=guard, held=held), encoding="utf-8")
    return file


def test_a_file_runs_from_collection_to_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(write(tmp_path)), "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert results["demos"] == {"trajectories": 8}
    assert results["good"] == {"trajectories": 4, "of": 8}
    assert results["student"]["metrics"] == {"episodes": 4, "weight": 2.0}
    exported = json.loads((tmp_path / "kept" / results["out"]["file"]).read_text(encoding="utf-8"))
    assert len(exported) == 4
    assert {message["from"] for record in exported for message in record["conversations"]} == {"human", "gpt"}


def test_done_stages_are_not_done_again(tmp_path: Path, toy_world: Any) -> None:
    file = write(tmp_path)
    first = Pipeline(read(file)).run()
    assert toy_world.calls == 1
    assert Pipeline(read(file)).run() == first
    assert toy_world.calls == 1


def test_a_broken_stage_is_done_again_and_earlier_ones_are_not(tmp_path: Path, toy_world: Any) -> None:
    broken = FILE.replace('algorithm = "tally"', 'algorithm = "tally"\nconfig = {{fail = true}}')
    with pytest.raises(RuntimeError, match="the learner broke"):
        Pipeline(read(write(tmp_path, text=broken))).run()
    kept = tmp_path / "kept"
    before = (kept / "stages" / "demos" / "run" / "trajectories.jsonl").read_bytes()
    (kept / "stages" / "student" / "made_from").unlink()
    assert Pipeline(read(write(tmp_path))).run()["student"]["metrics"]["episodes"] == 4
    assert (kept / "stages" / "demos" / "run" / "trajectories.jsonl").read_bytes() == before


def test_other_settings_do_not_pass_for_done_ones(tmp_path: Path) -> None:
    Pipeline(read(write(tmp_path))).run()
    changed = write(tmp_path, text=FILE.replace("samples = 2", "samples = 3"))
    with pytest.raises(StoreError, match=r"'demos'.*other settings"):
        Pipeline(read(changed)).run()


def test_a_half_collected_stage_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file = write(tmp_path)
    Pipeline(read(file)).run()
    demos = tmp_path / "kept" / "stages" / "demos"
    lines = (demos / "run" / "trajectories.jsonl").read_bytes().splitlines(keepends=True)
    (demos / "run" / "trajectories.jsonl").write_bytes(b"".join(lines[:3]) + lines[3][:20])
    (demos / "result.json").unlink()
    assert Pipeline(read(file)).run()["demos"] == {"trajectories": 8}
    again = (demos / "run" / "trajectories.jsonl").read_bytes().splitlines(keepends=True)
    assert again[:3] == lines[:3]
    assert len(again) == 8


LEAKING = FILE.replace('environment = "counting"\nlimit = 4', 'environment = "counting"\nsplit = "eval"')


def test_collecting_reads_the_run_through_once_and_no_episode_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = settings(
        {
            "folder": str(tmp_path / "kept"),
            "policies": {"teacher": {"id": "expert"}},
            "tasks": {"some": {"environment": "counting", "limit": 2}},
            "stages": [{"name": "demos", "kind": "collect", "policy": "teacher", "tasks": "some"}],
        }
    )
    reads: list[str] = []
    ends = Run.ends
    monkeypatch.setattr(Run, "ends", lambda run: reads.append("ends") or ends(run))
    monkeypatch.setattr(Run, "trajectories", lambda run: reads.append("trajectories"))
    for _ in ("played", "done before"):
        assert Pipeline(checked).run() == {"demos": {"trajectories": 2}}
        assert reads == ["ends"]
        reads.clear()


def test_the_guard_refuses_evaluation_tasks(tmp_path: Path, toy_world: Any) -> None:
    with pytest.raises(SplitLeak, match="3 of 3 trajectories come from evaluation tasks"):
        Pipeline(read(write(tmp_path, text=LEAKING))).run()
    assert toy_world.calls == 0


def test_the_guard_recognises_the_content_of_a_task_under_another_name(tmp_path: Path) -> None:
    text = FILE.replace("limit = 4", 'ids = ["train-0", "train-5"]')
    with pytest.raises(SplitLeak, match=r"1 of 2 .*counting train-5"):
        Pipeline(read(write(tmp_path, text=text))).run()
    results = Pipeline(
        read(write(tmp_path, text=text, guard="drop")).model_copy(update={"folder": str(tmp_path / "b")})
    ).run()
    assert results["student"]["metrics"]["episodes"] == 1
    results = Pipeline(
        read(write(tmp_path, text=text, guard="allow")).model_copy(update={"folder": str(tmp_path / "c")})
    ).run()
    assert results["student"]["metrics"]["episodes"] == 2
    record = json.loads((tmp_path / "c" / "stages" / "student" / "result.json").read_text(encoding="utf-8"))
    assert record["result"]["guard"]["mode"] == "allow"
    assert record["result"]["guard"]["leaks"] == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("seed = 7", 'seed = "seven"', "seed: .*'seven'"),
        ("seed = 7", "sed = 7", "sed: unknown key, did you mean 'seed'"),
        ('id = "expert"', 'id = "exprt"', "'exprt'(.|\n)*'expert'"),
        ('kind = "filter"', 'kind = "sift"', r"stages\.1.*sift"),
        ('source = "demos"', 'source = "demo"', "no earlier stage 'demo'"),
        ('tasks = "held"', 'tasks = "hold"', "'hold' is not under `tasks`"),
        ('policy = "student"', 'policy = "pupil"', "'pupil' is neither"),
        ('policy = "student"', 'policy = "random"', 'add: policies.random = "random"'),
        ("scale = 0.5", 'reward = "binarize"', 'add: rewards.binarize = "binarize"'),
        (
            'algorithm = "tally"',
            'algorithm = "tally"\nconfig = {{fial = true}}',
            "config.fial: unknown key, did you mean 'fail'",
        ),
        ('file = "good.json"', 'file = "../good.json"', "plain name"),
        ("toy>=0.2", "toy>=0.4", "toy >= 0.4 is wanted, 0.3 is installed"),
        ("toy>=0.2", "tow", "'tow' is not installed"),
        ("seed = 7", "seed = ", "Invalid value"),
        ("seed = 7", 'rollout.style = "nowhere.json"', "style 'nowhere.json'"),
        ('name = "good"', 'name = "demos"', "another stage has this name"),
    ],
)
def test_a_mistake_is_named_with_the_path_that_was_typed(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(Exception, match=said) as caught:
        read(write(tmp_path, text=FILE.replace(old, new, 1)))
    assert type(caught.value).__module__ == "agentgym_core.errors"


def test_check_says_what_would_be_done_and_does_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(write(tmp_path))]) == 0
    assert "4. student: train" in capsys.readouterr().out
    assert not (tmp_path / "kept").exists()


def test_check_of_a_missing_file_is_one_line_and_a_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path / "none.toml")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("agentgym: there is no file")
    assert len(error.splitlines()) == 2


def test_objects_of_ones_own_need_no_registration(tmp_path: Path) -> None:
    from agentgym_core.policies._expert import ExpertPolicy
    from agentgym_core.registry import load, lookup

    own = load("environment", lookup("environment", "counting"))
    checked = settings(
        {
            "folder": str(tmp_path / "kept"),
            "policies": {"mine": {"id": "null"}},
            "tasks": {"some": {"environment": "counting", "limit": 2}},
            "stages": [{"name": "demos", "kind": "collect", "policy": "mine", "tasks": "some"}],
        }
    )

    class Own(own):  # type: ignore[misc, valid-type]
        """A class that nobody announced."""

    pipeline = Pipeline(checked, environments={"counting": Own}, policies={"mine": ExpertPolicy()})
    assert pipeline.run() == {"demos": {"trajectories": 2}}
    outcome = json.loads((tmp_path / "kept" / "stages" / "demos" / "result.json").read_text(encoding="utf-8"))
    assert outcome["result"]["outcomes"] == {"solved": 2}


def test_nothing_to_learn_from_is_an_error_and_not_a_silent_epoch(tmp_path: Path) -> None:
    text = FILE.replace('policy = "teacher"\ntasks = "narrow"', 'policy = "chance"\ntasks = "narrow"').replace(
        "per_task = 1", 'outcomes = ["cancelled"]'
    )
    with pytest.raises(ConfigError, match="nothing to learn from"):
        Pipeline(read(write(tmp_path, text=text))).run()


def test_a_bare_style_tells_nothing_but_observations(tmp_path: Path) -> None:
    text = FILE.replace("seed = 7", 'seed = 7\nrollout.style = "bare"')
    Pipeline(read(write(tmp_path, text=text))).run()
    line = (
        (tmp_path / "kept" / "stages" / "demos" / "run" / "trajectories.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()[0]
    )
    assert json.loads(line)["messages"][0] == {"role": "user", "content": "The goal is 1."}


@pytest.mark.parametrize(
    ("before", "after", "said", "next_step"),
    [
        ('policy = "teacher"', 'polcy = "teacher"', "stages.0.polcy: unknown key, did you mean 'policy'", "samples"),
        ("[policies.teacher]", "[policies.teacher]\nx = 1", "policies.teacher.x: unknown key", "there are: id, config"),
        ("[policies.teacher]\n", "[policies.teacher]\nidd = 1\n", "did you mean 'id'", "there are: id, config"),
        ("seed = 7", 'seed = "three"', "seed: Input should be a valid integer", "guard"),
        ('policy = "teacher"', 'policy = "nobody"', "stages.0 ('demos').policy: 'nobody' is neither", ""),
        ('id = "expert"', 'id = "exprt"', "policies.teacher: no policy is called 'exprt'", "did you mean 'expert'"),
        (
            'environment = "counting"',
            'environment = "counting"\nsplit = "trian"',
            "split: 'counting' has no split 'trian'",
            "its splits are",
        ),
    ],
)
def test_every_mistake_has_the_path_that_was_typed_and_the_keys_there(
    tmp_path: Path, before: str, after: str, said: str, next_step: str
) -> None:
    text = FILE.replace(before, after, 1)
    assert text != FILE
    file = write(tmp_path, text=text)
    with pytest.raises(AgentGymError) as caught:
        read(file)
    assert said in caught.value.message
    assert next_step in caught.value.hint
    assert len(caught.value.message) < 250, "the whole file is repeated"


class _Watching:
    def __init__(self) -> None:
        self.told: list[tuple[str, int, int, str]] = []

    @hookimpl
    def agentgym_progress(self, stage: str, done: int, total: int, unit: str) -> None:
        self.told.append((stage, done, total, unit))


def test_observers_are_told_how_far_a_stage_of_episodes_has_come(tmp_path: Path) -> None:
    table = {"environment": "counting", "limit": 2}
    checked = settings(
        {
            "folder": str(tmp_path / "run"),
            "policies": {"expert": {"id": "expert"}},
            "tasks": {"two": [table, {**table, "ids": ["train-4"]}]},
            "stages": [{"name": "play", "kind": "collect", "policy": "expert", "tasks": "two", "samples": 2}],
        }
    )
    watching = _Watching()
    with plugins().observed(watching, "test"):
        Pipeline(checked).run()
    assert watching.told == [("play", done, 6, "episodes") for done in range(7)]
    Pipeline(checked).run()
    assert len(watching.told) == 7


def test_what_was_learned_is_handed_to_its_policy_and_nothing_stays_while_another_learns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agentgym_core.algorithm import LoadedModel
    from agentgym_core.pipeline import resources
    from agentgym_core.settings import ComponentChoice

    made: list[tuple[str, Any]] = []
    closed: list[str] = []

    class Fake(Policy):
        def __init__(self, name: str) -> None:
            self.name = name

        async def close(self) -> None:
            closed.append(self.name)

    def fake(kind: str, id: str, config: Any, *, learned: Any = None) -> Policy:
        made.append((id, learned))
        return Fake(id)

    monkeypatch.setattr(resources, "make", fake)
    workshop = resources.RunResources(
        environments={}, policies={}, settings=RolloutSettings(), guard="refuse", info=RunInfo("run")
    )
    learned = LoadedModel("weights", "tokenizer")
    workshop.keep(ComponentChoice("mine", {"model": "a"}), learned)
    workshop.policy(ComponentChoice("other"))
    workshop.policy(ComponentChoice("mine", {"model": "b"}))
    workshop.policy(ComponentChoice("mine", {"model": "a"}))
    assert made == [("other", None), ("mine", None), ("mine", learned)]
    workshop.release()
    assert closed == ["other", "mine", "mine"]
    workshop.policy(ComponentChoice("mine", {"model": "a"}))
    assert made[-1] == ("mine", None)
    workshop.close()
