"""Splits and ids of the academia."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentgym_core.types import Task
from agentgym_env_academia.config import AcademiaConfig
from agentgym_env_academia.families import FAMILIES
from agentgym_env_academia.generate import draw
from agentgym_env_academia.goals import Setup
from agentgym_env_academia.questions import read_questions
from agentgym_tools.catalogue import Catalogue


def _draw(config: AcademiaConfig, kind: str, split: str, number: int) -> tuple[Setup, str]:
    return draw(kind, split, config.seed, number)


def _read(config: AcademiaConfig) -> Mapping[str, Sequence[Task]]:
    if config.questions is None or config.graphs is None:
        return {}
    return read_questions(config.questions, config.graphs)


CATALOGUE = Catalogue("academia", tuple(FAMILIES), _draw, _read)
