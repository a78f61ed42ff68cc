"""Many tabs of one browser, and pages whose run goes while they are open."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.types import Trajectory
from agentgym_viewer.workbench.site import url

pytestmark = pytest.mark.engine

TABS = 9
"""More than the six connections that a browser has to one place."""


@pytest.fixture
def tabs(chromium: Any) -> Iterator[Callable[[str], Any]]:
    """Opens tabs of one browser, each when its page listens to news."""
    context = chromium.new_context()

    def open_(address: str) -> Any:
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(address)
        page.wait_for_selector(".live.on")
        return page

    yield open_
    context.close()


def test_any_number_of_tabs_are_told_of_news_and_one_of_them_listens(
    tabs: Callable[[str], Any],
    bench: Callable[..., Any],
    write: Callable[..., Path],
    episode: Callable[..., Trajectory],
    until: Callable[..., None],
    tmp_path: Path,
) -> None:
    started = bench(tmp_path)
    opened = [tabs(started.address) for _ in range(TABS)]
    assert len(started.workbench.news._listeners) == 1
    write(tmp_path / "first", episode("a"))
    for page in opened:
        page.wait_for_selector("#list >> text=first")
    # Another one listens when that tab is closed.
    opened.pop(0).close()
    until(lambda: len(started.workbench.news._listeners) == 1, "another tab listens")
    write(tmp_path / "second", episode("a"))
    for page in opened:
        page.wait_for_selector("#list >> text=second")


def test_where_there_are_no_locks_every_tab_listens(
    chromium: Any,
    bench: Callable[..., Any],
    write: Callable[..., Path],
    episode: Callable[..., Trajectory],
    tmp_path: Path,
) -> None:
    started = bench(tmp_path)
    context = chromium.new_context()
    context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    opened = [context.new_page() for _ in range(2)]
    for page in opened:
        page.set_default_timeout(120_000)
        page.goto(started.address)
        page.wait_for_selector(".live.on")
    assert len(started.workbench.news._listeners) == 2
    write(tmp_path / "first", episode("a"))
    for page in opened:
        page.wait_for_selector("#list >> text=first")
    context.close()


@pytest.mark.parametrize("how", ["removed", "renamed"])
def test_a_page_says_that_its_run_is_gone_and_when_it_is_back(
    how: str,
    tabs: Callable[[str], Any],
    bench: Callable[..., Any],
    write: Callable[..., Path],
    episode: Callable[..., Trajectory],
    tmp_path: Path,
) -> None:
    folder = write(tmp_path / "theirs", episode("walrus"))
    started = bench(tmp_path)
    page = tabs(started.address + url("run", started.id("theirs")))
    page.wait_for_selector("#latest >> text=walrus")
    if how == "removed":
        shutil.rmtree(folder)
    else:
        folder.rename(tmp_path / "elsewhere")
    page.wait_for_selector(".live.off >> text=no longer there")
    write(folder, episode("zebra"))
    page.wait_for_selector("#latest >> text=zebra")
    page.wait_for_selector(".live.on")
