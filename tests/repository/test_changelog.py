"""Every distribution says what its next version brings, in fragments that towncrier can put together."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import changelog
import pytest
from workspace import Manifest, manifests


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    monkeypatch.setattr(changelog, "ROOT", tmp_path)
    (tmp_path / "changes").mkdir()
    return dataclasses.replace(manifests()[0], folder=tmp_path, name="thing", version="1.2.0")


@pytest.mark.parametrize("manifest", manifests(), ids=lambda manifest: manifest.name)
def test_every_distribution_has_notes(manifest: Manifest) -> None:
    assert changelog.problems(manifest) == []


def test_a_version_without_notes_is_told_where_to_write_them(one: Manifest) -> None:
    assert changelog.problems(one) == ["thing 1.2.0: no notes: write changes/+first.added.md"]
    (one.folder / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.0 (2026-01-01)\n")
    assert changelog.problems(one) == []


@pytest.mark.parametrize("name", ["note.md", "+note.added.rst", "+note.invented.md", "+Note.added.md"])
def test_a_fragment_with_a_wrong_name_is_refused(one: Manifest, name: str) -> None:
    (one.folder / "changes" / name).write_text("Something.\n")
    (line,) = changelog.problems(one)
    assert line.startswith(f"changes/{name}: name it ")


def test_an_empty_fragment_is_refused(one: Manifest) -> None:
    (one.folder / "changes" / "+note.added.md").write_text("\n")
    assert changelog.problems(one) == ["changes/+note.added.md: is empty"]


def test_fragments_become_the_notes_of_a_release(one: Manifest) -> None:
    pytest.importorskip("towncrier", reason="towncrier is a tool of development")
    (one.folder / "changes" / "+a.added.md").write_text("A new thing.\n")
    (one.folder / "changes" / "12.fixed.md").write_text("An old fault.\n")
    text = changelog.build(one, write=False)
    assert text.index("1.2.0") < text.index("A new thing.") < text.index("An old fault. (#12)")
    assert len(changelog.fragments(one)) == 2
