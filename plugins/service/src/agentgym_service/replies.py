"""From what an environment answered to what a client reads."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from agentgym_core.placement import StepResult
from agentgym_core.types import ExpertAction
from agentgym_service.session import HostedSession
from agentgym_service.wire.codec import encode
from agentgym_service.wire.messages import ExpertBody, Observation, ObservationData, ObservationReply


def observation(session: HostedSession, answer: StepResult) -> Observation:
    """An answer under the fields that the schema declares."""
    step = answer.step
    shown = Observation(step.observation, step.score, step.terminated, step.truncated, step.success, step.info)
    opening = session.opening
    if opening is not None:
        if session.steps == 0:
            shown.task = opening.task
        if opening.needs:
            if "available_actions" in opening.needs:
                shown.available_actions = answer.available_actions
            if "expert" in opening.needs:
                shown.expert = expert(answer.expert)
    return shown


def state_of(session: HostedSession) -> dict[str, Any]:
    """What `state` answers."""
    return {"episode_id": session.episode, "step_count": session.steps}


def expert(move: ExpertAction | None) -> ExpertBody | None:
    """An expert's move as a message says it."""
    return None if move is None else ExpertBody(move.thought, move.action)


def answered(session: HostedSession, answer: StepResult, id: Any = UNSET, name: Any = UNSET) -> bytes:
    """The frame that answers a reset or a step."""
    step = answer.step
    data = ObservationData(observation(session, answer), session.reward, step.terminated or step.truncated)
    return encode(ObservationReply(data=data, id=id, session=name))
