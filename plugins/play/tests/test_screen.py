from __future__ import annotations

import io

import pytest

from agentgym_play.screen import show


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    monkeypatch.setenv("TERM", "xterm")


def shown(text: str, file: io.StringIO) -> str:
    show(text, file)
    return file.getvalue()


def test_long_lines_break_between_words(narrow: None) -> None:
    text = "You are in the middle of a room. Looking quickly around you, you see a drawer."
    printed = shown(text, Terminal())
    assert max(map(len, printed.splitlines())) <= 24
    assert printed.split() == text.split()


@pytest.mark.parametrize("text", ["####  #\n#  g  #\n\n  two", "[b]x[/b] :smile: 'a' 12", "no end\n"])
def test_what_fits_stays_as_it_is(narrow: None, text: str) -> None:
    assert shown(text, Terminal()) == f"{text}\n"


def test_nothing_is_cut_where_there_is_no_terminal() -> None:
    assert shown("word " * 100, io.StringIO()) == "word " * 100 + "\n"


@pytest.mark.parametrize("file", [io.StringIO(), Terminal()])
def test_nothing_is_obeyed(narrow: None, file: io.StringIO) -> None:
    assert "\x1b" not in shown("\x1b[2J\x1b]0;t\x07", file)
