"""What a public forge reads: workflows, hooks before a commit, owners, citation. They name what is there, and no person."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from workspace import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
PAGES = ("SECURITY.md", "CODE_OF_CONDUCT.md", "CITATION.cff", ".github/CODEOWNERS")


def read(path: Path) -> Any:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def made(command: str) -> set[str]:
    """The targets that a line gives to make."""
    words = [word for word in command.split() if not word.startswith("-") and "=" not in word]
    return set(words[1:]) if words[:1] == ["make"] else set()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_makes_what_the_makefile_has(path: Path) -> None:
    steps = [step for job in read(path)["jobs"].values() for step in job["steps"]]
    commands = [re.sub(r"\$\{\{.*?\}\}", "X", step["run"]) for step in steps if "run" in step]
    assert commands
    assert all(made(command) for command in commands), "a workflow runs nothing that cannot be run here"
    assert {target for command in commands for target in made(command)} - TARGETS == set()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_only_and_holds_no_secret(path: Path) -> None:
    assert read(path)["permissions"] == {"contents": "read"}
    assert "secrets." not in path.read_text(encoding="utf-8")


def test_the_hooks_before_a_commit_use_the_makefile() -> None:
    hooks = [hook for repo in read(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    assert {hook["id"] for hook in hooks} == {"ruff-format", "ruff", "mypy"}
    assert {target for hook in hooks for target in made(hook["entry"])} <= TARGETS


def test_owners_are_teams_of_what_is_there() -> None:
    for line in (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern, *owners = line.split()
            assert owners
            assert all(re.fullmatch(r"@[a-z-]+/[a-z-]+", owner) for owner in owners), line
            assert list(ROOT.glob(pattern.strip("/"))), f"CODEOWNERS: nothing is called {pattern}"


def test_the_citation_names_the_software_and_the_paper() -> None:
    found = read(ROOT / "CITATION.cff")
    assert found["authors"] == [{"name": "AgentGym SDK contributors"}]
    (paper,) = found["references"]
    assert paper["url"].endswith("2406.04151")


@pytest.mark.parametrize("name", PAGES)
def test_no_address_of_a_person(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", text) == []
