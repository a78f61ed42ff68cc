"""The README's example prints what the README says, and its figures are those that are declared."""

from __future__ import annotations

from pathlib import Path

from agentgym_env_movie.families import FAMILIES
from agentgym_env_movie.scene import local
from agentgym_env_movie.tools import MovieTools
from agentgym_testing import ToolReadmeConformance


class TestReadme(ToolReadmeConformance):
    readme = Path(__file__).resolve().parents[1] / "README.md"
    environment = "movie"
    kinds = tuple(FAMILIES)
    tools = tuple(MovieTools.tools())


def test_the_counts_of_the_films_are_true() -> None:
    counts = [
        local(0).database.rows(f"SELECT COUNT(*) FROM {name}")[0][0] for name in ("movies", "people", "companies")
    ]
    said = "{:,} films with {:,} people, {:,} companies".format(*counts)
    assert said in TestReadme.text()
