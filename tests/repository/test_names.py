"""No manifest, advice or page sends pip to a public index for a distribution of this project, or names a folder that is not there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from workspace import ROOT, manifests, own_requirements

from agentgym_core.catalog import CATALOG, CatalogEntry
from agentgym_core.errors import UnknownComponent
from agentgym_core.registry import lookup, specs

EVERY = manifests()
OWN = {manifest.name for manifest in EVERY}
FOLDERS = {manifest.folder.name for manifest in EVERY if manifest.folder != ROOT}
TREES = ("agentgym_core", "plugins", "docs", "examples", "scripts", "benchmarks", "tests", ".github")
KINDS = ("*.py", "*.in", "*.md", "*.toml", "*.yml")
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(path for tree in TREES for kind in KINDS for path in (ROOT / tree).rglob(kind))]
    if path != Path(__file__)
)
INSTALL = re.compile(r"pip3? install (?P<words>[^\n`]*)|pip3? install$")
BY_NAME = re.compile(r"(?<![\w/.@-])(agentgym-[a-z0-9-]+)(?:\[[^]]*\])?(?!\S*\.whl)(?! ?@)")
PLACE = re.compile(r"(?<![\w.])plugins/((?:env|algo|policy|bridge)_[a-z0-9_]+)")


def texts(path: Path) -> Iterator[str]:
    """The texts of a file: of a module its strings, put together as Python does; of a page its lines."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from text.splitlines()
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from node.value.splitlines()
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def by_name(line: str) -> list[str]:
    """The distributions of this project that a line tells pip to look up by name."""
    found = []
    for command in INSTALL.finditer(line):
        words = (command["words"] or "").split("#")[0]
        if "--no-index" not in words:
            found += [name for name in BY_NAME.findall(words) if name in OWN]
    return found


def test_pip_is_sent_to_no_index_for_what_is_ours() -> None:
    found = {(str(path.relative_to(ROOT)), line) for path in PAGES for line in texts(path) if by_name(line)}
    assert found == set()


def test_every_folder_of_a_plugin_that_is_named_is_there() -> None:
    # Tests make folders up.
    pages = [path for path in PAGES if "tests" not in path.relative_to(ROOT).parts]
    named = {
        (str(path.relative_to(ROOT)), name) for path in pages for line in texts(path) for name in PLACE.findall(line)
    }
    assert {(page, name) for page, name in named if name not in FOLDERS} == set()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("run: pip install agentgym-core", ["agentgym-core"]),
        ("pip install 'agentgym-core[all]' torch", ["agentgym-core"]),
        ("{} -m pip install --upgrade agentgym-env-maze", ["agentgym-env-maze"]),
        ("pip install --find-links dist agentgym-env-maze", ["agentgym-env-maze"]),
        ("pip install --no-index --find-links dist agentgym-env-maze", []),
        ("pip install 'agentgym-env-maze @ git+https://host/x.git#subdirectory=plugins/env_maze'", []),
        ("pip install -e plugins/env_maze", []),
        ("pip install dist/agentgym-env-maze-0.1.0.whl", []),
        ("pip install ./agentgym-example", []),
        ("pip install torch; then agentgym-core", ["agentgym-core"]),
    ],
)
def test_the_reading_of_a_command(line: str, found: list[str]) -> None:
    assert by_name(line) == found


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: f"{entry.kind}-{entry.id}")
def test_the_catalogue_says_what_is_there_and_what_it_needs(entry: CatalogEntry) -> None:
    found = next(manifest for manifest in EVERY if manifest.folder == ROOT / "plugins" / entry.folder)
    assert found.name == entry.distribution
    needed = [item.folder.name for item in own_requirements(found, EVERY)[:-1] if item.folder != ROOT]
    assert list(entry.libraries) == needed


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: f"{entry.kind}-{entry.id}")
def test_the_advice_for_what_is_missing(entry: CatalogEntry) -> None:
    if entry.id in {spec.id for spec in specs(entry.kind)}:
        pytest.skip("it is installed")
    with pytest.raises(UnknownComponent) as caught:
        lookup(entry.kind, entry.id)
    text = f"{caught.value} {caught.value.hint}"
    assert by_name(text) == []
    assert all((ROOT / "plugins" / name).is_dir() for name in PLACE.findall(text))
    assert entry.folder in text
