"""`agentgym model new` and `agentgym audit-tokens`, as a user types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.cli import main
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import Sampling
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import Tokens
from agentgym_policy_transformers.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An AgentTraj file of two conversations."""
    file = tmp_path_factory.mktemp("data") / "maze.json"
    talk = [
        {"from": "human", "loss": None, "value": "The goal is at 12, 7. You are at 3, 7."},
        {"from": "gpt", "loss": True, "value": "Thought:\nthe goal is right of me\n\nAction:\nmove right"},
    ]
    file.write_text(json.dumps([{"item_id": f"maze_{number}", "conversations": talk} for number in range(2)]))
    return file


def test_a_new_model_loads_and_plays(data: Path, tmp_path: Path, capsys: Any) -> None:
    import transformers

    assert main(["model", "new", "--data", str(data), "--out", str(tmp_path / "m"), "--seed", "3", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert 400_000 < report["parameters"] < 700_000
    assert report["texts"] == 4
    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "m")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "m")
    assert model.num_parameters() == report["parameters"]
    assert model.config.vocab_size == len(tokenizer) == report["vocabulary"]
    assert (
        model.generation_config.eos_token_id == tokenizer.eos_token_id == tokenizer.convert_tokens_to_ids("<|im_end|>")
    )
    assert model.model.embed_tokens.weight.std().item() == pytest.approx(0.08, rel=0.1)
    assert tokenizer.tokenize("The goal is at 12, 7.\nmove right") == [
        "The", "Ġgoal", "Ġis", "Ġat", "Ġ12", ",", "Ġ7", ".", "Ċ", "move", "Ġright",
    ]  # fmt: skip


def test_the_same_command_makes_the_same_files_in_another_process(data: Path, tmp_path: Path) -> None:
    assert main(["model", "new", "--data", str(data), "--out", str(tmp_path / "m0")]) == 0
    environment = {**os.environ, "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "1"}
    code = "from agentgym_core.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", code, "model", "new", "--data", str(data), "--out", "m1"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "next: agentgym collect" in done.stdout
    files = {path.name for path in (tmp_path / "m0").iterdir()}
    assert {"model.safetensors", "tokenizer.json", "config.json"} <= files
    for name in files:
        assert (tmp_path / "m0" / name).read_bytes() == (tmp_path / "m1" / name).read_bytes(), name


def test_another_seed_draws_other_weights(data: Path, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        assert main(["model", "new", "--data", str(data), "--out", str(tmp_path / seed), "--seed", seed]) == 0
    one, two = ((tmp_path / seed / "model.safetensors").read_bytes() for seed in ("1", "2"))
    assert one != two


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "nowhere", "--out", "m"], "no run or file"),
        (["--data", "DATA", "--out", "."], "not empty"),
        (["--data", "DATA", "--out", "m", "--vocabulary", "10"], "at least 512"),
        (["--data", "EMPTY", "--out", "m"], "no text"),
    ],
)
def test_mistakes_are_told_in_a_line_and_leave_nothing(
    arguments: list[str], words: str, data: Path, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.json").write_text("[]")
    named = {"DATA": str(data), "EMPTY": "empty.json"}
    assert main(["model", "new", *[named.get(each, each) for each in arguments]]) == 1
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["empty.json"]


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_encodes_and_decodes_to_itself(tokenizer: Any, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert tokenizer.decode(ids) == text


def test_words_and_numbers_are_whole_and_the_rest_is_spelled() -> None:
    tokenizer = train_tokenizer(["12 zombies walk to red_dye at 104,7: don't!"] * 2, 512)
    assert tokenizer.tokenize("12 zombies at 104,7: don't!") == [
        "12",
        "Ġzombies",
        "Ġat",
        "Ġ104",
        ",",
        "7",
        ":",
        "Ġdon't",
        "!",
    ]
    assert tokenizer.tokenize(" red_dye") == ["Ġred_dye"]
    assert len(tokenizer.tokenize("105")) == 3
    assert tokenizer.tokenize("###") == ["#", "#", "#"]


def test_the_vocabulary_keeps_to_its_bound() -> None:
    words = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)} " * (i % 7 + 2) for i in range(600)]
    assert len(train_tokenizer(words, 700)) == 700


@pytest.fixture
def played(make_policy: Callable[..., Any], tmp_path: Path) -> Path:
    """A run of two short episodes."""
    pytest.importorskip("agentgym_env_maze", reason="needs the maze: make setup")
    from agentgym_core.environments import resolve_environment

    source = resolve_environment("maze")
    jobs = [Job(source, task) for task in list(source.tasks("train"))[:2]]
    with Run.create(tmp_path / "run", new_manifest()) as run:
        collect(jobs, make_policy(), RolloutSettings(max_rounds=2, sampling=Sampling(max_tokens=6)), run=run)
    return tmp_path / "run"


