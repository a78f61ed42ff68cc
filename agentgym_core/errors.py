"""Every exception that this package raises on purpose: one flat family.

A message says what happened and to whom; `hint` says what to do next.
"""

from __future__ import annotations


def sayable(text: str) -> str:
    """A text with U+FFFD for each half of a character (a lone surrogate), which no encoding can say."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class AgentGymError(Exception):
    """The base of the family. `hint` is the next command or change to make, or an empty string."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        # Errors quote what environments and models say, and must get through every channel.
        self.message = sayable(message)
        super().__init__(self.message)
        self.hint = sayable(hint)

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(cls: type[AgentGymError], message: str, hint: str) -> AgentGymError:
    return cls(message, hint=hint)


class UnknownComponent(AgentGymError):
    """No installed plugin announces this id."""


class AmbiguousComponent(AgentGymError):
    """Two distributions claim one id."""


class ComponentUnavailable(AgentGymError):
    """The component is known, but its plugin failed or something that it needs is missing."""


class PluginError(AgentGymError):
    """A plugin could not be loaded, registered or asked (raised only in strict mode)."""


class ConfigError(AgentGymError):
    """A configuration does not validate; the message starts with the path the user typed."""


class TaskNotFound(AgentGymError):
    """An environment has no task with this id, or no split with this name."""


class EpisodeStateError(AgentGymError):
    """A step before reset, after the end of the episode, or after close: the caller's error."""


class EnvironmentFault(AgentGymError):
    """A call into an environment raised or ran out of time."""


class EnvironmentNotMade(EnvironmentFault):
    """An environment could not be made: when its session was opened, or at that session's first reset."""


class PolicyFault(AgentGymError):
    """A policy raised or ran out of time."""


class ContextOverflow(PolicyFault):
    """A conversation has outgrown what the policy's model can read: the episode ends as truncated, not as a fault."""


class InfrastructureFault(AgentGymError):
    """A host or a connection was lost. The only fault that is retried."""


class CapacityReached(InfrastructureFault):
    """A server or placement holds as many sessions as it may."""


class StoreError(AgentGymError):
    """A run folder cannot be read or written."""


class StoreLocked(StoreError):
    """Another process is writing to this run folder."""


class SplitLeak(AgentGymError):
    """Evaluation tasks were about to enter training data."""


class StopRun(Exception):
    """Raised by an observer to end a run in good order: the one exception that passes through."""
