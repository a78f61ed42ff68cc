"""The page of concepts names every public class of core, and every class of core in a public signature, under few words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "agentgym_core"
MOST_WORDS = 45
# `| word | what it is | classes |`, the classes in backticks.
_ROW = re.compile(r"^\| ([a-z][a-z ]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)


def words() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8").partition("## The words")[2]
    return {row[1]: re.findall(r"`(\w+)`", row[3]) for row in _ROW.finditer(text)}


def modules() -> Iterator[tuple[bool, ast.Module]]:
    """Whether a module of core is public, and what is in it."""
    for path in sorted(CORE.rglob("*.py")):
        parts = path.relative_to(CORE).parts
        if "templates" not in parts:
            private = any(part.startswith("_") and part != "__init__.py" for part in parts)
            yield not private, ast.parse(path.read_text(encoding="utf-8"))


def public(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if not getattr(node, "name", "_").startswith("_"):
            yield node


def signatures(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in public(tree.body):
        for inner in [node, *(public(node.body) if isinstance(node, ast.ClassDef) else [])]:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                yield inner


def types(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    arguments = function.args
    annotations = [argument.annotation for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return {
        name.id
        for annotation in [*annotations, function.returns]
        if annotation is not None
        for name in ast.walk(annotation)
        if isinstance(name, ast.Name)
    }


def test_there_are_few_words_and_each_is_one_sentence() -> None:
    found = words()
    assert 30 < len(found) <= MOST_WORDS
    text = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8")
    assert all(". " not in row[2] for row in _ROW.finditer(text))


def test_every_public_class_stands_under_a_word() -> None:
    named = {name for classes in words().values() for name in classes}
    defined = {
        node.name
        for is_public, tree in modules()
        if is_public
        for node in public(tree.body)
        if isinstance(node, ast.ClassDef)
    }
    assert sorted(defined - named) == []


def test_every_class_in_a_public_signature_stands_under_a_word() -> None:
    named = {name for classes in words().values() for name in classes}
    known = {node.name for _, tree in modules() for node in tree.body if isinstance(node, ast.ClassDef)}
    used = {
        name for is_public, tree in modules() if is_public for function in signatures(tree) for name in types(function)
    }
    assert sorted(name for name in (used & known) - named if not name.startswith("_")) == []


def test_no_word_names_a_class_that_is_gone() -> None:
    known = {node.name for _, tree in modules() for node in tree.body if isinstance(node, ast.ClassDef)}
    assert sorted({name for classes in words().values() for name in classes} - known) == []


def test_a_class_stands_under_one_word() -> None:
    named = [name for classes in words().values() for name in classes]
    assert sorted({name for name in named if named.count(name) > 1}) == []
