"""A command that a page shows is one that works as it stands, whatever the folder is called."""

from __future__ import annotations

import html
import importlib
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.cli import main
from agentgym_core.types import Trajectory

STRANGE = "Ann's runs; $HOME `id` & <b>"


def commands(page: str) -> list[list[str]]:
    """The words of every command on a page, as a shell reads them."""
    found = re.findall(r"<code>(agentgym .*?)</code>", page, re.DOTALL)
    return [shlex.split(html.unescape(text)) for text in found]


@pytest.fixture
def strange(
    tmp_path: Path,
    write: Callable[..., Path],
    episode: Callable[..., Trajectory],
    bench: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """A workbench over two runs in a folder with a name that a shell would take apart."""
    for name, score in (("a", 1.0), ("b", 0.0)):
        write(tmp_path / STRANGE / name, *(episode(f"t{number}", score) for number in range(3)))
    monkeypatch.chdir(tmp_path)
    return bench(tmp_path / STRANGE)


def test_what_the_page_about_a_run_says_for_the_terminal(strange: Any, tmp_path: Path) -> None:
    found = commands(strange.get(f"/run/{strange.id('a')}/about").text)
    assert [words[1] for words in found] == ["score", "view", "export"]
    for words in found:
        assert main(words[1:]) == 0, words
    assert (tmp_path / "episodes.jsonl").is_file()


def test_what_takes_too_long_for_a_page(strange: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    comparing = importlib.import_module("agentgym_viewer.workbench.pages.comparing")
    monkeypatch.setattr(comparing, "MOST", 1)
    monkeypatch.setattr("agentgym_viewer.workbench.figures.WHOLE", 1)
    (compared,) = commands(strange.get(f"/compare?a={strange.id('a')}&b={strange.id('b')}").text)
    assert compared[1] == "compare"
    assert main(compared[1:]) == 0
    (scored,) = commands(strange.get(f"/run/{strange.id('a')}/report").text)
    assert main(scored[1:]) == 0
    assert (tmp_path / "report.html").is_file()


def test_how_an_empty_folder_gets_its_first_run(bench: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / STRANGE).mkdir()
    ((*_, place),) = commands(bench(tmp_path / STRANGE).get("/").text)
    assert place == str(tmp_path / STRANGE / "first")


def test_what_shows_the_tokens_that_were_not_kept(strange: Any, tmp_path: Path) -> None:
    ((*start, folder, _, model),) = commands(strange.get(f"/run/{strange.id('a')}/episode/1/tokens").text)
    assert (start, folder, model) == (["agentgym", "audit-tokens"], str(tmp_path / STRANGE / "a"), "MODEL")
