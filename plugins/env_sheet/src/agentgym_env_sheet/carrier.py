"""gspread's requests, carried by the client that every live service of ours uses: it waits, keeps the token to itself, and records."""

from __future__ import annotations

import json as _json
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve
from gspread.http_client import HTTPClient

from agentgym_tools.service import ServiceClient
from agentgym_tools.transport import HttpReply, HttpRequest, send

SHEETS, DRIVE = "https://sheets.googleapis.com", "https://www.googleapis.com"
_QUOTA = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED", "dailyLimitExceeded")


def carry(request: HttpRequest, seconds: float) -> HttpReply:
    """A request and its reply; a 403 that means a quota is treated as the 429 that it is: waiting helps, another token does not."""
    reply = send(request, seconds)
    if reply.status == 403 and any(name.encode() in reply.body for name in _QUOTA):
        return evolve(reply, status=429)
    return reply


class Reply:
    """What gspread reads of a response."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def json(self) -> Any:
        """The JSON of the reply."""
        return self._value

    @property
    def text(self) -> str:
        """The same as text."""
        return _json.dumps(self._value)


class Carrier(HTTPClient):
    """gspread's HTTP client over ours. `made` holds the ids of the files that it made, so that what was begun can be cleared away.

    :param sheets: the client of the Sheets API. :param drive: that of the Drive API.
    """

    def __init__(self, sheets: ServiceClient, drive: ServiceClient) -> None:
        super().__init__(None, session=object())
        self._sheets, self._drive = sheets, drive
        self.made: list[str] = []

    def request(
        self,
        method: str,
        endpoint: str,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        files: Any = None,
        headers: Any = None,
    ) -> Reply:
        """Make a request. Errors as `ServiceClient.call` says."""
        parts = urlsplit(endpoint)
        client = self._sheets if parts.hostname == urlsplit(SHEETS).hostname else self._drive
        query = {name: str(value) for name, value in (params or {}).items() if value is not None}
        value = client.call(method.upper(), parts.path.strip("/").split("/"), query, json)
        if client is self._drive and method.lower() == "post" and isinstance(value, dict) and value.get("id"):
            self.made.append(str(value["id"]))
        return Reply(value)
