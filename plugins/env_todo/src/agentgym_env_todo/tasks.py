"""Splits and ids of the to-do list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentgym_core.types import Task
from agentgym_env_todo.config import TodoConfig
from agentgym_env_todo.families import FAMILIES
from agentgym_env_todo.generate import draw, fingerprint, setup_of
from agentgym_env_todo.goals import Setup
from agentgym_env_todo.questions import read_questions
from agentgym_tools.catalogue import Catalogue


def _draw(config: TodoConfig, kind: str, split: str, number: int) -> tuple[Setup, str]:
    draft, world = draw(config, kind, split, number)
    return setup_of(draft, world, config.id_digits), fingerprint(draft, world)


def _read(config: TodoConfig) -> Mapping[str, Sequence[Task]]:
    return {} if config.questions is None else read_questions(config.questions, config.projects)


CATALOGUE = Catalogue("todo", tuple(FAMILIES), _draw, _read)
