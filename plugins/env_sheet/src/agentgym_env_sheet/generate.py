"""Tasks out of a seed. `train` and `eval` share no names of people, things and groups, and no answer."""

from __future__ import annotations

import random
from typing import Any

from agentgym_core.types import digest
from agentgym_env_sheet.drafting import Draft
from agentgym_env_sheet.families import FAMILIES
from agentgym_env_sheet.plans import Looked, Setup
from agentgym_env_sheet.workbook import plain
from agentgym_env_sheet.world import draw_world
from agentgym_tools import Aim

_SHARE = 5


def belongs_to_eval(answer: Any) -> bool:
    """Whether an answer is one of evaluation's: about one in five."""
    return int(digest(["sheet answer", answer]), 16) % _SHARE == 0


def draw(kind: str, split: str, seed: int, number: int) -> Draft:
    """The task of a number: of a kind, with an answer of the split's own. Where changes are asked for, workbooks never meet: their names
    are of one split.
    """
    chance = random.Random(f"sheet {seed} {split} {kind} {number}")
    while True:
        draft = FAMILIES[kind](chance, draw_world(chance, split))
        if draft is not None and (not draft.asks or belongs_to_eval(draft.answer) == (split == "eval")):
            return draft


def setup_of(draft: Draft, kind: str) -> Setup:
    """A draft as what its task carries."""
    goals = tuple(Looked(act) for act in draft.plan if act.reads) if draft.asks else ()
    aim = Aim(draft.text, draft.answer, goals, conclusion=draft.conclusion, tolerance=draft.tolerance)
    return Setup(draft.book, aim, draft.plan, draft.asks, kind)


def fingerprint(draft: Draft) -> str:
    """The digest of a task's content."""
    return digest(["sheet", draft.text, draft.answer, plain(draft.book)])
