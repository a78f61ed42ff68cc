"""How an imported record ended: what its `reward` and `success` say, on the scale of its environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import isfinite, nan
from typing import Any

from attrs import frozen

from agentgym_core.catalog import entry
from agentgym_core.types import Outcome

SCALES: Mapping[str, float] = {"sciworld": 100.0}
"""What a solved task scores in AgentGym's servers, where it is not 1."""

ABOVE_NOTHING = frozenset({"babyai"})
"""Where a task is solved as soon as it is rewarded: BabyAI takes off up to 0.9 for the steps taken, and gives nothing before the goal."""

_WORDS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@frozen
class Ending:
    """`source` is `claimed` where the outcome was not measured, else `recorded`. `notes` counts what was read in a special way."""

    outcome: Outcome
    score: float | None
    success: bool | None
    source: str
    notes: Counter[str]


def ending(record: Mapping[str, Any], environment: str) -> Ending:
    """How a record ended.

    AgentGym's evaluators write `success` as `reward == 1`. Where it is just that, it adds nothing, and the reward decides on its
    environment's own scale; where it says something else, it is somebody's own word and stands.
    """
    notes: Counter[str] = Counter()
    reward = _number(record.get("reward"), notes)
    success = _truth(record.get("success"), notes)
    score = None if reward is None else _score(reward, environment, notes)
    derived = reward is not None and success == (reward == 1)
    if score is not None and (success is None or derived):
        solved = score > 0 if environment in ABOVE_NOTHING else score == 1.0
        if success is not None and success != solved:
            notes[f"success, which only says whether the reward is 1, read as {environment} counts it"] += 1
        return _ended(solved, score, notes)
    if success is not None:
        return _ended(success, score, notes)
    return Ending(Outcome.SOLVED, None, None, "claimed", notes)


def _ended(solved: bool, score: float | None, notes: Counter[str]) -> Ending:
    return Ending(Outcome.SOLVED if solved else Outcome.FAILED, score, solved, "recorded", notes)


def _score(reward: float, environment: str, notes: Counter[str]) -> float | None:
    scale = SCALES.get(environment, 1.0)
    # AgentGym's SciWorld counts whole points; a fraction below 1 is of somebody who divided already.
    if scale != 1.0 and (reward.is_integer() or not 0 < reward < 1):
        notes[f"reward of {environment}, read on its scale of 0 to {scale:g}"] += 1
        reward /= scale
    if reward < 0 and entry("environment", environment) is not None:
        notes["reward below 0, which counts as 0"] += 1
        reward = 0.0
    if 0 <= reward <= 1:
        return reward
    if environment in ABOVE_NOTHING and reward > 1:
        notes["reward above 1, which counts as 1"] += 1
        return 1.0
    notes["reward outside [0, 1], which is no score"] += 1
    return None


def _number(value: Any, notes: Counter[str]) -> float | None:
    if value is None:
        return None
    try:
        found = float(value) if isinstance(value, (bool, int, float, str)) else nan
    except (ValueError, OverflowError):
        found = nan
    if isfinite(found):
        return found
    notes["reward that is no number"] += 1
    return None


def _truth(value: Any, notes: Counter[str]) -> bool | None:
    if value is None:
        return None
    if isinstance(value, bool) or (isinstance(value, (int, float)) and value in (0, 1)):
        return bool(value)
    found = _WORDS.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        notes["success that is neither true nor false"] += 1
    return found
