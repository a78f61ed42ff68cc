"""The pinned environments of other projects' clients: each file says what it was resolved from, and pins nothing else."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import peers
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from workspace import ROOT

each = pytest.mark.parametrize("name", peers.names())


def pins(name: str) -> dict[str, list[Requirement]]:
    lines = peers.file_of(name).read_text(encoding="utf-8").splitlines()
    found: dict[str, list[Requirement]] = {}
    for item in (Requirement(line) for line in lines if line and not line.startswith("#")):
        found.setdefault(canonicalize_name(item.name), []).append(item)
    return found


@each
def test_every_line_pins_one_version_of_an_index(name: str) -> None:
    for item in (item for items in pins(name).values() for item in items):
        assert [part.operator for part in item.specifier] == ["=="], item
        assert item.url is None


@each
def test_what_is_asked_for_is_pinned_in_such_a_version(name: str) -> None:
    asked = [Requirement(text) for text in peers.head(name)["asks"]]
    assert asked
    for item in asked:
        (pin,) = pins(name)[canonicalize_name(item.name)]
        (version,) = (part.version for part in pin.specifier)
        assert item.specifier.contains(version, prereleases=True), f"{item}: run: python scripts/peers.py lock {name}"


@each
def test_our_own_stand_in_it_from_their_folders(name: str) -> None:
    own = {item.name for item in peers.manifests()}
    assert not own & set(pins(name))
    assert all((item.folder / "pyproject.toml").is_file() for item in peers.ours(name))


def test_an_environment_is_out_of_date_where_its_file_or_a_manifest_of_ours_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "FILES", tmp_path)
    (tmp_path / "some.txt").write_text("# asks: some==1\n# with: env_maze\nsome==1\n", encoding="utf-8")
    before = peers.state("some")
    assert {item.folder for item in peers.ours("some")} == {ROOT, ROOT / "plugins" / "env_maze"}
    (tmp_path / "some.txt").write_text("# asks: some==2\n# with: env_maze\nsome==2\n", encoding="utf-8")
    assert peers.state("some") != before
    with pytest.raises(SystemExit, match=re.escape("there is no peer 'other'; there are: some")):
        peers.file_of("other")


LOAD_ALL = """
import fastmcp, mcp, openenv.core
from agentgym_core.plugins import plugins
from agentgym_core.registry import load
found = plugins()
assert not found.failures, found.failures
items = [(kind, item) for kind, each in found.announced.items() if kind != "command" for item in each]
for kind, item in items:
    load(kind, item)
print(len(items))
"""


def test_every_light_distribution_of_ours_stands_beside_openenv(peer: Callable[[str], Path]) -> None:
    """OpenEnv asks for one line of the Model Context Protocol's SDK: nothing here may ask for the other."""
    done = subprocess.run([peer("together"), "-c", LOAD_ALL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > 50
