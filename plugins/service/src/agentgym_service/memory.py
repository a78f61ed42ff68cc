"""What a session remembers for its client, within bounds: the last request, the episode's actions, and states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from agentgym_core.placement import ResetRequest, StepResult
from agentgym_core.placement import Session as Placed
from agentgym_core.types import Action
from agentgym_service.messages import Code
from agentgym_service.problems import ApiError, invalid

KEPT = 4 * 2**20
"""Bytes of actions that are kept for coming to a state again; a longer episode goes on without snapshots."""

SNAPSHOTS = 64
"""How many states a session remembers."""

_EACH = 64


@frozen
class Remembered:
    """A state: how to come to it again, what it showed, and the environment's own handle where it gave one in this place."""

    opening: ResetRequest
    actions: tuple[Action, ...]
    answer: StepResult
    placed: Placed | None = None
    handle: Any = None


class ActionLog:
    """The actions of an episode, as long as they are not too long."""

    __slots__ = ("_actions", "_size")

    def __init__(self, actions: Iterable[Action] = ()) -> None:
        self._actions: list[Action] = []
        self._size = 0
        for action in actions:
            self.append(action)

    def append(self, action: Action) -> None:
        """Keep one more."""
        self._size += len(action.text) + _EACH
        if self._size <= KEPT:
            self._actions.append(action)

    def all(self) -> tuple[Action, ...]:
        """Every action. :raises ApiError: they were too long to keep."""
        if self._size > KEPT:
            raise invalid(
                ("type",), f"the episode's actions are longer than {KEPT} bytes: its states are not remembered"
            )
        return tuple(self._actions)


def repeated(said: tuple[Any, int, Any] | None, id: object, digest: int) -> Any:
    """The reply, or the future of it, where the last request had this id; else None.

    :param said: the last request that had an id: the id, a digest of what was asked, and the reply. :param digest: of what is asked now.
    :raises ApiError: the id is older than the last one, or asked for something else then.
    """
    if said is None:
        return None
    last, asked, reply = said
    if last == id and asked == digest:
        return reply
    if last == id:
        why = "asked for something else when it was sent before"
    elif isinstance(id, int) and isinstance(last, int) and id < last:
        why = "was answered before, and newer ones since"
    else:
        return None
    hint = "give every request of a session an id of its own, in an order that grows"
    raise ApiError(Code.REPLAYED_REQUEST, 409, f"request {id} {why}", hint=hint)
