"""From what an environment answered to what a client reads."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from msgspec import UNSET

from agentgym_core.placement import StepResult
from agentgym_service.codec import encode
from agentgym_service.messages import DataReply, ExpertBody, Observation, ObservationData, ObservationReply, State
from agentgym_service.session import HostedSession

Shown = TypeVar("Shown", bound="ShowsNeeds")


class ShowsNeeds(Protocol):
    """An observation in some dialect's terms."""

    task: Any
    available_actions: Any
    expert: Any


def observation(session: HostedSession, answer: StepResult) -> Observation:
    """An answer as frames show it."""
    step = answer.step
    shown = Observation(step.observation, step.score, step.terminated, step.truncated, step.success, step.info)
    return with_needs(shown, session, answer)


def with_needs(shown: Shown, session: HostedSession, answer: StepResult) -> Shown:
    """What is shown, with the task after a reset, and with what the episode was asked to bring along."""
    opening = session.opening
    if opening is not None:
        if session.steps == 0:
            shown.task = opening.task
        if opening.needs:
            if "available_actions" in opening.needs:
                shown.available_actions = answer.available_actions
            if "expert" in opening.needs:
                move = answer.expert
                shown.expert = None if move is None else ExpertBody(move.thought, move.action)
    return shown


def state_of(session: HostedSession) -> State:
    """What `state` answers."""
    return State(session.episode, session.steps)


def answered(session: HostedSession, answer: StepResult, id: Any = UNSET, name: Any = UNSET) -> bytes:
    """The frame that answers a reset or a step."""
    step = answer.step
    data = ObservationData(observation(session, answer), session.reward, step.terminated or step.truncated)
    return encode(ObservationReply(data=data, id=id, session=name))


def reply(type: str, message: Any, data: Any, session: Any = UNSET) -> bytes:
    """The frame that answers anything else; it names the session that was meant, or `session`."""
    named = getattr(message, "session", UNSET) if session is UNSET else session
    return encode(DataReply(type=type, data=data, id=message.id, session=named))
