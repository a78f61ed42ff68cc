"""What a learner logs is on the page of its pipeline while it learns, whatever the file looks like at the moment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_viewer.workbench.discovery import Discovery
from agentgym_viewer.workbench.learning import LOSSES, POINTS, Curves, Learning, losses_of
from agentgym_viewer.workbench.runs import pipeline_id
from agentgym_viewer.workbench.site import url
from agentgym_viewer.workbench.watching import StageWatch

ABSURD = [None, True, "1", [], {}, 10**400, float("nan"), float("inf")]


def line(step: float, loss: float) -> str:
    return json.dumps({"step": step, "loss": loss, "kl": 0.1}) + "\n"


def put(file: Path, text: str) -> None:
    """Put a file in the place of another at once, as a learner does that begins."""
    aside = file.with_name("aside")
    aside.write_text(text)
    os.replace(aside, file)


def test_a_file_is_read_on_by_whole_lines(tmp_path: Path) -> None:
    curves, file = Curves(), tmp_path / LOSSES
    assert curves.of(tmp_path) == Learning()
    file.write_text('{"steps": 9}\n' + line(1, 3.0) + '{"step": 2, "lo')
    assert curves.of(tmp_path) == Learning(((1, 3.0),), 9)
    with open(file, "a") as more:
        more.write('ss": 2.0}\n' + line(3, 1.0))
    assert curves.of(tmp_path) == Learning(((1, 3.0), (2, 2.0), (3, 1.0)), 9)
    assert Curves().of(tmp_path) == curves.of(tmp_path)


def test_learning_that_goes_on_at_a_checkpoint_takes_back_what_is_learned_again(tmp_path: Path) -> None:
    curves, file = Curves(), tmp_path / LOSSES
    file.write_text('{"steps": 9}\n' + "".join(line(step, step) for step in range(1, 8)) + '{"torn')
    assert len(curves.of(tmp_path).losses) == 7
    put(file, '{"steps": 9}\n' + "".join(line(step, 10 + step) for step in range(1, 9)))
    assert [loss for _, loss in curves.of(tmp_path).losses] == [10.0 + step for step in range(1, 9)]
    file.unlink()
    assert curves.of(tmp_path) == Learning()


@given(
    st.lists(st.sampled_from([json.dumps({"step": bad, "loss": 1.0}) for bad in ABSURD] + ["[", "7", "", "[" * 9999]))
)
def test_lines_that_are_none_are_passed_over(lines: list[str]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        file = Path(folder) / LOSSES
        file.write_text("".join(f"{each}\n{line(number + 1, 1.0)}" for number, each in enumerate(lines)))
        assert [step for step, _ in Curves().of(Path(folder)).losses] == [number + 1.0 for number in range(len(lines))]


@pytest.mark.parametrize("value", [None, 5, "x", [7], [[1, 2]], *[[{"step": 1, "loss": bad}] for bad in ABSURD]])
def test_results_without_losses_have_none(value: Any) -> None:
    assert losses_of(value) == []


@given(st.integers(0, 5 * POINTS))
def test_a_long_curve_is_drawn_from_its_first_point_to_its_last(length: int) -> None:
    points = [(float(step), float(step)) for step in range(length)]
    drawn = Learning(points).drawn
    assert len(drawn) <= POINTS + 1
    assert list(drawn) == sorted(set(drawn))
    assert [*drawn[:1], *drawn[-1:]] == [*points[:1], *points[-1:]]


def pipeline(folder: Path) -> Path:
    """A pipeline of which the stage `learn` has begun; the stage's folder."""
    stage = folder / "stages" / "learn"
    stage.mkdir(parents=True)
    (folder / "pipeline.json").write_text(json.dumps({"stages": [{"name": "learn", "kind": "train"}]}))
    (stage / "made_from").write_text("x")
    return stage


def test_news_of_learning_is_told_once_and_to_its_pipeline_alone(tmp_path: Path) -> None:
    one, _ = pipeline(tmp_path / "one"), pipeline(tmp_path / "two")
    discovery, watch = Discovery(tmp_path), StageWatch(tmp_path)
    ids = {name: pipeline_id(name) for name in ("one", "two")}

    def news() -> list[str]:
        watch.take(discovery.look())
        return watch.news()

    assert news() == sorted(ids.values())
    assert news() == []
    (one / LOSSES).write_text(line(1, 1.0))
    assert news() == [ids["one"]]
    with open(one / LOSSES, "a") as file:
        file.write(line(2, 1.0))
    assert news() == [ids["one"]]
    assert news() == []
    (one / "result.json").write_text("{}")
    assert news() == [ids["one"]]


def test_the_page_shows_the_curve_before_there_is_a_result(
    bench: Callable[..., Any], check_page: Callable[[str], None], tmp_path: Path
) -> None:
    stage = pipeline(tmp_path / "pipe")
    (stage / LOSSES).write_text('{"steps": 40}\n' + line(1, 3.0) + line(2, 1.5))
    started = bench(tmp_path)
    address = url("pipeline", pipeline_id("pipe"))
    page = started.get(address).text
    check_page(page)
    assert "learn: loss over 2 of 40 steps" in page
    assert "step 2 of 40, loss 1.500" in page
    metrics = {"steps": 3, "losses": [{"step": step, "loss": 1.0} for step in (1, 2, 3)]}
    (stage / "result.json").write_text(json.dumps({"result": {"metrics": metrics}}))
    page = started.get(address).text
    assert "learn: loss over 3 steps" in page
    assert "of 40" not in page
