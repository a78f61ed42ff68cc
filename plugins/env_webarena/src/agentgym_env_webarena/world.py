"""What an episode is played on: sites with their state, and how it is judged there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from agentgym_env_webarena.browser import BrowserHost
    from agentgym_env_webarena.gate import Gate
    from agentgym_env_webarena.session import Tabs


@frozen
class Host:
    """What the episodes of a host share: the browser, and what they ask for pages."""

    browser: BrowserHost
    gate: Gate | None = None
    down: str = ""
    """What a page says for a site that does not answer, and no other page does."""


class World(Protocol):
    """One episode's sites."""

    async def open(self) -> tuple[BrowserContext, Sequence[str]]:
        """A context that is signed in, and the addresses of the first tabs. Runs in the browser's thread."""

    def shown(self, text: str) -> str:
        """A text of the browser as the agent reads it."""

    def meant(self, address: str) -> str:
        """The address that an agent means."""

    def looked(self, text: str) -> None:
        """Told of each observation.

        :raises InfrastructureFault: a site is down.
        """

    def judge(self, answer: str, tabs: Tabs) -> tuple[bool, Mapping[str, Any]]:
        """Whether the task is done, and what was found. Runs in the episode's thread."""

    def close(self) -> None:
        """Free everything."""
