"""The program of a host process: instances on threads of their own, spoken to over standard input and output.

What an environment prints goes to standard error. A host ends when its input does, and ends all processes that it started.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import threading
import time
from functools import partial
from typing import Any

import msgspec

from agentgym_core.environments.source import LocalSource, local_source
from agentgym_core.errors import AgentGymError, InfrastructureFault
from agentgym_core.placement import ResetRequest
from agentgym_core.plugins import Announced, Plugin
from agentgym_core.rollout.faults import message_of, traceback_of, type_of
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.rollout.placements._protocol import (
    MAGIC,
    Call,
    CallError,
    CallResult,
    SourceBody,
    Unframer,
    encode,
    frame,
)
from agentgym_core.rollout.placements._tree import descendants
from agentgym_core.rollout.placements.engines import CALLER_ERRORS, Engines
from agentgym_core.rollout.placements.worker_thread import WorkerThread
from agentgym_core.specs import EnvironmentSpec
from agentgym_core.types import Action

# Twice this (the lanes, then the engine) must stay below the owner's _CLOSE_SECONDS, after which it kills the host.
_GRACE_SECONDS = 3.0


class Worker:
    """One environment's instances, a lane each."""

    def __init__(self, output: int) -> None:
        self._output = output
        # Lanes answer from threads of their own: a frame must not be cut by another one.
        self._writing = threading.Lock()
        self._source: LocalSource | None = None
        self._engines = Engines()
        self._opening = threading.Lock()
        # The lane that opened the engine; it is kept to the end, since it must close it too.
        self._engine_slot: int | None = None
        self._lanes: dict[int, WorkerThread] = {}
        self._instances: dict[int, GuardedEnvironment] = {}
        self._snapshots: dict[int, list[Any]] = {}

    def take(self, message: bytes) -> None:
        """Start what a message asks for; the answer is sent when it is there."""
        call = msgspec.msgpack.decode(message, type=Call)
        if call.verb == "source":
            try:
                self._source = source_from(msgspec.convert(call.body, SourceBody))
                _ = self._source.cls
            except BaseException as error:
                self._answer(call, None, error, kind="unavailable")
            else:
                self._answer(call, None, None)
            return
        # Only the main thread comes here, so lanes need no lock. Calls of one slot keep their order in its lane's queue.
        if call.slot not in self._lanes:
            self._lanes[call.slot] = WorkerThread(f"slot-{call.slot}")
        self._lanes[call.slot].submit(lambda: self._run(call), lambda value, error: self._answer(call, value, error))

    def _run(self, call: Call) -> Any:
        match call.verb:
            case "open":
                self._open(call.slot)
                return None
            case "reset":
                self._snapshots.pop(call.slot, None)
                return self._instances[call.slot].reset(msgspec.convert(call.body, ResetRequest))
            case "step":
                return self._instances[call.slot].step(msgspec.convert(call.body, Action))
            case "available_actions":
                return self._instances[call.slot].available_actions()
            case "render":
                return self._instances[call.slot].render()
            case "snapshot":
                return self._keep(call.slot, self._instances[call.slot].snapshot())
            case "restore":
                self._instances[call.slot].restore(self._snapshots[call.slot][call.body])
                return None
            case "close":
                self._snapshots.pop(call.slot, None)
                instance = self._instances.pop(call.slot, None)
                if instance is not None:
                    instance.close()
                return None
            case _:
                raise RuntimeError(f"a host does not know {call.verb!r}")

    def _keep(self, slot: int, handle: Any) -> int | None:
        """Handles are any objects, which only this process can hold: the owner gets their number."""
        if handle is None:
            return None
        kept = self._snapshots.setdefault(slot, [])
        kept.append(handle)
        return len(kept) - 1

    def _open(self, slot: int) -> None:
        source = self._source
        if source is None:
            raise RuntimeError("a host must be told its environment first")
        with self._opening:
            engine = self._engines.get(source)
            # Some engines can only be closed by the thread that opened them.
            self._engine_slot = slot if self._engine_slot is None else self._engine_slot
        self._instances[slot] = GuardedEnvironment(source, engine)

    def _answer(self, call: Call, value: Any, error: BaseException | None, *, kind: str = "environment") -> None:
        data = b""
        if error is None:
            try:
                data = frame(CallResult(call.number, msgspec.Raw(encode(value))))
            except Exception as unsendable:
                error = unsendable
        if error is not None:
            if isinstance(error, CALLER_ERRORS):
                kind = type(error).__name__
            elif isinstance(error, InfrastructureFault):
                kind = "infrastructure"
            hint = error.hint if isinstance(error, AgentGymError) else ""
            # An error crosses as text, never pickled: its class may not exist in the owner's Python.
            problem = CallError(kind, type_of(error), message_of(error), hint, traceback_of(error))
            data = frame(CallResult(call.number, msgspec.Raw(b"\xc0"), problem))
        with self._writing:
            try:
                _write(self._output, data)
            except OSError:
                leave()

    def shut(self) -> None:
        """Close every instance in its lane, then the engine in the lane that opened it, as far as the time allows."""
        for slot, lane in self._lanes.items():
            lane.submit(partial(self._run, Call(0, "close", slot)), _ignore)
        last = None if self._engine_slot is None else self._lanes[self._engine_slot]
        others = [lane for lane in self._lanes.values() if lane is not last]
        for lane in others:
            lane.finish()
        end = time.monotonic() + _GRACE_SECONDS
        for lane in others:
            lane.join(max(0.0, end - time.monotonic()))
        if last is not None:
            last.submit(self._engines.close, _ignore)
            last.finish()
            last.join(_GRACE_SECONDS)


def source_from(body: SourceBody) -> LocalSource:
    """The environment that a host is for: what the owner names, or what this Python's plugins announce."""
    sys.path += [entry for entry in body.path if entry not in sys.path]
    if not body.target:
        return local_source(body.id, body.config)
    config = _import(body.config_class or "agentgym_core.config:EmptyConfig").model_validate(dict(body.config))
    announced = Announced(Plugin("local", "ok"), EnvironmentSpec(id=body.id, target=body.target))
    return LocalSource(announced, config, _import(body.target))


def _import(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _write(output: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(output, view) :]


def _ignore(value: object, error: BaseException | None) -> None:
    pass


def leave() -> None:
    """End this process and all that it started, now."""
    for pid in descendants(os.getpid()):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        # Only a host that leads its own group may end the group: this one among it.
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(0)


def main() -> None:
    """Serve until the input ends."""
    # The channel moves to descriptors of its own before any plugin is imported. What remains:
    #   0  /dev/null: an environment that reads input gets its end, and takes no bytes of the channel
    #   1  a copy of 2: what an environment prints, children and C libraries included, cannot break a frame
    channel_in, channel_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    host = Worker(channel_out)
    unframer = Unframer(skip_to_magic=False)
    _write(channel_out, MAGIC)
    # Ends when the owner closes its end, or dies: the operating system closes it then.
    while data := os.read(channel_in, 1 << 16):
        for message in unframer.feed(data):
            host.take(message)
    host.shut()
    leave()


if __name__ == "__main__":
    main()
