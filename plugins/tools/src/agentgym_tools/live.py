"""From settings to a client, the same for every live service."""

from __future__ import annotations

from agentgym_tools.config import LiveSettings
from agentgym_tools.recordings import Recording
from agentgym_tools.secrets import Secret
from agentgym_tools.service import ServiceClient
from agentgym_tools.transport import Transport, send


def live_client(
    name: str,
    settings: LiveSettings,
    *,
    base_url: str,
    token_variable: str = "",
    scope: str,
    transport: Transport = send,
) -> ServiceClient:
    """The client of a service as the user has set it up. A replay needs no token.

    :param name: the service's name, for messages.
    :param base_url: its usual address.
    :param token_variable: the environment variable that usually holds its token; empty for a service without one.
    :param scope: names what is recorded together: the episode where the service has a state, else anything fixed.
    :param transport: carries its requests, where the usual way needs an addition.
    :raises ConfigError: there is no token, or the address will not do. :raises StoreError: a recording cannot be used.
    """
    recording = None
    if settings.recordings is not None and settings.mode != "off":
        recording = Recording(settings.recordings, scope, settings.mode)
    variable = settings.token_variable or token_variable
    token = Secret(variable, name) if variable and settings.mode != "replay" else None
    return ServiceClient(
        name,
        settings.base_url or base_url,
        token=token,
        transport=transport,
        seconds=settings.seconds,
        attempts=settings.attempts,
        patience=settings.patience,
        recording=recording,
    )
