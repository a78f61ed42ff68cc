"""Any text in the index: of models, and of those who look for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.evaluation.rows import row
from agentgym_core.store import Run, encode
from agentgym_core.types import Message, Outcome, ToolCall
from agentgym_testing.trajectories import _episode
from agentgym_viewer.workbench.filters import Filter
from agentgym_viewer.workbench.index import Index
from agentgym_viewer.workbench.lines import read_line, texts
from agentgym_viewer.workbench.queries import listed, search


@given(st.text(max_size=60))
def test_no_text_that_a_person_types_is_an_error(searched: Index, text: str) -> None:
    connection = searched.database.connection()
    found, turns = search(connection, text, [1])
    assert bool(found) == bool(turns)
    listed(connection, 1, Filter.of({"q": text, "page": text, "low": text, "order": text, "kind": text, "error": text}))


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("searched")
    with Run.create(folder / "run") as run:
        run.append(_episode("a", text="the red lamp"))
    index = Index(folder)
    index.look_again()
    index.read_on()
    with closing(index):
        yield index


@given(st.text(st.characters(), max_size=40))
def test_any_text_of_a_model_is_indexed(text: str) -> None:
    made = _episode(text, text=text, kind=text, outcome=Outcome.POLICY_FAULT)
    said = Message("assistant", text, True, (ToolCall("1", text, text),), reasoning=text)
    made = evolve(made, messages=(*made.messages[:1], said, *made.messages[2:]))
    line = encode(made)
    read = read_line(line)
    assert row(read) == row(made)
    assert list(texts(read)) == list(texts(made))
