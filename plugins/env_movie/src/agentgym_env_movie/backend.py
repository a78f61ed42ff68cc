"""What is behind the tools: one interface in the words of TMDB's API, over our own database or over the service."""

from __future__ import annotations

from typing import Any, Literal, Protocol

Kind = Literal["movie", "person"]
PARTS = {
    "movie": ("credits", "keywords", "alternative_titles", "translations"),
    "person": ("movie_credits", "external_ids"),
}
"""What there is of a film or a person beside its details, by the last word of the path."""
PAGE = 20
"""Hits on a page of a search."""
NOT_FOUND = '{"success":false,"status_code":34,"status_message":"The resource you requested could not be found."}'
"""What TMDB answers where there is no such film or person."""


class Refused(Exception):
    """The service will not answer this. The message says why; `body` is what it said, letter by letter."""

    def __init__(self, message: str, body: str, *, missing: bool = False) -> None:
        super().__init__(message)
        self.body, self.missing = body, missing


class Backend(Protocol):
    """Answers in the shapes of `agentgym_env_movie.shapes`. Every method may raise `Refused`; a live one also faults of the service.

    What is returned is shared: it must not be changed.
    """

    def search(self, kind: Kind, query: str, page: int) -> dict[str, Any]:
        """A page of a search by title or name, the best hit first: page, results, total_pages, total_results."""

    def look(self, kind: Kind, id: int, part: str = "") -> dict[str, Any]:
        """The details of a film or a person, or one of its `PARTS`."""

    def close(self) -> None:
        """Free everything; calling it twice is fine."""
