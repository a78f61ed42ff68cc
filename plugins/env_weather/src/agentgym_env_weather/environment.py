"""The weather behind the interface."""

from __future__ import annotations

from functools import lru_cache

from agentgym_core.errors import EnvironmentFault
from agentgym_core.types import Task
from agentgym_env_weather.backend import Backend, Refused
from agentgym_env_weather.config import WeatherConfig
from agentgym_env_weather.generate import aim_of
from agentgym_env_weather.goals import Setup
from agentgym_env_weather.local import LocalBackend
from agentgym_env_weather.openmeteo import OpenMeteo
from agentgym_env_weather.scene import Reader, shifted
from agentgym_env_weather.tasks import CATALOGUE
from agentgym_env_weather.tools import WeatherTools
from agentgym_tools import Aim
from agentgym_tools.config import LiveSettings
from agentgym_tools.environment import ToolEnvironment
from agentgym_tools.goals import text_of

INSTRUCTION = """\
You answer questions about weather, air, distances and heights with the help of tools. Days are those of Greenwich.
Most tools take coordinates: look them up by the city's name, never make them up; of several places with one name the first is meant.
Tools for past and for coming days take at most 30 days between the first and the last, and neither may be today.
What is asked about here or about today depends on the user's city and date: ask for them. When you know the answer, call finish once, \
with the answer in the form that the question asks for."""


class WeatherEnvironment(ToolEnvironment[WeatherTools]):
    """Answer a question about the weather."""

    catalogue = CATALOGUE
    tools = WeatherTools
    instruction = INSTRUCTION
    max_rounds = 10
    random_ceiling = 0.25
    live_version = "open-meteo v1"
    config: WeatherConfig

    def __init__(self, config: WeatherConfig, engine: object = None) -> None:
        super().__init__(config, engine)
        self._backend: Backend = LocalBackend()
        self._seed: int | None = None
        self._names: tuple[str, ...] = ()

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Open the episode; a live one works out its answer first."""
        self._seed = seed
        return super().reset(task, seed=seed)

    def aim(self, task: Task) -> Aim:
        """What an episode is about. The live service knows another weather than ours, so the answer is worked out from what it says."""
        setup: Setup = task.data
        if self.config.backend == "local":
            return setup.aim
        self._backend = self._live(task)
        if setup.draft is None:
            return setup.aim
        try:
            solved = setup.draft.solve(Reader(self._backend, setup.today, choosy=False))
        except Refused as no:
            raise EnvironmentFault(
                f"weather: {task.id} has no answer on the live service: {no}", hint="leave it out"
            ) from None
        if solved is None:
            raise EnvironmentFault(f"weather: {task.id} has no answer on the live service", hint="leave it out")
        return aim_of(setup.draft, solved)

    def open(self, task: Task, seed: int | None) -> WeatherTools:
        setup: Setup = task.data
        self._names = setup.names
        return WeatherTools(self._backend, setup.today, setup.location)

    def available_actions(self) -> list[str]:
        """Every look-up of a city that the question names, and of those found the weather of yesterday, today and tomorrow."""
        box = self.box
        texts = [text_of(name, {}) for name in ("get_user_current_date", "get_user_current_location")]
        texts += [text_of("get_latitude_longitude", {"name": name}) for name in self._names]
        for latitude, longitude in dict.fromkeys(box.found.values()):
            where = {"latitude": latitude, "longitude": longitude}
            texts.append(text_of("get_elevation", where))
            for kind in ("temp", "rain", "snow", "air_quality_index"):
                texts.append(text_of(f"get_current_{kind}", {**where, "current_date": box.today}))
                day = shifted(box.today, -1)
                texts.append(text_of(f"get_historical_{kind}", {**where, "start_date": day, "end_date": day}))
            for kind in ("temp", "rain", "snow"):
                day = shifted(box.today, 1)
                texts.append(text_of(f"get_{kind}_forecast", {**where, "start_date": day, "end_date": day}))
        return [*texts, text_of("finish", {"answer": "unknown"}), text_of("check_valid_actions", {})]

    def _live(self, task: Task) -> Backend:
        if self.config.live.mode in ("record", "replay"):
            return OpenMeteo(self.config.live, f"weather {task.id} {self._seed}")
        return _shared(self.config.live)


@lru_cache(maxsize=4)
def _shared(settings: LiveSettings) -> OpenMeteo:
    """One client for all episodes of a process: what one has asked, no other asks again."""
    return OpenMeteo(settings, "weather")
