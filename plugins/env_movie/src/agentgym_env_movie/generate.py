"""Questions out of a seed. `train` and `eval` share no film, person, company or town, and no answer."""

from __future__ import annotations

import random
from itertools import count

from agentgym_core.types import digest
from agentgym_env_movie.families import FAMILIES
from agentgym_env_movie.goals import Setup
from agentgym_env_movie.scene import SLOTS, Draft, Scene, belongs_to_eval
from agentgym_tools import Aim

_TRIES = 60


def draw(kind: str, split: str, seed: int, number: int) -> tuple[Setup, str]:
    """The question of a number, of a kind and with an answer of the split's own, and its fingerprint."""
    chance = random.Random(f"movie {seed} {split} {kind} {number}")
    slot: int | None = number // len(FAMILIES) % SLOTS
    for tries in count():
        # Where a slot holds nothing that fits, all of the split will do.
        draft = FAMILIES[kind](Scene(chance, split, seed, slot if tries < _TRIES else None))
        if draft and not (draft.shared and belongs_to_eval(draft.answer) != (split == "eval")):
            setup = Setup(_aim(draft), draft.movies, draft.people)
            return setup, digest(["movie", draft.text, draft.answer, seed])
    raise AssertionError("unreachable")


def _aim(draft: Draft) -> Aim:
    return Aim(
        draft.text,
        draft.answer,
        tuple(draft.goals),
        conclusion=f"{draft.why}: {draft.answer}.",
        tolerance=draft.tolerance,
        unit=draft.unit,
    )
