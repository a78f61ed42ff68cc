"""An episode's tabs: what they show, and what can be done in them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agentgym_core.errors import InfrastructureFault
from agentgym_env_webarena.tree import Element, Tree, printed

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Page

SIZE = {"width": 1280, "height": 720}
EMPTY = "about:blank"
LOADING = 20.0
"""Seconds that a page may take to load before it is left as it is."""

_MARGIN = 0.6
"""A part of an element that must lie within the window for it to be seen."""


class PageHangs(Exception):
    """A page did not answer, and was closed."""


class Tabs:
    """The tabs of one context. Every method belongs to the browser's thread.

    :param viewport: show only what lies within the window.
    """

    def __init__(self, context: BrowserContext, *, viewport: bool = False) -> None:
        self.context = context
        self._viewport = viewport
        self._pages: list[Page] = []
        self._sessions: dict[Page, CDPSession] = {}
        self._idle: dict[Page, asyncio.Event] = {}
        self.current = 0
        self.tree = Tree("", {})

    @property
    def page(self) -> Page:
        """The tab in front.

        :raises InfrastructureFault: the browser is gone, and every tab with it.
        """
        if not self._pages:
            raise InfrastructureFault("webarena: the browser ended in the middle of the episode")
        return self._pages[self.current]

    async def start(self, addresses: Sequence[str]) -> None:
        """Open the first tabs; the first is in front.

        :raises InfrastructureFault: one cannot be loaded.
        """
        self.context.on("page", self._opened)
        for page in self.context.pages:
            self._opened(page)
        for number, address in enumerate(addresses or (EMPTY,)):
            if number >= len(self._pages):
                await self.new_tab()
            self.current = number
            if address != EMPTY and (problem := await self.goto(address)):
                raise InfrastructureFault(f"webarena: {address} cannot be loaded: {problem}")
        self.current = 0
        await self.page.bring_to_front()

    async def close(self) -> None:
        """Close every tab, and the context with them."""
        from playwright.async_api import Error

        with suppress(Error):
            await self.context.close()

    async def observe(self) -> str:
        """The tabs' line and the tree of the one in front. What is asked for by number afterwards is of this tree."""
        session = await self._session()
        # Asked together: an answer of the browser takes longer to come than to make.
        names = asyncio.gather(*(page.title() for page in self._pages))
        tree, found = await asyncio.gather(session.send("Accessibility.getFullAXTree"), names)
        titles = [
            f"Tab {number}{' (current)' if number == self.current else ''}: {title}"
            for number, title in enumerate(found)
        ]
        nodes = tree["nodes"]
        self.tree = printed(nodes, await self._seen(session) if self._viewport else None)
        return f"{' | '.join(titles)}\n\n{self.tree.text}"

    async def click(self, element: Element) -> None:
        """Click the middle of an element, scrolled into view."""
        x, y = await self._middle(element)
        await self.page.mouse.click(x, y)
        await self._settle()

    async def hover(self, element: Element) -> None:
        """Move the mouse over an element."""
        await self.page.mouse.move(*await self._middle(element))
        await self._settle()

    async def type(self, element: Element, text: str, *, enter: bool, append: bool = False) -> None:
        """Write into a field, in place of what it holds; a list takes the entry of that label."""
        session = await self._session()
        found = await session.send("DOM.resolveNode", {"backendNodeId": element.node})
        handle = found["object"]["objectId"]
        kind = await self._call(session, handle, "function() { return this.tagName + ':' + (this.type || ''); }")
        if str(kind).startswith("SELECT"):
            await self._call(
                session,
                handle,
                "function(label) { const entry = [...this.options].find(each => each.label.trim() === label.trim());"
                " if (entry) { this.value = entry.value; this.dispatchEvent(new Event('input', {bubbles: true}));"
                " this.dispatchEvent(new Event('change', {bubbles: true})); } }",
                text,
            )
        else:
            x, y = await self._middle(element)
            await self.page.mouse.click(x, y)
            if not append:
                await self._call(session, handle, "function() { if (this.select) this.select(); }")
                await self.page.keyboard.press("Delete")
            await self.page.keyboard.insert_text(text)
        if enter:
            await self.page.keyboard.press("Enter")
        await self._settle()

    async def press(self, keys: str) -> None:
        """Press a combination such as `Control+a`."""
        await self.page.keyboard.press(keys)
        await self._settle()

    async def scroll(self, down: bool) -> None:
        """Scroll by the height of the window."""
        await self.page.mouse.wheel(0, SIZE["height"] if down else -SIZE["height"])
        await self._settle()

    async def new_tab(self) -> None:
        """Open a tab and go to it."""
        page = await self.context.new_page()
        if page not in self._pages:
            self._opened(page)
        self.current = self._pages.index(page)

    async def focus(self, number: int) -> bool:
        """Bring a tab to the front; False where there is none of that number."""
        if not 0 <= number < len(self._pages):
            return False
        self.current = number
        await self.page.bring_to_front()
        return True

    async def close_tab(self) -> None:
        """Close the tab in front; where it was the last, an empty one is opened."""
        page = self._pages.pop(self.current)
        self._sessions.pop(page, None)
        await page.close()
        if not self._pages:
            await self.new_tab()
        self.current = min(self.current, len(self._pages) - 1)
        await self.page.bring_to_front()

    async def goto(self, address: str) -> str:
        """Load an address; what went wrong, or an empty string."""
        from playwright.async_api import Error

        # The proxy sees what is asked for on the network; files and the browser's own pages never get there.
        if urlsplit(address).scheme.lower() not in ("http", "https") and address != EMPTY:
            return "Only addresses that begin with http:// or https:// can be loaded."
        try:
            await self.page.goto(address, timeout=LOADING * 1000, wait_until="load")
        except Error as error:
            return error.message.splitlines()[0]
        return ""

    async def go_back(self) -> None:
        """One step back in the tab's history."""
        await self.page.go_back(timeout=LOADING * 1000)

    async def go_forward(self) -> None:
        """One step forward in the tab's history."""
        await self.page.go_forward(timeout=LOADING * 1000)

    async def screenshot(self) -> bytes:
        """The tab in front as PNG."""
        return await self.page.screenshot()

    def _opened(self, page: Page) -> None:
        if page not in self._pages:
            self._pages.append(page)
            self.current = len(self._pages) - 1
            page.on("close", self._closed)
            # A page that asks would wait for an answer for ever.
            page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))

    def _closed(self, page: Page) -> None:
        if page in self._pages:
            self._pages.remove(page)
            self.current = min(self.current, max(0, len(self._pages) - 1))

    async def _session(self) -> CDPSession:
        page = self.page
        session = self._sessions.get(page)
        if session is None:
            session = self._sessions[page] = await self.context.new_cdp_session(page)
            await session.send("Page.enable")
            frame = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
            idle = self._idle[page] = asyncio.Event()
            idle.set()

            def moved(event: Mapping[str, Any], *, busy: bool) -> None:
                # Frames within the page may load as they like.
                if event["frameId"] == frame:
                    idle.clear() if busy else idle.set()

            for name in ("Page.frameRequestedNavigation", "Page.frameStartedLoading"):
                session.on(name, partial(moved, busy=True))
            session.on("Page.frameStoppedLoading", partial(moved, busy=False))
        return session

    async def _middle(self, element: Element) -> tuple[float, float]:
        session = await self._session()
        await session.send("DOM.scrollIntoViewIfNeeded", {"backendNodeId": element.node})
        quads = (await session.send("DOM.getContentQuads", {"backendNodeId": element.node}))["quads"]
        corners = quads[0]
        return sum(corners[0::2]) / 4, sum(corners[1::2]) / 4

    async def _settle(self) -> None:
        """Wait until what an action set off has been done: two frames, and a page that is on its way.

        A form is sent a task after the click. Once the page has had its turn, and the browser an answer of its own to give, the browser has
        said that another page is on its way; Playwright's load states may still be those of the page before.
        """
        from playwright.async_api import Error

        page = self.page
        session = await self._session()
        with suppress(Error):
            # The page may go away under the script, because another is being loaded.
            await page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
        with suppress(Error):
            await session.send("Page.getNavigationHistory")
        try:
            await asyncio.wait_for(self._idle[page].wait(), LOADING)
        except TimeoutError:
            raise PageHangs(f"{page.url} did not load within {LOADING:g} s") from None

    async def _seen(self, session: CDPSession) -> frozenset[int]:
        """The nodes of the page of which most lies within the window."""
        snapshot = await session.send("DOMSnapshot.captureSnapshot", {"computedStyles": []})
        document = snapshot["documents"][0]
        left, top = document.get("scrollOffsetX", 0), document.get("scrollOffsetY", 0)
        numbers = document["nodes"]["backendNodeId"]
        seen = set()
        for index, bounds in zip(document["layout"]["nodeIndex"], document["layout"]["bounds"], strict=True):
            x, y, width, height = bounds
            if width <= 0 or height <= 0:
                continue
            across = max(0.0, min(x - left + width, SIZE["width"]) - max(x - left, 0))
            down = max(0.0, min(y - top + height, SIZE["height"]) - max(y - top, 0))
            if across * down / (width * height) >= _MARGIN:
                seen.add(numbers[index])
        return frozenset(seen)

    async def _call(self, session: CDPSession, handle: str, function: str, *values: str) -> Any:
        arguments: list[Mapping[str, Any]] = [{"value": value} for value in values]
        found = await session.send(
            "Runtime.callFunctionOn",
            {"objectId": handle, "functionDeclaration": function, "arguments": arguments, "returnByValue": True},
        )
        return found["result"].get("value")
