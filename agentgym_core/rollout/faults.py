"""Errors of environments, policies and hosts as values that a trajectory can keep."""

from __future__ import annotations

import traceback
from typing import NoReturn

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError, EnvironmentFault, EnvironmentNotMade, sayable
from agentgym_core.types import Fault

# Tracebacks are stored with the trajectory; the end of one names the error, the start only our own calls.
_LONGEST = 20_000
_ALLOWED = {"open": "reset_seconds, or start_seconds of the placement process", "reset": "reset_seconds"}


class RemoteError(Exception):
    """An error that was raised where its object cannot be sent from: its type, message and traceback as text."""

    def __init__(self, type: str, message: str, traceback: str) -> None:
        super().__init__(message)
        self.type, self.message, self.traceback = type, message, traceback


class TimeLimitExceeded(TimeoutError):
    """A call took longer than it may."""


def whose(source: EnvironmentSource) -> str:
    """An environment with its distribution, for messages."""
    plugin = source.component.plugin
    owner = f" ({plugin.distribution} {plugin.version})" if plugin.distribution else ""
    return f"environment {source.spec.id!r}{owner}"


def environment_fault(source: EnvironmentSource, stage: str, error: BaseException) -> EnvironmentFault:
    """The fault for an error that an environment raised; raise it `from` the error."""
    return _kind(stage)(f"{stage} of {whose(source)} raised {type_of(error)}: {message_of(error)}")


def raise_out_of_time(source: EnvironmentSource, stage: str, seconds: float | None) -> NoReturn:
    """Raise the fault for a call that took too long."""
    raise _kind(stage)(
        f"{stage} of {whose(source)} took longer than {seconds:g} s",
        hint=f"allow it more time ({_ALLOWED.get(stage, 'step_seconds')}), or look for what hangs",
    ) from TimeLimitExceeded(f"{stage} took longer than {seconds:g} s")


def _kind(stage: str) -> type[EnvironmentFault]:
    return EnvironmentNotMade if stage == "open" else EnvironmentFault


def type_of(error: BaseException) -> str:
    """The name of an error's class."""
    return error.type if isinstance(error, RemoteError) else type(error).__name__


def message_of(error: BaseException) -> str:
    """What an error says, without hints."""
    if isinstance(error, AgentGymError):
        return error.message
    try:
        # `__str__` of a foreign error is foreign code and may raise.
        return sayable(str(error))
    except Exception:
        return "(its message cannot be shown)"


def traceback_of(error: BaseException) -> str:
    """The traceback of an error as text; the last part of a very long one."""
    if isinstance(error, RemoteError):
        text = error.traceback
    else:
        try:
            text = "".join(traceback.format_exception(error))
        except Exception:
            text = f"{type(error).__name__} (its traceback cannot be shown)\n"
    return sayable(text if len(text) <= _LONGEST else "...\n" + text[-_LONGEST:])


def fault_of(error: BaseException, *, stage: str, component: str, turn: int = 0, attempts: int = 1) -> Fault:
    """An error as a value. The cause of one of our own errors is what the user wants to see."""
    cause = error.__cause__ if isinstance(error, AgentGymError) and error.__cause__ is not None else error
    return Fault(
        stage=stage,
        component=component,
        type=type_of(cause),
        message=message_of(error if isinstance(error, AgentGymError) else cause),
        turn=turn,
        traceback=traceback_of(cause),
        attempts=attempts,
    )