def test_an_audit_of_a_played_run_finds_nothing_unsampled(
    played: Path, make_folder: Callable[..., Path], capsys: Any
) -> None:
    assert main(["audit-tokens", str(played), "--model", str(make_folder())]) == 0
    told = capsys.readouterr().out
    assert "2 episodes, 4 turns, 4 with sampled ids" in " ".join(told.split())
    assert "every token under the loss mask of turns with sampled ids was sampled" in " ".join(told.split())
    assert main(["audit-tokens", str(played), "--model", str(make_folder()), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["kept"], report["unsampled"]) == (4, 0)
    # A random model says what nobody would tokenise like that.
    assert report["drifted"]
    assert "first bad token" in told


def test_an_audit_of_a_sample_says_what_it_can_tell(
    played: Path, make_folder: Callable[..., Path], capsys: Any
) -> None:
    assert main(["audit-tokens", str(played), "--model", str(make_folder()), "--sample", "1"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "1 episodes, 2 turns" in told
    assert "drawn from a run of 2 episodes; --sample 0 looks at all; with 95 % confidence at most 79.3% of them" in told
    assert main(["audit-tokens", str(played), "--model", str(make_folder()), "--sample", "0", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["trajectories"], report["of"]) == (2, 2)
    assert main(["audit-tokens", str(played), "--model", str(make_folder()), "--sample", "-1"]) == 1
    assert "0 looks at every episode" in capsys.readouterr().err


def test_the_mask_is_shown_in_colour(
    played: Path, make_folder: Callable[..., Path], capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["audit-tokens", str(played), "--model", str(make_folder())])
    told = capsys.readouterr().out
    assert "\x1b[32m" in told
    assert "\x1b[2m<|im_start|>user" in told


def test_a_mask_over_what_nobody_sampled_fails(
    played: Path, make_folder: Callable[..., Path], capsys: Any, monkeypatch: Any
) -> None:
    from agentgym_tokens.rows import TrainingRow

    module = sys.modules["agentgym_policy_transformers.audit"]
    real = vars(module)["rows"]

    def shifted(*args: Any, **settings: Any) -> Any:
        for row in real(*args, **settings):
            yield TrainingRow(row.trajectory, row.ids, (*row.weights[1:], 0.0), row.spans)

    monkeypatch.setattr(module, "rows", shifted)
    assert main(["audit-tokens", str(played), "--model", str(make_folder())]) == 1
    assert "were never sampled" in capsys.readouterr().out


def test_an_audit_says_what_is_wrong_with_its_arguments(played: Path, tmp_path: Path, capsys: Any) -> None:
    assert main(["audit-tokens", str(played), "--model", str(tmp_path / "nowhere")]) == 1
    assert "there is no folder" in capsys.readouterr().err


def test_ids_of_another_vocabulary_are_told_and_not_a_crash(
    played: Path, make_folder: Callable[..., Path], capsys: Any
) -> None:
    with Run.open(played, write=True) as run:
        first = next(iter(run.trajectories()))
        turn = evolve(first.turns[0], tokens=Tokens((1, 2), (900_000,), (-1.0,)))
        run.append(evolve(first, turns=(turn, *first.turns[1:])))
    assert main(["audit-tokens", str(played), "--model", str(make_folder()), "--show", "2"]) == 0
    capsys.readouterr()
    assert main(["audit-tokens", str(played), "--model", str(make_folder()), "--json"]) == 0
    drifted = json.loads(capsys.readouterr().out)["drifted"]
    assert 900_000 in [drift["sampled"] for drift in drifted]


def test_what_a_terminal_would_obey_is_shown_as_signs(
    played: Path, make_folder: Callable[..., Path], tokenizer: Any, capsys: Any
) -> None:
    said = tuple(tokenizer.encode("\x1b]0;gone\x07\x9b2J", add_special_tokens=False))
    with Run.open(played, write=True) as run:
        for episode in list(run.trajectories()):
            turn = evolve(episode.turns[0], tokens=Tokens((1, 2), said, (-1.0,) * len(said)))
            run.append(evolve(episode, turns=(turn,)))
    assert main(["audit-tokens", str(played), "--model", str(make_folder())]) == 0
    told = capsys.readouterr().out
    assert "\u241b]0;gone\u2407" in told
    assert not {"\x1b", "\x07", "\x9b"} & set(told)
