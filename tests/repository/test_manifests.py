"""What every manifest of the workspace must say, and what all must agree on. Read from the folders: no list is kept here."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from workspace import ROOT, Manifest, manifests, own_requirements

EVERY = manifests()
OWN = {manifest.name: manifest for manifest in EVERY}
PLUGINS = [manifest for manifest in EVERY if manifest.folder != ROOT]
each = pytest.mark.parametrize("manifest", EVERY, ids=lambda manifest: manifest.name)
each_plugin = pytest.mark.parametrize("manifest", PLUGINS, ids=lambda manifest: manifest.name)


def table(manifest: Manifest) -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((manifest.folder / "pyproject.toml").read_text(encoding="utf-8"))
    return found


def third_party(texts: tuple[str, ...]) -> list[Requirement]:
    return [item for item in map(Requirement, texts) if canonicalize_name(item.name) not in OWN]


@each_plugin
def test_a_plugin_is_called_after_its_folder(manifest: Manifest) -> None:
    assert manifest.name == f"agentgym-{manifest.folder.name.replace('_', '-')}"
    assert manifest.modules == (f"agentgym_{manifest.folder.name}",)
    assert (manifest.folder / "README.md").is_file()


@each
def test_extras_and_groups_name_third_party_packages_only(manifest: Manifest) -> None:
    """pip looks an extra's requirements up on an index, where others may have taken the names of this project."""
    optional = [*manifest.extras.values(), *manifest.groups.values()]
    named = {canonicalize_name(Requirement(text).name) for texts in optional for text in texts}
    assert named & set(OWN) == set()


@each
def test_every_requirement_has_a_lower_bound(manifest: Manifest) -> None:
    texts = (*manifest.dependencies, *(text for extra in manifest.extras.values() for text in extra))
    for item in map(Requirement, texts):
        operators = {part.operator for part in item.specifier}
        assert operators & {">=", "==", "~="}, f"{manifest.name}: {item}: say the lowest version that works"


@each_plugin
def test_what_is_required_of_this_workspace_is_there_in_that_version(manifest: Manifest) -> None:
    own = [item for item in map(Requirement, manifest.dependencies) if item.name in OWN]
    assert "agentgym-core" in {item.name for item in own}
    for item in own:
        assert item.specifier.contains(Version(OWN[item.name].version)), f"{manifest.name}: {item}"
        assert not item.extras, f"{manifest.name}: {item}: pip would look its extras up"


def test_all_pin_a_distribution_of_this_workspace_alike() -> None:
    pins = defaultdict(set)
    for manifest in PLUGINS:
        for item in map(Requirement, manifest.dependencies):
            if item.name in OWN:
                pins[item.name].add(str(item.specifier))
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


def test_all_ask_for_the_same_versions_of_others() -> None:
    """Two bounds of one package are two promises, of which tests at the lowest versions keep only one."""
    asked: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for manifest in EVERY:
        for texts in (manifest.dependencies, *manifest.extras.values(), *manifest.groups.values()):
            for item in third_party(texts):
                asked[canonicalize_name(item.name)][str(item.specifier)].append(manifest.name)
    assert {name: dict(found) for name, found in asked.items() if len(found) > 1} == {}


@each
def test_the_supported_pythons_are_one_list(manifest: Manifest) -> None:
    project = table(manifest)["project"]
    assert isinstance(project, dict)
    oldest = Version(project["requires-python"].removeprefix(">="))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = re.findall(r"python(3\.\d+)", re.findall(r"(?m)^PYTHONS \?= (.*)$", makefile)[0])
    assert oldest == Version(listed[0])
    matrix = re.findall(r"python: \[(.*)\]", (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert re.findall(r"3\.\d+", matrix[0]) == listed
    named = [line.rpartition(" ")[2] for line in project.get("classifiers", ()) if re.search(r":: 3\.\d+$", line)]
    assert named in ([], listed)


@each
def test_licence_and_backend_are_those_of_core(manifest: Manifest) -> None:
    ours, core = table(manifest), table(EVERY[0])
    assert ours["build-system"] == core["build-system"]
    assert isinstance(ours["project"], dict)
    assert ours["project"]["license"] == "MIT"
    assert ours["project"].get("description", "").endswith(".")


def test_the_direction_of_imports_is_checked_for_every_distribution() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    modules = {module for manifest in EVERY for module in manifest.modules}
    assert set(linter["root_packages"]) == modules
    layers = next(item["layers"] for item in linter["contracts"] if "agentgym_core" in item.get("layers", ()))
    placed = [name for layer in layers for name in re.split(r"[\s|:]+", layer)]
    assert sorted(placed) == sorted(modules)


def test_no_plugin_requires_what_its_layer_may_not_import() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(item["layers"] for item in linter["contracts"] if "agentgym_core" in item.get("layers", ()))
    height = {name: level for level, layer in enumerate(reversed(layers)) for name in re.split(r"[\s|:]+", layer)}
    for manifest in PLUGINS:
        for below in own_requirements(manifest, EVERY)[:-1]:
            assert height[below.modules[0]] < height[manifest.modules[0]], f"{manifest.name} requires {below.name}"


def test_the_lock_holds_versions_and_no_address() -> None:
    lines = (ROOT / "constraints" / "dev.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.match(r"[A-Za-z0-9._-]+==[^\s/]+( ; .*)?$", line)] == []
    named = {canonicalize_name(line.partition("==")[0]) for line in pins}
    light = [manifest for manifest in EVERY if manifest.tier == "light"]
    wanted = {item.name for manifest in light for item in third_party(manifest.dependencies)}
    assert {canonicalize_name(name) for name in wanted} - named == set(), "run: make lock"
