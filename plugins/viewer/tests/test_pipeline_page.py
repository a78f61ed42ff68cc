"""A pipeline on its page, with what panels of other distributions add."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentgym_core import hookimpl
from agentgym_core.errors import StoreError
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.specs import ExtensionSpec
from agentgym_testing.trajectories import MakeEpisode
from agentgym_viewer.page import Cell, Table
from agentgym_viewer.workbench.panel import Block, Links, Panel
from agentgym_viewer.workbench.site import url

Check = Callable[[str], None]
HOSTILE = "<img src=x onerror=alert(1)>"
Write = Callable[..., Path]


def made(folder: Path, write: Write, episode: MakeEpisode, **losses: Any) -> Path:
    stages = [("collect", "collect"), ("learn", "train"), (f"late {HOSTILE}", "evaluate")]
    folder.mkdir(parents=True)
    told = {"stages": [{"name": name, "kind": kind} for name, kind in stages], "seed": HOSTILE}
    (folder / "pipeline.json").write_text(json.dumps(told))
    write(folder / "stages" / "collect" / "run", episode("t0"), episode("t1", 0.0), parent="p", stage="collect")
    for name, _ in stages[:2]:
        (folder / "stages" / name).mkdir(exist_ok=True)
        (folder / "stages" / name / "made_from").write_text("x")
    (folder / "stages" / "collect" / "result.json").write_text(json.dumps({"result": {"trajectories": 2}}))
    metrics = {"steps": 3, "losses": [{"step": n, "loss": 1.0 / n} for n in (1, 2, 3)], **losses}
    (folder / "stages" / "learn" / "result.json").write_text(json.dumps({"result": {"metrics": metrics}}))
    return folder


class Tells(Panel):
    """Leads to an episode, and back to its page."""

    def show(self, folder: Path, query: Mapping[str, str], links: Links) -> Sequence[Block]:
        run = folder / "stages" / "collect" / "run"
        name = next(iter(__import__("agentgym_core.store", fromlist=["Run"]).Run.open(run).trajectories())).id
        cells = [Cell("run", address=links.run(run)), Cell("episode", address=links.episode(run, name, 1)), "text"]
        cells += [
            Cell(HOSTILE, address=links.here({"step": HOSTILE})),
            Cell("none", address=links.episode(run, "ff" * 8, None)),
        ]
        return [Block(HOSTILE, [f"asked for {query.get('step', 'nothing')}"], tables=[Table(["a"] * 5, [cells])])]


class Refuses(Panel):
    """Cannot say it."""

    def show(self, folder: Path, query: Mapping[str, str], links: Links) -> Sequence[Block]:
        raise StoreError(f"line 3 is torn {HOSTILE}", hint="run it again")


class Breaks(Panel):
    """Is broken."""

    def show(self, folder: Path, query: Mapping[str, str], links: Links) -> Sequence[Block]:
        raise ZeroDivisionError("oh")


class _Announcer:
    @hookimpl
    def agentgym_extensions(self) -> list[ExtensionSpec]:
        return [
            ExtensionSpec(id=f"ui.{name.lower()}", target=f"viewer_panels:{name}")
            for name in ("Tells", "Refuses", "Breaks")
        ]


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch) -> Any:
    import sys
    import types

    module = types.ModuleType("viewer_panels")
    module.__dict__.update(Tells=Tells, Refuses=Refuses, Breaks=Breaks)
    monkeypatch.setitem(sys.modules, "viewer_panels", module)
    core = [candidate for candidate in installed() if candidate.name in ("core", "viewer")]
    use_plugins(
        Plugins([*core, Candidate("panels", _Announcer, "panels", "1")], allow=None, block=frozenset(), strict=True)
    )
    yield
    use_plugins(None)


def test_stages_and_losses_stand_on_its_page(
    bench: Any, check_page: Check, tmp_path: Path, write: Write, episode: MakeEpisode
) -> None:
    made(tmp_path / "pipe", write, episode)
    started = bench(tmp_path)
    listed = started.get("/").text
    assert "2 of 3 stages done" in listed
    (address,) = {part.split('"')[0] for part in listed.split('href="') if part.startswith("/pipeline/")}
    page = started.get(address).text
    check_page(page)
    assert "learn: loss over 3 steps" in page
    assert "late &lt;img" in page
    assert "not begun" in page
    assert "steps 3" in page
    assert url("run", started.id("pipe/stages/collect/run")) in page
    assert started.get("/pipeline/0123456789").status == 404


@pytest.mark.parametrize("text", ["{", "[]", '{"stages": 5}', '{"stages": [5, {"name": "../../etc"}]}', "\x00"])
def test_a_pipeline_that_is_damaged_is_still_listed(bench: Any, check_page: Check, tmp_path: Path, text: str) -> None:
    (tmp_path / "pipe").mkdir()
    (tmp_path / "pipe" / "pipeline.json").write_text(text)
    started = bench(tmp_path)
    listed = started.get("/")
    assert listed.status == 200
    assert "/pipeline/" in listed.text
    address = next(part.split('"')[0] for part in listed.text.split('href="') if part.startswith("/pipeline/"))
    assert started.get(address).status == 200


@pytest.mark.parametrize("losses", [[{"step": "x", "loss": None}] * 3, 5, [7], [{"step": 1, "loss": 1.0}]])
def test_losses_that_are_none_draw_nothing(
    bench: Any, check_page: Check, tmp_path: Path, write: Write, episode: MakeEpisode, losses: Any
) -> None:
    made(tmp_path / "pipe", write, episode, losses=losses)
    started = bench(tmp_path)
    address = next(
        part.split('"')[0] for part in started.get("/").text.split('href="') if part.startswith("/pipeline/")
    )
    assert "loss over" not in started.get(address).text


def test_panels_add_and_a_broken_one_takes_nothing(
    bench: Any, check_page: Check, tmp_path: Path, write: Write, episode: MakeEpisode, panels: None
) -> None:
    made(tmp_path / "pipe", write, episode)
    started = bench(tmp_path)
    address = next(
        part.split('"')[0] for part in started.get("/").text.split('href="') if part.startswith("/pipeline/")
    )
    page = started.get(f"{address}?step=two").text
    check_page(page)
    id = started.id("pipe/stages/collect/run")
    assert "asked for two" in page
    assert f'<a href="{url("run", id)}">' in page
    assert f'<a href="{url("run", id, "episode", 1)}#turn-2">' in page
    assert "line 3 is torn &lt;img" in page
    assert "run it again" in page
    assert "ui.breaks failed: ZeroDivisionError" in page
    assert "loss over 3 steps" in page


def test_a_stage_runs_while_one_within_it_does_and_a_slow_learner_is_not_taken_for_a_dead_one(
    bench: Any, tmp_path: Path
) -> None:
    """Two hours of learning, a step of which takes five minutes, in a stage of another one."""
    outer = tmp_path / "pipe" / "stages" / "evolve"
    inner = outer / "stages" / "bc"
    inner.mkdir(parents=True)
    (tmp_path / "pipe" / "pipeline.json").write_text(json.dumps({"stages": [{"name": "evolve", "kind": "train"}]}))
    losses = "".join(f"{json.dumps({'step': step, 'loss': 1.0})}\n" for step in range(1, 25))
    (inner / "losses.jsonl").write_text(losses)
    for stage in (outer, inner):
        (stage / "made_from").write_text("x")
    now = time.time()
    for path in (outer / "made_from", inner / "made_from", outer, outer / "stages", inner):
        os.utime(path, (now - 7200, now - 7200))
    started = bench(tmp_path)

    def state(seconds: float) -> str:
        os.utime(inner / "losses.jsonl", (now - seconds, now - seconds))
        return started.get("/").text.partition('class="state ')[2].partition('"')[0]

    assert state(10) == "running"
    assert state(400) == "running"
    assert state(3600) == "stopped"
