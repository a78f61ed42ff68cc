"""The accounts that tasks begin with: the original's files of cookies, or names and passwords."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from agentgym_core.errors import ConfigError, InfrastructureFault

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PAGES = {
    "shopping": "/customer/account/login/",
    "shopping_admin": "",
    "reddit": "/login",
    "gitlab": "/users/sign_in",
}
"""Where each site signs in."""

LOADING = 15_000.0
"""Milliseconds for each step of signing in."""

HINT = (
    "--config accounts=PATH: a folder with the original's files such as shopping_state.json, or a JSON file with "
    '{"shopping": {"username": "...", "password": "..."}} and its like'
)


@frozen
class Accounts:
    """What is known of accounts. Passwords are in no configuration and no printed form."""

    folder: Path | None = None
    known: Mapping[str, tuple[str, str]] = field(factory=dict, repr=False)

    @classmethod
    def read(cls, path: Path | None) -> Accounts:
        """A folder of the original's files of cookies, or a JSON file of names and passwords by site.

        :raises ConfigError: it is neither.
        """
        if path is None:
            return cls()
        if path.is_dir():
            return cls(path)
        try:
            table = json.loads(path.read_bytes())
            return cls(None, {site: (str(one["username"]), str(one["password"])) for site, one in table.items()})
        except (OSError, ValueError) as error:
            # The words of a JSON error quote nothing of the file.
            raise ConfigError(f"webarena: accounts: {path}: {error}", hint=HINT) from None
        except (AttributeError, KeyError, TypeError):
            raise ConfigError(
                f"webarena: accounts: {path} is no table of names and passwords by site", hint=HINT
            ) from None

    def password(self, site: str) -> tuple[str, str]:
        """The name and the password of a site's account.

        :raises ConfigError: they are not known.
        """
        if site not in self.known:
            raise ConfigError(f"webarena: no name and password for the site {site!r}", hint=HINT)
        return self.known[site]

    async def state(
        self, browser: Browser, sites: Sequence[str], address: Mapping[str, str]
    ) -> Mapping[str, Any] | None:
        """Cookies and storage of a browser that is signed in to sites, as Playwright takes them; None where there are none to sign in to.

        :raises ConfigError: an account is not known.
        """
        if not sites:
            return None
        if self.folder is not None:
            return self._kept(sites)
        accounts = {site: self.password(site) for site in sites}
        context = await browser.new_context()
        try:
            page = await context.new_page()
            page.set_default_timeout(LOADING)
            for site, (name, password) in accounts.items():
                await _sign_in(page, site, address[site] + PAGES[site], name, password)
            found: Mapping[str, Any] = dict(await context.storage_state())
            return found
        finally:
            await context.close()

    def _kept(self, sites: Sequence[str]) -> Mapping[str, Any]:
        assert self.folder is not None
        whole = self.folder / f"{'.'.join(sorted(sites))}_state.json"
        paths = [whole] if whole.is_file() else [self.folder / f"{site}_state.json" for site in sites]
        found: dict[str, list[Any]] = {"cookies": [], "origins": []}
        for path in paths:
            try:
                table = json.loads(path.read_bytes())
                for name in found:
                    found[name] += table.get(name, [])
            except (OSError, ValueError, AttributeError, TypeError) as error:
                raise ConfigError(f"webarena: accounts: {path}: {error}", hint=HINT) from None
        return found


async def _sign_in(page: Page, site: str, address: str, name: str, password: str) -> None:
    """Fill in the form that has a field for a password, whatever its labels say, and see that it is gone afterwards."""
    from playwright.async_api import Error

    try:
        await page.goto(address)
        secret = page.locator("input[type=password]:visible").first
        form = page.locator("form", has=secret).first
        await form.locator("input[type=text]:visible, input[type=email]:visible, input:not([type]):visible").first.fill(
            name
        )
        await secret.fill(password)
        async with page.expect_navigation():
            await secret.press("Enter")
        if await page.locator("input[type=password]:visible").count():
            raise ConfigError(
                f"webarena: the site {site!r} did not take the name and the password that it was given", hint=HINT
            )
    except Error as error:
        # Playwright's log of calls would quote what was filled in.
        raise InfrastructureFault(f"webarena: signing in to {site!r} failed: {error.message.splitlines()[0]}") from None
