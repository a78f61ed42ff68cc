"""Who may ask: the host and the page that a request names, its token, and how often. Looked at before anything else of it is read."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address, ip_network

from aiohttp import web

from agentgym_service.messages import Code
from agentgym_service.problems import ApiError
from agentgym_service.sessions import CLIENT
from agentgym_service.settings import ServerSettings

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - addresses to listen on, compared and not bound

GUESSES = 50
"""Wrong tokens that an address may send at once; after that one a second."""

_REMEMBERED = 1024


class Admission:
    """What is asked of every request: a host and an origin of the list, the token, and the rate.

    The names of this machine and the address that the server listens on are in the list. Where it listens on every address, any address
    is, but no name: a name can be made to point here by the page of its owner (DNS rebinding), an address cannot.
    """

    def __init__(self, settings: ServerSettings) -> None:
        listed = (*LOOPBACK, settings.host, *settings.allow_hosts)
        self._hosts = frozenset(host_name(host) for host in listed if host not in _EVERYWHERE)
        self._any_host = "*" in settings.allow_hosts
        self._any_address = settings.host in _EVERYWHERE
        self._origins = frozenset(origin.lower().rstrip("/") for origin in settings.allow_origins)
        self._known: set[str] = set()
        self._token = settings.token.encode()
        self._guesses = Buckets(1.0, GUESSES)
        self.rates = Buckets(settings.rate) if settings.rate else None

    def check(self, request: web.BaseRequest) -> str:
        """Let a request in, and return who its client is.

        :raises ApiError: it may not be answered, or not yet.
        """
        headers = request.headers
        host = headers.get("host", "")
        if host not in self._known:
            self._check_host(host)
        if "origin" in headers:
            self._check_origin(headers["origin"].lower(), host.lower())
        client = client_of(request.remote or "")
        CLIENT.set(client)
        if request.path != "/health":
            if self._token:
                self._check_token(headers, client)
            if self.rates is not None:
                self._check_rate(client)
        return client

    def _check_host(self, host: str) -> None:
        name = host_name(host)
        if not (self._any_host or name in self._hosts or (self._any_address and _is_address(name))):
            raise ApiError(
                Code.MISDIRECTED,
                421,
                f"this server does not answer to the host {name[:100]!r}",
                hint="where it is started, add the name: agentgym serve --allow-host NAME",
            )
        # Any port may stand behind a name, so what is remembered has a bound.
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known.add(host)

    def _check_origin(self, origin: str, host: str) -> None:
        """A page of another site must not play with a server on its visitor's machine; the server's own pages may."""
        if origin.partition("://")[2] != host and origin not in self._origins:
            raise ApiError(
                Code.FORBIDDEN,
                403,
                "requests of another site's pages are not answered",
                hint=f"where the server is started, add the site: agentgym serve --allow-origin {origin[:100]}",
            )

    def _check_token(self, headers: Mapping[str, str], client: str) -> None:
        wait = self._guesses.wait(client)
        if wait:
            raise _too_often("too many wrong tokens came from your address", wait)
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        given = secret.strip().encode("utf-8", "surrogateescape")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given, self._token):
            self._guesses.take(client)
            raise ApiError(Code.UNAUTHORIZED, 401, "a bearer token is needed", hint="send Authorization: Bearer ...")

    def _check_rate(self, client: str) -> None:
        assert self.rates is not None
        wait = self.rates.take(client)
        if wait:
            raise _too_often(f"more than {self.rates.rate:g} requests a second", wait)


def _too_often(message: str, wait: float) -> ApiError:
    return ApiError(Code.RATE_LIMITED, 429, message, details={"retry_after": max(1, round(wait))})


# The viewer has one like it: libraries know of no other, and core has no use for it.
def host_name(host: str) -> str:
    """The name in `NAME:PORT`, in lower case; an IPv6 address stands in brackets where a port may follow."""
    name, _, port = host.rpartition(":")
    if not name or not port.isdecimal() or (":" in name and not name.endswith("]")):
        name = host
    return name.lower().rstrip(".").removeprefix("[").removesuffix("]")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


@lru_cache(_REMEMBERED)
def client_of(address: str) -> str:
    """An address as clients are counted. A whole network of IPv6 is one, since one machine has as many of its addresses as it likes."""
    if ":" not in address:
        return address
    parsed = ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or ip_network(f"{parsed}/64", strict=False))


_KNOWN = 10_000


class Bucket:
    """Requests that may be made now; they come back with time, to a second's worth or to `most`."""

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, rate: float, now: float | None = None, most: float | None = None) -> None:
        self._rate = rate
        self._left = self._most = max(1.0, rate if most is None else most)
        self._at = time.monotonic() if now is None else now

    def wait_for(self, now: float | None = None) -> float:
        """Seconds to wait before a request is within the rate; takes none."""
        now = time.monotonic() if now is None else now
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        return 0.0 if self._left >= 1.0 else (1.0 - self._left) / self._rate

    def take(self, now: float | None = None) -> float:
        """Seconds to wait before a request is within the rate; 0 takes it now."""
        pause = self.wait_for(now)
        if not pause:
            self._left -= 1.0
        return pause

    async def wait(self) -> None:
        """Take a request once it is within the rate. Not reading is how a connection is slowed down: its client need not know of rates."""
        while pause := self.take():  # noqa: ASYNC110
            await asyncio.sleep(pause)

    def charge(self, count: float) -> None:
        """Count requests that were let in with another one."""
        self._left -= count


class Buckets:
    """One bucket for each client, over all of its connections."""

    def __init__(self, rate: float, most: float | None = None) -> None:
        self.rate = rate
        self._most = most
        self._buckets: dict[str, Bucket] = {}

    def of(self, client: str) -> Bucket:
        """The client's bucket."""
        bucket = self._buckets.get(client)
        if bucket is None:
            if len(self._buckets) >= _KNOWN:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[client] = Bucket(self.rate, most=self._most)
        return bucket

    def take(self, client: str) -> float:
        """Seconds to wait before a request of this client is within the rate."""
        return self.of(client).take()

    def wait(self, client: str) -> float:
        """Seconds that a client has to wait; it is not remembered for asking."""
        bucket = self._buckets.get(client)
        return 0.0 if bucket is None else bucket.wait_for()
