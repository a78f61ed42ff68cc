"""What the builder of the site finds and lets through; `make site` runs this where griffe is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("griffe", reason="griffe belongs to the builder of the site: make site")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "site"))

import api
import build

MODULE = '''"""A module."""

from collections.abc import Mapping


class Shown:
    """Shown, with `text` in it. :raises ValueError: never."""

    size: int = 3
    """how large"""

    def bare(self, value: "Mapping[str, Shown]", *rest: int, key: str = "x") -> "Shown":
        return self

    def _hidden(self) -> None: ...


class Other(Shown):
    """Overrides."""

    def bare(self, value: "Mapping[str, Shown]", *rest: int, key: str = "x") -> "Shown":
        return self


def naked(): ...
'''


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "agentgym_some").mkdir()
    (tmp_path / "agentgym_some" / "__init__.py").write_text('"""Some."""\n')
    (tmp_path / "agentgym_some" / "part.py").write_text(MODULE)
    (tmp_path / "agentgym_some" / "_private.py").write_text("class Anything: ...\n")
    return tmp_path


def test_public_names_without_a_docstring_are_found(package: Path) -> None:
    found = api.undocumented(api.load("agentgym_some", package))
    assert found == ["agentgym_some.part.Shown.bare", "agentgym_some.part.naked"]


def test_a_page_shows_what_is_public(package: Path) -> None:
    pages = {title: api.page(title, shown) for title, shown in api.groups(api.load("agentgym_some", package))}
    assert list(pages) == ["agentgym_some", "agentgym_some.part"]
    text = pages["agentgym_some.part"]
    assert "{py:class} Shown" in text
    assert ":raises ValueError: never." in text.splitlines()
    assert "how large" in text
    assert "_hidden" not in text
    assert "*rest: int, key: str = 'x') -> agentgym_some.part.Shown" in text


def test_versions_lie_beside_each_other_and_the_newest_release_comes_first_to_a_reader(tmp_path: Path) -> None:
    for name in ("dev", "0.9.0", "0.10.0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").touch()
    (tmp_path / ".source").mkdir()
    build.versions(tmp_path)
    assert '["dev", "0.9.0", "0.10.0"]' in (tmp_path / "versions.js").read_text()
    assert "url=0.10.0/index.html" in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize(
    ("text", "fetched"),
    [
        ('<script src="https://cdn.example/x.js"></script>', True),
        ('<img alt="" src="//example.org/x.png">', True),
        ('<link rel="stylesheet" href="https://fonts.example/x.css">', True),
        ("<style>a { background: url(https://example.org/x.png) }</style>", True),
        ('<a href="https://example.org">there</a>', False),
        ('<script src="_static/x.js"></script><link href="_static/x.css">', False),
    ],
)
def test_what_a_page_would_fetch_is_found(text: str, fetched: bool, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(text)
    assert bool(build.foreign(tmp_path)) is fetched
