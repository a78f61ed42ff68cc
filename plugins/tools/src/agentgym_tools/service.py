"""A client of a live service: patient where waiting helps, and never waiting where it does not."""

from __future__ import annotations

import email.utils
import json
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from agentgym_core.errors import ConfigError, InfrastructureFault
from agentgym_tools.recordings import Recording
from agentgym_tools.secrets import Secret
from agentgym_tools.transport import LOOPBACK, HttpReply, HttpRequest, Transport, TransportError, send

_LOG = logging.getLogger(__name__)
_PASSING = (500, 502, 503, 504)
_EXCERPT = 300
# A refusal for a limit says so in words; services use the same status for a token that they do not take.
_LIMIT = re.compile(r"quota|limit|exceed|too many|upgrade|maximum|max_", re.IGNORECASE)


class ServiceRefused(Exception):
    """The service understood a request and will not do it (400, 404, 409, 422 and the like). `text` is its reason, no secret in it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status, self.text = status, text


class ServiceClient:
    """Makes requests of one service, one at a time, and reads JSON.

    :param name: the service's name, for messages.
    :param base_url: where it is; plain http only on this machine, since a token would be readable on the way.
    :param token: sent as a bearer token where given.
    :param transport: carries a request; `send` of the standard library by default.
    :param sleep: how to wait.
    :param seconds: the time limit of one request.
    :param attempts: how often a request is tried that failed for a passing reason.
    :param patience: the seconds that one call may spend waiting for its next attempt.
    :param recording: keeps replies, or gives those that were kept.
    :param token_query: the query's key that takes the token, for a service that wants it there and not in a header.
    :param wait_of: the seconds that a reply of 429 asks for in the service's own way; None where it does not.
    :raises ConfigError: the address will not do.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        token: Secret | None = None,
        transport: Transport = send,
        sleep: Callable[[float], None] = time.sleep,
        seconds: float = 15.0,
        attempts: int = 4,
        patience: float = 60.0,
        recording: Recording | None = None,
        token_query: str = "",
        wait_of: Callable[[HttpReply], float | None] = lambda reply: None,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ConfigError(
                f"{name}: {base_url!r} is no address to send a token to",
                hint="give an https address, or http on this machine",
            )
        self.name, self.base_url, self.recording = name, base_url.rstrip("/"), recording
        self._token, self._transport, self._sleep = token, transport, sleep
        self._seconds, self._attempts, self._patience = seconds, attempts, patience
        self._token_query, self._wait_of = token_query, wait_of
        self.requests = 0

    def get(self, *path: str, **query: str | int) -> Any:
        """The JSON at a path; the path's parts are quoted. Errors as for `call`."""
        return self.call("GET", path, query)

    def post(self, *path: str, sent: Mapping[str, Any] | None = None, repeatable: bool = False) -> Any:
        """The JSON that a POST answers, or None. `repeatable` where doing it twice does no harm. Errors as for `call`."""
        return self.call("POST", path, {}, sent, repeatable=repeatable)

    def delete(self, *path: str) -> None:
        """Delete what is at a path; what is gone already is fine. Errors as for `call`."""
        try:
            self.call("DELETE", path, {})
        except ServiceRefused as refused:
            if refused.status != 404:
                raise

    def call(
        self,
        method: str,
        path: Sequence[str],
        query: Mapping[str, str | int],
        sent: Mapping[str, Any] | None = None,
        *,
        repeatable: bool = False,
    ) -> Any:
        """Make a request and return its JSON, None where the reply is empty.

        What fails for a passing reason (429 with its Retry-After, 5xx, no reply, broken JSON) is tried again where that does no harm: a
        POST that may have been done is not.

        :raises ServiceRefused: the service will not do it. :raises ConfigError: it refuses the token, or the address is not its own.
        :raises InfrastructureFault: no attempt brought a reply. :raises EnvironmentFault: a recording has no reply.
        """
        where = "/" + "/".join(quote(part, safe=":") for part in path)
        asked = {key: str(value) for key, value in sorted(query.items())}
        kept = self.recording.find(method, where, asked, sent) if self.recording else None
        if kept is None:
            status, text = self._live(method, where, asked, sent, repeatable or method in ("GET", "DELETE"))
            if self.recording:
                self.recording.keep(method, where, asked, sent, status, text)
        else:
            status, text = kept
        if self.recording:
            self.recording.passed(method, where, asked, sent)
        if status >= 400:
            raise ServiceRefused(status, text)
        return json.loads(text) if text.strip() else None

    def _live(
        self, method: str, where: str, query: dict[str, str], sent: Mapping[str, Any] | None, again: bool
    ) -> tuple[int, str]:
        request = self._request(method, where, query, sent)
        waited = 0.0
        for attempt in range(1, self._attempts + 1):
            problem, wait, may_repeat = "", float(2 ** (attempt - 1)), again
            try:
                self.requests += 1
                reply = self._transport(request, self._seconds)
            except TransportError as error:
                problem = self._redact(str(error))
                may_repeat = again or not error.sent
            else:
                text = self._redact(reply.body.decode("utf-8", errors="replace"))
                _LOG.debug("%s: %s %s: %d", self.name, method, where, reply.status)
                if reply.status == 429:
                    problem, may_repeat = f"429, too many requests{_excerpt(text)}", True
                    asked = self._wait_of(reply)
                    wait = _retry_after(reply, wait if asked is None else asked)
                elif reply.status in _PASSING:
                    problem = f"{reply.status}: {text[:_EXCERPT]}"
                    wait = _retry_after(reply, wait)
                elif self._settle(method, where, reply, text):
                    return reply.status, text
                else:
                    problem = f"{reply.status} with something that is not JSON: {text[:_EXCERPT]!r}"
            if not may_repeat or attempt == self._attempts or waited + wait > self._patience:
                break
            _LOG.debug("%s: %s %s: %s; again in %g s", self.name, method, where, problem, wait)
            self._sleep(wait)
            waited += wait
        raise InfrastructureFault(
            f"{self.name}: {method} {where} failed {f'{attempt} times, at last' if attempt > 1 else 'once'}: {problem}",
            hint="the service is away or overloaded: try again later, or replay a recording",
        )

    def _settle(self, method: str, where: str, reply: HttpReply, text: str) -> bool:
        """Whether a reply is an answer; raises where no further attempt could become one."""
        if reply.status == 403 and _LIMIT.search(text):
            raise ConfigError(
                f"{self.name}: a limit of the account is reached (403 to {method} {where}){_excerpt(text)}",
                hint="the token is not refused: wait until the limit is renewed, or raise it with the service",
            )
        if reply.status in (401, 403):
            whose = f"the token of {self._token.variable}" if self._token else "a request without a token"
            raise ConfigError(
                f"{self.name} refuses {whose} ({reply.status} to {method} {where}){_excerpt(text)}",
                hint=f"set {self._token.variable} to a token that is valid" if self._token else "",
            )
        if 300 <= reply.status < 400 or reply.status == 410:
            raise ConfigError(
                f"{self.name} is not at {self.base_url} ({reply.status} to {method} {where})",
                hint="look at base_url: redirects are not followed",
            )
        if reply.status >= 400:
            return True
        try:
            if text.strip():
                json.loads(text)
        except (ValueError, RecursionError):
            return False
        return True

    def _request(self, method: str, where: str, query: dict[str, str], sent: Mapping[str, Any] | None) -> HttpRequest:
        headers = {"Accept": "application/json", "User-Agent": "agentgym-core"}
        if self._token is not None:
            if self._token_query:
                query = {**query, self._token_query: self._token.reveal()}
            else:
                headers["Authorization"] = f"Bearer {self._token.reveal()}"
        body = None
        if sent is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(sent, ensure_ascii=False).encode()
        url = f"{self.base_url}{where}" + (f"?{urlencode(query)}" if query else "")
        return HttpRequest(method, url, headers, body)

    def _redact(self, text: str) -> str:
        return self._token.redact(text) if self._token else text


def _excerpt(text: str) -> str:
    return f": {text[:_EXCERPT]}" if text.strip() else ""


def _retry_after(reply: HttpReply, otherwise: float) -> float:
    """The seconds that a reply asks to wait: a number, or a date."""
    value = reply.headers.get("retry-after", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return otherwise
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
