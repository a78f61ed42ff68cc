"""Who may ask: the host and the page that a request names, and its token. Looked at before anything else of it is read.

The rules are those of agentgym-service. What differs is the token: a browser shows it once, in the address that the command prints, and
then as a cookie that no script reads and no other site's page can have sent along.
"""

from __future__ import annotations

import asyncio
import hmac
from ipaddress import ip_address

from aiohttp import web

from agentgym_viewer.workbench.settings import WorkbenchSettings

LOOPBACK = ("localhost", "127.0.0.1", "::1")
COOKIE = "agentgym-workbench"
OPEN = "/static/"
"""What is served without a token: files of this package, with which the page that asks for one is shown."""

_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - addresses to listen on, compared and not bound
_GUESS_SECONDS = 0.25


class Refused(Exception):
    """A request that is not answered: the status, and words for a person."""

    def __init__(self, status: int, words: str, hint: str) -> None:
        super().__init__(words)
        self.status, self.words, self.hint = status, words, hint


class Admission:
    """What is asked of every request.

    The names of this machine and the address that is listened on are known. Where that is every address, any address is, but no name: a
    name can be made to point here by the page of its owner (DNS rebinding), an address cannot.
    """

    def __init__(self, settings: WorkbenchSettings) -> None:
        listed = (*LOOPBACK, settings.host, *settings.allow_hosts)
        self._hosts = frozenset(host_name(host) for host in listed if host not in _EVERYWHERE)
        self._any_address = settings.host in _EVERYWHERE
        self._token = settings.token.encode()
        # Wrong tokens wait in one line, so that nobody tries many at once.
        self._guesses = asyncio.Lock()

    async def check(self, request: web.BaseRequest) -> web.Response | None:
        """Let a request in (None), or answer it: a token in the address becomes a cookie and leaves the address.

        :raises Refused: it may not be answered.
        """
        host = request.headers.get("host", "")
        name = host_name(host)
        if not (name in self._hosts or (self._any_address and _is_address(name))):
            raise Refused(
                421,
                f"this workbench does not answer to the host {name[:100]!r}",
                "where it is started, add the name: agentgym ui --allow-host NAME",
            )
        origin = request.headers.get("origin")
        if origin is not None and origin.lower().partition("://")[2] != host.lower():
            raise Refused(403, "requests of another site's pages are not answered", "open the workbench itself")
        headers = request.headers
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            raise Refused(403, "requests of another site's pages are not answered", "open the workbench itself")
        if not self._token or request.path.startswith(OPEN):
            return None
        return await self._check_token(request)

    async def _check_token(self, request: web.BaseRequest) -> web.Response | None:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        given = request.cookies.get(COOKIE, "") or (secret.strip() if scheme.lower() == "bearer" else "")
        if given and self._fits(given):
            return None
        shown = request.query.get("token", "")
        if shown and self._fits(shown):
            # The token does not stay in the address, where it would be read over a shoulder or kept in a history.
            found = web.Response(status=303, headers={"location": request.path})
            found.set_cookie(COOKIE, shown, httponly=True, samesite="Strict", path="/")
            return found
        if given or shown:
            async with self._guesses:
                await asyncio.sleep(_GUESS_SECONDS)
        raise Refused(
            401, "this workbench asks for a token", "open the address that `agentgym ui` printed, token included"
        )

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token)


# The service has one like it: libraries know of no other, and core has no use for it.
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
