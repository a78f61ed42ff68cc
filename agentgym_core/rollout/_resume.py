"""Which episodes a run holds already, and how one is added to it."""

from __future__ import annotations

from attrs import evolve

from agentgym_core.errors import StoreError
from agentgym_core.store import Run, encode
from agentgym_core.types import Fault, Outcome, Trajectory


def finished_keys(run: Run | None, *, retry_faults: bool) -> frozenset[str]:
    """The digests of the episodes that a run holds and that need not be played again."""
    if run is None:
        return frozenset()
    return frozenset(run.finished(scored=retry_faults))


def append(run: Run, trajectory: Trajectory) -> Trajectory:
    """Store an episode and return it as it was stored: what cannot be written makes it a fault, and the run goes on.

    :raises StoreError: the disk is full, or the run is not open for writing.
    """
    try:
        run.append(trajectory)
    except (StoreError, TypeError, ValueError) as error:
        try:
            encode(trajectory)
        except Exception:
            trajectory = _storable(trajectory, error)
            run.append(trajectory)
        else:
            raise
    return trajectory


def _storable(trajectory: Trajectory, error: Exception) -> Trajectory:
    """The episode without the parts that cannot be written, as a fault of its environment: the run goes on."""
    # From least to most: first drop what environments put into `info`; if that is not enough, the whole conversation.
    text = f"the episode holds what JSON cannot say: {error}"
    fault = Fault("step", trajectory.environment, type(error).__name__, text, turn=max(0, len(trajectory.turns) - 1))
    turns = tuple(evolve(turn, info={}) for turn in trajectory.turns)
    cleaned = evolve(
        trajectory, turns=turns, outcome=Outcome.ENVIRONMENT_FAULT, fault=fault, score=None, success=None, info={}
    )
    try:
        encode(cleaned)
    except Exception:
        cleaned = evolve(cleaned, turns=(), messages=(), opening="")
    return cleaned
