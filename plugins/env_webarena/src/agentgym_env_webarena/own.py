"""Our own sites as an episode's world: a copy of all data, and checks on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentgym_env_webarena.checks import passes
from agentgym_env_webarena.gate import HEADER, State
from agentgym_env_webarena.objective import Answer, Objective
from agentgym_env_webarena.session import SIZE
from agentgym_env_webarena.sites import web
from agentgym_env_webarena.sites.framework import cookie

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from agentgym_env_webarena.session import Tabs
    from agentgym_env_webarena.world import Host


class OwnWorld:
    """A copy of every site for one episode."""

    def __init__(self, host: Host, objective: Objective) -> None:
        assert host.gate is not None
        self._host = host
        self._objective = objective
        self._unseen = {text for check in objective.checks if isinstance(check, Answer) for text in check.seen}
        self.state = State(web.images())
        self._token = host.gate.admit(self.state)

    async def open(self) -> tuple[BrowserContext, Sequence[str]]:
        context = await self._host.browser.prepared(
            {HEADER: self._token}, viewport=SIZE, locale="en-US", timezone_id="UTC"
        )
        await context.add_cookies(
            [
                {
                    "name": f"{name}_session",
                    "value": cookie(web.apps()[f"{name}.test"], user),
                    "domain": f"{name}.test",
                    "path": "/",
                }
                for name, user in web.USERS.items()
            ]
        )
        return context, [self._objective.start]

    def shown(self, text: str) -> str:
        return text

    def meant(self, address: str) -> str:
        return address

    def looked(self, text: str) -> None:
        self._unseen = {each for each in self._unseen if each not in text}

    def judge(self, answer: str, tabs: Tabs) -> tuple[bool, Mapping[str, Any]]:
        held = [
            passes(check, answer, tabs.page.url, self.state.ask) and not (isinstance(check, Answer) and self._unseen)
            for check in self._objective.checks
        ]
        return all(held), {"checks": held}

    def close(self) -> None:
        assert self._host.gate is not None
        self._host.gate.leave(self._token)
