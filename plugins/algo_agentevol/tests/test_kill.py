"""An evolution that is killed, again and again, ends with the same weights and the same table as one that was left alone.

So does one whose iterations are judged while the next one explores and learns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from agentgym_core.plugins import use_plugins

NEEDED = ("torch", "transformers", "agentgym_algo_bc", "agentgym_policy_transformers", "agentgym_env_maze")
pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in NEEDED), reason=f"needs {', '.join(NEEDED)}: make setup-learn"
)

PIPELINE = """
folder = "run"
seed = 2

# Half of what a model that knows nothing does passes for a success: enough to learn from in every iteration.
[reward]
id = "noisy"
config = {probability = 0.5}

[rollout]
style = "bare"
wave = 4
max_rounds = 3
sampling = {temperature = 0.0, max_tokens = 8}

[tasks.narrow]
environment = "maze"
limit = 6
config = {sizes = [7], min_distance = 1, max_distance = 2}

[tasks.wide]
environment = "maze"
skip = 6
limit = 10
config = {sizes = [7], min_distance = 1, max_distance = 3}

[tasks.held_out]
environment = "maze"
split = "eval"
limit = 4
config = {sizes = [7], min_distance = 1, max_distance = 3}

[[stages]]
name = "evolve"
kind = "train"
algorithm = "agentevol"

[stages.config]
initial = "narrow"
explore = "wide"
evaluate = "held_out"
iterations = ITERATIONS
samples = 2
max_tokens = 8
MORE
learner_config = {model = "../model", learning_rate = 3e-3, batch_tokens = 256, max_steps = 12, save_every = 4, log_every = 4}
"""

# Everything that draws, counts or measures: none of it may depend on what was stopped.
CHOICES = """
draw_tasks = 5
episodes = 14
draw = "edge"
rounds = [2, 3]
max_per_task = 2
hardness = 1.0
balance = "tokens"
balance_by = "repeat"
match_steps = true
most_steps = 16
hold_out = 0.4
patience = 3
merge = "previous"
"""

# One process imports what takes long, and each attempt is a copy of it: ten kills cost ten evolutions and not ten imports. The timer counts
# processor time, so that a busy machine moves no kill, and its signal ends the process as abruptly as SIGKILL does.
PROCESS = """
import json, os, random, resource, signal, sys
import peft, torch, transformers
import agentgym_algo_bc.learner, agentgym_policy_transformers.policy
from agentgym_core.cli import main
torch.set_num_threads(1)
kills, seed = int(sys.argv[1]), int(sys.argv[2])

def seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

def attempt(folder, limit=0.0, *changes):
    os.makedirs(folder, exist_ok=True)
    child = os.fork()
    if not child:
        os.chdir(folder)
        signal.setitimer(signal.ITIMER_PROF, limit)
        status = main(["run", "../evolve.toml", *changes])
        sys.stderr.flush()
        os._exit(status)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, -signal.SIGPROF):
        sys.exit(f"an attempt in {folder} ended with {code}")
    return code == 0

attempt("whole")
whole = seconds()
attempt("beside", 0.0, "--set", "stages.evolve.config.overlap=true")
draw, done, folders, moments = random.Random(seed), 0, ["killed-0"], []
while done < kills:
    moments.append(whole * draw.uniform(0.02, 0.45))
    if attempt(folders[-1], moments[-1]):
        folders.append(f"killed-{len(folders)}")
    else:
        done += 1
attempt(folders[-1])
print(json.dumps({"folders": folders, "moments": moments, "whole": whole}))
"""


def _kill(place: Path, kills: int, seed: int, iterations: int, more: str) -> list[Path]:
    """Folders of evolutions that were killed so many times all together, beside one under `whole` that was not."""
    from agentgym_core.cli import main
    from agentgym_policy_transformers.new_model import make_model

    words = ["maze", "--policy", "expert", "--limit", "20", "--style", "bare", "--out", str(place / "words")]
    assert main(["collect", *words]) == 0
    make_model("tiny", [place / "words"], place / "model", vocabulary=512)
    text = PIPELINE.replace("ITERATIONS", str(iterations)).replace("MORE\n", more)
    (place / "evolve.toml").write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-c", PROCESS, str(kills), str(seed)],
        cwd=place,
        env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    return [place / name for name in json.loads(ended.stdout.splitlines()[-1])["folders"]]


def _weights(folder: Path) -> dict[str, bytes]:
    stages = (folder / "run" / "stages" / "evolve" / "stages").iterdir()
    return {s.name: file.read_bytes() for s in stages if (file := s / "model" / "model.safetensors").exists()}


def _lineage(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (folder / "run" / "stages" / "evolve" / "lineage").iterdir()}


def _table(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    from agentgym_core.cli import main

    capsys.readouterr()
    assert main(["evolution", str(folder / "run"), "--title", "table", "--json"]) == 0
    return capsys.readouterr().out


def _check(
    place: Path, kills: int, seed: int, iterations: int, capsys: pytest.CaptureFixture[str], more: str = ""
) -> None:
    killed = _kill(place, kills, seed, iterations, more)
    whole = place / "whole"
    steps = {"bc", *(f"learn-{number}" for number in range(1, iterations + 1))}
    assert _weights(whole).keys() == steps
    assert _lineage(whole).keys() == {f"{step}.jsonl" for step in steps}
    # An iteration that changed nothing would look the same after any kill.
    assert len(set(_weights(whole).values())) == len(steps)
    for folder in (*killed, place / "beside"):
        assert _weights(folder) == _weights(whole)
        assert _lineage(folder) == _lineage(whole)
        assert _table(folder, capsys) == _table(whole, capsys)


@pytest.fixture(autouse=True)
def installed_plugins(lessons: object) -> None:
    """What is installed, in place of the toy world of the other tests."""
    use_plugins(None)


def test_one_kill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _check(tmp_path, 1, 1, 1, capsys)


@pytest.mark.slow
def test_ten_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _check(tmp_path, 10, 7, 2, capsys)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_kills_with_every_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _check(tmp_path, 2, 5, 2, capsys, CHOICES)
