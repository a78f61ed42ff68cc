"""Sub-goals of the films: which ids are known, and what has been looked at, by whatever tool shows it."""

from __future__ import annotations

from attrs import frozen

from agentgym_core.types import ExpertAction
from agentgym_env_movie.backend import Kind
from agentgym_env_movie.tools import MovieTools
from agentgym_tools import Aim, Called
from agentgym_tools.goals import move

_SEARCHES: dict[Kind, tuple[str, str]] = {
    "movie": ("get_search_movie", "movie_name"),
    "person": ("get_search_person", "person_name"),
}
_IDS: dict[Kind, str] = {"movie": "movie_id", "person": "person_id"}
_ANYTHING = {"movie_name": "Film"}


@frozen
class Found:
    """The id of a film or a person is known: some tool has shown it, or the policy has used it."""

    kind: Kind
    id: int
    name: str
    thought: str
    position: int = 1
    needed: bool = True

    def after(self, box: MovieTools, called: Called, met: bool) -> bool:
        """Whether it is known by now."""
        return met or self.id in box.seen[self.kind]

    def move(self, box: MovieTools) -> ExpertAction | None:
        """Search for it."""
        tool, argument = _SEARCHES[self.kind]
        arguments: dict[str, object] = {argument: self.name}
        if self.position > 1:
            arguments["position"] = self.position
        return move(self.thought, tool, arguments)


@frozen
class Looked:
    """A tool has told about a film or a person; any of several tools will do where all of them tell what is needed."""

    calls: tuple[tuple[str, int], ...]
    thought: str
    needed: bool = True

    def after(self, box: MovieTools, called: Called, met: bool) -> bool:
        """Whether one has by now."""
        if met or not called.ok:
            return met
        return any(called.tool == tool and called.arguments.get(_id_of(tool)) == id for tool, id in self.calls)

    def move(self, box: MovieTools) -> ExpertAction | None:
        """Ask the first of them."""
        tool, id = self.calls[0]
        return move(self.thought, tool, {_id_of(tool): id})


@frozen
class Tried:
    """A search was made, whatever it found."""

    kind: Kind
    name: str
    thought: str
    needed: bool = False

    def after(self, box: MovieTools, called: Called, met: bool) -> bool:
        """Whether it was by now."""
        tool, argument = _SEARCHES[self.kind]
        return met or (called.tool == tool and called.arguments.get(argument) == self.name)

    def move(self, box: MovieTools) -> ExpertAction | None:
        """Make it."""
        tool, argument = _SEARCHES[self.kind]
        return move(self.thought, tool, {argument: self.name})


@frozen
class Told:
    """Some tool has told something, or a search for any film was made."""

    thought: str
    needed: bool = False

    def after(self, box: MovieTools, called: Called, met: bool) -> bool:
        """Whether it has by now."""
        return met or box.told > 0 or (called.tool == "get_search_movie" and called.arguments == _ANYTHING)

    def move(self, box: MovieTools) -> ExpertAction | None:
        """Search for any film."""
        return move(self.thought, "get_search_movie", _ANYTHING)


@frozen(eq=False)
class Setup:
    """What a task of this environment carries: what it is about, and the films and people that its words name."""

    aim: Aim
    movies: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def _id_of(tool: str) -> str:
    return _IDS["person" if tool.startswith("get_person") else "movie"]
