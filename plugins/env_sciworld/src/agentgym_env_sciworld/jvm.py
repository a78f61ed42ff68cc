"""One Java virtual machine with the simulator in it, reached over a socket on this machine.

It ends when its owner does: its standard input closes then. No other process can use it: it listens on loopback, at a port that the system
chose, and asks for a token.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from py4j.java_gateway import GatewayClient, GatewayConnection, GatewayParameters, JavaGateway, find_jar_path
from py4j.protocol import Py4JError, Py4JJavaError

from agentgym_core.errors import ComponentUnavailable
from agentgym_env_sciworld.classfile import NotAClass
from agentgym_env_sciworld.java import Java, java_version, simulator_jar
from agentgym_env_sciworld.patches import changed_classes

_TYPE_TABLE = "object_type_ids.tsv"
_OPTIONS = ("-XX:+IgnoreUnrecognizedVMOptions", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError")
_START_SECONDS = 60.0
_END_SECONDS = 3.0


class JvmDied(RuntimeError):
    """The JVM ended during a call."""


class _Client(GatewayClient):  # type: ignore[misc]
    def _create_connection(self) -> GatewayConnection:
        connection = GatewayConnection(self.gateway_parameters, self.gateway_property)
        try:
            connection.start()
        except BaseException:
            # A JVM that is gone: the library leaves the socket to chance.
            connection.socket.close()
            raise
        return connection


class _Gateway(JavaGateway):  # type: ignore[misc]
    def _create_gateway_client(self) -> GatewayClient:
        return _Client(gateway_parameters=self.gateway_parameters)


class Jvm:
    """A running JVM. `close` ends it; so does the end of this process."""

    def __init__(self, java: Java, heap_mb: int) -> None:
        self.java = java
        self.folder = Path(tempfile.mkdtemp(prefix="agentgym-sciworld-"))
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the JVM
        self._ending = threading.Lock()
        try:
            self.process = self._start(heap_mb)
            self._gateways: list[JavaGateway] = []
            self._port, self._token = self._address()
            self._silence()
        except BaseException:
            self.close()
            raise

    def _start(self, heap_mb: int) -> subprocess.Popen[bytes]:
        jar = simulator_jar()
        table = jar.with_name(_TYPE_TABLE)
        if table.is_file():
            # The simulator reads the table from its working folder, and writes it there where it finds it wanting.
            shutil.copy(table, self.folder / _TYPE_TABLE)
        try:
            changed = changed_classes(jar)
        except (OSError, KeyError, zipfile.BadZipFile, NotAClass) as error:
            raise ComponentUnavailable(
                f"sciworld: {str(jar)!r} is not the simulator's JAR: {error}",
                hint="run: pip install --force-reinstall 'scienceworld<1.3'",
            ) from error
        for name, data in changed.items():
            target = self.folder / "classes" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        self.class_path = (str(self.folder / "classes"), str(jar))
        command = [self.java.program, *_OPTIONS, f"-Xmx{heap_mb}m", "-classpath"]
        command += [os.pathsep.join((find_jar_path(), *self.class_path)), "py4j.GatewayServer"]
        command += ["--die-on-broken-pipe", "--enable-auth", "0"]
        try:
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, cwd=self.folder
            )
        except OSError as error:
            raise ComponentUnavailable(
                f"sciworld: {self.java.program!r} cannot be run: {error.strerror or error}",
                hint="run: agentgym doctor sciworld",
            ) from error

    def _address(self) -> tuple[int, str]:
        assert self.process.stdout is not None
        slow = threading.Timer(_START_SECONDS, self.process.kill)
        slow.start()
        try:
            port, token = self.process.stdout.readline().strip(), self.process.stdout.readline().strip()
        finally:
            slow.cancel()
        if not port.isdigit() or not token:
            raise ComponentUnavailable(
                f"sciworld: {self.java.program!r} ({java_version(self.java) or 'its version is unknown'}) does not start the "
                f"simulator: {self.last_words() or 'it said nothing'}",
                hint="run: agentgym doctor sciworld",
            )
        return int(port), token.decode()

    def _silence(self) -> None:
        # The simulator prints all it does. Before its classes are loaded the stream can still be exchanged.
        java = self.connect().jvm.java
        sink = java.io.BufferedOutputStream(java.io.FileOutputStream(os.devnull), 1 << 16)
        java.lang.System.setOut(java.io.PrintStream(sink))
        if self.process.stdout is not None:
            self.process.stdout.close()

    def connect(self) -> JavaGateway:
        """Connections of one's own.

        The other end remembers methods by the names of their classes, a connection: classes of the same name from two class loaders
        must not be reached through one.
        """
        gateway = _Gateway(gateway_parameters=GatewayParameters(port=self._port, auth_token=self._token))
        self._gateways.append(gateway)
        return gateway

    @property
    def alive(self) -> bool:
        """Whether the JVM runs."""
        return self.process.poll() is None

    @contextlib.contextmanager
    def calling(self) -> Iterator[None]:
        """Around a call: what a JVM's end looks like from outside becomes `JvmDied`; what the simulator raised passes through."""
        try:
            yield
        except Py4JJavaError:
            raise
        except (Py4JError, OSError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_END_SECONDS)
            if self.alive:
                raise
            self._hang_up()
            raise JvmDied(
                f"the simulator's JVM ended ({self.ending()}): {self.last_words() or 'it said nothing'}"
            ) from error

    def _hang_up(self) -> None:
        # Objects of the JVM that are freed later must not look for it: that happens at any time, in any thread.
        for gateway in getattr(self, "_gateways", ()):
            gateway._gateway_client.is_connected = False
            with contextlib.suppress(Exception):
                gateway.close()

    def ending(self) -> str:
        """How the process ended, in words."""
        code = self.process.poll()
        return "it runs" if code is None else f"killed by signal {-code}" if code < 0 else f"exit status {code}"

    def last_words(self) -> str:
        """The end of what the JVM wrote to standard error."""
        with contextlib.suppress(OSError, ValueError):
            self._errors.seek(0)
            return self._errors.read().decode(errors="replace").strip()[-600:]
        return ""

    def forget_folder(self) -> None:
        """Remove the files that were only needed for the start, so that not even a killed process leaves them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """End the JVM: politely, then not. Calling it twice is fine."""
        with self._ending:
            process = getattr(self, "process", None)
            if process is not None:
                if process.stdin is not None:
                    with contextlib.suppress(OSError):
                        process.stdin.close()
                try:
                    process.wait(_END_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                if process.stdout is not None:
                    process.stdout.close()
            self._hang_up()
            self._errors.close()
            self.forget_folder()
