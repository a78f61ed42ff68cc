"""The live backend: Open-Meteo's services for places, past weather, forecasts, air and heights. They only answer, so answers are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from agentgym_core.errors import InfrastructureFault
from agentgym_env_weather.backend import DUST, UNITS, Refused, Series
from agentgym_tools.config import LiveSettings
from agentgym_tools.live import Answers, live_client, recording_of
from agentgym_tools.service import ServiceClient, ServiceRefused
from agentgym_tools.transport import HttpReply

NAME = "Open-Meteo"
HOSTS = {
    "search": "geocoding-api.open-meteo.com",
    "archive": "archive-api.open-meteo.com",
    "forecast": "api.open-meteo.com",
    "air-quality": "air-quality-api.open-meteo.com",
    "elevation": "api.open-meteo.com",
}
"""Where each service is; with a key for customers, the same with `customer-` before it."""
_LATE = 7
"""Days that the archive is behind the present: what is younger is asked of the forecast, which knows three months of the past."""
_WAITS = (("minutely", 60.0), ("hourly", 3600.0), ("daily", 86400.0), ("monthly", 2678400.0))
_SHOWN = ("name", "latitude", "longitude", "country_code")


class OpenMeteo:
    """Asks the services, each request once. Safe to share between threads; requests are made one after another.

    :param scope: names what is recorded together.
    :param today: the present day, for choosing between archive and forecast.
    :raises ConfigError: as `live_client`. :raises StoreError: a recording cannot be used.
    """

    def __init__(
        self,
        settings: LiveSettings,
        scope: str,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._today = today
        self._answers: Answers[Any] = Answers()
        recording = recording_of(settings, scope)
        prefix = "customer-" if settings.token_variable else ""
        self._clients: dict[str, ServiceClient] = {
            service: live_client(
                NAME,
                settings,
                base_url=f"https://{prefix}{host}/v1",
                scope=scope,
                token_query="apikey",  # noqa: S106 - the key's name
                wait_of=_wait_of,
                recording=recording,
            )
            for service, host in HOSTS.items()
        }

    @property
    def requests(self) -> int:
        """How many requests were made, repeated ones included."""
        return sum(client.requests for client in self._clients.values())

    def places(self, name: str) -> list[dict[str, Any]]:
        found = self._search(name=name, count=3)
        return [{key: place[key] for key in _SHOWN if key in place} for place in found]

    def postal_code(self, code: str) -> list[dict[str, Any]]:
        found = self._search(name=code, count=3, countryCode="US")
        shown = (*_SHOWN, "admin1")
        return [{**{key: place[key] for key in shown if key in place}, "postcode": code} for place in found]

    def daily(
        self, latitude: float, longitude: float, first: str, last: str, variables: Sequence[str], *, ahead: bool
    ) -> Series:
        late = (self._today() - timedelta(_LATE)).isoformat()
        service = "archive" if last <= late else "forecast"
        reply = self._get(service, **_where(latitude, longitude, first, last), daily=",".join(variables))
        return Series(_series(service, reply, "daily", variables), f"{NAME} {service}")

    def dust(self, latitude: float, longitude: float, first: str, last: str) -> Series:
        reply = self._get("air-quality", **_where(latitude, longitude, first, last), hourly=DUST)
        hours = _series("air-quality", reply, "hourly", (DUST,))
        times = hours["daily"]["time"]
        noons = [place for place, time in enumerate(times) if time.endswith("T12:00")]
        daily = {key: [column[place] for place in noons] for key, column in hours["daily"].items()}
        return Series({**hours, "daily": daily}, f"{NAME} air-quality")

    def elevation(self, latitude: float, longitude: float) -> float:
        reply = self._get("elevation", latitude=str(latitude), longitude=str(longitude))
        values = reply.get("elevation") if isinstance(reply, dict) else None
        if not isinstance(values, list) or len(values) != 1 or not _is_number(values[0]):
            raise _odd("elevation", reply)
        return float(values[0])

    def close(self) -> None:
        """Nothing is open between requests, and what is kept may be another episode's."""

    def _search(self, **query: str | int) -> list[Mapping[str, Any]]:
        reply = self._get("search", **query, language="en", format="json")
        found = reply.get("results", []) if isinstance(reply, dict) else None
        if not isinstance(found, list) or not all(
            isinstance(place, dict) and all(_is_number(place.get(key)) for key in ("latitude", "longitude"))
            for place in found
        ):
            raise _odd("search", reply)
        return found

    def _get(self, service: str, **query: str | int) -> Any:
        def ask() -> Any:
            try:
                return self._clients[service].get(service, **query)
            except ServiceRefused as refused:
                return Refused(_reason(refused))

        reply = self._answers.get((service, *sorted(query.items())), ask)
        if isinstance(reply, Refused):
            raise Refused(str(reply))
        return reply


def _where(latitude: float, longitude: float, first: str, last: str) -> dict[str, str]:
    return {
        "latitude": str(latitude),
        "longitude": str(longitude),
        "start_date": first,
        "end_date": last,
        "timezone": "GMT",
    }


def _series(service: str, reply: Any, frame: str, variables: Sequence[str]) -> dict[str, Any]:
    """What a tool shows of an answer: the point, the units and the columns, under the names of the daily ones.

    :raises InfrastructureFault: it is no such answer.
    """
    try:
        units, table = reply[f"{frame}_units"], reply[frame]
        columns = {key: table[key] for key in ("time", *variables)}
        shown = {
            "latitude": float(reply["latitude"]),
            "longitude": float(reply["longitude"]),
            "daily_units": {key: str(units.get(key, UNITS[key])) for key in columns},
            "daily": columns,
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _odd(service, reply) from None
    lengths = {len(column) if isinstance(column, list) else -1 for column in columns.values()}
    if len(lengths) != 1 or -1 in lengths or not all(isinstance(time, str) for time in columns["time"]):
        raise _odd(service, reply)
    if not all(value is None or _is_number(value) for key in variables for value in columns[key]):
        raise _odd(service, reply)
    return shown


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _odd(service: str, reply: Any) -> InfrastructureFault:
    return InfrastructureFault(
        f"{NAME}: what {service} answers has another shape than it documents: {str(reply)[:200]}",
        hint="try again later, or look at base_url",
    )


def _reason(refused: ServiceRefused) -> str:
    """The reason out of `{"error": true, "reason": ...}`, or what else there is."""
    try:
        found = json.loads(refused.text)["reason"]
    except (ValueError, KeyError, TypeError, RecursionError):
        found = refused.text.strip()[:200]
    return str(found) or f"{NAME} refuses it ({refused.status})"


def _wait_of(reply: HttpReply) -> float | None:
    """The seconds to wait for. Open-Meteo names the limit in words and sends no Retry-After."""
    text = reply.body[:1000].decode("utf-8", errors="replace").lower()
    return next((seconds for word, seconds in _WAITS if re.search(rf"\b{word}\b", text)), None)
