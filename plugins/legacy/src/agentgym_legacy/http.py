"""Blocking HTTP/1.1 requests of which each is sent at most once."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from agentgym_core.errors import ConfigError, InfrastructureFault

LARGEST = 64 * 2**20
_CONNECT_SECONDS = 10.0
_KEPT_SECONDS = 2.0
"""How old an idle connection may be: servers close theirs after some seconds, and it cannot be known what became of a request on one."""


class PlainHttp:
    """Requests to one server, one at a time. `abort` may be called from any thread; the request under way then fails."""

    def __init__(self, base: str, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ConfigError(f"{base!r} is no address", hint="write legacy+http://host:port/path#ENV")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/")
        self._where = base
        self._headers = {"content-type": "application/json", **(headers or {})}
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of the answer.

        :raises InfrastructureFault: there is no answer; whether the request arrived is not known.
        """
        try:
            connection = self._connected()
            connection.request(method, f"{self._path}/{path}", body, self._headers)
            response = connection.getresponse()
            content = response.read(LARGEST + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise InfrastructureFault(f"{self._where}: {type(error).__name__}: {error}", hint="is it up?") from error
        if len(content) > LARGEST:
            self.close()
            raise InfrastructureFault(f"{self._where}: an answer of more than {LARGEST} bytes")
        self._used = time.monotonic()
        return response.status, content

    def _connected(self) -> http.client.HTTPConnection:
        kept = self._connection
        if kept is not None and kept.sock is not None:
            # What can be read before anything was asked is the end of the connection.
            ended = bool(select.select([kept.sock], [], [], 0)[0]) if kept.sock.fileno() < 1024 else True
            if not ended and time.monotonic() - self._used < _KEPT_SECONDS:
                return kept
            self.close()
        cls = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        made = cls(self._host, self._port, timeout=_CONNECT_SECONDS)
        self._connection = made
        made.connect()
        # The caller holds the time limits, and aborts.
        made.sock.settimeout(None)
        return made

    def abort(self) -> None:
        """End the connection under a request that waits."""
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
