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

from agentgym_core.environments.described import DescribeResponse, TaskRows, about, task_rows
from agentgym_core.environments.source import LocalSource, local_source
from agentgym_core.placement import ResetRequest
from agentgym_core.plugins import Announced, Plugin
from agentgym_core.rollout.placements._local import LaneInstance
from agentgym_core.rollout.placements.engines import Engines
from agentgym_core.rollout.placements.process_tree import descendants
from agentgym_core.rollout.placements.worker_protocol import (
    MAGIC,
    Call,
    CallError,
    CallResult,
    DescribeRequest,
    SourceBody,
    Unframer,
    encode,
    frame,
)
from agentgym_core.rollout.placements.worker_thread import WorkerThread, settled
from agentgym_core.specs import EnvironmentSpec
from agentgym_core.types import Action

# Twice this (the lanes, then the engine) must stay below the owner's _CLOSE_SECONDS, after which it kills the host.
_GRACE_SECONDS = 3.0


class Worker:
    """One environment's instances, each with a thread (a lane) of its own."""

    def __init__(self, output: int) -> None:
        self._output = output
        # Lanes answer from threads of their own: a frame must not be cut by another one.
        self._writing = threading.Lock()
        self._source: LocalSource | None = None
        self._engines = Engines()
        self._slots: dict[int, LaneInstance] = {}
        self._snapshots: dict[int, list[Any]] = {}

    def take(self, message: bytes) -> None:
        """Start what a message asks for; the answer is sent when it is there."""
        call = msgspec.msgpack.decode(message, type=Call)
        if self._source is None:
            self._answer(call, *settled(partial(self._prepare, call)))
            return
        # Only the main thread comes here, so slots need no lock. Calls of one slot keep their order in its lane's queue.
        if call.slot not in self._slots:
            lane = WorkerThread(f"slot-{call.slot}")
            self._slots[call.slot] = LaneInstance(self._source, self._engines, lane)
        self._slots[call.slot].lane.submit(partial(self._run, call), partial(self._answer, call))

    def _prepare(self, call: Call) -> DescribeResponse | TaskRows | None:
        """Before there is an environment: which one to make, or a question on what this Python knows of one."""
        if call.verb == "describe":
            question = msgspec.convert(call.body, DescribeRequest)
            source = local_source(question.id, question.config)
            return task_rows(source, question.split) if question.split else about(source)
        source = source_from(msgspec.convert(call.body, SourceBody))
        _ = source.cls
        self._source = source
        return None

    def _run(self, call: Call) -> Any:
        slot = self._slots[call.slot]
        snapshots = self._snapshots.setdefault(call.slot, [])
        match call.verb:
            case "open":
                slot.make()
            case "reset":
                snapshots.clear()
                return slot.call("reset", msgspec.convert(call.body, ResetRequest))
            case "step":
                return slot.call("step", msgspec.convert(call.body, Action))
            case "available_actions" | "render":
                return slot.call(call.verb)
            case "snapshot":
                # Handles are any objects, which only this process can hold: the owner gets their number.
                snapshots.append(slot.call("snapshot"))
                return None if snapshots[-1] is None else len(snapshots) - 1
            case "restore":
                slot.call("restore", snapshots[call.body])
            case "close":
                snapshots.clear()
                slot.free()
            case _:
                raise RuntimeError(f"a host does not know {call.verb!r}")
        return None

    def _answer(self, call: Call, value: Any, error: BaseException | None) -> None:
        data = b""
        if error is None:
            try:
                data = frame(CallResult(call.number, msgspec.Raw(encode(value))))
            except Exception as unsendable:
                error = unsendable
        if error is not None:
            data = frame(CallResult(call.number, msgspec.Raw(b"\xc0"), CallError.of(error)))
        with self._writing:
            try:
                _write(self._output, data)
            except OSError:
                leave()

    def shut(self) -> None:
        """Close every instance in its lane, then the engine in the lane that opened it, as far as the time allows."""
        last, others = None, []
        for slot in self._slots.values():
            slot.lane.submit(slot.free, _ignore)
            # Some engines can only be closed by the thread that opened them.
            if slot.lane.ident == self._engines.opener:
                last = slot.lane
            else:
                others.append(slot.lane)
                slot.lane.finish()
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
