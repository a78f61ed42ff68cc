"""What an environment offers as tools."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from agentgym_core.specs import ActionSpec
from agentgym_service.tools import tools


@pytest.mark.parametrize(
    ("names", "look"),
    [
        (("look",), "observation"),
        (("observation",), "observation_"),
        (("observation", "observation_"), "observation__"),
    ],
)
def test_the_tool_that_looks_has_a_name_of_its_own(names: tuple[str, ...], look: str) -> None:
    served: Any = SimpleNamespace(description=SimpleNamespace(actions=[ActionSpec(name) for name in names]))
    assert [tool["name"] for tool in tools(served)] == [*names, look]
