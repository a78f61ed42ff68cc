"""Every code block of the project's pages is run, and what it prints is what the page says."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from agentgym_core import errors
from agentgym_core.cli import main
from agentgym_core.pipeline import settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
KNOWN = {"python", "output", "console", "toml", "sh", "text", "json", ""}
NEEDED = {"learning.md": ("agentgym_algo_bc", "agentgym_policy_transformers")}
"""Plugins that a page's pipeline names and the light set-up does not have."""


@frozen
class Block:
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found.groups()) for found in FENCE.finditer(page.read_text(encoding="utf-8"))]


def matches(printed: str, expected: str) -> bool:
    """Equal but for lines that read `...`, which stand for anything."""
    wanted = "\n".join(line.rstrip() for line in expected.strip().splitlines())
    pattern = "".join(".*" if part == "..." else re.escape(part) for part in re.split(r"(?m)^(\.\.\.)$", wanted))
    pattern = pattern.replace(r"\n.*\n", r"\n(?:.*\n)?").replace("\\\n.*\\\n", "\n(?:.*\n)?")
    printed = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def run_console(text: str) -> None:
    """Run each `$ agentgym ...` line; what follows it is what it prints."""
    for part in re.split(r"(?m)^\$ ", text)[1:]:
        line, _, expected = part.partition("\n")
        words = shlex.split(line)
        assert words[0] == "agentgym", f"only agentgym commands can be tried here: {line}"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = main(words[1:])
        assert status == 0, f"{line} ended with {status}:\n{printed.getvalue()}"
        assert matches(printed.getvalue(), expected), f"{line} printed:\n{printed.getvalue()}"


def check_shell(text: str) -> None:
    """Commands that set a machine up are not run from within a test: what they name must exist."""
    for line in text.strip().splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            assert words[1] in TARGETS, f"the Makefile has no target {words[1]!r}"
        elif words[:2] == ["pip", "install"]:
            for word in words[2:]:
                if word.startswith(("./", "plugins/")):
                    assert (ROOT / word / "pyproject.toml").is_file(), f"{word} is no distribution"
        else:
            assert words[0] == "agentgym", f"what is {line!r}?"
            with contextlib.redirect_stdout(io.StringIO()):
                assert main([*words[1:2], "--help"]) == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "a_page"}
    printed = io.StringIO()
    for block in blocks(page):
        assert block.language in KNOWN, f"{page.name}: a block of {block.language!r}"
        if block.language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(block.text, f"{page.name}", "exec"), names)
        elif block.language == "output":
            assert matches(printed.getvalue(), block.text), (
                f"{page.name} says:\n{block.text}\nbut:\n{printed.getvalue()}"
            )
        elif block.language == "console":
            run_console(block.text)
        elif block.language == "sh":
            check_shell(block.text)
        elif block.language == "toml":
            values = tomllib.loads(block.text)
            if "stages" in values:
                for name in NEEDED.get(page.name, ()):
                    pytest.importorskip(name, reason=f"the pipeline of {page.name} needs {name}: make setup-learn")
                settings(values, page.name)


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


def test_generated_pages_are_those_of_the_code() -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    for name, page in reference.pages().items():
        kept = (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")
        assert kept == page, f"docs/reference/{name}.md has drifted from the code: make docs"


def test_every_key_of_the_configuration_page_has_a_meaning() -> None:
    page = (ROOT / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert {"`stages`", "`concurrency`", "`tasks`", "`threshold`"} <= {row.split(" | ")[0][2:] for row in rows}
    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_page_of_errors_names_the_whole_family() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    family = [name for name, cls in vars(errors).items() if isinstance(cls, type) and cls.__module__ == errors.__name__]
    assert [name for name in family if f"`{name}`" not in page] == []


def test_the_readme_lists_every_plugin_of_the_workspace() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for file in ROOT.glob("plugins/*/pyproject.toml"):
        name = tomllib.loads(file.read_text(encoding="utf-8"))["project"]["name"]
        assert f"| {name} |" in text, f"README.md does not list {name}"


def test_matching_knows_a_difference() -> None:
    assert matches("a\nb\nc", "a\n...\nc")
    assert matches("a\nc", "a\n...\nc")
    assert not matches("a\nb\nd", "a\n...\nc")
