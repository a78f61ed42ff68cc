"""What is behind the tools: one interface, over data of ours or over the live service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from attrs import frozen

TEMPERATURE = ("temperature_2m_max", "temperature_2m_min", "temperature_2m_mean")
RAIN = ("rain_sum",)
SNOW = ("snowfall_sum",)
DUST = "european_aqi_pm2_5"
UNITS = {
    "time": "iso8601",
    "temperature_2m_max": "°C",
    "temperature_2m_min": "°C",
    "temperature_2m_mean": "°C",
    "rain_sum": "mm",
    "snowfall_sum": "cm",
    DUST: "EAQI",
}
"""The unit of every variable, as Open-Meteo names it."""


class Refused(Exception):
    """The service will not answer this; the message says why."""


@frozen
class Series:
    """Values by day at a place as a tool shows them, and where they come from."""

    shown: dict[str, Any]
    source: str

    def values(self, variable: str) -> list[Any]:
        """The values of one variable in the order of their days."""
        found: list[Any] = self.shown["daily"][variable]
        return found


class Backend(Protocol):
    """Answers questions about places and weather. Every method may raise `Refused`; a live one also faults of the service."""

    def places(self, name: str) -> list[dict[str, Any]]:
        """Up to three places of a name, the most important first: name, latitude, longitude, country_code."""

    def postal_code(self, code: str) -> list[dict[str, Any]]:
        """The places of a postal code, in the same form."""

    def daily(
        self, latitude: float, longitude: float, first: str, last: str, variables: Sequence[str], *, ahead: bool
    ) -> Series:
        """Daily values (GMT) from one date to another, both included. `ahead` asks for a forecast."""

    def dust(self, latitude: float, longitude: float, first: str, last: str) -> Series:
        """The European air quality index of fine dust at noon (GMT) of each day."""

    def elevation(self, latitude: float, longitude: float) -> float:
        """The height of the ground in metres."""

    def close(self) -> None:
        """Free everything; calling it twice is fine."""
