"""JSON files in whatever layout come out byte for byte; what is no JSON is told as what it is; bombs are bounded."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.errors import StoreError
from agentgym_core.store import Run
from agentgym_data import export_agenttraj, import_agenttraj, jsonfile, read_items
from agentgym_data.jsonfile import JsonFile
from agentgym_data.transfer import STYLE

ONE: dict[str, Any] = {
    "item_id": "babyai_1",
    "conversations": [{"from": "human", "loss": None, "value": "Grüße"}, {"from": "gpt", "loss": True, "value": "Action:\ngo"}],
}  # fmt: skip
LAYOUTS: list[dict[str, Any]] = [
    {"indent": None},
    {"indent": 2},
    {"indent": 4},
    {"indent": "\t"},
    {"indent": None, "separators": (",", ":")},
]


def there_and_back(folder: Path, data: bytes, name: str) -> bytes:
    (folder / name).write_bytes(data)
    import_agenttraj(folder / name, folder / "run", environment="babyai")
    run = Run.open(folder / "run")
    out = folder / f"again.{name.partition('.')[2]}"
    export_agenttraj(run, out, style=run.manifest[STYLE])
    return out.read_bytes()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("ascii", [True, False])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_an_array_comes_out_byte_for_byte(
    tmp_path: Path, newline: str, layout: dict[str, Any], ascii: bool, end: str
) -> None:
    records = [{**ONE, "item_id": f"babyai_{number}"} for number in range(3)]
    text = (json.dumps(records, ensure_ascii=ascii, **layout) + end).replace("\n", newline)
    assert there_and_back(tmp_path, text.encode(), "set.json") == text.encode()
    # The layout was understood, so that no record keeps its text a second time.
    assert all("raw" not in item.info["imported"] for item in Run.open(tmp_path / "run"))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_one_object_a_file_comes_out_byte_for_byte(tmp_path: Path, newline: str, layout: dict[str, Any]) -> None:
    text = json.dumps(ONE, **layout).replace("\n", newline)
    assert there_and_back(tmp_path, text.encode(), "babyai_1.json") == text.encode()


def test_objects_behind_one_another_and_an_array_with_a_record_a_line(tmp_path: Path) -> None:
    objects = "\n".join(json.dumps(ONE, indent=2) for _ in range(3)) + "\n"
    (tmp_path / "a").mkdir()
    assert there_and_back(tmp_path / "a", objects.encode(), "set.json") == objects.encode()
    array = "[\n" + ",\n".join(json.dumps(ONE) for _ in range(3)) + "\n]\n"
    assert there_and_back(tmp_path, array.encode(), "set.json") == array.encode()


@pytest.mark.parametrize("layouts", [(None, 2), (2, None), (None, None, 4, None), (2, None, 2)])
def test_records_of_a_line_and_of_many_may_stand_together(tmp_path: Path, layouts: tuple[int | None, ...]) -> None:
    records = [{**ONE, "item_id": f"babyai_{number}"} for number in range(len(layouts))]
    text = "".join(json.dumps(record, indent=indent) + "\n" for record, indent in zip(records, layouts, strict=True))
    path = _written(tmp_path / "x.json", text.encode())
    found = list(JsonFile(path))
    assert [record.value for record in found] == records
    ends = [
        len(json.dumps(record, indent=indent).splitlines()) for record, indent in zip(records, layouts, strict=True)
    ]
    assert [record.line for record in found] == [1 + sum(ends[:number]) for number in range(len(ends))]
    # The first record decides what the file is.
    name = "y.jsonl" if layouts[0] is None else "y.json"
    assert there_and_back(tmp_path, text.encode(), name) == text.encode()


def test_a_broken_line_among_others_is_passed_over_alone(tmp_path: Path) -> None:
    good = json.dumps(ONE)
    for bad in ("{", good[:50], good[:-1], good + "}", '{"a": "x', "[1, 2", '{"a":', "nonsense", '{"a": 1} {"b": 2}'):
        path = _written(tmp_path / "x.jsonl", f"{good}\n{bad}\n{good}\n{good}".encode())
        errors: list[StoreError] = []
        assert [record.line for record in JsonFile(path, on_corrupt=errors.append)] == [1, 3, 4], bad
        assert [f"{path}, line 2: " in error.message for error in errors] == [True], bad


def test_a_mark_and_empty_lines_come_out_too(tmp_path: Path) -> None:
    text = "\ufeff\n" + json.dumps(ONE) + "\n\n  " + json.dumps(ONE) + " \r\n" + json.dumps(ONE)
    assert there_and_back(tmp_path, text.encode(), "set.jsonl") == text.encode()


spaces = st.text(st.sampled_from(" \t\r\n"), max_size=3)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def loose(draw: st.DrawFn, value: Any, space: st.SearchStrategy[str]) -> str:
    """The JSON text of a value with white space wherever it may stand."""
    if isinstance(value, dict):
        parts = [
            draw(space) + json.dumps(key) + draw(space) + ":" + draw(space) + draw(loose(item, space)) + draw(space)
            for key, item in value.items()
        ]
        return "{" + (",".join(parts) or draw(space)) + "}"
    if isinstance(value, list):
        return (
            "["
            + (",".join(draw(space) + draw(loose(item, space)) + draw(space) for item in value) or draw(space))
            + "]"
        )
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file of records in any layout, and its ending."""
    form = draw(st.sampled_from(["array", "lines", "objects"]))
    space = st.text(st.sampled_from(" \t"), max_size=2) if form == "lines" else spaces
    records = [
        {**ONE, "item_id": f"babyai_{number}", **draw(st.dictionaries(st.sampled_from(["a", "b"]), values, max_size=1))}
        for number in range(draw(st.integers(1, 4)))
    ]
    texts = [draw(loose(record, space)) for record in records]
    if form == "array":
        body = "[" + ",".join(draw(spaces) + text + draw(spaces) for text in texts) + "]"
        return "set.json", (draw(spaces) + body + draw(spaces)).encode()
    if form == "lines":
        ends = [draw(st.sampled_from(["\n", "\r\n", "\n\n"])) for _ in texts]
        return "set.jsonl", "".join(draw(space) + text + end for text, end in zip(texts, ends, strict=True)).encode()
    return "set.json", "".join(draw(spaces) + text + "\n" for text in texts).encode()


