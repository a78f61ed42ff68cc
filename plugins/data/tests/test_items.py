from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentgym_core.errors import StoreError
from agentgym_data import Item, environment_of, read_items, write_items
from agentgym_data.items import index_of
from agentgym_data.paper import PAPER


@pytest.mark.parametrize(
    ("item_id", "environment", "index"),
    [
        ("lmrlgym_maze_18", "maze", 18),
        ("lmrlgym_wordle_0", "wordle", 0),
        ("sqlgym_10874", "bird", 10874),
        ("tool_academia_3", "academia", 3),
        ("movie_23", "movie", 23),
        ("tool_movie_23", "movie", 23),
        ("maze-train-9x9-4", "maze", None),
        ("look_at_obj_in_light-AlarmClock-None-DeskLamp-301_trial_T20190907_174127_043461", "alfworld", 43461),
        ("triviaqa_12545", "", 12545),
        ("mazes_1", "", 1),
        ("maze", "", None),
        ("", "", None),
        ("babyai_²", "babyai", None),
    ],
)
def test_an_id_tells_its_environment_and_index(item_id: str, environment: str, index: int | None) -> None:
    assert environment_of(item_id) == environment
    assert index_of(item_id) == index


def test_every_environment_is_found_by_its_prefix() -> None:
    for entry in PAPER:
        assert environment_of(f"{entry.prefix}_7") == entry.id
        assert environment_of(f"{entry.id}_7") == entry.id


@pytest.mark.parametrize("empty", [None, []])
def test_agenteval_files_are_written_and_read(tmp_path: Path, empty: object) -> None:
    path = tmp_path / "eval.json"
    assert write_items(path, ["babyai_1", "sciworld_22"], empty=empty) == 2
    assert json.loads(path.read_text()) == [
        {"item_id": "babyai_1", "conversations": empty},
        {"item_id": "sciworld_22", "conversations": empty},
    ]
    assert read_items(path) == [Item("babyai", "babyai_1"), Item("sciworld", "sciworld_22")]
    assert read_items(path)[1].index == 22


def test_plain_lists_lines_and_bare_numbers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "ids"
    path.write_text('["todo_1", "x"]')
    assert read_items(path) == [Item("todo", "todo_1"), Item("", "x")]
    path.write_text('{"item_id": 5}\n{"item_id": "a"}\n')
    assert read_items(path, environment="maze") == [Item("maze", "5"), Item("maze", "a")]


@pytest.mark.parametrize("text", ["[1.5]", "[null]", '[{"id": "x"}]', '[""]', "[true]", '{"a": 1}'])
def test_what_is_no_item_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ids.json"
    path.write_text(text)
    with pytest.raises(StoreError, match=r"ids\.json, line 1, record 1: no item id"):
        read_items(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none\.json: there is no such file"):
        read_items(tmp_path / "none.json")
    with pytest.raises(StoreError, match="cannot be read"):
        read_items(tmp_path)


def test_the_recorded_id_lists_are_of_one_environment_each(reference: Path) -> None:
    sizes = {entry.id: entry.eval for entry in PAPER}
    for path in sorted((reference / "item_ids").glob("*_test.json")):
        # These two lists are of a later publication.
        if not path.name.startswith(("searchqa", "webarena")):
            items = read_items(path)
            environment = items[0].environment
            assert [item.environment for item in items] == [environment] * sizes.pop(environment)
    assert set(sizes) == {"webarena"}
    train = read_items(reference / "item_ids" / "alfworld_train.json")
    assert [item.environment for item in train] == ["alfworld"] * 2420


def test_the_recorded_lists_leak_as_published(reference: Path) -> None:
    def both(name: str) -> int:
        train, test = (
            {item.id for item in read_items(reference / "item_ids" / f"{name}_{part}.json")}
            for part in ("train", "test")
        )
        return len(train & test)

    assert (both("sciworld"), both("lmrlgym_wordle"), both("lmrlgym_maze")) == (61, 21, 10)
