"""Flat records as a Parquet file, written in row groups so that memory stays small."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from agentgym_core.errors import ComponentUnavailable, StoreError, sayable
from agentgym_core.types import Trajectory, WeightedTrajectory
from agentgym_data.files import WholeFile
from agentgym_data.flat import COLUMNS, flat

GROUP_ROWS = 1000
GROUP_CHARACTERS = 32_000_000


def export_parquet(trajectories: Iterable[Trajectory | WeightedTrajectory], path: str | os.PathLike[str]) -> int:
    """Write the columns of `flat.COLUMNS` and return the number of episodes.

    Parquet holds only valid Unicode: a lone surrogate becomes U+FFFD.

    :raises ComponentUnavailable: pyarrow is not installed.
    :raises StoreError: the file cannot be written.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ComponentUnavailable("Parquet export needs pyarrow", hint="run: pip install 'pyarrow>=17'") from error
    schema = _schema(pyarrow)
    count = 0
    try:
        with WholeFile(path) as file, parquet.ParquetWriter(file.file, schema, compression="zstd") as writer:
            for rows in _groups(trajectories):
                writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
                count += len(rows)
    except OverflowError:
        raise StoreError(
            f"{path}: a count of an episode takes more than 64 bits, which Parquet cannot hold",
            hint="write JSON Lines: --to jsonl",
        ) from None
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written: {error.strerror or error}", hint="free some space or choose another folder"
        ) from error
    return count


def _groups(trajectories: Iterable[Trajectory | WeightedTrajectory]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    size = 0
    for trajectory in trajectories:
        row = _valid(flat(trajectory))
        rows.append(row)
        size += sum(len(message["content"]) for message in row["messages"])
        if len(rows) >= GROUP_ROWS or size >= GROUP_CHARACTERS:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _schema(pyarrow: Any) -> Any:
    text = pyarrow.string()
    function = pyarrow.struct([("name", text), ("arguments", text)])
    call = pyarrow.struct([("id", text), ("type", text), ("function", function)])
    message = pyarrow.struct(
        [
            ("role", text),
            ("content", text),
            ("reasoning", text),
            ("tool_calls", pyarrow.list_(call)),
            ("tool_call_id", text),
            ("weight", pyarrow.int8()),
        ]
    )
    types = {
        "string": text,
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
        "bool": pyarrow.bool_(),
        "strings": pyarrow.list_(text),
        "messages": pyarrow.list_(message),
    }
    return pyarrow.schema(
        [
            pyarrow.field(name, types[kind], metadata={"description": meaning})
            for name, (kind, meaning) in COLUMNS.items()
        ]
    )


def _valid(value: Any) -> Any:
    if isinstance(value, str):
        return sayable(value)
    if isinstance(value, dict):
        return {key: _valid(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_valid(item) for item in value]
    return value
