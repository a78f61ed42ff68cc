"""`--csv`: the table of a report or comparison as a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agentgym_core.cli import main
from agentgym_core.evaluation import compare, summarize
from agentgym_core.types import Trajectory
from agentgym_data.tables import comparison_table, report_table


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def items(episode: Any) -> list[Trajectory]:
    return [episode(f"t{number}", float(number % 2)) for number in range(12)]


def test_figures_are_those_of_the_report(items: list[Trajectory]) -> None:
    report = summarize(items)
    (row,) = read(report_table(report))
    found = report.groups[0].metrics
    assert float(row["reward"]) == found.reward.value == 0.5
    assert (float(row["reward_low"]), float(row["success_high"])) == (found.reward.low, found.success.high)
    assert (int(row["tasks"]), int(row["scored"]), row["row"]) == (12, 12, "environment")


def test_what_is_not_known_is_empty_and_never_0(items: list[Trajectory]) -> None:
    rows = read(report_table(summarize([evolve(item, score=None, success=None) for item in items])))
    assert rows[0]["reward"] == rows[0]["reward_low"] == ""


def test_kinds_and_several_environments_have_rows(items: list[Trajectory]) -> None:
    kinds = [evolve(item, kind="ab"[number % 2]) for number, item in enumerate(items)]
    others = [evolve(item, key=evolve(item.key, environment="other-v1")) for item in items]
    rows = read(report_table(summarize([*kinds, *others])))
    assert [row["kind"] for row in rows if row["row"] == "kind"] == ["a", "b"]
    assert [row["row"] for row in rows][-2:] == ["mean of environments", "all tasks pooled"]


def test_a_comparison_says_which_measure_decides(items: list[Trajectory]) -> None:
    found = compare(items, [evolve(item, score=1.0, success=True) for item in items])
    rows = read(comparison_table(found))
    assert [row["decides"] for row in rows] == ["True", "False"]
    assert float(rows[0]["difference"]) == 0.5
    assert rows[0]["b_is"] == found.environments[0].verdict


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@x"])
def test_a_text_is_no_formula(items: list[Trajectory], text: str) -> None:
    hostile = [evolve(item, kind=text if number % 2 else "x") for number, item in enumerate(items)]
    assert f"'{text}" in {row["kind"] for row in read(report_table(summarize(hostile)))}


def test_commands_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for policy in ("expert", "null"):
        eval_ = ["eval", "maze", "--limit", "3", "--policy", policy, "--out", policy, "--csv", f"{policy}.csv"]
        assert main(eval_) == 0
        assert f"table: {policy}.csv" in capsys.readouterr().out
    assert float(read(Path("expert.csv").read_text())[0]["success"]) == 1.0
    assert main(["score", "null", "--csv", "again.csv"]) == 0
    assert Path("again.csv").read_text() == Path("null.csv").read_text()
    assert main(["compare", "null", "expert", "--csv", "both.csv"]) == 0
    assert read(Path("both.csv").read_text())[0]["environment"] == "maze"
