"""The protocol between a host and its owner: length-prefixed MessagePack, validated on both sides.

The channel starts after `MAGIC`, so that output of the interpreter before the host takes over is skipped.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Mapping
from typing import Any, Self

import msgspec

from agentgym_core import errors
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError, ConfigError
from agentgym_core.rollout.faults import RemoteError, message_of, traceback_of, type_of, whose

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

    `verb` is a method of `GuardedEnvironment`, or `open`, or one that is for the whole host: `source`, `describe`.
    """

    number: int
    verb: str
    slot: int = 0
    body: Any = None


class CallError(msgspec.Struct, array_like=True):
    """An error as text, since its class may not exist in the owner's Python. `kind` is the nearest class of `agentgym_core.errors`."""

    kind: str
    type: str
    message: str
    hint: str = ""
    traceback: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """What an error says."""
        kind = next((each.__name__ for each in type(error).__mro__ if each.__module__ == errors.__name__), "")
        hint = error.hint if isinstance(error, AgentGymError) else ""
        return cls(kind, type_of(error), message_of(error), hint, traceback_of(error))

    def known(self) -> AgentGymError | None:
        """The error itself, where it is one of core's; None for any other."""
        found = getattr(errors, self.kind or "-", None)
        if inspect.isclass(found) and issubclass(found, AgentGymError):
            return found(self.message, hint=self.hint)
        return None

    def original(self) -> RemoteError:
        """The error as the cause of another one."""
        return RemoteError(self.type, self.message, self.traceback)


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


def source_body(source: EnvironmentSource, *, foreign: bool) -> SourceBody:
    """A source as a host can make it again.

    :raises ConfigError: its class or configuration cannot be found by name from another process.
    """
    if foreign:
        return SourceBody(source.spec.id, "", "", source.config_values, [])
    config = source.config
    if not hasattr(config, "model_dump"):
        raise ConfigError(
            f"{whose(source)} has a configuration of type {type(config).__name__}, which no other process can be given",
            hint="make it an agentgym_core.ComponentConfig, or use the placement inline or thread",
        )
    config_class = f"{type(config).__module__}:{type(config).__qualname__}"
    if "__main__" in (source.spec.target.partition(":")[0], type(config).__module__) or "<" in config_class:
        raise ConfigError(
            f"{whose(source)} is defined where no other process can import it from ({source.spec.target})",
            hint="move it into a module, or use the placement inline or thread",
        )
    return SourceBody(
        source.spec.id, source.spec.target, config_class, source.config_values, [p or os.getcwd() for p in sys.path]
    )


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

    def feed(self, data: bytes) -> list[bytes]:
        """Take what has arrived and return the messages that are complete.

        :raises ValueError: the other side does not speak this protocol.
        """
        self._buffer += data
        if not self._started:
            at = self._buffer.find(MAGIC)
            if at < 0:
                # The marker may arrive in two reads: its possible beginning stays in the buffer.
                del self._buffer[: 1 - len(MAGIC)]
                return []
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
