"""The workbooks that finished episodes leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import StoreError
from agentgym_core.types import Action
from agentgym_env_sheet.keeping import keep
from agentgym_env_sheet.workbook import Workbook, plain, tab_of
from agentgym_env_sheet.xlsx import read


def test_a_finished_episode_leaves_its_workbook(tmp_path: Path) -> None:
    source = resolve_environment("sheet", {"keep": str(tmp_path / "books")})
    with source.make() as environment:
        task = source.find("sheet-train-1")
        environment.reset(task, seed=3)
        environment.step(Action("open_sheet", {"name": task.data.start.names[0]}))
        environment.step(Action("update_cell", {"position": "B2", "value": "seen"}))
        assert not (tmp_path / "books").exists()
        environment.step(Action("finish", {}))
        environment.reset(task, seed=4)
        environment.step(Action("finish", {}))
    first, second = sorted((tmp_path / "books").iterdir(), key=lambda path: "train-1-3" not in path.name)
    assert read(first).tabs[0].at(1, 1).value == "seen"
    assert plain(read(second)) == plain(task.data.start)


def test_names_of_episodes_are_no_paths(tmp_path: Path) -> None:
    path = keep(Workbook([tab_of("A", [[1]])]), tmp_path, "../../etc/passwd 1")
    assert path.parent == tmp_path
    assert path.name.startswith("etc-passwd-1-")


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        keep(Workbook([tab_of("A", [[1]])]), tmp_path / "file", "x")
