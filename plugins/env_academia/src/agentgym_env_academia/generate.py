"""Questions out of a seed. `train` and `eval` share no field: no paper, author, venue, keyword or organisation, and no other answer."""

from __future__ import annotations

import random
from itertools import count

from agentgym_core.types import digest
from agentgym_env_academia.families import FAMILIES
from agentgym_env_academia.goals import Setup
from agentgym_env_academia.scene import SLOTS, Scene, belongs_to_eval
from agentgym_tools import Aim

_TRIES = 300


def draw(kind: str, split: str, seed: int, number: int) -> tuple[Setup, str]:
    """The question of a number, of a kind and with an answer of the split's own, and its fingerprint."""
    chance = random.Random(f"academia {seed} {split} {kind} {number}")
    slot: int | None = number // len(FAMILIES) % SLOTS
    for tries in count():
        # Where a slot holds nothing that fits, all of the split will do.
        draft = FAMILIES[kind](Scene(chance, split, seed, slot if tries < _TRIES else None))
        if draft is None or (isinstance(draft.answer, int) and belongs_to_eval(draft.answer) != (split == "eval")):
            continue
        aim = Aim(draft.text, draft.answer, tuple(draft.goals), conclusion=f"{draft.why}: {draft.answer}.")
        return Setup(aim, draft.papers, draft.authors), digest(["academia", draft.text, draft.answer, seed])
    raise AssertionError("unreachable")
