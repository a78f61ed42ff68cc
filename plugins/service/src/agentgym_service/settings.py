"""How a server is run."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge, gt

from agentgym_core.placement import TimeLimits
from agentgym_core.settings import ComponentChoice


@frozen(kw_only=True)
class ServerSettings:
    """What holds for a whole server. Times are in seconds, sizes in bytes.

    A session that was not used for `idle_seconds` is closed, and one whose connection was lost after `grace_seconds`. `rate` is how many
    requests a second one connection or address may make, 0 for any number. An expert's moves are given only where `expert` is set.
    `dialects` names further HTTP dialects by id, such as `legacy`. `in_flight` is how many requests of one connection may be under way
    at once.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = field(default="", repr=False)
    max_sessions: int = field(default=1024, validator=ge(1))
    idle_seconds: float = field(default=1800.0, validator=gt(0))
    grace_seconds: float = field(default=60.0, validator=ge(0))
    open_seconds: float = field(default=120.0, validator=gt(0))
    shutdown_seconds: float = field(default=10.0, validator=ge(0))
    max_frame: int = field(default=16 * 1024 * 1024, validator=ge(1024))
    in_flight: int = field(default=256, validator=ge(1))
    rate: float = field(default=0.0, validator=ge(0))
    expert: bool = False
    dialects: tuple[str, ...] = ()
    placement: ComponentChoice | None = None
    limits: TimeLimits = TimeLimits()
