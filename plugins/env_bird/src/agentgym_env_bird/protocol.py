"""What the environment and its workers say to each other, in msgpack."""

from __future__ import annotations

from typing import Any

import msgspec

Row = tuple[Any, ...]


class Request(msgspec.Struct, array_like=True, frozen=True):
    """One statement to be run.

    `database` is its location, `show` how many rows are wanted back. `reference` is the query that the result is compared with, or
    empty; its own result must have been kept before. With `keep` the statement is itself a reference query whose result is kept.
    """

    database: str
    sql: str
    show: int = 0
    reference: str = ""
    keep: bool = False


class Result(msgspec.Struct, array_like=True, frozen=True):
    """What a statement gave.

    `count` is the number of rows, of which `rows` holds the first. `error` is empty where it gave rows. `ticks` are tens of
    thousands of instructions. `measures` compare it with a reference. `excess` is the limit of an answer that a reference query
    goes beyond. `missing` says that the result of the reference is not kept here; `fault` is what is wrong with the worker or the
    database, and not with the statement.
    """

    rows: list[Row] = []
    columns: tuple[str, ...] = ()
    error: str = ""
    ticks: int = 0
    count: int = 0
    measures: dict[str, Any] | None = None
    excess: str = ""
    missing: bool = False
    fault: str = ""


encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(Request).decode
decode_result = msgspec.msgpack.Decoder(Result).decode
