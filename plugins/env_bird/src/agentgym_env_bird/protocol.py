"""What the environment and its workers say to each other: a length of four bytes, then msgpack."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, TypeVar

import msgspec

Row = tuple[Any, ...]
T = TypeVar("T")


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


_encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(Request).decode
decode_result = msgspec.msgpack.Decoder(Result).decode


def send(stream: IO[bytes], message: msgspec.Struct) -> None:
    """Send a message over a buffered pipe.

    :raises OSError: the other end is gone.
    """
    body = _encode(message)
    stream.write(len(body).to_bytes(4, "little") + body)
    stream.flush()


def receive(stream: IO[bytes], decode: Callable[[bytes], T]) -> T:
    """The next message of a buffered pipe.

    :raises EOFError: the other end has closed the connection, perhaps within a message.
    """
    head = stream.read(4)
    body = stream.read(int.from_bytes(head, "little"))
    if len(head) < 4 or len(body) < int.from_bytes(head, "little"):
        raise EOFError
    return decode(body)
