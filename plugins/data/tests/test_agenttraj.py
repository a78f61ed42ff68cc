from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.store import Run
from agentgym_core.types import Message, Outcome, Trajectory
from agentgym_data import (
    AgentTrajReader,
    export_agenttraj,
    export_trajectories,
    from_record,
    import_agenttraj,
    to_record,
)
from agentgym_data.jsonstyle import JsonStyle
from agentgym_data.sidecar import sidecar_path
from agentgym_data.transfer import STYLE

Make = Callable[..., Trajectory]

RECORD: dict[str, Any] = {
    "conversations": [
        {"from": "human", "loss": None, "value": "Rules."},
        {"from": "gpt", "loss": False, "value": "OK."},
        {"from": "human", "loss": None, "value": "You are at 1, 1."},
        {"from": "gpt", "loss": True, "value": "Thought:\nAction: is a word.\n\nAction:\nmove up\n"},
        {"from": "human", "loss": None, "value": "A wall."},
        {"from": "gpt", "loss": True, "value": "I give up"},
    ],
    "item_id": "lmrlgym_maze_18",
}


def _lines(path: Path, records: list[Any], **style: Any) -> Path:
    path.write_bytes("".join(json.dumps(record, **style) + "\n" for record in records).encode())
    return path


@pytest.mark.parametrize("name", ["babyai", "maze", "textcraft"])
def test_recorded_files_come_out_byte_for_byte(tmp_path: Path, reference: Path, name: str) -> None:
    source = reference / "agenttraj" / f"{name}.jsonl.gz"
    original = gzip.decompress(source.read_bytes())
    done = import_agenttraj(source, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert done.environments == {name: done.episodes}
    assert done.claimed == done.episodes == len(run) == original.count(b"\n")
    export_agenttraj(run, tmp_path / "again.jsonl", style=run.manifest[STYLE])
    assert (tmp_path / "again.jsonl").read_bytes() == original
    records = [json.loads(line) for line in original.splitlines()]
    for trajectory, record in zip(run, records, strict=True):
        assert json.dumps(to_record(trajectory)) == json.dumps(record)
        assert trajectory.turns
    for indent in (None, 2):
        array = json.dumps(records, indent=indent, ensure_ascii=indent is None).encode()
        (tmp_path / "array.json").write_bytes(array)
        folder = tmp_path / f"run{indent}"
        import_agenttraj(tmp_path / "array.json", folder)
        second = Run.open(folder)
        assert list(second) == list(run)
        export_agenttraj(second, tmp_path / f"out{indent}.json", style=second.manifest[STYLE])
        assert (tmp_path / f"out{indent}.json").read_bytes() == array


def test_a_record_becomes_turns(tmp_path: Path) -> None:
    found = from_record(RECORD)
    assert found.key.environment == found.environment == "maze"
    assert found.key.task == "lmrlgym_maze_18"
    assert [message.loss for message in found.messages] == [None, False, None, True, None, True]
    first, second = found.turns
    assert (first.message, first.action, first.observation, first.error) == (3, "move up", "A wall.", None)
    assert (second.message, second.action, second.observation) == (5, None, "")
    assert second.error
    assert found.opening == "You are at 1, 1."


def test_what_nobody_measured_is_marked_so() -> None:
    found = from_record(RECORD)
    assert (found.outcome, found.score, found.success) == (Outcome.SOLVED, None, None)
    assert found.info["imported"]["outcome"] == "claimed"


@pytest.mark.parametrize(
    ("more", "outcome", "score"),
    [
        ({"reward": 1.0, "success": 1}, Outcome.SOLVED, 1.0),
        ({"reward": 0.4, "success": 0}, Outcome.FAILED, 0.4),
        ({"reward": 0}, Outcome.FAILED, 0.0),
        ({"reward": 100, "success": True}, Outcome.SOLVED, None),
        ({"success": False}, Outcome.FAILED, None),
    ],
)
def test_a_recorded_reward_is_taken(more: dict[str, Any], outcome: Outcome, score: float | None) -> None:
    found = from_record({**RECORD, **more})
    assert (found.outcome, found.score) == (outcome, score)
    assert found.info["imported"]["outcome"] == "recorded"
    assert json.dumps(to_record(found)) == json.dumps({**RECORD, **more})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
entries = st.fixed_dictionaries(
    {"from": st.sampled_from(["human", "gpt", "system", "tool", "user"]), "value": json_values | st.text(max_size=8)},
    optional={"loss": st.sampled_from([None, True, False, 1, 0]), "extra": json_values},
)
records = st.fixed_dictionaries(
    {"item_id": st.sampled_from(["babyai_1", "x_2", 7]), "conversations": st.lists(entries, min_size=1, max_size=4)},
    optional={"reward": json_values, "note": json_values},
).flatmap(lambda record: st.permutations(list(record.items())).map(dict))


@settings(deadline=None)
@given(records)
def test_any_record_comes_out_byte_for_byte(record: dict[str, Any]) -> None:
    found = from_record(record, environment="babyai")
    assert json.dumps(to_record(found)) == json.dumps(record)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(
    st.lists(records, min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from([None, (",", ":"), (" ,", " : ")]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_lines_come_out_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[dict[str, Any]],
    ascii_only: bool,
    separators: tuple[str, str] | None,
    end: str,
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    lines = "".join(json.dumps(value, ensure_ascii=ascii_only, separators=separators) + end for value in values)
    (folder / "in.jsonl").write_bytes(lines.encode())
    import_agenttraj(folder / "in.jsonl", folder / "run", environment="babyai")
    run = Run.open(folder / "run")
    export_agenttraj(run, folder / "out.jsonl", style=run.manifest[STYLE])
    assert (folder / "out.jsonl").read_bytes() == lines.encode()


def test_a_line_with_odd_spaces_or_keys_twice_comes_out_as_it_was(tmp_path: Path) -> None:
    odd = '{ "item_id":"babyai_1", "item_id": "babyai_2",\t"conversations":[{"from":"gpt","value":"\\u0041\\ud800"}] , "n": 1E5}\n'
    (tmp_path / "in.jsonl").write_text(json.dumps(RECORD) + "\n" + odd)
    import_agenttraj(tmp_path / "in.jsonl", tmp_path / "run")
    run = Run.open(tmp_path / "run")
    assert [trajectory.key.task for trajectory in run] == ["lmrlgym_maze_18", "babyai_2"]
    export_agenttraj(run, tmp_path / "out.jsonl", style=run.manifest[STYLE])
    assert (tmp_path / "out.jsonl").read_text() == (tmp_path / "in.jsonl").read_text()


def test_a_changed_trajectory_is_not_written_as_its_old_record() -> None:
    found = from_record({**RECORD, "conversations": [{"from": "tool", "value": "x"}, *RECORD["conversations"]]})
    assert "raw" in found.info["imported"]
    changed = evolve(found, messages=(Message("user", "new"), *found.messages[1:]))
    assert to_record(changed)["conversations"][0]["value"] == "new"


def test_several_records_of_one_item_are_samples(tmp_path: Path) -> None:
    _lines(tmp_path / "in.jsonl", [RECORD] * 3)
    import_agenttraj(tmp_path / "in.jsonl", tmp_path / "run")
    assert [trajectory.key.sample for trajectory in Run.open(tmp_path / "run")] == [0, 1, 2]


@pytest.mark.parametrize("name", ["set.json", "set.jsonl", "set.json.gz", "set.jsonl.gz"])
def test_our_episodes_come_back_from_file_and_sidecar(tmp_path: Path, make_trajectory: Make, name: str) -> None:
    episodes = [make_trajectory(number) for number in range(4)]
    episodes += [make_trajectory(5, opening="\ud800"), from_record(RECORD, sample=2, split="eval")]
    episodes.append(evolve(episodes[0], key=evolve(episodes[0].key, sample=1)))
    done = export_agenttraj(episodes, tmp_path / name)
    assert done.episodes == done.restored == 7
    assert done.sidecar == str(tmp_path / "set.meta.jsonl")
    reader = AgentTrajReader(tmp_path / name)
    assert list(reader) == episodes
    assert reader.restored == 7


def test_our_export_is_what_the_original_trainers_read(make_trajectory: Make) -> None:
    record = to_record(make_trajectory(3))
    assert list(record) == ["conversations", "item_id"]
    assert record["item_id"] == "lmrlgym_maze_3"
    assert {entry["from"] for entry in record["conversations"]} == {"human", "gpt"}
    assert [entry["loss"] for entry in record["conversations"]] == [None, False, None, True, None, True]
    assert json.loads(record["conversations"][-1]["value"]) == {"function_name": "move", "arguments": {"to": "down"}}


def test_a_record_changed_after_export_is_read_as_anyones(tmp_path: Path, make_trajectory: Make) -> None:
    path = tmp_path / "set.jsonl"
    export_agenttraj([make_trajectory(number) for number in range(3)], path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[2], lines[0].replace("A wall", "A door")]) + "\n")
    reader = AgentTrajReader(path)
    last, changed = list(reader)
    assert last == make_trajectory(2)
    assert changed.key.policy == "agenttraj"
    assert changed.messages[4].content == "A door."
    assert reader.restored == 1


def test_an_old_sidecar_does_not_complete_a_new_file(tmp_path: Path, make_trajectory: Make) -> None:
    path = tmp_path / "set.jsonl"
    export_agenttraj([make_trajectory()], path)
    export_agenttraj([from_record(RECORD)], path)
    assert sidecar_path(path).read_bytes() == b""
    assert list(AgentTrajReader(path)) == [from_record(RECORD)]


@pytest.mark.parametrize("text", ["x\n", "{}\n", '{"record": 5}\n[]\n', '{"record": "DIGEST"}\n'])
def test_a_broken_sidecar_is_named(tmp_path: Path, make_trajectory: Make, text: str) -> None:
    path = tmp_path / "set.jsonl"
    export_agenttraj([make_trajectory()], path)
    kept = json.loads(sidecar_path(path).read_text())["record"]
    sidecar_path(path).write_text(text.replace("DIGEST", kept))
    with pytest.raises(StoreError, match=r"set\.meta\.jsonl.*\n.*move (it|the sidecar) away"):
        list(AgentTrajReader(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("nonsense", "line 1: not valid JSON"),
        (json.dumps(RECORD) + "\n{", "line 2: not valid JSON"),
        ("[{", "line 1: not valid JSON: it ends in the middle of a value"),
        ('["babyai_1"]', "record 1: is str, not an object"),
        ('[{"item_id": "babyai_1", "conversations": null}]', "list of items"),
        ('{"item_id": "babyai_1"}', "record 1: has no conversations"),
        ('{"conversations": [{}]}', "has no item_id"),
        ('{"item_id": null, "conversations": [1]}', "item_id is not a text"),
        ('{"item_id": "babyai_1", "conversations": [1]}', r"conversations\[0\] is not"),
        ('{"item_id": "babyai_1", "conversations": "x"}', "is str, not a list"),
        (
            '{"item_id": "unheard_of_1", "conversations": [{"from": "gpt", "value": ""}]}',
            "does not name its environment",
        ),
        ('{"item_id": "babyai_1", "conversations": [{"from": "gpt", "value": NaN}]}', "NaN is no JSON value"),
        ("[" * 100_000, "line 1: the record is nested deeper than 64"),
        ("\udcff", "line 1: not UTF-8"),
        ('{"item_id": "\udcff"}', "line 1: not UTF-8"),
    ],
)
def test_a_file_that_does_not_fit_is_named_and_makes_no_run(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(StoreError, match=message) as caught:
        import_agenttraj(path, tmp_path / "run")
    assert str(path) in caught.value.message
    assert not (tmp_path / "run").exists()


def test_a_cut_gzip_file_is_named(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(json.dumps({**RECORD, "n": n}).encode() + b"\n" for n in range(500)))
    (tmp_path / "in.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(StoreError, match=r"in\.jsonl\.gz, line \d+: cannot be read to its end"):
        import_agenttraj(tmp_path / "in.jsonl.gz", tmp_path / "run")


def test_a_byte_order_mark_is_no_part_of_the_data(tmp_path: Path) -> None:
    for name, text in (("a.json", json.dumps([RECORD])), ("b.jsonl", json.dumps(RECORD) + "\n")):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert list(AgentTrajReader(tmp_path / name)) == [from_record(RECORD)]


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path, make_trajectory: Make) -> None:
    path = tmp_path / "set.json"
    export_agenttraj([make_trajectory()], path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    def broken() -> Any:
        yield make_trajectory(1)
        raise StoreError("corrupt")

    with pytest.raises(StoreError, match="corrupt"):
        export_agenttraj(broken(), path)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_an_empty_array_is_an_array(tmp_path: Path) -> None:
    export_agenttraj([], tmp_path / "none.json")
    assert json.loads((tmp_path / "none.json").read_text()) == []
    assert [file.name for file in tmp_path.iterdir()] == ["none.json"]


def test_formats_go_by_name(tmp_path: Path, make_trajectory: Make) -> None:
    for name in ("agenttraj", "jsonl"):
        assert export_trajectories([make_trajectory()], name, tmp_path / name) == 1
    with pytest.raises(ConfigError, match="no format 'csv'"):
        export_trajectories([], "csv", tmp_path / "x")


@pytest.mark.parametrize("indent", [None, 0, 1, 2, 4])
def test_an_array_is_written_piece_by_piece_as_in_one(tmp_path: Path, indent: int | None) -> None:
    style = JsonStyle.of("array", indent, "")
    export_agenttraj([from_record(RECORD)] * 3, tmp_path / "a.json", style=style.values())
    assert (tmp_path / "a.json").read_text() == json.dumps([RECORD] * 3, indent=indent)
