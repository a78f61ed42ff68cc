"""Questions out of a seed. `train` and `eval` share no film, person, company or town, and no answer."""

from __future__ import annotations

import random

from agentgym_core.types import digest
from agentgym_env_movie.families import FAMILIES
from agentgym_env_movie.goals import Setup
from agentgym_env_movie.scene import Draft, Scene, belongs_to_eval
from agentgym_tools import Aim


def draw(kind: str, split: str, seed: int, number: int) -> tuple[Setup, str]:
    """The question of a number, of a kind and with an answer of the split's own, and its fingerprint."""
    chance = random.Random(f"movie {seed} {split} {kind} {number}")
    while True:
        draft = FAMILIES[kind](Scene(chance, split, seed))
        if draft and not (draft.shared and belongs_to_eval(draft.answer) != (split == "eval")):
            setup = Setup(_aim(draft), draft.movies, draft.people)
            return setup, digest(["movie", draft.text, draft.answer, seed])


def _aim(draft: Draft) -> Aim:
    return Aim(
        draft.text,
        draft.answer,
        tuple(draft.goals),
        conclusion=f"{draft.why}: {draft.answer}.",
        tolerance=draft.tolerance,
        unit=draft.unit,
    )
