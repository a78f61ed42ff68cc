"""Questions out of a seed. `train` and `eval` share no city, no postal code and no answer: each belongs to one of them by its digest."""

from __future__ import annotations

import random

from agentgym_core.types import digest
from agentgym_env_weather.families import FAMILIES
from agentgym_env_weather.goals import Setup
from agentgym_env_weather.local import LocalBackend
from agentgym_env_weather.scene import Draft, Reader, Scene, Solved, belongs_to_eval
from agentgym_tools import Aim

_LOCAL = LocalBackend()


def draw(kind: str, split: str, seed: int, number: int, year: int) -> tuple[Setup, str]:
    """The question of a number, of a kind and with an answer of the split's own, and its fingerprint.

    :param year: the first of the three years in which it may be set.
    """
    chance = random.Random(f"weather {seed} {split} {kind} {number}")
    while True:
        scene = Scene(chance, split, year)
        draft = FAMILIES[kind](scene)
        solved = draft.solve(Reader(_LOCAL, scene.today)) if draft else None
        # A city is an answer of its own split already.
        if draft and solved and (solved.answer in draft.names or belongs_to_eval(solved.answer) == (split == "eval")):
            setup = Setup(scene.today, scene.home.name, aim_of(draft, solved), draft)
            return setup, digest(["weather", draft.text, solved.answer, scene.today, scene.home.id])


def aim_of(draft: Draft, solved: Solved) -> Aim:
    """What an episode is about, given what the backend knows."""
    return Aim(
        draft.text,
        solved.answer,
        solved.goals,
        ordered=draft.ordered,
        conclusion=f"{solved.why}: {solved.answer}.",
        accepted=solved.accepted,
        tolerance=draft.tolerance,
        unit=draft.unit,
    )
