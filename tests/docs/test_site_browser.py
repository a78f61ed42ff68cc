"""The site in a real browser, as it lies on a disk: `make test-site` builds it first."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SILENT = ("output", "text", "")
"""Languages of blocks that nobody copies to run."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions beside each other, where the site was built."""
    built = os.environ.get("AGENTGYM_SITE")
    if not built:
        pytest.skip("the site is built first: make test-site")
    place = tmp_path_factory.mktemp("site")
    for name in ("dev", "0.1.0"):
        shutil.copytree(Path(built) / "dev", place / name)
    (place / "versions.js").write_text('window.SITE_VERSIONS = ["dev", "0.1.0"];\n')
    return place


@pytest.fixture
def page(chromium: Any, site: Path) -> Iterator[Any]:
    """A page that may use the clipboard and asks nothing of any network."""
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    made = context.new_page()
    asked: list[str] = []
    made.on("request", lambda request: asked.append(request.url))
    yield made
    context.close()
    assert [url for url in asked if not url.startswith("file://")] == []


def runs(language: str, text: str) -> str:
    """What a reader wants of a block: of a console's, the commands without what they print."""
    if language != "console":
        return text
    return "".join(f"{command}\n" for command in re.findall(r"(?m)^\$ ((?:.*\\\n)*.*)$", text))


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_what_is_copied_is_what_runs(tutorial: Path, page: Any, site: Path) -> None:
    page.goto((site / "dev" / tutorial.relative_to(ROOT)).with_suffix(".html").as_uri())
    blocks = FENCE.findall(tutorial.read_text(encoding="utf-8"))
    wanted = [runs(language, text) for language, text in blocks if language not in SILENT]
    copied = []
    for button in page.locator("article .site-copy").all():
        button.focus()
        page.keyboard.press("Enter")
        button.filter(has_text="Copied").wait_for()
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    assert copied == wanted


def test_a_search_finds_pages_without_a_server(page: Any, site: Path) -> None:
    page.goto((site / "dev" / "index.html").as_uri())
    page.fill("input[name=q] >> visible=true", "placement")
    page.keyboard.press("Enter")
    page.locator("ul.search li a", has_text="Write a placement").first.click()
    page.wait_for_url("**/docs/write-a-placement.html*")


def test_versions_lead_to_each_other(page: Any, site: Path) -> None:
    page.goto((site / "dev" / "docs" / "workbench.html").as_uri())
    assert page.input_value(".site-versions select") == "dev"
    page.select_option(".site-versions select", "0.1.0")
    page.wait_for_url("**/0.1.0/index.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1600])
def test_nothing_is_wider_than_the_screen_and_no_table_begins_with_an_empty_row(
    chromium: Any, site: Path, width: int, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    for name in ("index", "README", "docs/workbench", "docs/tutorials/run-on-ray", "docs/reference/config"):
        page.goto((site / "dev" / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        empty = (
            "[...document.querySelectorAll('article thead')].filter((e) => e.offsetHeight > 0 && !e.innerText.trim())"
        )
        assert page.evaluate(f"{empty}.length") == 0, name
    context.close()
