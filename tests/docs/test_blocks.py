"""Every code block of the project's pages is run, and what it prints is what the page says."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import reference
from attrs import evolve, frozen

from agentgym_core import errors
from agentgym_core.cli import main
from agentgym_core.pipeline import settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
TUTORIALS = [page for page in PAGES if page.parent.name == "tutorials"]
PORTS = ("8765", "8766", "8767")
"""The ports at which tutorials serve; here those that are free take their places."""
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
KNOWN = {"python", "output", "console", "toml", "sh", "text", "json", ""}
LEARNERS = ("agentgym_algo_bc", "agentgym_policy_transformers")
NEEDED = {
    "learning.md": LEARNERS,
    "scaling.md": ("agentgym_ray", "ray"),
    "train-and-evolve-on-a-laptop.md": LEARNERS,
    "run-on-ray.md": ("agentgym_ray", "ray", *LEARNERS),
    "serve-and-train-with-trl.md": ("trl", *LEARNERS),
    "write-an-environment-in-an-afternoon.md": ("hatchling",),
}
"""What a page's pipeline or commands need and the light set-up does not have."""

LEARNED = {"train-and-evolve-on-a-laptop.md", "serve-and-train-with-trl.md", "run-on-ray.md"}
"""Pages with figures that learning gave, which differ from machine to machine: their numbers are compared by their places alone.

So what takes hundreds of steps or tasks there takes ten here, and an untrained model says less.
"""
HUNDREDS = re.compile(r"\b((?:max_steps|limit)(?: ?= ?| ))\d{3,}|\b(max[_-]tokens(?: = | ))\d+")


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
            only = [name for word in words if word.startswith("ONLY=") for name in word[5:].split()]
            missing = [name for name in only if not (ROOT / "plugins" / name / "pyproject.toml").is_file()]
            assert missing == [], f"there is no plugin {missing}"
        elif words[0] == ".":
            assert words[1:] == [".venv/bin/activate"]
        elif words[:2] == ["pip", "install"]:
            for word in words[2:]:
                if word.startswith(("./", "plugins/")):
                    assert (ROOT / word / "pyproject.toml").is_file(), f"{word} is no distribution"
        else:
            assert words[0] == "agentgym", f"what is {line!r}?"
            with contextlib.redirect_stdout(io.StringIO()):
                assert main([*words[1:2], "--help"]) == 0


class Walker:
    """Does what a tutorial says, as its reader would: every command is a process of its own, in the folder that the page went to.

    What is installed goes into a folder for this page alone, and what stays in the background ends with the page.
    """

    def __init__(self, home: Path, same: Callable[[str, str], bool]) -> None:
        self.folder, self.same = home / "here", same
        self.folder.mkdir()
        self.site = home / "site"
        self.variables = {**os.environ, "COLUMNS": "80", "PYTHONUNBUFFERED": "1", "HF_HUB_OFFLINE": "1"}
        self.running: list[subprocess.Popen[str]] = []

    def write(self, block: Block) -> bool:
        """Write a block whose first line is a comment with a file's name; says whether it was one."""
        found = re.match(r"# ([\w./-]+\.(?:py|toml))\n", block.text)
        if found:
            path = self.folder / found[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        return found is not None

    def run(self, text: str) -> None:
        """Run the commands of a block, and hold what they print against what follows them."""
        for part in re.split(r"(?m)^\$ ", text.replace("\\\n", ""))[1:]:
            line, _, expected = part.partition("\n")
            words = shlex.split(line, comments=True)
            if words[0] == "cd":
                self.folder = (self.folder / words[1]).resolve()
            elif words[0] == "rm":
                (self.folder / words[1]).unlink()
            elif words[:2] == ["pip", "install"]:
                self.install(self.folder / words[-1])
            elif words[-1] == "&":
                self.start(words[:-1], expected)
            else:
                done = self.process(words)
                printed, told = done.communicate(timeout=800)
                assert done.returncode == 0, f"{line} ended with {done.returncode}:\n{printed}{told}"
                assert self.same(printed, expected), f"{line} printed:\n{printed}"

    def process(self, words: list[str]) -> subprocess.Popen[str]:
        modules = {"python": [], "pytest": ["-m", "pytest"], "agentgym": ["-m", "agentgym_core"]}
        assert words[0] in modules, f"a tutorial cannot ask for {words[0]!r}"
        command = [sys.executable, *modules[words[0]], *words[1:]]
        pipes: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }
        return subprocess.Popen(command, cwd=self.folder, env=self.variables, **pipes)

    def start(self, words: list[str], expected: str) -> None:
        """Start what goes on in the background; it has begun when it has printed as much as the page shows."""
        process = self.process(words)
        self.running.append(process)
        assert process.stdout is not None
        printed = "".join(process.stdout.readline() for _ in range(max(1, len(expected.strip().splitlines()))))
        assert self.same(printed, expected), f"{shlex.join(words)} printed:\n{printed}"

    def install(self, folder: Path) -> None:
        """Install a new plugin without asking an index; its sources are read from where they lie, as with `-e`."""
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        subprocess.run([*command, "--target", str(self.site), str(folder)], check=True, env=self.variables)
        self.variables["PYTHONPATH"] = os.pathsep.join((str(folder / "src"), str(self.site)))

    def close(self) -> None:
        for process in self.running:
            process.terminate()
            process.communicate(timeout=60)


def masked(text: str) -> str:
    """A text with a sign in the place of each number, and with every space between words alike."""
    return "\n".join(
        " ".join(re.sub(r"\d+(?:\.\d+)?(?:e-?\d+)?", "#", line).split()) for line in text.strip().splitlines()
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def walker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Walker]:
    page: Path = request.node.callspec.params["page"]

    def same(printed: str, expected: str) -> bool:
        # Thousands are set apart by a narrow space, which an editor hardly shows.
        printed = printed.replace("\u202f", " ")
        printed, expected = (re.sub(r" in \d+\.\d+s|\d+\.\d+ MB", "", text) for text in (printed, expected))
        return matches(masked(printed), masked(expected)) if page.name in LEARNED else matches(printed, expected)

    one = Walker(tmp_path, same)
    yield one
    one.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_that_is_walked(page: Path, walker: Walker) -> None:
    for name in NEEDED.get(page.name, ()):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{page.name} needs {name}: see CONTRIBUTING.md")
    ports = {port: str(free_port()) for port in PORTS}
    for block in blocks(page):
        if page.name in LEARNED:
            block = evolve(block, text=HUNDREDS.sub(lambda found: f"{found[1] or found[2]}10", block.text))
        block = evolve(block, text=re.sub("|".join(PORTS), lambda found: ports[found[0]], block.text))
        if block.language == "sh":
            check_shell(block.text)
        elif block.language == "console":
            walker.run(block.text)
        elif block.language in ("python", "toml"):
            assert walker.write(block), f"{page.name}: a file without a name in its first line:\n{block.text}"
        else:
            assert block.language == "text", f"{page.name}: a block of {block.language!r}"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in TUTORIALS], ids=lambda page: str(page.relative_to(ROOT))
)
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
                    pytest.importorskip(name, reason=f"the pipeline of {page.name} needs {name}: see CONTRIBUTING.md")
                settings(values, page.name)


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


def test_generated_pages_are_those_of_the_code() -> None:
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
