"""WebArena's sites as an episode's world. They are shared and keep what is done to them: only their keepers can reset them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentgym_core.errors import ConfigError, InfrastructureFault
from agentgym_env_webarena.official import files
from agentgym_env_webarena.official.accounts import Accounts
from agentgym_env_webarena.official.addresses import url_match
from agentgym_env_webarena.official.answers import needs_judge, string_match
from agentgym_env_webarena.official.judge import Judge
from agentgym_env_webarena.official.pages import Reader
from agentgym_env_webarena.official.shop_api import ShopApi
from agentgym_env_webarena.official.sites import Sites
from agentgym_env_webarena.official.task import OfficialTask
from agentgym_env_webarena.official.verified import verdict
from agentgym_env_webarena.session import SIZE

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from agentgym_env_webarena.config import WebArenaConfig
    from agentgym_env_webarena.session import Tabs
    from agentgym_env_webarena.world import Host


class OfficialWorld:
    """The configured sites for one episode.

    :raises ConfigError: an address that the task needs is not configured, or the judge that its answer needs.
    """

    def __init__(self, host: Host, config: WebArenaConfig, task: OfficialTask) -> None:
        self._host, self._config, self._task = host, config, task
        self._sites = Sites.configured(config.addresses)
        self._accounts = Accounts.read(config.accounts)
        self._start = [self._sites.filled(address) for address in task.start]
        for site in task.sites:
            self._sites.filled(f"__{site.upper()}__")
        self._verified = config.tasks == "webarena-verified"
        self._context: BrowserContext | None = None
        self._folder: Path | None = None
        if self._verified:
            self._record = files.records(config.tasks, config.file)[task.number]
            self._verdict = verdict(tuple(sorted(self._sites.addresses.items())))
        elif needs_judge(task.evaluation) and not config.judge:
            raise ConfigError(
                f"webarena: a model judges the answer to webarena_{task.number}, and none is configured",
                hint="--config judge=MODEL --config judge_url=http://HOST:PORT/v1, or play other tasks",
            )

    async def open(self) -> tuple[BrowserContext, Sequence[str]]:
        browser = await self._host.browser.running()
        settings: dict[str, Any] = {"viewport": SIZE, "locale": "en-US", "timezone_id": "UTC"}
        state = await self._accounts.state(browser, self._task.accounts, self._sites.addresses)
        if state is not None:
            settings["storage_state"] = state
        if self._task.geolocation:
            settings |= {"geolocation": dict(self._task.geolocation), "permissions": ["geolocation"]}
        if self._verified:
            self._folder = Path(tempfile.mkdtemp(prefix="agentgym-webarena-"))
            settings |= {"record_har_path": self._folder / "network.har", "record_har_content": "embed"}
        self._context = await self._host.browser.context({}, **settings)
        return self._context, self._start

    def shown(self, text: str) -> str:
        return self._sites.shown(text)

    def meant(self, address: str) -> str:
        return self._sites.meant(address)

    def looked(self, text: str) -> None:
        if self._host.down and self._host.down in text:
            raise InfrastructureFault(
                "webarena: a site does not answer", hint="see that the sites run at the configured addresses"
            )

    def judge(self, answer: str, tabs: Tabs) -> tuple[bool, Mapping[str, Any]]:
        if self._verified:
            assert self._folder is not None
            # The record of requests is written when the context is closed.
            self._host.browser.run(tabs.close(), self._config.seconds)
            return self._verdict.holds(self._record, answer, self._folder / "network.har")
        held = {kind: self._holds(kind, answer, tabs) for kind in self._task.evaluation["eval_types"]}
        return all(held.values()), held

    def close(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _holds(self, kind: str, answer: str, tabs: Tabs) -> bool:
        rules = self._task.evaluation
        match kind:
            case "string_match":
                judge = Judge(self._config.judge, self._config.judge_url, self._config.judge_key_env)
                return string_match(rules, self._task.intent, answer, judge.says, judge.same_reason)
            case "url_match":
                return url_match(self._sites.filled(rules["reference_url"]), tabs.page.url)
            case "program_html":
                assert self._context is not None
                reader = Reader(self._context, tabs.page, self._sites.filled, self._shop, self.looked)
                targets = rules["program_html"]
                # Every target may be a page of its own.
                return self._host.browser.run(reader.holds(targets), self._config.seconds * (1 + len(targets)))
            case _:
                raise ConfigError(f"webarena: the task is judged by {kind!r}, which is none of WebArena's evaluators")

    def _shop(self) -> ShopApi:
        return ShopApi(self._sites.filled("__SHOPPING__"), self._accounts.password("shopping_admin"))
