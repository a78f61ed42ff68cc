"""Splits and ids of the spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentgym_core.types import Task
from agentgym_env_sheet.config import SheetConfig
from agentgym_env_sheet.families import FAMILIES
from agentgym_env_sheet.generate import draw, fingerprint, setup_of
from agentgym_env_sheet.plans import Setup
from agentgym_env_sheet.questions import read_questions
from agentgym_tools.catalogue import Catalogue


def _draw(config: SheetConfig, kind: str, split: str, number: int) -> tuple[Setup, str]:
    draft = draw(config, kind, split, number)
    return setup_of(draft, kind), fingerprint(draft)


def _read(config: SheetConfig) -> Mapping[str, Sequence[Task]]:
    return {} if config.questions is None else read_questions(config.questions, config.workbook)


CATALOGUE = Catalogue("sheet", tuple(FAMILIES), _draw, _read)
