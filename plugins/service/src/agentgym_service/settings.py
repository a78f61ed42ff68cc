"""How a server is run."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge, gt, optional

from agentgym_core.placement import TimeLimits
from agentgym_core.settings import ComponentChoice

FEW = 8
"""Sessions that one client may have however few there are: a small server belongs to one person."""


@frozen(kw_only=True)
class ServerSettings:
    """What holds for a whole server. Times are in seconds, sizes in bytes.

    A session or connection that was not used for `idle_seconds` is closed, and a session whose connection was lost after `grace_seconds`.
    A connection has `head_seconds` to say what it wants, and a body `body_seconds` to arrive. A client is an address: `rate` is how many
    requests a second it may make over all of its connections, 0 for any number, and `max_sessions_per_client` how many sessions it may
    have, by default half of all and no fewer than 8. `allow_hosts` and `allow_origins` are names that this server is known by, and sites
    whose pages may use it, beside this machine's own. An expert's moves are given only where `expert` is set. `dialects` names further
    HTTP dialects by id, such as `legacy`. `in_flight` is how many requests of one connection may be under way at once.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = field(default="", repr=False)
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    max_sessions: int = field(default=1024, validator=ge(1))
    max_sessions_per_client: int | None = field(default=None, validator=optional(ge(1)))
    idle_seconds: float = field(default=1800.0, validator=gt(0))
    grace_seconds: float = field(default=60.0, validator=ge(0))
    head_seconds: float = field(default=20.0, validator=gt(0))
    body_seconds: float = field(default=60.0, validator=gt(0))
    open_seconds: float = field(default=120.0, validator=gt(0))
    shutdown_seconds: float = field(default=10.0, validator=ge(0))
    max_frame: int = field(default=16 * 1024 * 1024, validator=ge(1024))
    in_flight: int = field(default=256, validator=ge(1))
    rate: float = field(default=0.0, validator=ge(0))
    expert: bool = False
    dialects: tuple[str, ...] = ()
    placement: ComponentChoice | None = None
    limits: TimeLimits = TimeLimits()

    @property
    def seats(self) -> int:
        """How many sessions one client may have."""
        return self.max_sessions_per_client or max(FEW, self.max_sessions // 2)
