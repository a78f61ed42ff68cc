"""A manifest is read as it was written, over every value that it may hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from agentgym_core.errors import StoreError
from agentgym_core.store import Run
from agentgym_testing.strategies import infos


@settings(max_examples=60)
@given(infos, infos)
def test_any_manifest_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, more: dict[str, object], later: dict[str, object]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with Run.create(folder, {"more": more}) as run:
        run.annotate(later=later)
        written = run.manifest
    again = Run.open(folder)
    assert again.manifest == written
    assert (again.manifest["more"], again.manifest["later"]) == (more, later)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"x", {1, 2}])
def test_what_json_cannot_hold_leaves_the_manifest_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with Run.create(folder, {"a": 1}) as run:
        before = (folder / "manifest.json").read_bytes()
        with pytest.raises(StoreError):
            run.annotate(a=value)
        assert (folder / "manifest.json").read_bytes() == before
        assert run.manifest["a"] == 1
