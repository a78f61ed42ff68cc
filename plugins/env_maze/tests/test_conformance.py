"""The promises of every environment, checked by core's kit."""

from __future__ import annotations

from agentgym_testing import EnvironmentConformance, ScaleConformance, conformance


class TestMaze(EnvironmentConformance):
    environment = "maze"


TestMazePartlyObserved = conformance("maze", config={"observability": "partial", "sizes": [9], "seed": 3})


class TestAtScale(ScaleConformance):
    environment = "maze"
