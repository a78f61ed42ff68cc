"""What is stored, announced or sent by others is shown on a terminal and never obeyed."""

from __future__ import annotations

import ast
import io
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agentgym_core.cli import main
from agentgym_core.evaluation import compare, summarize
from agentgym_core.evaluation.tables import print_comparison, print_report
from agentgym_core.registry import specs
from agentgym_core.store import Run
from agentgym_core.terminal import cell, plain, say
from agentgym_core.types import Trajectory

ROOT = Path(__file__).resolve().parents[2]
ESCAPES = "\x1b[31mred\x1b]0;title\x07\x9b2J\r\x08[bold]x[/]"
OBEYED = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))} - {"\n", "\t"}


@given(st.text())
def test_nothing_is_left_to_obey(text: str) -> None:
    shown = plain(text)
    assert len(shown) == len(text)
    assert OBEYED.isdisjoint(shown)
    shown.encode()
    assert plain(shown) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_what_is_only_to_be_read_stays(text: str) -> None:
    assert plain(text + "\n\t") == text + "\n\t"


def test_printing_takes_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[1m", end="")
    say(2, file=sys.stderr)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("a␛[1m", "2\n")


def test_rich_reads_no_markup() -> None:
    out = io.StringIO()
    Console(file=out, width=80).print(cell(ESCAPES))
    assert "[bold]x[/]" in out.getvalue()
    assert OBEYED.isdisjoint(out.getvalue())


def hostile(make_trajectory: Callable[..., Trajectory], number: int) -> Trajectory:
    episode = make_trajectory(number)
    key = evolve(episode.key, environment=f"env{ESCAPES}", policy=f"policy{ESCAPES}", task=f"task{ESCAPES}")
    return evolve(episode, key=key)


@pytest.fixture
def run(tmp_path: Path, make_trajectory: Callable[..., Trajectory]) -> Path:
    with Run.create(tmp_path / f"run{ESCAPES[:5]}", {"components": {"policy": ESCAPES}}) as run:
        for number in range(3):
            run.append(hostile(make_trajectory, number))
    return run.folder


@pytest.mark.parametrize(
    "words", [["score", "{run}"], ["compare", "{run}", "{run}"], ["data", "stats", "{run}"], ["\x1b[31m"]]
)
def test_a_strangers_run_drives_no_terminal(run: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status = main([word.format(run=run) for word in words])
    told = capsys.readouterr()
    assert status in (0, 1, 2)
    assert told.out + told.err
    assert OBEYED.isdisjoint(told.out + told.err)


VERBS = sorted(spec.name for spec in specs("command"))


@pytest.mark.parametrize("more", [[], ["--traceback"]])
@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_repeats_what_drives_a_terminal(
    verb: str, more: list[str], run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run.parent)
    # What serves a folder until a signal comes has to end here.
    monkeypatch.setattr("asyncio.run", lambda work, **_: work.close())
    for words in ([str(run)], [str(run), str(run)], [f"ENV{ESCAPES}"], [f"--{ESCAPES}"], [str(run / ESCAPES[:5])]):
        status = main([verb, *words, *more])
        told = capsys.readouterr()
        assert status in (0, 1, 2)
        assert OBEYED.isdisjoint(told.out + told.err), words


def test_tracebacks_and_log_records_obey_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(arguments: object) -> int:
        logging.getLogger("agentgym.test").error("a reply said %s", ESCAPES, exc_info=ValueError(ESCAPES))
        raise RuntimeError(ESCAPES)

    monkeypatch.setattr("agentgym_core.cli.check.run", fails)
    # Only where nobody has set up logging does the last resort print.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    assert main(["check", "file.toml", "--traceback"]) == 1
    told = capsys.readouterr().err
    assert "a reply said ␛[31mred" in told
    assert "RuntimeError: ␛[31mred" in told
    assert "Traceback" in told
    assert OBEYED.isdisjoint(told)


def test_tables_obey_nothing(run: Path) -> None:
    out = io.StringIO()
    console = Console(file=out, width=160)
    stored = Run.open(run)
    print_report(summarize(stored), console)
    print_comparison(compare(stored, stored), console)
    assert "red" in out.getvalue()
    assert OBEYED.isdisjoint(out.getvalue())


def printers() -> Iterator[str]:
    for path in [*ROOT.glob("agentgym_core/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")]:
        if path.name == "terminal.py" or "templates" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name in ("print", "sys.stdout.write", "sys.stderr.write", "rich.print"):
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def test_there_is_one_way_to_print() -> None:
    assert list(printers()) == []


def test_there_is_one_way_into_a_table() -> None:
    for path in [*ROOT.glob("agentgym_core/**/*.py"), *ROOT.glob("plugins/*/src/**/*.py")]:
        assert path.name == "terminal.py" or "rich.markup" not in path.read_text(encoding="utf-8"), path
