"""How values become HTML, and how a page is written."""

from __future__ import annotations

import re
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.errors import StoreError
from agentgym_core.types import Trajectory
from agentgym_viewer.comparison_page import Differences
from agentgym_viewer.page import Cell, Figure, Table, render, visible
from agentgym_viewer.replay import write_view

MakeEpisode = Callable[..., Trajectory]
_FOLDER = Path(str(files("agentgym_viewer").joinpath("templates")))
TEMPLATES = sorted(_FOLDER.glob("*.html"))
WORKBENCH = sorted(_FOLDER.glob("workbench/*.html"))
HANDMADE = {"css", "script", "found.drawing", "endings"}


class Texts(HTMLParser):
    """The text of every element of some kinds, and the titles of all elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {name: [] for name in ("h1", "th", "td", "figcaption", "caption")}
        self.titles: list[str | None] = []
        self.names: set[str] = set()
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.titles += [value for name, value in attrs if name == "title"]
        if tag in self.texts:
            self._open.append(tag)
            self.texts[tag].append("")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()


def _page(text: str) -> str:
    table = Table([text], [[text, text, Cell(text, text, text), Cell(text, kind="code")]], caption=f"x{text}")
    found = Differences(text, text, [text], table, [Figure(text, "<svg></svg>")], table, table)
    return render("comparison.html", title=text, a=text, b=text, found=found)


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters()))
def test_any_text_is_shown_whole_and_as_text_wherever_a_template_puts_it(text: str) -> None:
    page = _page(text)
    page.encode()
    shown, want = Texts(page), visible(text)
    assert shown.texts["h1"] == [want]
    assert shown.texts["figcaption"] == [want]
    assert set(shown.texts["th"]) == {want}
    assert set(shown.texts["td"]) == {want, want + want}
    assert set(shown.texts["caption"]) == {f"x{want}"}
    assert set(shown.titles) <= {want}
    assert shown.names == Texts(_page("plain")).names


@pytest.mark.parametrize(
    "text", ["\x00", "\x07", "\x0b", "\x1b[31m", "\x1f", "\x7f", "\x85", "\u202e", "\ud800"], ids=ascii
)
def test_control_characters_become_marks(text: str) -> None:
    page = _page(text)
    assert text[0] not in page
    assert "\ufffd" in page


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda item: item.name)
def test_templates_call_nothing_safe_but_what_this_package_made(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert set(re.findall(r"(\S+?)\s*\|\s*safe\b", source)) <= HANDMADE
    assert not re.search(r"autoescape|Markup|\|\s*(?:format|tojson|xmlattr|urlize|forceescape|e|escape)\b", source)
    assert not re.search(r"""\s(?:on\w+|src|href|style)\s*=|=\s*[^"\s]*\{\{""", source.split("{% block", 1)[-1])


@pytest.mark.parametrize("template", WORKBENCH, ids=lambda item: item.name)
def test_pages_of_the_workbench_lead_only_to_addresses_that_it_made(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe|autoescape|Markup|<style|\sstyle\s*=|\son\w+\s*=|javascript:", source)
    assert not re.search(r"=\s*\{\{", source), "attributes stand in quotes"
    addresses = re.findall(r'\s(?:href|src|action)="([^"]*)"', source)
    ours = (
        r"#main|\{\{ (?:url\(.*\)|asset\('.*'\)|address\(number\)|(?:\w+\.)?(?:address|path)|near\.\w+|back|turned|switch"
        r"|replay|later) \}\}(?:#now)?"
    )
    assert [each for each in addresses if not re.fullmatch(ours, each)] == []


def test_a_value_that_is_not_given_is_an_error_and_no_gap() -> None:
    with pytest.raises(jinja2.UndefinedError, match="'a' is undefined"):
        render("comparison.html", title="t")


@pytest.mark.parametrize("module", ["command", "report_page", "comparison_page", "leaderboard_page", "plugin"])
def test_jinja_is_imported_when_a_page_is_written(module: str) -> None:
    code = f"import sys, agentgym_viewer.{module}; sys.exit(any(n in sys.modules for n in ('jinja2', 'markupsafe')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=600).returncode == 0


def test_a_run_is_read_as_its_page_is_written(episode: MakeEpisode, tmp_path: Path) -> None:
    most = 0

    def read() -> Iterator[Trajectory]:
        nonlocal most
        seen: list[weakref.ref[Trajectory]] = []
        for number in range(20):
            made = episode(f"t{number}")
            seen.append(weakref.ref(made))
            most = max(most, sum(one() is not None for one in seen))
            yield made
            del made

    assert write_view(tmp_path / "view.html", [("run", read())]).shown == (20,)
    assert most <= 2


def test_a_run_that_cannot_be_read_leaves_the_page_that_was_there(episode: MakeEpisode, tmp_path: Path) -> None:
    def read() -> Iterator[Trajectory]:
        yield episode("t0")
        raise StoreError("line 2 is torn")

    path = tmp_path / "view.html"
    path.write_text("before")
    with pytest.raises(StoreError, match="line 2 is torn"):
        write_view(path, [("run", read())])
    assert path.read_text() == "before"
    assert [item.name for item in tmp_path.iterdir()] == ["view.html"]
