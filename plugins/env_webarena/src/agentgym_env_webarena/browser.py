"""One Chromium for all episodes of a host, each in a context of its own, driven from a thread of its own.

Playwright's objects belong to one event loop. It runs in a thread here, and callers wait for the answer, so that environments can
stay synchronous and many can share the browser.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TypeVar

from agentgym_core.errors import ComponentUnavailable, InfrastructureFault

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright

T = TypeVar("T")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HINT = "run: apt-get install chromium; or: playwright install chromium; or name a browser by AGENTGYM_CHROMIUM"
GRACE = 30.0
"""Seconds beyond a call's own time limit after which its thread is taken for lost."""


def find_chromium() -> str | None:
    """The browser's program: that of AGENTGYM_CHROMIUM, one on the PATH, or None where Playwright's own is to be tried."""
    named = os.environ.get("AGENTGYM_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def playwrights_own() -> str | None:
    """The program of the browser that `playwright install chromium` downloads, where it is there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        path = driver.chromium.executable_path
    return path if os.path.isfile(path) else None


class BrowserHost:
    """Starts Chromium when it is first needed, and again where it died.

    :param proxy: the address through which every request goes, or none.
    """

    def __init__(self, proxy: str = "") -> None:
        self._proxy = proxy
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="webarena-browser", daemon=True)
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._starting: asyncio.Lock | None = None
        self._spare: tuple[Browser, Mapping[str, Any], asyncio.Task[BrowserContext]] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, call: Coroutine[Any, Any, T], seconds: float) -> T:
        """Run a call in the browser's thread and wait for it.

        :raises InfrastructureFault: it took longer than `seconds`, or the browser is gone.
        """
        from playwright.async_api import Error

        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(call, seconds), self._loop)
        try:
            return future.result(seconds + GRACE)
        except (TimeoutError, FutureTimeout):
            future.cancel()
            raise InfrastructureFault(f"webarena: the browser did not answer within {seconds:g} s") from None
        except Error as error:
            if self._browser is not None and not self._browser.is_connected():
                raise InfrastructureFault("webarena: the browser ended in the middle of the episode") from error
            raise

    async def context(self, headers: Mapping[str, str], **settings: Any) -> BrowserContext:
        """A new context: cookies, storage and tabs of its own."""
        browser = await self.running()
        # A service worker could answer for a site, and outlive the page that made it.
        return await browser.new_context(extra_http_headers=dict(headers), service_workers="block", **settings)

    async def prepared(self, headers: Mapping[str, str], **settings: Any) -> BrowserContext:
        """A context with an empty tab, made while the episode before was played, where that one had the same settings.

        Chromium takes several times as long to make a context with a tab as to load a page in it.
        """
        browser = await self.running()
        # Taken before anything is waited for: two episodes that start together must not get the same one.
        spare, self._spare = self._spare, None
        context: BrowserContext | None = None
        if spare is not None and spare[0] is not browser:
            # Not waited for: one that a browser was making when it died may never come.
            spare[2].cancel()
        elif spare is not None and spare[1] == settings:
            with suppress(Exception):
                context = await spare[2]
        if context is None:
            context = await self._empty(settings)
        if self._spare is None:
            self._spare = (browser, settings, asyncio.ensure_future(self._empty(settings)))
        await context.set_extra_http_headers(dict(headers))
        return context

    async def _empty(self, settings: Mapping[str, Any]) -> BrowserContext:
        context = await self.context({}, **settings)
        await context.new_page()
        return context

    @property
    def version(self) -> str:
        """The version of the browser that runs, or an empty string."""
        return self._browser.version if self._browser is not None else ""

    def close(self) -> None:
        """End the browser and its thread; twice is fine."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            try:
                asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(GRACE)
            finally:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join(GRACE)
        if not self._loop.is_running():
            self._loop.close()

    async def running(self) -> Browser:
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                self._browser = await self._launch()
            return self._browser

    async def _launch(self) -> Browser:
        from playwright.async_api import Error, async_playwright

        if self._playwright is None:
            self._playwright = await async_playwright().start()
        arguments = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
        # Neither of the two would ask the proxy.
        arguments += ["--disable-quic", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # Chromium's sandbox refuses to work for root, as in most containers.
            arguments.append("--no-sandbox")
        try:
            return await self._playwright.chromium.launch(
                executable_path=find_chromium(),
                headless=True,
                args=arguments,
                # Without the odd bypass Chromium asks local addresses directly.
                proxy={"server": self._proxy, "bypass": "<-loopback>"} if self._proxy else None,
            )
        except Error as error:
            raise ComponentUnavailable(
                f"webarena: Chromium cannot be started: {error.message.splitlines()[0]}", hint=HINT
            ) from None

    async def _stop(self) -> None:
        if self._spare is not None:
            self._spare[2].cancel()
            await asyncio.gather(self._spare[2], return_exceptions=True)
        if self._browser is not None and self._browser.is_connected():
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()
