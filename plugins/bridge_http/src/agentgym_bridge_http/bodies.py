"""Bodies of HTTP requests and answers: what decodes and encodes them is what the OpenAPI document is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from agentgym_service.messages import ActionBody, ExpertBody, Score

Whole = Annotated[int | float | None, Meta(extra_json_schema={"multipleOf": 1, "minimum": -(2**53), "maximum": 2**53})]
"""To JSON `3.0` is a whole number too."""


class CreateBody(Struct, forbid_unknown_fields=True):
    """`needs` names what every answer brings along: `available_actions`, `expert`."""

    needs: list[str] | None = None


class IdBody(Struct, forbid_unknown_fields=True):
    """The id that createEnv gave."""

    id: str


class StepBody(Struct, forbid_unknown_fields=True):
    """An action of a session: its text, or a name with arguments."""

    id: str
    action: str | ActionBody


class RestReset(Struct, forbid_unknown_fields=True):
    """What a session is reset to: a task by `task`, or by `split` and `index`, or one drawn by `seed`."""

    id: str
    task: str | None = None
    split: str | None = None
    index: Whole = None
    seed: Whole = None


class Created(Struct):
    """The id of a new session."""

    id: str


class Closed(Struct):
    """The session was closed."""

    closed: bool = True


class Listed(Struct):
    """What can be done now; null where that cannot be listed."""

    available_actions: tuple[str, ...] | None


class RestObservation(Struct):
    """What an environment shows. `reward` is the score so far, in [0, 1]: an episode's reward is its last one."""

    observation: str
    reward: Score
    score: Score
    done: bool
    terminated: bool
    truncated: bool
    success: bool | None
    info: Mapping[str, Any]
    task: str | UnsetType = UNSET
    available_actions: tuple[str, ...] | UnsetType | None = UNSET
    expert: ExpertBody | UnsetType | None = UNSET
