"""From settings to a client, the same for every live service."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from agentgym_tools.config import LiveSettings
from agentgym_tools.recordings import Recording
from agentgym_tools.secrets import Secret
from agentgym_tools.service import ServiceClient
from agentgym_tools.transport import HttpReply, Transport, send

Answer = TypeVar("Answer")


class Answers(Generic[Answer]):
    """The answers of a service that only answers, kept in memory by question: each is asked once.

    Safe to share between threads; questions are asked one after another. What raises is not kept.

    :param most: how many are kept; the one that was not wanted for the longest time goes first.
    """

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = Lock()

    def get(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """The answer to a question, by `ask` where it is not kept. Errors are those of `ask`."""
        with self._lock:
            if question not in self._kept:
                self._kept[question] = ask()
                if len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(question)
            return self._kept[question]


def recording_of(settings: LiveSettings, scope: str) -> Recording | None:
    """The recording of a scope as the user has set it up, or None.

    :raises StoreError: it cannot be used.
    """
    if settings.recordings is None or settings.mode == "off":
        return None
    return Recording(settings.recordings, scope, settings.mode)


def live_client(
    name: str,
    settings: LiveSettings,
    *,
    base_url: str,
    token_variable: str = "",
    scope: str,
    transport: Transport = send,
    token_query: str = "",
    wait_of: Callable[[HttpReply], float | None] = lambda reply: None,
    recording: Recording | None = None,
) -> ServiceClient:
    """The client of a service as the user has set it up. A replay needs no token.

    :param name: the service's name, for messages.
    :param base_url: its usual address.
    :param token_variable: the environment variable that usually holds its token; empty for a service without one.
    :param scope: names what is recorded together: the episode where the service has a state, else anything fixed.
    :param transport: carries its requests, where the usual way needs an addition.
    :param token_query: the query's key that takes the token, for a service that wants it there and not in a header.
    :param wait_of: the seconds that a reply of 429 asks for in the service's own way; None where it does not.
    :param recording: one that several clients share; by default the client has its own, as the settings say.
    :raises ConfigError: there is no token, or the address will not do. :raises StoreError: a recording cannot be used.
    """
    recording = recording or recording_of(settings, scope)
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
        token_query=token_query,
        wait_of=wait_of,
    )
