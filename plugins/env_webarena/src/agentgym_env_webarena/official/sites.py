"""The sites of WebArena's tasks: where they are, and what they are called in what an agent reads."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Literal, get_args
from urllib.parse import urlsplit

from attrs import frozen

from agentgym_core.errors import ConfigError

Site = Literal["shopping", "shopping_admin", "reddit", "gitlab", "map", "wikipedia", "homepage"]
SITES: tuple[Site, ...] = get_args(Site)
PUBLIC: Mapping[str, str] = {
    "shopping": "http://onestopmarket.com",
    "shopping_admin": "http://luma.com/admin",
    "reddit": "http://reddit.com",
    "gitlab": "http://gitlab.com",
    "map": "http://openstreetmap.org",
    "wikipedia": "http://wikipedia.org",
    "homepage": "http://homepage.com",
}
"""Names that an agent reads in place of the addresses, as in the original: trajectories do not tell where the sites were served."""

OPEN = frozenset(("map", "wikipedia", "homepage"))
"""Sites that nobody signs in to."""

# `__SHOPPING_ADMIN__`: the names in task files, in capitals between two underscores.
_PLACE = re.compile(r"__([A-Z_]+?)__")


@frozen
class Sites:
    """Where the sites are. Addresses have no slash at the end."""

    addresses: Mapping[str, str]

    @classmethod
    def configured(cls, given: Mapping[Site, str]) -> Sites:
        """From a configuration; where it is silent, from the environment variables SHOPPING, SHOPPING_ADMIN, REDDIT, GITLAB, MAP,
        WIKIPEDIA and HOMEPAGE, which the original reads.

        :raises ConfigError: an address is none.
        """
        found = {site: given.get(site) or os.environ.get(site.upper(), "") for site in SITES}
        for site, address in found.items():
            if address and (urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname):
                raise ConfigError(
                    f"webarena: addresses.{site}: {address!r} is no address such as http://127.0.0.1:7770"
                )
        return cls({site: address.rstrip("/") for site, address in found.items() if address})

    @property
    def hosts(self) -> frozenset[str]:
        """Every `host:port` of the addresses."""
        return frozenset(host_of(address) for address in self.addresses.values())

    def filled(self, text: str) -> str:
        """A text of a task file with addresses in place of `__SHOPPING__` and its like.

        :raises ConfigError: the address of one is not configured.
        """

        def address(match: re.Match[str]) -> str:
            site = match.group(1).lower()
            if site not in PUBLIC:
                return match.group()
            if site not in self.addresses:
                raise ConfigError(
                    f"webarena: the task needs the site {site!r}, whose address is not configured",
                    hint=f"run: export {site.upper()}=http://HOST:PORT",
                )
            return self.addresses[site]

        return _PLACE.sub(address, text)

    def shown(self, text: str) -> str:
        """A text as an agent reads it: public names in place of addresses."""
        for site, address in self._longest_first():
            text = text.replace(address, PUBLIC[site])
        return text

    def meant(self, address: str) -> str:
        """The address that an agent means by a public one, with http or https; others stay as they are."""
        for site, _ in sorted(PUBLIC.items(), key=lambda item: -len(item[1])):
            for name in (PUBLIC[site], PUBLIC[site].replace("http://", "https://")):
                rest = address[len(name) :]
                if site in self.addresses and address.startswith(name) and (not rest or rest[0] in "/?#"):
                    return self.addresses[site] + rest
        return address

    def _longest_first(self) -> list[tuple[str, str]]:
        # The shop's administration lies below an address of its own; of two, the longer says more.
        return sorted(self.addresses.items(), key=lambda item: -len(item[1]))


def host_of(address: str) -> str:
    """The `host:port` of an address, the scheme's port where it names none."""
    parts = urlsplit(address)
    return f"{(parts.hostname or '').lower()}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
