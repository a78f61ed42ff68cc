"""The protocol between a host and its owner: length-prefixed MessagePack, validated on both sides.

The channel starts after `MAGIC`, so that output of the interpreter before the host takes over is skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

# The channel between the owner (`WorkerClient`) and a host (`Worker`), one duplex socket that is the host's stdin and stdout:
#
#   owner                                 host
#     | start process, socket as 0 and 1    |
#     |                      <- MAGIC ------|  everything before it is noise of the interpreter
#     |--- Call(1, "source", SourceBody) -->|
#     |        <- CallResult(1, nil or problem)
#     |--- Call(2, "open", slot) ---------->|  each slot has a thread of its own,
#     |--- Call(3, "step", other slot) ---->|  so results may come in another order
#     |        <- CallResult(3) ... CallResult(2)
#     |--- end of stream ------------------>|  closes its instances and exits
#   a host that ends first: every waiting call gets an InfrastructureFault
#
#   frame = 4 bytes of length, big-endian, then that many bytes of MessagePack
MAGIC = b"\x00agentgym-host\x01\n"
# Far above any observation, and far below what a corrupt length (up to 4 GiB) would make the reader allocate.
LARGEST = 256 * 1024 * 1024


class Call(msgspec.Struct, array_like=True):
    """A request. `slot` says which instance.

    `verb` is `source`, `open`, `reset`, `step`, `available_actions`, `render`, `snapshot`, `restore` or `close`.
    """

    number: int
    verb: str
    slot: int = 0
    body: Any = None


class CallError(msgspec.Struct, array_like=True):
    """An error as text. `kind` is `environment`, `unavailable`, or the name of an error of the caller."""

    kind: str
    type: str
    message: str
    hint: str = ""
    traceback: str = ""


class CallResult(msgspec.Struct, array_like=True):
    """The answer to the call with this number; `body` is undecoded until it is known what it must be."""

    number: int
    body: msgspec.Raw
    problem: CallError | None = None


class SourceBody(msgspec.Struct):
    """Which environment a host is for. `config_class` is where the configuration's class stands, empty where there is none.

    With an empty `target` the host looks the id up among its own plugins. `path` is added to where it imports from.
    """

    id: str
    target: str
    config_class: str
    config: Mapping[str, Any]
    path: list[str]


class DescribeRequest(msgspec.Struct):
    """What another Python is asked about one of its environments; with a `split`, what its tasks are."""

    id: str
    config: Mapping[str, Any]
    split: str = ""


encode = msgspec.msgpack.Encoder().encode


def frame(message: Any) -> bytes:
    """A message with its length before it.

    :raises TypeError: it holds what MessagePack cannot say. :raises ValueError: it is too large.
    """
    data: bytes = encode(message)
    if len(data) > LARGEST:
        raise ValueError(f"a message of {len(data)} bytes is larger than the {LARGEST} that a host may send")
    return len(data).to_bytes(4, "big") + data


class Unframer:
    """Bytes in, whole messages out."""

    def __init__(self, *, skip_to_magic: bool) -> None:
        self._buffer = bytearray()
        self._started = not skip_to_magic
        self.skipped = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take what has arrived and return the messages that are complete.

        :raises ValueError: the other side does not speak this protocol.
        """
        self._buffer += data
        if not self._started:
            at = self._buffer.find(MAGIC)
            if at < 0:
                # The marker may arrive in two reads: its possible beginning stays in the buffer. Of the noise, 4 KiB are kept.
                keep = len(MAGIC) - 1
                self.skipped += self._buffer[:-keep]
                del self.skipped[:-4096]
                del self._buffer[:-keep]
                return []
            self.skipped += self._buffer[:at]
            del self._buffer[: at + len(MAGIC)]
            self._started = True
        messages = []
        start = 0
        while len(self._buffer) - start >= 4:
            size = int.from_bytes(self._buffer[start : start + 4], "big")
            if size > LARGEST:
                raise ValueError(f"a message of {size} bytes is announced, more than the {LARGEST} allowed")
            if len(self._buffer) - start - 4 < size:
                break
            messages.append(bytes(self._buffer[start + 4 : start + 4 + size]))
            start += 4 + size
        if start:
            del self._buffer[:start]
        return messages
