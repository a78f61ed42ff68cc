"""How a workbench is served."""

from __future__ import annotations

import ipaddress

from pydantic import Field

from agentgym_core.settings import setting

PORT = 8642


@setting
class WorkbenchSettings:
    """Where a workbench is reached, and by whom.

    :raises ConfigError: a number is out of its range.
    """

    host: str = Field(default="127.0.0.1", description="address to listen on; by default this machine only")
    port: int = Field(default=PORT, ge=0, le=65535, description="0 takes any that is free")
    token: str = Field(default="", repr=False, description="what a browser must show once")
    cache: str = Field(default="", description="folder in which indexes are kept for the next start; empty keeps none")
    allow_hosts: tuple[str, ...] = Field(default=(), description="names that browsers may call this workbench by")

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
