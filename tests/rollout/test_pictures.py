"""Pictures of states: kept where a run asks for them, shown to a policy that looks, and else not drawn at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import StoreError
from agentgym_core.policy import Request
from agentgym_core.rollout import RolloutSettings, collect
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run

Make = Callable[..., EnvironmentSource]
FIRST, SECOND = b"\x89PNG0", b"\x89PNG1"


def add(request: Request) -> str:
    return "Action:\nadd 1"


@pytest.mark.parametrize("placement", ["inline", "thread", "process"])
def test_pictures_are_files_that_their_content_names(
    source: Make, zoo: Any, tmp_path: Path, choice: Callable[..., ComponentChoice], placement: str
) -> None:
    settings = RolloutSettings(pictures=True, placement=choice(placement))
    with Run.create(tmp_path / "run", {}) as run:
        collect(Jobs.of(source("Draws"), "train", limit=2), zoo.Says(add), settings, policy_id="p", run=run)
        for trajectory in run.trajectories():
            names = trajectory.info["pictures"]
            seen = {int(place): (run.folder / "attachments" / name).read_bytes() for place, name in names.items()}
            assert all(trajectory.messages[place].role == "user" for place in seen)
            # The last state is not drawn: nobody acts on it.
            assert [seen[place] for place in sorted(seen)] == [FIRST, FIRST, SECOND]
    names = {path.name for path in (tmp_path / "run" / "attachments").iterdir()}
    assert names == {f"{hashlib.sha256(picture).hexdigest()}.png" for picture in (FIRST, SECOND)}


def test_nothing_is_drawn_where_nobody_asks(
    source: Make, zoo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoo.Draws, "render", lambda _: pytest.fail("a picture was drawn"))
    with Run.create(tmp_path / "run", {}) as run:
        summary = collect(Jobs.of(source("Draws"), "train", limit=1), zoo.Says(add), policy_id="p", run=run, keep=True)
    assert "pictures" not in summary.trajectories[0].info
    assert not (tmp_path / "run" / "attachments").exists()


def test_a_policy_that_looks_gets_every_picture_so_far(source: Make, zoo: Any) -> None:
    looked: list[dict[int, bytes]] = []

    def look(request: Request) -> str:
        looked.append(dict(request.pictures))
        return add(request)

    policy = zoo.Says(look)
    policy.needs = frozenset({"pictures"})
    (trajectory,) = collect(Jobs.of(source("Draws"), "train", limit=1), policy, policy_id="p").trajectories
    _, first, *later = [place for place, message in enumerate(trajectory.messages) if message.role == "user"]
    assert looked == [
        {first: FIRST},
        {first: FIRST, later[0]: FIRST},
        {first: FIRST, later[0]: FIRST, later[1]: SECOND},
    ]
    assert "pictures" not in trajectory.info


def test_a_policy_that_is_a_person_gets_what_is_drawn_and_html_is_kept_too(
    source: Make, zoo: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str | bytes | None] = []

    def look(request: Request) -> str:
        drawn.append(request.rendering)
        assert not request.pictures
        return add(request)

    states = iter(["<p>first</p>", None, "<p>a half of \ud83d</p>"])
    monkeypatch.setattr(zoo.Draws, "render", lambda _: next(states))
    policy = zoo.Says(look)
    policy.needs = frozenset({"rendering"})
    with Run.create(tmp_path / "run", {}) as run:
        jobs = Jobs.of(source("Draws"), "train", limit=1)
        settings = RolloutSettings(pictures=True)
        (trajectory,) = collect(jobs, policy, settings, policy_id="p", run=run, keep=True).trajectories
    assert drawn == ["<p>first</p>", None, "<p>a half of \ud83d</p>"]
    kept = [(run.folder / "attachments" / name).read_text() for name in trajectory.info["pictures"].values()]
    assert kept == ["<p>first</p>", "<p>a half of ?</p>"]
    assert all(name.endswith(".html") for name in trajectory.info["pictures"].values())


def test_an_environment_that_draws_no_png_has_no_pictures(source: Make, zoo: Any, tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", {}) as run:
        settings = RolloutSettings(pictures=True)
        summary = collect(
            Jobs.of(source(), "train", limit=1), zoo.Says(add), settings, policy_id="p", run=run, keep=True
        )
    assert "pictures" not in summary.trajectories[0].info


def test_a_folder_that_cannot_be_written_to_is_told(source: Make, zoo: Any, tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", {}) as run:
        (run.folder / "attachments").write_text("")
        jobs = Jobs.of(source("Draws"), "train", limit=1)
        with pytest.raises(StoreError, match="attachments"):
            collect(jobs, zoo.Says(add), RolloutSettings(pictures=True), policy_id="p", run=run)
