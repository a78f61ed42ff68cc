"""Splits and ids of the weather."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentgym_core.types import Task
from agentgym_env_weather.config import WeatherConfig
from agentgym_env_weather.families import FAMILIES
from agentgym_env_weather.generate import draw
from agentgym_env_weather.goals import Setup
from agentgym_env_weather.questions import read_questions
from agentgym_tools.catalogue import Catalogue

_YEAR = 2013
"""Where the observations are."""
_LIVE_YEAR = 2023
"""Where Open-Meteo knows the air of the whole world."""


def _draw(config: WeatherConfig, kind: str, split: str, number: int) -> tuple[Setup, str]:
    return draw(kind, split, config.seed, number, _LIVE_YEAR if config.backend == "live" else _YEAR)


def _read(config: WeatherConfig) -> Mapping[str, Sequence[Task]]:
    return {} if config.questions is None else read_questions(config.questions)


CATALOGUE = Catalogue("weather", tuple(FAMILIES), _draw, _read)