@settings(max_examples=150)
@given(files())
def test_any_layout_comes_out_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, file: tuple[str, bytes]) -> None:
    name, data = file
    folder = tmp_path_factory.mktemp("layout")
    form = JsonFile(_written(folder / name, data)).form
    again = there_and_back(folder, data, name)
    if form == "lines" and name == "set.json" and data.count(b'"item_id"') > 1:
        # Objects that happen to take a line each: under .json they become a list.
        assert json.loads(again)[0]["item_id"] == "babyai_0"
    else:
        assert again == data


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@settings(max_examples=300)
@given(st.binary(max_size=80) | st.text(max_size=60).map(str.encode))
def test_no_bytes_raise_anything_but_a_store_error_with_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.json"
    path.write_bytes(data)
    for read in (
        lambda: list(JsonFile(path)),
        lambda: read_items(path),
        lambda: import_agenttraj(path, path.parent / "r"),
    ):
        error = _refused(read)
        assert error is None or (str(path) in error.message and error.hint)


def _refused(read: Callable[[], Any]) -> StoreError | None:
    try:
        read()
    except StoreError as error:
        return error
    return None


@settings(max_examples=200)
@given(st.data())
def test_a_cut_file_is_told_with_its_line_and_what_is_whole_is_kept(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    layout = data.draw(st.sampled_from(LAYOUTS))
    array = data.draw(st.booleans())
    records = [{**ONE, "item_id": f"babyai_{number}"} for number in range(3)]
    if array:
        text = json.dumps(records, **layout)
    else:
        text = "".join(json.dumps(record, **layout) + "\n" for record in records)
    cut = text[: data.draw(st.integers(1, len(text) - (1 if array else 2)))]
    path = _written(tmp_path_factory.mktemp("cut") / "x.json", cut.encode())
    errors: list[StoreError] = []
    found = [record.value for record in JsonFile(path, on_corrupt=errors.append)]
    assert found == records[: len(found)]
    assert len(errors) <= 1
    if not errors:
        assert cut.rstrip() == text[: len(cut.rstrip())]
        assert not array
        return
    line = cut.count("\n") + 1
    assert f"line {line}:" in errors[0].message or cut.endswith("\n") or "line 1" in errors[0].message
    with pytest.raises(StoreError):
        list(JsonFile(path))


def _zipped(text: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.json", text)
    return file.getvalue()


def _tarred(text: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        found = tarfile.TarInfo("a.json")
        found.size = len(text)
        archive.addfile(found, io.BytesIO(text))
    return file.getvalue()


TEXT = json.dumps(ONE).encode()
FOREIGN: dict[str, tuple[bytes, str, str]] = {
    "page": (b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title>", "is a web page", "/resolve/"),
    "xml": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "is a web page", "/resolve/"),
    "pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "is a Git LFS pointer",
        "git lfs pull",
    ),
    "zip": (_zipped(TEXT), "is a zip archive", "unzip"),
    "tar": (_tarred(TEXT), "is a tar archive", "tar xf"),
    "twice packed": (gzip.compress(gzip.compress(TEXT)), "is packed with gzip twice", "gunzip"),
    "bzip2": (bz2.compress(TEXT), "is packed with bzip2", "bunzip2"),
    "xz": (lzma.compress(TEXT), "is packed with xz", "unxz"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x00", "is packed with zstd", "unzstd"),
    "parquet": (b"PAR1\x15\x04\x15", "is a Parquet file", "read_parquet"),
    "arrow": (b"ARROW1\0\0", "is an Arrow file", "pandas"),
    "pickle": (pickle.dumps(ONE), "is a Python pickle", "runs code"),
    "utf-16": (TEXT.decode().encode("utf-16"), "is UTF-16 text", "iconv"),
    "table": (b"item_id,reward,success\nbabyai_1,0.5,0\n", "is a table (CSV)", "read_csv"),
    "tabs": (b"item_id\treward\nbabyai_1\t0.5\n", "is a table (CSV)", "read_csv"),
    "python": (repr(ONE).encode(), "as Python prints it", "json.dumps"),
    "empty": (b"", "is empty", "again"),
    "blank": (b"\n \n", "is empty", "again"),
    "empty packed": (gzip.compress(b""), "is empty", "again"),
    "nul": (b"\0" * 100, "is not text", "JSON"),
    "pdf": (b"%PDF-1.7\n", "is a PDF document", "JSON"),
}


def test_a_database_is_told_too(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.json") as database:
        database.execute("CREATE TABLE a (b)")
    database.close()
    with pytest.raises(StoreError, match="is an SQLite database"):
        JsonFile(tmp_path / "x.json")


@pytest.mark.parametrize("name", FOREIGN)
def test_what_a_file_is_instead_is_told(tmp_path: Path, name: str) -> None:
    data, what, hint = FOREIGN[name]
    path = tmp_path / "a file.json"
    path.write_bytes(data)
    for read in (JsonFile, read_items, lambda file: import_agenttraj(file, tmp_path / "run")):
        with pytest.raises(StoreError) as caught:
            read(path)
        assert what in caught.value.message
        assert str(path) in caught.value.message
        assert hint in caught.value.hint
    assert not (tmp_path / "run").exists()


def test_a_packed_bomb_is_refused_before_it_is_large(tmp_path: Path) -> None:
    path = tmp_path / "bomb.json.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"[")
        for _ in range(100):
            file.write(b" " * (1 << 20))
    tracemalloc.start()
    with pytest.raises(StoreError, match=r"bomb\.json\.gz: unpacks to more than .* looks like a bomb"):
        list(JsonFile(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300 << 20


@pytest.mark.parametrize("form", ["lines", "array", "objects"])
def test_a_record_that_is_too_long_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(jsonfile, "LONGEST", 400_000)
    long = json.dumps({**ONE, "item_id": "babyai_2", "note": "x" * 1_000_000})
    short = json.dumps(ONE)
    text = {
        "lines": f"{short}\n{long}\n{short}\n",
        "array": f"[{short},\n{long},\n{short}]",
        "objects": f"{json.dumps(ONE, indent=1)}\n{long}\n{short}",
    }[form]
    path = _written(tmp_path / "x.json", text.encode())
    line = 1 + text[: text.index("babyai_2")].count("\n")
    with pytest.raises(StoreError, match=f"line {line}: the record is longer than 400,000"):
        list(JsonFile(path))
    errors: list[StoreError] = []
    found = [record.value["item_id"] for record in JsonFile(path, on_corrupt=errors.append)]
    assert len(errors) == 1
    assert found == (["babyai_1", "babyai_1"] if form == "lines" else ["babyai_1"])


@pytest.mark.parametrize("depth", [65, 900, 100_000])
@pytest.mark.parametrize("form", ["lines", "array"])
def test_a_record_that_is_too_deep_is_refused_with_its_line(tmp_path: Path, depth: int, form: str) -> None:
    deep = '{"item_id": "babyai_1", "conversations": ' + "[" * depth + "]" * depth + "}"
    text = f"{json.dumps(ONE)}\n{deep}\n" if form == "lines" else f"[{json.dumps(ONE)},\n{deep}]"
    path = _written(tmp_path / "x.json", text.encode())
    with pytest.raises(StoreError, match="line 2: the record is nested deeper than 64"):
        import_agenttraj(path, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 5000, "NaN", "-Infinity"])
def test_a_number_that_cannot_be_held_is_refused_with_its_line(tmp_path: Path, number: str) -> None:
    path = _written(tmp_path / "x.jsonl", f'{json.dumps(ONE)}\n{{"a": {number}}}\n'.encode())
    with pytest.raises(StoreError, match="line 2: not valid JSON"):
        list(JsonFile(path))


def test_records_are_read_one_at_a_time(tmp_path: Path) -> None:
    record = {**ONE, "note": "x" * 100_000}
    path = _written(tmp_path / "x.json", json.dumps([record] * 300).encode())
    tracemalloc.start()
    assert sum(1 for _ in JsonFile(path)) == 300
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 << 20


def test_a_missing_file_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "maze_train.json").write_text("[]")
    with pytest.raises(StoreError, match=r"maze_trian\.json: there is no such file") as caught:
        JsonFile(tmp_path / "maze_trian.json")
    assert "maze_train.json" in caught.value.hint
