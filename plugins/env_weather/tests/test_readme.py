"""The README's example prints what the README says, and its figures are those that are declared."""

from __future__ import annotations

from pathlib import Path

from agentgym_env_weather.families import FAMILIES
from agentgym_env_weather.tools import WeatherTools
from agentgym_testing import ToolReadmeConformance


class TestReadme(ToolReadmeConformance):
    readme = Path(__file__).resolve().parents[1] / "README.md"
    environment = "weather"
    kinds = tuple(FAMILIES)
    tools = tuple(WeatherTools.tools())
