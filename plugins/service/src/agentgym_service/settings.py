"""How a server is run."""

from __future__ import annotations

from pydantic import Field

from agentgym_core.placement import TimeLimits
from agentgym_core.settings import ComponentChoice, setting

FEW = 8
"""Sessions that one client may have however few there are: a small server belongs to one person."""


@setting
class ServerSettings:
    """What holds for a whole server. Times are in seconds, sizes in bytes; a client is an address.

    :raises ConfigError: a number is out of its range.
    """

    host: str = Field(default="127.0.0.1", description="address to listen on; by default this machine only")
    port: int = Field(default=8000, ge=0, le=65535, description="0 takes any that is free")
    token: str = Field(default="", repr=False, description="what clients must send as a bearer token")
    allow_hosts: tuple[str, ...] = Field(default=(), description="names that clients may call this server by")
    allow_origins: tuple[str, ...] = Field(default=(), description="sites whose pages may use this server")
    max_sessions: int = Field(default=1024, ge=1, description="sessions that may be open at once")
    max_sessions_per_client: int | None = Field(
        default=None, ge=1, description=f"open at once from one address; by default half of them, or {FEW}"
    )
    idle_seconds: float = Field(
        default=1800.0, gt=0, description="a session or connection unused for so long is closed"
    )
    grace_seconds: float = Field(
        default=60.0, ge=0, description="time to come back to a session after a lost connection"
    )
    head_seconds: float = Field(default=20.0, gt=0, description="time that a connection has to say what it wants")
    body_seconds: float = Field(default=60.0, gt=0, description="time in which a body must arrive")
    open_seconds: float = Field(default=120.0, gt=0, description="time that a session waits for a free place")
    shutdown_seconds: float = Field(default=10.0, ge=0, description="time that is given to open work at the end")
    max_frame: int = Field(default=16 * 1024 * 1024, ge=1024, description="bytes that a message may have")
    in_flight: int = Field(default=256, ge=1, description="requests of one connection that may be under way at once")
    rate: float = Field(
        default=0.0, ge=0, description="requests a second of one client, over all its connections; 0: any"
    )
    expert: bool = Field(default=False, description="give an expert's moves to those who ask")
    dialects: tuple[str, ...] = Field(default=(), description="further HTTP dialects by id, such as legacy")
    placement: ComponentChoice | None = Field(default=None, description="where environments live")
    limits: TimeLimits = Field(default=TimeLimits(), description="how long calls may take")

    @property
    def seats(self) -> int:
        """How many sessions one client may have."""
        return self.max_sessions_per_client or max(FEW, self.max_sessions // 2)
