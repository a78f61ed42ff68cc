"""What the environment and its workers say to each other: a length of four bytes, then msgpack."""

from __future__ import annotations

import os
import select
import struct
from typing import Any, TypeVar

import msgspec

Row = tuple[Any, ...]
T = TypeVar("T")

_LENGTH = struct.Struct("<I")
_PORTION = 1 << 16


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


class Channel:
    """One end of a connection made of two pipes, by their descriptors. Not for two threads at once.

    Pipes, since a round trip over them takes half the processor time of one over a pair of sockets.
    """

    def __init__(self, source: int, target: int) -> None:
        self.source, self._target = source, target
        self._encoder = msgspec.msgpack.Encoder()
        self._poller = select.poll()
        self._poller.register(source, select.POLLIN)

    def send(self, message: msgspec.Struct) -> None:
        """Send a message.

        :raises OSError: the other end is gone.
        """
        body = self._encoder.encode(message)
        data = _LENGTH.pack(len(body)) + body
        sent = os.write(self._target, data)
        while sent < len(data):
            sent += os.write(self._target, memoryview(data)[sent:])

    def receive(self, decoder: msgspec.msgpack.Decoder[T], seconds: float | None = None) -> T | None:
        """The next message, or None where the other end has closed the connection.

        :param seconds: how long it may take to begin; by default any time.
        :raises TimeoutError: it did not come within that time.
        """
        if seconds is not None and not self._poller.poll(1000 * seconds):
            raise TimeoutError
        data: bytes | bytearray = os.read(self.source, _PORTION)
        while len(data) < 4 or len(data) < 4 + _LENGTH.unpack_from(data)[0]:
            more = os.read(self.source, _PORTION)
            if not more:
                return None
            if isinstance(data, bytes):
                data = bytearray(data)
            data += more
        return decoder.decode(memoryview(data)[4:])
