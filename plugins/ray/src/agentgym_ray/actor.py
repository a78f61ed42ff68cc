"""The actor beside a host: it carries bytes between the owner, which may be on another node, and a host process of core's.

The host is a process of its own, as in the placement `process`: what an environment prints, starts or breaks is not the actor's, and
when the actor is gone, killed or not, the host sees its channel end and takes all that it started with it.
"""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Mapping

from agentgym_core.rollout.placements._protocol import Unframer
from agentgym_core.rollout.placements._tree import kill_tree
from agentgym_core.rollout.placements._variables import variables_for, worker_command

CLOSE_SECONDS = 8.0
_PORTION = 1 << 18
_TAIL = 4096

PATIENCE = 1e-4
LONGEST = 0.004
"""How long an exchange waits for others' calls or answers, in seconds: so long for each of them, and at most. Many sessions of quick
environments travel together, and a few of slow ones do not wait for each other."""


class HostActor:
    """Runs in an actor with several threads. Each call of `exchange` brings bytes for the host and takes along what it has said."""

    def __init__(self, python: str, variables: Mapping[str, str]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                worker_command(python),
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.PIPE,
                env=variables_for(foreign=bool(python), more=variables),
                start_new_session=True,
            )
        self._changed = threading.Condition()
        self._taken = self._given = self._awaited = 0
        self._unframer = Unframer(skip_to_magic=True)
        self._said = bytearray()
        self._tail = bytearray()
        self._ended = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        threading.Thread(target=self._read, daemon=True).start()

    def exchange(self, number: int, data: bytes, calls: int) -> tuple[int, bytes, str | None]:
        """Give the host `data`, and wait until it has said something or the next exchange is there.

        :param calls: how many calls the bytes hold, each of which the host will answer.
        :param number: counts the exchanges from 0: threads may run them in another order than they were sent.
        :return: the place of what was said among all that was, the bytes, and the host's last words where it has ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._taken == number)
            try:
                self._socket.sendall(data)
            except OSError:
                self._ended = True
            self._taken += 1
            self._awaited += calls
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._said or self._ended or self._taken > number + 1)
            if self._awaited:
                # The answers to calls that came together mostly come together.
                patience = min(LONGEST, PATIENCE * self._awaited)
                self._changed.wait_for(lambda: not self._awaited or self._ended or self._taken > number + 1, patience)
            said, place = bytes(self._said), self._given
            self._said.clear()
            self._given += 1
            return place, said, self._last_words() if self._ended and not said else None

    def answer(self) -> None:
        """Say that the actor is there."""

    def shut(self) -> None:
        """Let the host close its instances, then make sure that it is gone."""
        self._socket.shutdown(socket.SHUT_WR)
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            kill_tree(self._process.pid)

    def _read(self) -> None:
        while True:
            try:
                data = self._socket.recv(_PORTION)
            except OSError:
                data = b""
            with self._changed:
                self._said += data
                self._awaited -= len(self._unframer.feed(data))
                self._ended = self._ended or not data
                self._changed.notify_all()
            if not data:
                return

    def _listen(self) -> None:
        assert self._process.stderr is not None
        while data := self._process.stderr.read1(_PORTION):  # type: ignore[attr-defined]
            self._tail += data
            del self._tail[:-_TAIL]

    def _last_words(self) -> str:
        self._listener.join(1)
        return self._tail.decode(errors="replace").strip()
