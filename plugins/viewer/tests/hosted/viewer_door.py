"""An environment to play in tests of the workbench: a door that a word opens, and that draws itself as HTML."""

from __future__ import annotations

import base64
import html
from typing import ClassVar

from agentgym_core import Description, hookimpl
from agentgym_core.config import ComponentConfig
from agentgym_core.environment import Environment
from agentgym_core.specs import EnvironmentSpec
from agentgym_core.types import Action, ExpertAction, Step, Task

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAD0lEQVR4nGNgaGiAIjgLADkUBgEQX91EAAAAAElFTkSuQmCC"
)
"""Three pixels by two."""

HOSTILE = "<img src=x onerror=alert(1)>"


class DoorConfig(ComponentConfig):
    """What has to be said."""

    word: str = "open"
    picture: bool = False
    broken: bool = False


class Door(Environment):
    """One door: the word opens it."""

    description: ClassVar[Description] = Description(
        instruction=f"Get through the DOOR. {HOSTILE}", splits={"test": 2, "train": 3}, max_rounds=4, expert_score=1.0
    )

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        if self.config.broken:
            raise RuntimeError(f"the hinges {HOSTILE}")
        self._said = ""
        return f"Door of {task.id} is shut. {HOSTILE}"

    def step(self, action: Action) -> Step:
        self._said = action.text
        if action.text == self.config.word:
            return Step("The door is OPEN.", score=1.0, terminated=True)
        return Step(f"Nothing happens. {action.text}")

    def available_actions(self) -> list[str]:
        return ["knock", self.config.word, HOSTILE]

    def expert(self) -> ExpertAction:
        return ExpertAction("it is shut", self.config.word)

    def render(self) -> str | bytes:
        if self.config.picture:
            return PICTURE
        return f"<p style='color:teal'>a door, and {html.escape(self._said) or 'silence'}</p><script>parent.alert(1)</script>"


class Announcer:
    """Announces it."""

    @hookimpl
    def agentgym_environments(self) -> list[EnvironmentSpec]:
        return [
            EnvironmentSpec(
                id="door",
                target="viewer_door:Door",
                config="viewer_door:DoorConfig",
                summary=f"a door {HOSTILE}",
            )
        ]
