"""Environments of a server, known here by what the server says of them."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import msgspec

from agentgym_core.environment import Environment, TaskList, unknown_split
from agentgym_core.errors import ComponentUnavailable, ConfigError, InfrastructureFault
from agentgym_core.placement import PlacementChoice
from agentgym_core.plugins import Announced, Plugin
from agentgym_core.registry import EnvironmentSource, environment_source
from agentgym_core.resolve import no_configuration
from agentgym_core.rollout.placements.protocol import DescribeResponse, TaskRows
from agentgym_core.types import Task

SCHEMES = ("ws://", "wss://")
TOKEN = "AGENTGYM_TOKEN"  # noqa: S105 - the name of a variable, not a token
_SECONDS = 60.0


class DistantSource(EnvironmentSource):
    """An environment of one or several servers that serve the same: its class is never imported here.

    :param urls: such as `ws://host:8000/maze`; where there are several they share the sessions.
    :param token_env: the environment variable that holds the servers' bearer token.
    :raises InfrastructureFault: no server answers. :raises ConfigError: the token is wrong, or the servers differ.
    """

    def __init__(self, urls: Sequence[str], token_env: str = TOKEN) -> None:
        self.urls = tuple(url.rstrip("/") for url in urls)
        self.token_env = token_env
        about = self._about()
        self.component = Announced(Plugin(about.spec.id, "ok", about.distribution, about.version), about.spec)
        self.spec = about.spec
        values = about.config
        self.config = SimpleNamespace(model_dump=lambda **_: dict(values))
        self.__dict__.update(config_values=values, config_digest=about.digest, description=about.description)

    def __reduce__(self) -> tuple[Any, ...]:
        return (DistantSource, (self.urls, self.token_env))

    @property
    def home(self) -> PlacementChoice:
        """Where it lives: at its servers."""
        return PlacementChoice("remote", {"urls": list(self.urls), "token_env": self.token_env})

    @cached_property
    def cls(self) -> type[Environment]:
        """Not to be had here. :raises ConfigError: always."""
        raise ConfigError(
            f"environment {self.spec.id!r} lives at {self.urls[0]}", hint="leave the placement out: it is remote"
        )

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of a split; asked for once. They carry no `data`."""
        if split not in self._tasks:
            if split not in self.description.splits:
                raise unknown_split(self.spec.id, split, self.description.splits)
            from urllib.parse import quote

            body = _get(self.urls[0], f"describe?split={quote(split)}", self.token_env)
            rows = msgspec.json.decode(body, type=TaskRows).rows
            known = {id: Task(id, split, kind, fingerprint) for id, kind, fingerprint in rows}
            self._tasks[split] = TaskList(list(known), known.__getitem__)
        return self._tasks[split]

    def _about(self) -> DescribeResponse:
        found: DescribeResponse | None = None
        failure: InfrastructureFault | None = None
        for url in self.urls:
            try:
                about = msgspec.json.decode(_get(url, "describe", self.token_env), type=DescribeResponse)
            except InfrastructureFault as error:
                failure = error
                continue
            except msgspec.MsgspecError as error:
                raise ComponentUnavailable(
                    f"{url}: does not say what it is: {error}", hint="is it of this project?"
                ) from error
            if found is not None and (found.digest, found.spec.canonical) != (about.digest, about.spec.canonical):
                raise ConfigError(f"{url} serves another environment or configuration than {self.urls[0]}")
            found = about
        if found is None:
            raise failure or InfrastructureFault("no server is named", hint="write ws://host:port/ENV")
        return found


def _get(url: str, name: str, token_env: str) -> bytes:
    address = "http" + url.removeprefix("ws")
    request = urllib.request.Request(f"{address}/{name}")  # noqa: S310 - the scheme is http or https
    token = os.environ.get(token_env, "")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_SECONDS) as response:
            body: bytes = response.read()
            return body
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (401, 403):
            raise ConfigError(f"{url}: a token is needed", hint=f"put the server's token into {token_env}") from error
        if error.code == 404:
            raise ComponentUnavailable(f"{url}: there is no such environment", hint=f"see: {address}/..") from error
        raise InfrastructureFault(f"{url}: status {error.code}") from error
    except OSError as error:
        raise InfrastructureFault(f"{url}: no connection: {error}", hint="is it up? run: agentgym serve ENV") from error


def source(
    reference: str, config: Mapping[str, Any] | Any | None, settings: Mapping[str, Any], where: str = ""
) -> EnvironmentSource:
    """The environment of a server's address, or of an id that is played at the servers that the placement's settings name.

    :raises InfrastructureFault: no server answers. :raises ConfigError: there is a configuration beside an address.
    """
    if not reference.startswith(SCHEMES):
        return environment_source(reference, config, where=where)
    no_configuration(config, where)
    return DistantSource(urls_of(reference), str(settings.get("token_env", "")) or TOKEN)


def urls_of(text: str) -> list[str]:
    """The addresses in a text; `;` stands between several."""
    return [part.strip() for part in text.split(";") if part.strip()]


def token_of(settings: Mapping[str, Any] | str) -> str:
    """The token that an environment variable holds; never part of a configuration."""
    name = settings if isinstance(settings, str) else str(settings.get("token_env", TOKEN))
    return os.environ.get(name, "")
