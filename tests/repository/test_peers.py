"""The pinned environments of other projects' clients: each file says what it was resolved from, and pins nothing else."""

from __future__ import annotations

import json
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
import json, sys
import fastmcp, mcp, openenv.core
from agentgym_core.plugins import plugins
from agentgym_core.registry import load, missing
found = plugins()
assert not found.failures, found.failures
items = [(kind, item) for kind, each in found.announced.items() if kind != "command" for item in each]
for kind, item in items:
    # What stands on another project's package that is not here has an environment of its own.
    if not missing(item.spec.requires):
        load(kind, item)
from importlib.metadata import version
print(json.dumps([len(items), {name: version(name) for name in sys.argv[1:]}]))
"""


def test_every_light_distribution_of_ours_stands_beside_openenv(peer: Callable[[str], Path]) -> None:
    """OpenEnv asks for one line of the Model Context Protocol's SDK: nothing here may ask for the other."""
    left_out = {canonicalize_name(word) for word in peers.head("together")["without"]}
    pinned = {
        item.name: next(iter(item.specifier)).version
        for name, items in pins("together").items()
        for item in items
        if name not in left_out and (item.marker is None or item.marker.evaluate())
    }
    command = [peer("together"), "-c", LOAD_ALL, *pinned]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    loaded, found = json.loads(done.stdout)
    assert loaded > 50
    # What is taken from the workspace's environment is there in the version that was resolved.
    assert found == pinned


def test_what_the_workspace_has_in_the_pinned_version_is_not_installed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "FILES", tmp_path)
    monkeypatch.setattr(peers, "workspace_versions", lambda: {"same": "1", "other": "1"})
    text = "# asks: some==1\n# over: light\n# without: heavy\nheavy==1\nother==2\nsame==1\nsome==1\n"
    (tmp_path / "some.txt").write_text(text, encoding="utf-8")
    assert peers.wanted("some").split() == ["other==2", "some==1"]
    before = peers.state("some")
    monkeypatch.setattr(peers, "workspace_versions", lambda: {"same": "2"})
    assert peers.wanted("some").split() == ["other==2", "same==1", "some==1"]
    assert peers.state("some") != before
