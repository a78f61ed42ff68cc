"""Environments of a server, known here by what the server says of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from agentgym_core.environments.described import DescribedSource, DescribeResponse, TaskRows
from agentgym_core.environments.source import EnvironmentSource, local_source
from agentgym_core.errors import ComponentUnavailable, ConfigError, InfrastructureFault, UnknownComponent
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import digest
from agentgym_remote.errors import refused

SCHEMES = ("ws://", "wss://")
TOKEN = "AGENTGYM_TOKEN"  # noqa: S105 - the name of a variable, not a token
_SECONDS = 60.0
_VERSION = re.compile(r"-v[0-9]+\Z")
"""What a canonical id, such as `maze-v1`, has behind the id: servers know environments by id."""


class RemoteSource(DescribedSource):
    """An environment of one or several servers that serve the same.

    :param urls: such as `ws://host:8000/maze`; where there are several they share the sessions.
    :param token_env: the environment variable that holds the servers' bearer token.
    :raises InfrastructureFault: no server answers. :raises ConfigError: the token is wrong, or the servers differ.
    """

    def __init__(self, urls: Sequence[str], token_env: str = TOKEN) -> None:
        self.urls = tuple(url.rstrip("/") for url in urls)
        self.token_env = token_env
        super().__init__(_ask(self.urls, token_env), f"at {self.urls[0]}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (RemoteSource, (self.urls, self.token_env))

    @property
    def home(self) -> ComponentChoice:
        """At its servers."""
        return ComponentChoice("remote", {"urls": list(self.urls), "token_env": self.token_env})

    def ask_tasks(self, split: str) -> TaskRows:
        """What the first server says that answers."""
        _, body = next(_answers(self.urls, f"describe?split={quote(split)}", self.token_env))
        return msgspec.json.decode(body, type=TaskRows)


def _ask(urls: Sequence[str], token_env: str) -> DescribeResponse:
    found: DescribeResponse | None = None
    for url, body in _answers(urls, "describe", token_env):
        try:
            about = msgspec.json.decode(body, type=DescribeResponse)
        except msgspec.MsgspecError as error:
            hint = "is it of this project?"
            raise ComponentUnavailable(f"{url}: does not say what it is: {error}", hint=hint) from error
        if found is not None and (found.digest, found.spec.canonical) != (about.digest, about.spec.canonical):
            raise ConfigError(f"{url} serves another environment or configuration than {urls[0]}")
        found = about
    assert found is not None
    return found


def _answers(urls: Sequence[str], name: str, token_env: str) -> Iterator[tuple[str, bytes]]:
    """What each server answers that can be reached. :raises InfrastructureFault: none can."""
    failure = InfrastructureFault("no server is named", hint="write ws://host:port/ENV")
    reached = False
    for url in urls:
        try:
            body = _get(url, name, token_env)
        except InfrastructureFault as error:
            failure = error
            continue
        reached = True
        yield url, body
    if not reached:
        raise failure


def _get(url: str, name: str, token_env: str) -> bytes:
    import httpx

    token = os.environ.get(token_env, "")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        # A proxy that is meant for the world outside knows nothing of servers of environments.
        answer = httpx.get(f"{_http(url)}/{name}", headers=headers, timeout=_SECONDS, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise InfrastructureFault(f"{url}: no connection: {error}", hint="is it up? run: agentgym serve ENV") from error
    if answer.status_code != 200:
        raise refused(url, answer.status_code, answer.content)
    return answer.content


def _http(url: str) -> str:
    return "http" + url.removeprefix("ws")


def source(
    reference: str, config: Mapping[str, Any] | Any | None, settings: Mapping[str, Any], where: str = ""
) -> EnvironmentSource:
    """The environment of a server's address, or of an id at the servers that the placement's settings name.

    An address takes the server's configuration as it is, and `config` says what must be true of it. An id asks for the configuration
    that the id has here, the defaults included.

    :raises InfrastructureFault: no server answers. :raises ConfigError: it serves another configuration, or no server is named.
    """
    addressed = reference.startswith(SCHEMES)
    urls = urls_of(reference) if addressed else urls_for(reference, settings.get("urls") or ())
    found = RemoteSource(urls, str(settings.get("token_env", "")) or TOKEN)
    given = dict(config or {})
    if given or not addressed:
        asked = _asked(found.about, given, where, whole=not addressed)
        check_digest(found.spec.id, urls[0], found.config_digest, digest(asked))
    return found


def _asked(about: DescribeResponse, given: Mapping[str, Any], where: str, *, whole: bool) -> Mapping[str, Any]:
    """The configuration that was asked for, as JSON values: with this machine's defaults, or with what the server has elsewhere.

    Without the plugin here nothing is known of defaults.
    """
    try:
        return local_source(about.spec.id, given if whole else {**about.config, **given}, where=where).config_values
    except (UnknownComponent, ComponentUnavailable):
        return {**about.config, **given}


def check_digest(id: str, url: str, there: str, asked: str) -> None:
    """Refuse a server whose configuration is not the one that was asked for.

    :raises ConfigError: the digests differ.
    """
    if there != asked:
        raise ConfigError(
            f"{url} serves {id!r} in another configuration: its digest is {there}, and {asked} was asked for",
            hint=f"see {_http(url)}/describe; serve it with the same --config, or play its address as it is: {url}",
        )


def urls_for(reference: str, urls: Sequence[str]) -> list[str]:
    """The addresses of an environment at servers: its id is added where an address has no path.

    :raises ConfigError: no server is named.
    """
    if not urls:
        raise ConfigError("placement.urls: no server is named", hint='write --placement remote:urls=["ws://host:8000"]')
    id = _VERSION.sub("", reference.rpartition(":")[2])
    bare = [url.rstrip("/") for url in urls]
    return [url if url.count("/") > 2 else f"{url}/{id}" for url in bare]


def urls_of(text: str) -> list[str]:
    """The addresses in a text; `;` stands between several."""
    return [part.strip() for part in text.split(";") if part.strip()]


def token_of(settings: Mapping[str, Any] | str) -> str:
    """The token that an environment variable holds; never part of a configuration."""
    name = settings if isinstance(settings, str) else str(settings.get("token_env", TOKEN))
    return os.environ.get(name, "")
