"""Splits and ids of the films."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentgym_core.types import Task
from agentgym_env_movie.config import MovieConfig
from agentgym_env_movie.families import FAMILIES
from agentgym_env_movie.generate import draw
from agentgym_env_movie.goals import Setup
from agentgym_env_movie.questions import read_questions
from agentgym_tools.catalogue import Catalogue


class _Films(Catalogue[MovieConfig]):
    def _make(self, config: MovieConfig) -> Mapping[str, Sequence[Task]]:
        found = super()._make(config)
        # The films of `train` and `eval` are ours alone.
        return {split: tasks for split, tasks in found.items() if config.backend == "local" or split not in _OURS}


def _draw(config: MovieConfig, kind: str, split: str, number: int) -> tuple[Setup, str]:
    return draw(kind, split, config.seed, number)


def _read(config: MovieConfig) -> Mapping[str, Sequence[Task]]:
    return {} if config.questions is None else read_questions(config.questions)


_OURS = ("train", "eval")
CATALOGUE = _Films("movie", tuple(FAMILIES), _draw, _read)
"""The splits with their tasks."""
