"""Every report says what its figures rest on: who played, what a budget cut, and which replies came to nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from rich.console import Console

from agentgym_core.cli import main
from agentgym_core.evaluation import as_json, compare, summarize
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.evaluation.rows import Labels, row
from agentgym_core.evaluation.tables import print_comparison, print_report
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import Outcome, Trajectory, Usage
from agentgym_viewer.comparison_page import comparison_page
from agentgym_viewer.leaderboard import LeaderboardEntry, leaderboard
from agentgym_viewer.report_page import report_page

CUT = (Outcome.TRUNCATED, Outcome.CANCELLED)
DECLARED = Labels(declared=frozenset({"maze-v1"}))


def cut(one: Trajectory, outcome: Outcome) -> Trajectory:
    scored = outcome.scored
    return evolve(
        one,
        outcome=outcome,
        truncated=True,
        truncation="budget",
        score=0.0 if scored else None,
        success=False if scored else None,
    )


def shown(printer: Any, value: Any) -> str:
    out = io.StringIO()
    printer(value, Console(file=out, width=140))
    return " ".join(out.getvalue().split())


@pytest.mark.parametrize("outcome", CUT)
def test_what_a_budget_cut_is_in_no_mean_and_in_every_report(episode: Any, outcome: Outcome) -> None:
    episodes = [episode(f"t{n}") for n in range(4)] + [cut(episode(f"u{n}"), outcome) for n in range(3)]
    report = summarize(episodes)
    found = report.groups[0].metrics
    assert (found.reward.value, found.success.value) == (1.0, 1.0)
    assert (found.scored, found.episodes, found.cut) == (4, 7, 3)
    assert found.outcomes["truncated"].count == 0
    words = "3 of 7 episodes were cut by the run's budget"
    assert words in shown(print_report, report)
    assert words in report_page(report).replace("&#x27;", "'").replace("&#39;", "'")
    assert any(words in note for note in as_json(report)["notes"])
    compared = compare(episodes, [episode(f"t{n}") for n in range(4)])
    assert f"A: {words}" in shown(print_comparison, compared)
    assert compared.environments[0].pairing.tasks == 4
    rows = tuple(row(item) for item in episodes)
    assert any(words in note for note in leaderboard([LeaderboardEntry("one", (rows,))]).notes)


def test_replies_that_came_to_nothing(episode: Any) -> None:
    one = episode("t0", 0.0, rounds=5)
    unread, overlong, invalid, *fine = one.turns
    turns = (
        evolve(unread, action=None, error="no action"),
        evolve(overlong, name="go", finish_reason="length"),
        invalid,
        *(evolve(turn, name="go") for turn in fine),
    )
    one = evolve(one, turns=turns, usage=Usage(50, 25, 0.5))
    report = summarize([one], labels=DECLARED)
    found = report.groups[0].metrics
    assert (found.replies, found.unread_replies, found.overlong_replies, found.invalid_actions) == (5, 1, 1, 1)
    told = shown(print_report, report)
    for words in ("1 of 5 replies could not be read", "cut at max_tokens", "of no known form", "50 tokens in, 25 out"):
        assert words in told
    assert "cost 0.5" in told
    page = report_page(report)
    for words in ("1 not read", "1 cut at max_tokens", "1 of no known form", "cost 0.5"):
        assert words in page
    assert "A: 1 of 5 replies could not be read" in compare([one], [one], labels_a=DECLARED).notes
    assert summarize([one]).groups[0].metrics.invalid_actions == 0, "nobody said that its actions have forms"


def test_reports_name_who_played_and_never_a_key(episode: Any, tmp_path: Path) -> None:
    config = {
        "model": "big-7b",
        "base_url": "http://me:sk-not-shown@127.0.0.1:8000/v1?token=sk-not-shown",
        "api_key": "sk-not-shown",
        "authorization": "sk-not-shown",
        "extra_headers": {"x": "sk-not-shown"},
        "adapter": "lora-3",
    }
    configuration = {"policy": {"id": "openai", "config": config}, "sampling": {"temperature": 0.3, "stop": []}}
    with Run.create(tmp_path / "run", new_manifest(configuration=configuration)) as run:
        one = episode()
        run.append(evolve(one, key=evolve(one.key, weights="abc123")))
        labels = labels_of(run)
    other = evolve(labels, player={**labels.player, "model": "small-1b"})
    report = summarize([evolve(one, key=evolve(one.key, weights="abc123"))], labels=labels)
    compared = compare([one], [one], labels_a=labels, labels_b=other)
    assert "model: big-7b against small-1b" in compared.notes
    texts = (
        shown(print_report, report),
        report_page(report),
        shown(print_comparison, compared),
        comparison_page(compared),
        json.dumps(as_json(report)),
        json.dumps(as_json(compared)),
    )
    for text in texts:
        assert "big-7b" in text
        assert "http://127.0.0.1:8000/v1" in text
        assert "0.3" in text
        assert "lora-3" in text
        assert "sk-not-shown" not in text
    assert "abc123" in texts[0]
    assert "abc123" in texts[1]


def test_score_tells_them_of_a_stored_run(episode: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Run.create(tmp_path / "run") as run:
        run.append(episode())
        run.append(cut(episode("t1"), Outcome.CANCELLED))
    assert main(["score", str(tmp_path / "run")]) == 0
    assert "1 of 2 episodes were cut by the run's budget" in " ".join(capsys.readouterr().out.split())
