"""Where environments come from: the one way from a reference to the source that knows an environment and makes it."""

from agentgym_core.environments.resolve import resolve_environment, scheme_of
from agentgym_core.environments.source import EnvironmentSource, LocalSource

__all__ = ["EnvironmentSource", "LocalSource", "resolve_environment", "scheme_of"]
