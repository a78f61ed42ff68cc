"""A stand-in for TMDB on this machine: the paths that the films use, over our own database, and a token that it wants to see."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.types import Step
from agentgym_env_movie.backend import NOT_FOUND, PARTS, Refused
from agentgym_env_movie.environment import MovieEnvironment
from agentgym_env_movie.scene import local
from agentgym_env_movie.tools import MovieTools
from agentgym_testing.stub_services import StubRequest, StubService, serve

__all__ = ["serve"]

TOKEN = "stub-token-31415926"
KEY = "0123456789abcdef0123456789abcdef"
_GRAMMAR = Grammar(MovieTools.actions())
_DENIED = {"status_code": 7, "status_message": "Invalid API key: You must be granted a valid key.", "success": False}


class TmdbStub(StubService):
    """The service, version 3. It takes a key in the query or a token in the header."""

    def answer(self, request: StubRequest) -> tuple[int, Any]:
        """In the shape that TMDB documents, with fields that nobody asked for."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}" and request.query.get("api_key") != KEY:
            return 401, _DENIED
        version, *path = request.parts
        if version != "3":
            return 404, "<html>not here</html>"
        try:
            return 200, {**self._found(path, request.query), "adult": False, "poster_path": None}
        except (Refused, ValueError, KeyError):
            return 404, json.loads(NOT_FOUND)

    def _found(self, path: list[str], query: dict[str, str]) -> dict[str, Any]:
        if path[0] == "search":
            assert query["include_adult"] == "false"
            assert query["language"] == "en-US"
            return local(0).search(path[1], query["query"], int(query["page"]))  # type: ignore[arg-type]
        kind, id, *part = path
        assert not part or part[0] in PARTS[kind]
        return local(0).look(kind, int(id), *part)  # type: ignore[arg-type]


@pytest.fixture
def stub(serve: Callable[[TmdbStub], TmdbStub], monkeypatch: pytest.MonkeyPatch) -> TmdbStub:
    """A running stand-in, and its token in the environment."""
    monkeypatch.setenv("TMDB_TOKEN", TOKEN)
    return serve(TmdbStub())


def question(id: int, goal: str, *answers: Any) -> dict[str, Any]:
    """A line of AgentGym's file."""
    more = {"answer": answers[0], "init_config": None, "goal_type": 0, "tool": "movie"}
    return {"id": id, "goal": goal, "subgoals": list(answers), "difficulty": "hard", "additional_info": more}


@pytest.fixture
def lines() -> list[dict[str, Any]]:
    """Questions in the words of AgentGym's, about films of ours."""
    film, other = (local(0).look("movie", id) for id in first_films(2))
    actor = local(0).look("movie", film["id"], "credits")["cast"][0]
    return [
        question(0, f"Who directed the movie \"{film['title']}\"? Please answer me with the director's name as a string.", "Nobody At All"),
        question(1, f"Is the budget of '{film['title']}' higher than that of '{other['title']}'? Please answer with Yes or No.", "No"),
        question(28, f'What is the average vote score of the movie "{film["title"]}"? Please provide the answer as a number.', 8.576),
        question(33, f"What is the place of birth of actor {actor['name']}? Please answer me with the location as a string.", "Concord"),
        question(51, f'Please list the keywords of "{film["title"]}".', ["hacker", "dream"]),
        question(108, f'What is the revenue of the movie "{film["title"]}"? Please provide the revenue as a number.', 2800000000),
        question(171, "May I ask for the German translation of the description of the movie \"El Jardín de Nadie\"?", "Spanien"),
    ]  # fmt: skip


def first_films(count: int) -> list[int]:
    """The ids of films whose titles are their own."""
    from agentgym_env_movie.scene import stock

    return list(stock("train", 0).films[:count])


@pytest.fixture
def questions(tmp_path: Path, lines: list[dict[str, Any]]) -> Path:
    """A file of questions."""
    found = tmp_path / "movie.jsonl"
    found.write_text("\n".join(map(json.dumps, lines)) + "\n")
    return found


@pytest.fixture
def live(stub: TmdbStub, questions: Path) -> dict[str, Any]:
    """A configuration that asks the stand-in."""
    return {
        "backend": "live",
        "questions": str(questions),
        "live": {"base_url": f"{stub.url}/3", "seconds": 5.0},
    }


class Player:
    """An environment on one task, called by tool and arguments."""

    def __init__(self, config: dict[str, Any] | None = None, task: str = "movie-train-0") -> None:
        self.source = resolve_environment("movie", config)
        environment = self.source.make()
        assert isinstance(environment, MovieEnvironment)
        self.environment = environment
        self.environment.reset(self.source.find(task), seed=0)

    def call(self, tool: str, /, **arguments: Any) -> Step:
        return self.environment.step(_GRAMMAR.action(_GRAMMAR.canonical(tool, arguments)))

    def value(self, tool: str, /, **arguments: Any) -> Any:
        step = self.call(tool, **arguments)
        assert step.info["ok"], step.observation
        return ast.literal_eval(step.observation)

    def error(self, tool: str, /, **arguments: Any) -> str:
        step = self.call(tool, **arguments)
        assert not step.info["ok"], step.observation
        return step.observation


@pytest.fixture
def player() -> Iterator[Player]:
    found = Player()
    yield found
    found.environment.close()


@pytest.fixture
def players() -> type[Player]:
    """Makes a player with a configuration."""
    return Player
