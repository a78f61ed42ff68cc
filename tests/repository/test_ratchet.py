"""The ratchet measures what it says, lets nothing slip back, and keeps what was won."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import ratchet
from ratchet import Rule

MODULE = '''"""A module."""

import sys  # a comment


class Shown:
    """Shown."""

    def undocumented(self) -> str:
        return f"{sys.argv[0]!r:>10} and {{more}}"


class _Hidden:
    def also(self) -> None: ...


if sys.argv:

    def late() -> None:
        """Late."""
'''


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "agentgym_core").mkdir()
    (tmp_path / "agentgym_core" / "one.py").write_text(MODULE)
    (tmp_path / "agentgym_core" / "hookspecs.py").write_text(
        '"""Hooks."""\n\n\ndef agentgym_one() -> None:\n    """One."""\n\n\ndef helper() -> None:\n    """None of them."""\n'
    )
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["no-such-distribution>=1"]\n')
    return tmp_path


def test_every_figure(checkout: Path) -> None:
    figures = ratchet.measure(checkout)
    lines = len(MODULE.splitlines())
    assert figures["lines"] == lines + 9
    assert figures["longest_file"] == lines
    assert figures["public_classes"] == 1
    assert figures["hooks"] == 1
    assert figures["hard_dependencies"] == 1
    assert figures["docstrings_percent"] == pytest.approx(100 * 6 / 7, abs=0.01)
    assert figures["comment_lines_percent"] == pytest.approx(100 / (lines + 9), abs=0.01)


def test_imports_in_a_circle_are_found_and_those_of_functions_are_none(checkout: Path) -> None:
    core = checkout / "agentgym_core"
    assert ratchet.measure(checkout)["modules_in_circles"] == 0
    (core / "two.py").write_text("from agentgym_core import three\nfrom agentgym_core.one import Shown\n")
    (core / "three.py").write_text("def late():\n    import agentgym_core.two\n")
    assert ratchet.measure(checkout)["modules_in_circles"] == 0
    (core / "three.py").write_text("if TYPE_CHECKING:\n    from agentgym_core.two import anything\n")
    assert ratchet.measure(checkout)["modules_in_circles"] == 2
    assert ratchet.measure(checkout)["files"] == 4


def test_an_f_string_is_one_token_in_every_python() -> None:
    assert ratchet.tokens("# a comment\n\nx = f'{a!r:>{width}} and {f(\"b\")} c'\n") == 3
    assert ratchet.tokens("if x:\n    y = 1\n") == 6


def test_every_rule_is_measured_and_every_figure_has_a_rule(checkout: Path) -> None:
    assert {rule.name for rule in ratchet.rules()} == set(ratchet.measure(checkout))


@pytest.mark.parametrize(("at_most", "good", "bad"), [(True, 10.0, 10.1), (False, 10.0, 9.9)])
def test_a_limit_may_be_met_and_not_passed(at_most: bool, good: float, bad: float) -> None:
    rule = Rule("x", "", 10.0, 5.0 if at_most else 20.0, at_most)
    assert rule.holds(good)
    assert not rule.holds(bad)


def test_a_better_figure_becomes_the_limit_down_to_the_target(tmp_path: Path) -> None:
    file = tmp_path / "ratchet.toml"
    file.write_text(
        '# kept\n[size]\nabout = "a"\nmost = 100\ntarget = 50\n\n[share]\nabout = "b"\nleast = 1.5\ntarget = 2.0\n'
    )
    assert ratchet.tighten(file, {"size": 120, "share": 1.0}) == []
    assert ratchet.tighten(file, {"size": 70, "share": 3.0}) == ["size", "share"]
    assert [rule.limit for rule in ratchet.rules(file)] == [70, 2.0]
    assert ratchet.tighten(file, {"size": 30, "share": 3.0}) == ["size"]
    assert file.read_text() == (
        '# kept\n[size]\nabout = "a"\nmost = 50\ntarget = 50\n\n[share]\nabout = "b"\nleast = 2.0\ntarget = 2.0\n'
    )


def test_what_passes_a_limit_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    figures = {rule.name: rule.limit for rule in ratchet.rules()} | {"hooks": 99.0}
    monkeypatch.setattr(ratchet, "measure", lambda root: figures)
    monkeypatch.setattr("sys.argv", ["ratchet.py"])
    assert ratchet.main() == 1
    captured = capsys.readouterr()
    assert "TOO MUCH" in captured.out
    assert captured.err.startswith("hooks is 99.0, its limit 12")
