"""What a user may set."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agentgym_core.config import ComponentConfig
from agentgym_core.errors import ConfigError
from agentgym_env_webarena.official.sites import Site, Sites

Tasks = Literal["own", "webarena", "webarena-verified"]


class WebArenaConfig(ComponentConfig):
    """Which tasks on which sites, how pages are shown, and how long things may take."""

    tasks: Tasks = "own"
    """Tasks on our own sites, or WebArena's 812 on its own sites, judged as WebArena or as WebArena-Verified does."""

    addresses: dict[Site, str] = Field(default_factory=dict)
    """Where WebArena's sites are served, such as `{shopping: http://127.0.0.1:7770}`; otherwise the environment variables SHOPPING,
    SHOPPING_ADMIN, REDDIT, GITLAB, MAP, WIKIPEDIA and HOMEPAGE say it."""

    allow: tuple[str, ...] = ()
    """Further hosts that their pages may load from, as `host:port`, such as a server of map tiles."""

    accounts: Path | None = None
    """The accounts on WebArena's sites: a folder with the original's files of cookies, such as `shopping_state.json`, or a JSON file of
    names and passwords by site."""

    judge: str = ""
    """The name of the model that judges answers to WebArena's tasks that cannot be compared; without one such tasks are refused."""

    judge_url: str = "https://api.openai.com/v1"
    """The judge's endpoint, any that is OpenAI-compatible, up to `/v1`."""

    judge_key_env: str = ""
    """The name of the environment variable that holds the key for the judge; empty where the server wants none."""

    file: Path | None = None
    """A file of tasks in WebArena's format (or that of WebArena-Verified), in place of that of the package `webarena-verified`."""

    viewport: bool = False
    """Show only what lies within the window of 1280 x 720, as the original does; scroll to see more."""

    append: bool = False
    """Write behind what a field holds, as the original does, and not in its place."""

    seconds: float = Field(default=60.0, gt=0, le=600)
    """How long the browser may take for one action or for a start; then the episode has a fault, and no score."""

    @field_validator("accounts", "file")
    @classmethod
    def _expand(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser()

    @field_validator("allow")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            name, _, port = host.rpartition(":")
            if not name or not port.isdecimal() or "/" in name:
                raise ValueError(f"{host!r} is no host:port")
        return tuple(host.lower() for host in hosts)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for path in (self.accounts, self.file):
            if path is not None and not path.exists():
                raise ValueError(f"there is no {path}")
        if self.tasks == "own" and (self.addresses or self.accounts or self.file):
            raise ValueError("addresses, accounts and file are for WebArena's own sites: set tasks to webarena as well")
        try:
            Sites.configured(self.addresses)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return self
