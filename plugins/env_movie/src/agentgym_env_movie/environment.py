"""The films behind the interface."""

from __future__ import annotations

from agentgym_core.types import Task
from agentgym_env_movie.backend import Backend
from agentgym_env_movie.config import MovieConfig
from agentgym_env_movie.goals import Setup
from agentgym_env_movie.scene import local
from agentgym_env_movie.tasks import CATALOGUE
from agentgym_env_movie.tmdb import connect
from agentgym_env_movie.tools import MovieTools
from agentgym_tools import Aim
from agentgym_tools.environment import ToolEnvironment
from agentgym_tools.goals import text_of

INSTRUCTION = """\
You answer questions about films and film people with the help of tools. Most tools take the id of a film or a person: search for it \
by title or name, or take it from a cast, a crew or a list of films, never make it up.
Several films may have one title, and several people one name. A search shows its best hit; with position it shows the others, and \
details such as the release date or the birthday tell them apart. When you know the answer, call finish once, with the answer in the form \
that the question asks for."""
_LISTED = 3


class MovieEnvironment(ToolEnvironment[MovieTools]):
    """Answer a question about films and film people."""

    catalogue = CATALOGUE
    tools = MovieTools
    instruction = INSTRUCTION
    max_rounds = 12
    random_ceiling = 0.3
    live_version = "tmdb v3"
    config: MovieConfig

    def aim(self, task: Task) -> Aim:
        setup: Setup = task.data
        self._setup = setup
        return setup.aim

    def open(self, task: Task, seed: int | None) -> MovieTools:
        return MovieTools(self._backend(task, seed))

    def available_actions(self) -> list[str]:
        """Searches for what the question names, and every look at the films and people that were seen last."""
        seen = self.box.seen
        texts = [text_of("get_search_movie", {"movie_name": title}) for title in self._setup.movies]
        texts += [text_of("get_search_person", {"person_name": name}) for name in self._setup.people]
        for name in MovieTools.tools():
            if name.startswith("get_movie"):
                texts += [text_of(name, {"movie_id": id}) for id in list(seen["movie"])[-_LISTED:]]
            if name.startswith("get_person"):
                texts += [text_of(name, {"person_id": id}) for id in list(seen["person"])[-_LISTED:]]
        return [*texts, text_of("finish", {"answer": "unknown"}), text_of("check_valid_actions", {})]

    def _backend(self, task: Task, seed: int | None) -> Backend:
        if self.config.backend == "local":
            return local(self.config.seed)
        return connect(self.config.live, task.id, seed)
