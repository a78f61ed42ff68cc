"""The actor beside a host: it starts the host process of core's on its node, hands it the owner's connection, and tells when it ended.

The host is a process of its own, as in the placement `process`: what an environment prints, starts or breaks is not the actor's, and
when its channel ends, because the owner or the actor is gone, the host takes all that it started with it.
"""

from __future__ import annotations

import contextlib
import hmac
import socket
import subprocess
import threading
from collections.abc import Mapping

import ray

from agentgym_core.rollout.placements.process_tree import kill_tree
from agentgym_core.rollout.placements.worker_command import variables_for, worker_command
from agentgym_core.rollout.placements.worker_protocol import Unframer

CLOSE_SECONDS = 8.0
_PORTION = 1 << 18
_TAIL = 4096
_GREETING_SECONDS = 5.0
"""How long one who connects may take to say who it is."""

PATIENCE = 1e-4
LONGEST = 0.004
"""How long an exchange waits for others' calls or answers, in seconds: so long for each of them, and at most. Many sessions of quick
environments travel together, and a few of slow ones do not wait for each other."""


class HostActor:
    """Runs in an actor with several threads. The owner connects to the host (`listen`), or has bytes carried (`begin`, `exchange`)."""

    def __init__(self, python: str, variables: Mapping[str, str]) -> None:
        self._python, self._variables = python, variables
        self._process: subprocess.Popen[bytes] | None = None
        self._door: socket.socket | None = None
        self._socket: socket.socket | None = None
        self._changed = threading.Condition()
        self._taken = self._given = self._awaited = 0
        self._unframer = Unframer(skip_to_magic=True)
        self._said = bytearray()
        self._tail = bytearray()
        self._ended = False
        self._listener: threading.Thread | None = None

    def listen(self, secret: bytes) -> tuple[str, int]:
        """Wait for the owner's connection at the address that is returned. It begins with `secret`, and becomes the host's channel.

        :raises OSError: this node lets nobody listen there.
        """
        address = ray.util.get_node_ip_address()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._door = socket.create_server((address, 0), family=family)
        threading.Thread(target=self._admit, args=(self._door, secret), daemon=True).start()
        port: int = self._door.getsockname()[1]
        return address, port

    def _admit(self, door: socket.socket, secret: bytes) -> None:
        while True:
            try:
                channel, _ = door.accept()
            except OSError:
                return
            with channel:
                channel.settimeout(_GREETING_SECONDS)
                with contextlib.suppress(OSError):
                    said = bytearray()
                    while len(said) < len(secret) and (more := channel.recv(len(secret) - len(said))):
                        said += more
                    if hmac.compare_digest(bytes(said), secret):
                        channel.settimeout(None)
                        keep_alive(channel)
                        self._start(channel)
                        door.close()
                        return

    def begin(self) -> None:
        """Start the host for an owner that cannot connect to it: what it says and hears travels in `exchange`."""
        if self._door is not None:
            self._door.close()
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._start(theirs)
        threading.Thread(target=self._read, args=(self._socket,), daemon=True).start()

    def _start(self, channel: socket.socket) -> None:
        with self._changed:
            self._process = subprocess.Popen(
                worker_command(self._python),
                stdin=channel.fileno(),
                stdout=channel.fileno(),
                stderr=subprocess.PIPE,
                env=variables_for(foreign=bool(self._python), more=self._variables),
                start_new_session=True,
            )
            self._listener = threading.Thread(target=self._listen, daemon=True)
            self._listener.start()
            self._changed.notify_all()

    def exchange(self, number: int, data: bytes, calls: int) -> tuple[int, bytes, str | None]:
        """Give the host `data`, and wait until it has said something or the next exchange is there.

        :param calls: how many calls the bytes hold, each of which the host will answer.
        :param number: counts the exchanges from 0: threads may run them in another order than they were sent.
        :return: the place of what was said among all that was, the bytes, and the host's last words where it has ended.
        """
        assert self._socket is not None
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

    def ended(self) -> str:
        """Wait for the end of the host, and say its last words."""
        with self._changed:
            self._changed.wait_for(lambda: self._process is not None)
        assert self._process is not None
        self._process.wait()
        return self._last_words()

    def answer(self) -> None:
        """Say that the actor is there."""

    def shut(self) -> None:
        """Let the host close its instances, whose channel the owner has closed or this does, then make sure that it is gone."""
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_WR)
        if self._process is not None:
            try:
                self._process.wait(CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                kill_tree(self._process.pid)

    def kill(self) -> None:
        """End the host with all that it started, hanging or not, and this actor with it."""
        if self._process is not None:
            kill_tree(self._process.pid)
        ray.actor.exit_actor()

    def _read(self, channel: socket.socket) -> None:
        while True:
            try:
                data = channel.recv(_PORTION)
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
        assert self._process is not None
        assert self._process.stderr is not None
        with self._process.stderr as errors:
            while data := errors.read1(_PORTION):  # type: ignore[attr-defined]
                self._tail += data
                del self._tail[:-_TAIL]

    def _last_words(self) -> str:
        if self._listener is not None:
            self._listener.join(1)
        return self._tail.decode(errors="replace").strip()


def keep_alive(channel: socket.socket) -> None:
    """Set up a connection between nodes: small messages go out at once, and the end of a node without a word is noticed within a minute."""
    channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        # Each under the name that the system gives it, where it has one.
        if hasattr(socket, option):
            channel.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
