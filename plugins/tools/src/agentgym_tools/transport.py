"""Requests and replies over HTTP, and the one way in which they travel by default: the standard library's."""

from __future__ import annotations

import http.client
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import Factory, field, frozen

LARGEST = 16 * 1024 * 1024
"""Bytes of a reply that are read at most."""
_CHUNK = 64 * 1024


class TransportError(Exception):
    """No reply came: no connection, a connection that broke off, or no time left. `sent` tells whether the request may have arrived."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


@frozen
class HttpRequest:
    """One request. Address and headers stay out of every printed form, for a token may be in them."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@frozen
class HttpReply:
    """One reply, whatever its status. Names of headers are in lower case."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = Factory(dict)


Transport = Callable[[HttpRequest, float], HttpReply]
"""Carries a request within so many seconds; raises `TransportError` where no reply came."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect could take the token to another host."""

    def redirect_request(self, *arguments: Any, **named: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)
# What goes to this machine takes no way around over a proxy, which could read it.
_DIRECT = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The names of this machine."""


def send(request: HttpRequest, seconds: float) -> HttpReply:
    """Carry a request over a connection of its own. Redirects are not followed.

    :raises TransportError: no reply came in time.
    """
    deadline = time.monotonic() + seconds
    carried = urllib.request.Request(  # noqa: S310 - the client lets only http and https through
        request.url, data=request.body, headers=dict(request.headers), method=request.method
    )
    opener = _DIRECT if urlsplit(request.url).hostname in LOOPBACK else _OPENER
    try:
        with opener.open(carried, timeout=seconds) as reply:
            return _read(reply, deadline)
    except urllib.error.HTTPError as reply:
        with reply:
            return _read(reply, deadline)
    except urllib.error.URLError as error:
        reason = error.reason
        if isinstance(reason, TimeoutError):
            raise TransportError(f"no reply within {seconds:g} s") from None
        unsent = isinstance(reason, (ConnectionRefusedError, socket.gaierror))
        raise TransportError(f"no connection: {reason}", sent=not unsent) from None
    except TimeoutError:
        raise TransportError(f"no reply within {seconds:g} s") from None
    except (OSError, http.client.HTTPException) as error:
        raise TransportError(f"the connection broke off: {type(error).__name__}") from None


def _read(reply: Any, deadline: float) -> HttpReply:
    body = bytearray()
    while chunk := reply.read1(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise TransportError(f"the reply is larger than {LARGEST:,} bytes")
        if time.monotonic() > deadline:
            raise TransportError("the reply did not end in time")
    expected = reply.headers.get("Content-Length", "")
    if expected.isdigit() and len(body) < int(expected):
        raise TransportError("the reply broke off")
    return HttpReply(reply.status, bytes(body), {name.lower(): value for name, value in reply.headers.items()})
