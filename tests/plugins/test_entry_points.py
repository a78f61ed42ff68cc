"""Entry points read from folders are those that importlib_metadata finds."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import importlib_metadata
import pytest

from agentgym_core._entry_points import EntryPoint, read
from agentgym_core.plugins import installed


def distribution(
    folder: Path, info: str, entry_points: str | None, metadata: str | None = "Name: Thing\nVersion: 1.0\n"
) -> None:
    home = folder / info
    home.mkdir(parents=True)
    if metadata is not None:
        (home / ("PKG-INFO" if info.endswith(".egg-info") else "METADATA")).write_text(metadata, encoding="utf-8")
    if entry_points is not None:
        (home / "entry_points.txt").write_text(entry_points, encoding="utf-8")


@pytest.mark.parametrize("group", ["agentgym", "console_scripts", "pytest11", "nobody.has.this"])
def test_the_installed_ones_are_those_of_importlib_metadata(group: str) -> None:
    path = [folder for folder in sys.path if not Path(folder).is_file()]
    ours = read(group, path)
    assert ours is not None
    theirs = {
        (entry.name, entry.value, entry.dist.name, entry.dist.version)
        for found in importlib_metadata.distributions(path=path)
        for entry in found.entry_points.select(group=group)
        if entry.dist is not None
    }
    assert {(entry.name, entry.value, entry.distribution, entry.version) for entry in ours} == theirs


def test_comments_other_groups_and_odd_spacing(tmp_path: Path) -> None:
    text = "# a comment\n[other]\na = b\n\n[ agentgym ]\n; another\n"
    text += "  one=pkg.plugin \ntwo = pkg:obj [extra]\nno pair\n[agentgym.more]\nthree = c\n"
    distribution(tmp_path, "thing-1.0.dist-info", text)
    assert read("agentgym", [str(tmp_path)]) == [
        EntryPoint("one", "pkg.plugin", "Thing", "1.0"),
        EntryPoint("two", "pkg:obj [extra]", "Thing", "1.0"),
    ]


def test_the_first_on_the_path_hides_a_later_one_of_the_same_name(tmp_path: Path) -> None:
    distribution(tmp_path / "first", "My_Thing-2.0.dist-info", None, "Name: My-Thing\nVersion: 2.0\n")
    distribution(
        tmp_path / "second", "my.thing-1.0.dist-info", "[agentgym]\nold = old\n", "Name: my.thing\nVersion: 1.0\n"
    )
    assert read("agentgym", [str(tmp_path / "first"), str(tmp_path / "second")]) == []
    assert [entry.name for entry in read("agentgym", [str(tmp_path / "second")]) or ()] == ["old"]


def test_a_half_removed_distribution_hides_nothing(tmp_path: Path) -> None:
    distribution(tmp_path / "first", "thing-1.0.dist-info", "[agentgym]\nx = gone\n", metadata=None)
    distribution(tmp_path / "second", "thing-1.1.egg-info", "[agentgym]\nx = here\n", "Name: thing\nVersion: 1.1\n")
    path = [str(tmp_path / "first"), str(tmp_path / "second"), str(tmp_path / "not there")]
    assert read("agentgym", path) == [EntryPoint("x", "here", "thing", "1.1")]


def test_only_the_head_of_the_metadata_counts(tmp_path: Path) -> None:
    metadata = "Metadata-Version: 2.1\nName: thing\nVersion: 3.0\n\nName: of a chapter\nVersion: of a story\n"
    distribution(tmp_path, "thing-3.0.dist-info", "[agentgym]\nx = y\n", metadata)
    assert read("agentgym", [str(tmp_path)]) == [EntryPoint("x", "y", "thing", "3.0")]


@pytest.mark.parametrize("name", ["plugins.zip", "plugins-1.0-py3.11.egg"])
def test_archives_are_left_to_importlib_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        prefix = "EGG-INFO" if name.endswith(".egg") else "zipped-1.0.dist-info"
        archive.writestr(
            f"{prefix}/{'PKG-INFO' if name.endswith('.egg') else 'METADATA'}", "Name: zipped\nVersion: 1.0\n\n"
        )
        archive.writestr(f"{prefix}/entry_points.txt", "[agentgym]\nzipped = zipped_plugin:thing\n")
        archive.writestr("zipped_plugin.py", "thing = object()\n")
    monkeypatch.syspath_prepend(str(tmp_path / name))
    assert read("agentgym") is None
    (found,) = [candidate for candidate in installed() if candidate.name == "zipped"]
    assert (found.distribution, found.version) == ("zipped", "1.0")
    import zipped_plugin  # type: ignore[import-not-found]

    assert found.load() is zipped_plugin.thing


def test_a_finder_of_its_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        @staticmethod
        def find_distributions(context: object = None) -> list[object]:
            return []

        @staticmethod
        def find_spec(*arguments: object) -> None:
            return None

    assert read("agentgym", []) == []
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert read("agentgym", []) is None
