"""All kinds of questions by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agentgym_env_weather import families_ground as ground
from agentgym_env_weather import families_heat as heat
from agentgym_env_weather import families_water as water
from agentgym_env_weather.scene import Draft, Scene

Family = Callable[[Scene], Draft | None]
"""Draws a question, or None where the scene has none of its kind."""

_ALL: tuple[Family, ...] = (
    heat.point_high,
    heat.zip_low,
    heat.range_high,
    heat.range_mean,
    heat.widest_day,
    heat.frost_days,
    heat.home_yesterday,
    heat.coming_high,
    heat.warmest_coming_day,
    heat.year_ago,
    heat.warmer_city,
    heat.tomorrow_gap,
    water.rain_total,
    water.wettest_day,
    water.rainy_days,
    water.dry_spell,
    water.home_rain_inches,
    water.coming_rain,
    water.rain_around_today,
    water.rainier_city,
    water.snow_inches,
    water.coming_snow_day,
    water.snow_so_far,
    ground.home_distance,
    ground.nearer_city,
    ground.round_trip,
    ground.zip_distance,
    ground.point_feet,
    ground.height_gap,
    ground.highest_city,
    ground.air_levels,
    ground.dirtiest_day,
    ground.air_mean,
    ground.cleanest_now,
)
FAMILIES: Mapping[str, Family] = {family.__name__: family for family in _ALL}
"""The kinds of questions; task N of a split is of kind N modulo their number."""
