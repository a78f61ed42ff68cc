"""The corpus of replies: what a person reads in each, in every environment and format, and that it is read so.

`python scripts/reading.py` prints the table of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import reading

from agentgym_core.actions import Grammar


@pytest.mark.parametrize("environment", reading.ENVIRONMENTS)
def test_labels_are_canonical_actions(environment: str) -> None:
    grammar = Grammar(reading.actions_of(environment))
    labels = {row.reads for row in reading.rows(environment)} - {None}
    assert len(labels) > 3
    for label in labels:
        action = grammar.action(label)
        assert (action.text, bool(action.name)) == (label, True)


def test_the_corpus_is_large_enough_to_say_something() -> None:
    rows = [row for environment in reading.ENVIRONMENTS for row in reading.rows(environment)]
    assert len({(row.environment, row.reply, row.calls) for row in rows}) == len(rows)
    assert len({row.shape for row in rows}) >= 300
    assert sum(row.reads is not None for row in rows) >= 1000
    assert sum(row.reads is None for row in rows) >= 300
    for environment in reading.ENVIRONMENTS:
        assert sum(row.environment == environment for row in rows) >= 100


@pytest.fixture(scope="module", params=reading.ENVIRONMENTS)
def found(request: pytest.FixtureRequest) -> list:
    return list(reading.verdicts(request.param))


def test_clear_replies_are_read_and_unclear_ones_refused(found: list) -> None:
    wrong = [(each.format, each.row.shape, each.row.reply, each.got) for each in found if each.kind == "wrong"]
    assert wrong == []
    clear = [each for each in found if each.row.reads is not None]
    missed = [(each.format, each.row.shape, each.row.reply, each.error) for each in clear if each.kind == "missed"]
    assert len(missed) <= 0.01 * len(clear), missed


def test_no_format_is_read_more_kindly_than_another(found: list) -> None:
    by_row: dict[tuple[str, str], set[str | None]] = {}
    for each in found:
        if not each.row.calls:
            by_row.setdefault((each.row.shape, each.row.reply), set()).add(each.got)
    assert [row for row, got in by_row.items() if len(got) > 1] == []


def test_the_page_shows_the_table_of_today() -> None:
    found = [verdict for environment in reading.ENVIRONMENTS for verdict in reading.verdicts(environment)]
    page = (Path(reading.__file__).parents[1] / "docs" / "reading-replies.md").read_text("utf-8")
    assert reading.table(found) in page, (
        "run: python scripts/reading.py, and put its table into docs/reading-replies.md"
    )
