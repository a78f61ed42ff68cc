"""Tasks out of a seed. `train` and `eval` share no answer and no workbook, and no names unless the configuration says so."""

from __future__ import annotations

import random
from typing import Any

from agentgym_core.types import digest
from agentgym_env_sheet.config import SheetConfig
from agentgym_env_sheet.drafting import Draft
from agentgym_env_sheet.families import FAMILIES
from agentgym_env_sheet.plans import Looked, Setup
from agentgym_env_sheet.workbook import plain
from agentgym_env_sheet.world import draw_world
from agentgym_tools import Aim
from agentgym_tools.catalogue import nothing_drawn

_SHARE = 5
MOST_WORKBOOKS = 10_000
"""How many workbooks are tried for one task: far more than the rarest kind takes."""


def belongs_to_eval(answer: Any) -> bool:
    """Whether an answer is one of evaluation's: about one in five."""
    return int(digest(["sheet answer", answer]), 16) % _SHARE == 0


def draw(config: SheetConfig, kind: str, split: str, number: int) -> Draft:
    """The task of a number: of a kind, with an answer of the split's own. Where changes are asked for, workbooks never meet: their names
    are of one split, or they belong to one by their digest.

    :raises ConfigError: tables as small as the configuration has them leave nothing to ask of this kind.
    """
    chance = random.Random(f"sheet {config.seed} {split} {kind} {number}")
    shared = config.held_out == "workbooks"
    for _ in range(MOST_WORKBOOKS):
        draft = FAMILIES[kind](chance, draw_world(chance, "train" if shared else split, config.records))
        if draft is None:
            continue
        own = [draft.answer] if draft.asks else [plain(draft.book)] if shared else []
        if all(belongs_to_eval(each) == (split == "eval") for each in own):
            return draft
    raise nothing_drawn("sheet", kind, MOST_WORKBOOKS, f"records={config.records}")


def setup_of(draft: Draft, kind: str) -> Setup:
    """A draft as what its task carries."""
    goals = tuple(Looked(act) for act in draft.plan if act.reads) if draft.asks else ()
    aim = Aim(draft.text, draft.answer, goals, conclusion=draft.conclusion, tolerance=draft.tolerance)
    return Setup(draft.book, aim, draft.plan, draft.asks, kind)


def fingerprint(draft: Draft) -> str:
    """The digest of a task's content."""
    return digest(["sheet", draft.text, draft.answer, plain(draft.book)])
