"""The live backend: The Movie Database, version 3 of its API. It only answers, so answers are kept."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import msgspec

from agentgym_core.errors import ConfigError, InfrastructureFault
from agentgym_env_movie.backend import Kind, Refused
from agentgym_env_movie.shapes import shaped
from agentgym_tools.config import LiveSettings
from agentgym_tools.live import Answers, live_client
from agentgym_tools.secrets import Secret
from agentgym_tools.service import ServiceRefused

NAME = "TMDB"
BASE_URL = "https://api.themoviedb.org/3"
TOKEN = "TMDB_TOKEN"  # noqa: S105 - the name of a variable
# A key of version 3 goes into the query; everything else is a read access token (version 4), which goes into the header.
_KEY = re.compile(r"[0-9a-f]{32}")


class Tmdb:
    """Asks the service, each request once. Safe to share between threads; requests are made one after another.

    Nothing is kept in globals: several with other tokens do not know of each other.

    :param scope: names what is recorded together.
    :raises ConfigError: as `live_client`. :raises StoreError: a recording cannot be used.
    """

    def __init__(self, settings: LiveSettings, scope: str) -> None:
        self._answers: Answers[dict[str, Any] | Refused] = Answers()
        self._client = live_client(
            NAME,
            settings,
            base_url=BASE_URL,
            token_variable=TOKEN,
            scope=scope,
            token_query="api_key" if _is_key(settings) else "",
        )

    @property
    def requests(self) -> int:
        """How many requests were made, repeated ones included."""
        return self._client.requests

    def search(self, kind: Kind, query: str, page: int) -> dict[str, Any]:
        asked = {"query": query, "include_adult": "false", "language": "en-US", "page": str(page)}
        return self._get(kind, "search", ("search", kind), asked)

    def look(self, kind: Kind, id: int, part: str = "") -> dict[str, Any]:
        return self._get(kind, part, (kind, str(id), part) if part else (kind, str(id)), {})

    def close(self) -> None:
        """Nothing is open between requests, and what is kept may be another episode's."""

    def _get(self, kind: Kind, what: str, path: tuple[str, ...], query: dict[str, str]) -> dict[str, Any]:
        found = self._answers.get((*path, *sorted(query.items())), lambda: self._asked(kind, what, path, query))
        if isinstance(found, Refused):
            raise Refused(str(found), found.body, missing=found.missing)
        return found

    def _asked(self, kind: Kind, what: str, path: tuple[str, ...], query: dict[str, str]) -> dict[str, Any] | Refused:
        try:
            reply = self._client.get(*path, **query)
        except ServiceRefused as refused:
            return self._refused(refused, path)
        try:
            return shaped(kind, what, reply)
        except msgspec.ValidationError as error:
            raise InfrastructureFault(
                f"{NAME}: what /{'/'.join(path)} answers has another shape than it documents: {str(error)[:200]}",
                hint="try again later, or look at live.base_url",
            ) from None

    def _refused(self, refused: ServiceRefused, path: tuple[str, ...]) -> Refused:
        """Why the service will not answer.

        :raises ConfigError: it is another service.
        """
        try:
            reason = str(json.loads(refused.text)["status_message"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ConfigError(
                f"{NAME} is not at {self._client.base_url}: {refused.status} to /{'/'.join(path)}, without a status_message",
                hint="look at live.base_url",
            ) from None
        return Refused(reason, refused.text, missing=refused.status == 404)


def _is_key(settings: LiveSettings) -> bool:
    if settings.mode == "replay":
        return False
    return bool(_KEY.fullmatch(Secret(settings.token_variable or TOKEN, NAME).reveal()))


def connect(settings: LiveSettings, task: str, seed: int | None) -> Tmdb:
    """The backend of an episode. Recordings are an episode's own; all others share one, so that nothing is asked twice in a process."""
    if settings.mode in ("record", "replay"):
        return Tmdb(settings, f"movie {task} {seed}")
    return _shared(settings)


@lru_cache(maxsize=4)
def _shared(settings: LiveSettings) -> Tmdb:
    return Tmdb(settings, "movie")
