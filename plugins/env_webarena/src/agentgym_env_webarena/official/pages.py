"""WebArena's evaluator `program_html`: what pages say at the end of an episode.

Task files name small functions in text, which the original evaluates as Python. Here the text is parsed, and only the functions below are
known; selectors are scripts that run in the page alone.
"""

from __future__ import annotations

import ast
import asyncio
import html
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import frozen

from agentgym_core.errors import EnvironmentFault, InfrastructureFault
from agentgym_env_webarena.official.answers import exact, included

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

    from agentgym_env_webarena.official.shop_api import ShopApi

LOADING = 30_000.0
QUIET = 3_000.0
"""Milliseconds that a page may go on loading parts of itself before it is read."""

_MEMBER = """account => {
  const row = [...document.querySelectorAll('tr')].find(each => {
    const cell = each.querySelector("td[data-label='Account']");
    return cell && cell.innerText.split(/\\s+/).includes('@' + account);
  });
  const role = row && row.querySelector('td.col-max-role, td[data-label="Max role"]');
  return role ? role.innerText.trim() : '';
}"""


@frozen
class Reader:
    """Reads pages beside those of the episode, in the same context.

    :param last: the tab in front. :param filled: puts addresses in place of `__SHOPPING__` and its like.
    """

    context: BrowserContext
    last: Page
    filled: Callable[[str], str]
    shop: Callable[[], ShopApi]
    looked: Callable[[str], None]
    """Told of the text of each page that is loaded; raises where it says that a site is down."""

    async def holds(self, targets: Sequence[Mapping[str, Any]]) -> bool:
        """Whether every target has what it must."""
        for target in targets:
            if not has(await self.text(target), target["required_contents"]):
                return False
        return True

    async def text(self, target: Mapping[str, Any]) -> str:
        """The text that a target is about; empty where the page does not have it."""
        address = str(target["url"])
        if address.startswith("func:"):
            address = await self._address(*call(address))
        if address == "last":
            return await self._select(self.last, target)
        page = await self.context.new_page()
        try:
            await self._load(page, self.filled(address))
            return await self._select(page, target)
        finally:
            await page.close()

    async def _load(self, page: Page, address: str) -> None:
        from playwright.async_api import Error, TimeoutError

        try:
            await page.goto(address, timeout=LOADING, wait_until="load")
        except Error as error:
            raise InfrastructureFault(
                f"webarena: {address} cannot be read to judge: {error.message.splitlines()[0]}"
            ) from None
        self.looked(await page.content())
        with suppress(TimeoutError):
            await page.wait_for_load_state("networkidle", timeout=QUIET)

    async def _select(self, page: Page, target: Mapping[str, Any]) -> str:
        locator = str(target["locator"]).strip()
        if not locator:
            return html.unescape(await page.content())
        if locator.startswith("func:"):
            return html.unescape(await self._function(page, *call(locator)))
        if not locator.startswith(("document.", "[...document.")):
            raise EnvironmentFault(f"webarena: the task's locator {locator!r} is none that WebArena knows")
        for script in target.get("prep_actions", ()):
            await _evaluate(page, f"() => {script}")
        found = await _evaluate(page, f"() => {locator}")
        return html.unescape(str(found)) if found else ""

    async def _address(self, name: str, arguments: Sequence[str]) -> str:
        match name, list(arguments):
            case "reddit_get_post_url", ["__last_url__"]:
                return post_address(self.last.url)
            case "shopping_get_latest_order_url", []:
                return await asyncio.to_thread(self.shop().latest_order)
        raise _unknown(name)

    async def _function(self, page: Page, name: str, arguments: Sequence[str]) -> str:
        match name, list(arguments):
            case "shopping_get_sku_latest_review_author", [sku]:
                return str((await asyncio.to_thread(self.shop().latest_review, sku)).get("nickname", ""))
            case "shopping_get_sku_latest_review_rating", [sku]:
                ratings = (await asyncio.to_thread(self.shop().latest_review, sku)).get("ratings") or [{}]
                return str(ratings[0].get("percent", ""))
            # Misspelt in the task files.
            case "gitlab_get_project_memeber_role", ["__page__", account]:
                return str(await _evaluate(page, _MEMBER, account) or "")
        raise _unknown(name)


def has(text: str, required: Mapping[str, Any]) -> bool:
    """Whether a text is, or has in it, what is required; ` |OR| ` stands between alternatives."""
    if "exact_match" in required:
        return exact(str(required["exact_match"]), text)
    if "must_include" in required:
        return all(any(included(one, text) for one in str(each).split(" |OR| ")) for each in required["must_include"])
    raise EnvironmentFault(f"webarena: the task requires {', '.join(required)}, which is none that WebArena knows")


def call(text: str) -> tuple[str, tuple[str, ...]]:
    """The name and the arguments of `func:name('argument', __page__)`; what is no such call is a fault."""
    try:
        found = ast.parse(text.removeprefix("func:").strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        found = None
    if not isinstance(found, ast.Call) or not isinstance(found.func, ast.Name) or found.keywords:
        raise EnvironmentFault(f"webarena: {text!r} is no call of a function")
    arguments = []
    for each in found.args:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            arguments.append(each.value)
        elif isinstance(each, ast.Name):
            arguments.append(each.id)
        else:
            raise EnvironmentFault(f"webarena: {text!r} is called with more than texts")
    return found.func.id, tuple(arguments)


def post_address(address: str) -> str:
    """The address of a post from that of a comment below it: the first three parts of the path, `/f/FORUM/NUMBER/`."""
    parts = urlsplit(address)
    pieces = parts.path.split("/")
    if len(pieces) < 4 or pieces[1] != "f":
        return address
    return f"{parts.scheme}://{parts.netloc}/f/{pieces[2]}/{pieces[3]}/"


async def _evaluate(page: Page, script: str, argument: str | None = None) -> Any:
    """What a script gives in a page; None where the page lacks what it is about, which says that the task was not done."""
    from playwright.async_api import Error

    try:
        return await page.evaluate(script, argument) if argument is not None else await page.evaluate(script)
    except Error as error:
        browser = page.context.browser
        if page.is_closed() or (browser is not None and not browser.is_connected()):
            raise InfrastructureFault("webarena: the browser ended while a page was judged") from error
        return None


def _unknown(name: str) -> EnvironmentFault:
    return EnvironmentFault(f"webarena: the task calls {name!r}, which is no function that WebArena has")
