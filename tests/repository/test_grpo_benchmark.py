"""What `benchmarks/grpo_trl.py` makes of its runs and episodes; the trainings themselves want TRL."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.types import EpisodeKey, Message, Outcome, Tokens, ToolCall, Trajectory, Turn

BENCHMARKS = str(Path(__file__).resolve().parents[2] / "benchmarks")


@pytest.fixture(scope="module")
def grpo() -> Any:
    sys.path.insert(0, BENCHMARKS)
    try:
        import _grpo

        yield _grpo
    finally:
        sys.path.remove(BENCHMARKS)
        for name in ("_grpo", "grpo_trl", "_grpo_sides", "_figures"):
            sys.modules.pop(name, None)


def run(side: str, seed: int, rewards: list[float], **more: Any) -> dict[str, Any]:
    seconds = 2.0 if side == "grpo" else 4.0
    return {
        "side": side, "seed": seed, "start": "a", "rewards": rewards, "tokens": [10], "wall": seconds, "processor": seconds, **more,
    }  # fmt: skip


def test_only_runs_of_one_seed_and_start_are_compared(grpo: ModuleType) -> None:
    runs = [run("trl", 1, [0.0]), run("grpo", 0, [0.0]), run("grpo", 1, [1.0]), run("trl", 0, [0.5], start="b")]
    ((ours, theirs),) = grpo.pairs(runs)
    assert (ours["side"], ours["seed"], theirs["side"], theirs["seed"]) == ("grpo", 1, "trl", 1)
    both = grpo.pairs([*runs, run("trl", 0, [0.25])])
    assert [(a["seed"], b["rewards"]) for a, b in both] == [(0, [0.25]), (1, [0.0])]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_last_third_is_of_whole_iterations_and_never_empty(grpo: ModuleType, rewards: list[float]) -> None:
    last = rewards[len(rewards) - math.ceil(len(rewards) / 3) :]
    assert min(last) - 1e-9 <= grpo.third(rewards) <= max(last) + 1e-9
    assert grpo.third([0.0] * len(rewards) + [0.5] * len(rewards)) == 0.5


def test_an_interval_is_students_and_that_of_one_seed_has_no_end(grpo: ModuleType) -> None:
    # Three differences: mean 0.1, standard deviation 0.1, and the 0.975 quantile for two degrees of freedom is 4.3027.
    mean, half = grpo.difference([0.0, 0.1, 0.2])
    assert mean == pytest.approx(0.1)
    assert half == pytest.approx(4.3027 * 0.1 / math.sqrt(3), rel=1e-3)
    assert grpo.difference([0.3]) == (0.3, math.inf)


def test_runs_that_are_kept_go_on_and_those_of_another_set_up_are_refused(grpo: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "grpo.json"
    assert grpo.read_runs(file, grpo.Setup()) == []
    runs = [run("grpo", 0, [0.1, 0.2]), run("trl", 0, [0.2, 0.3])]
    grpo.write_runs(file, grpo.Setup(), runs)
    assert grpo.read_runs(file, grpo.Setup()) == runs
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(ValueError, match="another set-up"):
        grpo.read_runs(file, grpo.Setup(iterations=3))


def test_what_the_runs_say_has_the_ratio_of_each_pair(grpo: ModuleType) -> None:
    import grpo_trl

    runs = [run("grpo", 0, [0.1, 0.2, 0.6]), run("trl", 0, [0.1, 0.2, 0.5]), run("grpo", 1, [0.9, 0.9, 0.9])]
    found = {figure.name: figure for figure in grpo_trl.figures(runs)}
    assert found["reward, last third: ours less TRL's, 1 seeds"].value == pytest.approx(0.1)
    assert found["wall time against GRPOTrainer"].value == 0.5
    assert found["wall time against GRPOTrainer"].met
    assert list(grpo_trl.figures(runs[:1])) == []


def episode(turns: list[tuple[list[int], list[int], bool]]) -> Trajectory:
    made = tuple(
        Turn(number, "move up", "Seen.", tokens=Tokens(tuple(prompt), tuple(sampled), (-0.5,) * len(sampled), fresh))
        for number, (prompt, sampled, fresh) in enumerate(turns)
    )
    key = EpisodeKey("maze-v1", "", "maze-train-7x7-0", 0, 0)
    return Trajectory("one", key, "train", Outcome.SOLVED, (), made, score=1.0)


def test_an_episode_is_one_row_whose_sampled_ids_are_marked(grpo: ModuleType) -> None:
    found = grpo.completion(episode([([1, 2], [3], True), ([4, 5], [6, 7], False)]))
    assert found == ([1, 2], [3, 4, 5, 6, 7], [1, 0, 0, 1, 1], [-0.5, 0.0, 0.0, -0.5, -0.5])


@pytest.mark.parametrize("fresh", [(True, True), (False, False)])
def test_an_episode_whose_prompts_were_made_anew_is_refused(grpo: ModuleType, fresh: tuple[bool, bool]) -> None:
    with pytest.raises(ValueError, match="do not follow"):
        grpo.completion(episode([([1], [2], fresh[0]), ([3], [4], fresh[1])]))


def test_a_cloned_episode_says_no_thought_and_ends_with_a_word(grpo: ModuleType) -> None:
    call = ToolCall("call00000", "move", json.dumps({"direction": "up"}))
    messages = (Message("user", "Go."), Message("assistant", "The way goes up.", loss=True, tool_calls=(call,)))
    key = EpisodeKey("maze-v1", "", "maze-train-7x7-0", 0, 0)
    shown = grpo.closed(
        Trajectory("one", key, "train", Outcome.SOLVED, messages, (Turn(1, "move up", "Success"),), score=1.0)
    )
    assert [(each.role, each.content, each.loss) for each in shown.messages] == [
        ("user", "Go.", None), ("assistant", "", True), ("tool", "Success", None), ("assistant", "Done.", True),
    ]  # fmt: skip
    assert shown.messages[1].tool_calls == (call,)
    assert shown.messages[2].tool_call_id == call.id
