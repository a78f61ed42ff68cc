"""No Python that the product starts looks for modules in the folder it stands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from workspace import ROOT

SHIPPED = sorted(
    path for path in [*(ROOT / "agentgym_core").rglob("*.py"), *ROOT.glob("plugins/*/src/**/*.py")] if path.is_file()
)


def commands(text: str) -> Iterator[tuple[int, list[object]]]:
    """The commands of a module that start a Python: lists with `-c` or `-m`, or with `sys.executable`."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.List):
            continue
        words: list[object] = [
            word.value if isinstance(word, ast.Constant) else ast.unparse(word) for word in node.elts
        ]
        if any(word in ("-c", "-m") or "sys.executable" in str(word) for word in words):
            yield node.lineno, words


@pytest.mark.parametrize("text", ['run([sys.executable, "-c", code])', 'words = [python, "-m", "some.module"]'])
def test_a_command_without_it_would_be_found(text: str) -> None:
    ((_, words),) = commands(text)
    assert words[1] != "-P"


def test_every_python_is_started_with_a_safe_path() -> None:
    found = [(path, line, words) for path in SHIPPED for line, words in commands(path.read_text(encoding="utf-8"))]
    assert len(found) >= 5
    wrong = [f"{path.relative_to(ROOT)}:{line}" for path, line, words in found if words[1] != "-P"]
    assert wrong == []
