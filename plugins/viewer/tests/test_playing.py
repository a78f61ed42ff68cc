"""A person plays in the browser, and what is kept is an episode like any other."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from agentgym_core.store import Run
from agentgym_core.types import Outcome
from agentgym_viewer.workbench import play
from agentgym_viewer.workbench.settings import WorkbenchSettings
from agentgym_viewer.workbench.site import url

Start = Callable[..., Any]
Check = Callable[[str], None]
HOSTILE = "<img src=x onerror=alert(1)>"


def post(bench: Any, path: str, **form: str) -> Any:
    return bench.get(
        path, {"content-type": "application/x-www-form-urlencoded", "origin": bench.address}, "POST", urlencode(form)
    )


def begun(bench: Any, **form: str) -> str:
    """The address of an episode that was begun."""
    answer = post(bench, "/play", environment="door", **form)
    assert answer.status == 303, answer.text
    found: str = answer.headers["location"]
    return found


def kept(folder: Path) -> tuple[Run, list[Any]]:
    (path,) = folder.glob("play-door-*")
    run = Run.open(path)
    return run, list(run.trajectories())


def test_an_episode_is_played_with_buttons_and_kept(
    bench: Start, check_page: Check, door: str, tmp_path: Path, until: Any
) -> None:
    started = bench(tmp_path)
    assert "a door &lt;img" in started.get("/play").text
    page = started.get(url("play", environment="door")).text
    assert "Get through the DOOR." in page
    assert "train-0" in page
    check_page(page)
    game = begun(started, task="train-1", seed="5")
    page = started.get(game).text
    check_page(page)
    assert "Door of train-1 is shut. &lt;img" in page
    assert re.findall(r'<button name="action" value="([^"]*)">', page) == [
        "knock",
        "open",
        HOSTILE.replace("<", "&lt;").replace(">", "&gt;"),
    ]
    drawn = started.get(f"{game}/rendering")
    assert "a door, and silence" in drawn.text
    assert "sandbox" in drawn.headers["content-security-policy"]
    assert "script-src" not in drawn.headers["content-security-policy"]
    assert post(started, game, turn="0", typed="kick it").headers["location"] == f"{game}#now"
    # The same button once more: the turn is over, and nothing is done twice.
    post(started, game, turn="0", typed="kick it")
    page = started.get(game).text
    assert page.count("Nothing happens. kick it") == 1
    assert "turn 2 of 4" in page
    assert "An expert would" not in page
    assert "An expert would" in started.get(f"{game}?hint=1").text
    post(started, game, turn="1", action="open", typed="left in the field")
    page = started.get(game).text
    assert "<b>solved</b> with a score of 1.0 after 2 turns" in page
    assert "The door is OPEN." in page
    run, (trajectory,) = kept(tmp_path)
    assert trajectory.actions == ("kick it", "open")
    assert (trajectory.outcome, trajectory.key.policy, trajectory.key.task) == (Outcome.SOLVED, "human-v1", "train-1")
    assert trajectory.key.seed == trajectory.key.seed
    assert run.manifest["components"] == {"door-v1": "environment", "human-v1": "policy"}
    until(lambda: started.index.backlog == 0 and len(started.index.runs) == 1, "the demonstration is listed")
    (state,) = started.index.runs.values()
    shown = started.get(url("run", state.id, "episode", 1, "data")).text
    assert ".html" in shown
    name = re.search(r"[0-9a-f]{64}\.html", shown)
    assert name is not None
    seen = started.get(url("run", state.id, "picture", name[0]))
    assert "a door, and" in seen.text
    assert "sandbox" in seen.headers["content-security-policy"]


def test_an_episode_that_is_stopped_counts_nowhere(bench: Start, check_page: Check, door: str, tmp_path: Path) -> None:
    started = bench(tmp_path)
    game = begun(started)
    assert post(started, f"{game}/stop").status == 303
    assert "cancelled" in started.get(game).text
    _, (trajectory,) = kept(tmp_path)
    assert trajectory.outcome is Outcome.CANCELLED
    assert trajectory.score is None


def test_the_end_of_the_workbench_ends_what_is_played(serving: Any, door: str, tmp_path: Path) -> None:
    with serving(tmp_path, WorkbenchSettings(port=0)) as started:
        begun(started)
    _, (trajectory,) = kept(tmp_path)
    assert trajectory.outcome is Outcome.CANCELLED


def test_what_cannot_be_played_says_why(bench: Start, check_page: Check, door: str, tmp_path: Path) -> None:
    started = bench(tmp_path)
    for form, words in (
        ({"environment": "dor"}, "door"),
        ({"environment": "door", "task": "train-99"}, "no task"),
        ({"environment": "door", "config": "{"}, "not JSON"),
        ({"environment": "door", "config": '{"wrd": "x"}'}, "wrd"),
        ({"environment": "door", "seed": "soon"}, "no whole number"),
    ):
        answer = post(started, "/play", **form)
        assert answer.status == 409
        assert words in answer.text
    game = begun(started, config='{"broken": true}')
    page = started.get(game).text
    assert "environment fault" in page
    assert "the hinges &lt;img" in page
    check_page(page)
    game = begun(started, config='{"word": "sesame"}')
    assert "an action is needed" in post(started, game, turn="0", typed="  ").text
    assert "sesame" in started.get(game).text
    assert started.get("/play/nothing").status == 404
    assert started.get(f"{game}/rendering").status == 200


def test_another_sites_page_cannot_play(bench: Start, check_page: Check, door: str, tmp_path: Path) -> None:
    started = bench(tmp_path)
    body = urlencode({"environment": "door"})
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for origin in ("http://evil.test", "null"):
        assert started.get("/play", {**kind, "origin": origin}, "POST", body).status == 403
    assert list(tmp_path.iterdir()) == []


def test_places_at_the_table_are_few(
    bench: Start, check_page: Check, door: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(play, "MOST", 2)
    started = bench(tmp_path)
    first, _ = begun(started), begun(started)
    assert "2 episodes are open" in post(started, "/play", environment="door").text
    post(started, f"{first}/stop")
    begun(started)


def test_what_playing_takes_is_imported_when_somebody_plays() -> None:
    code = (
        "import sys, agentgym_viewer.workbench.server; "
        "sys.exit(bool({'agentgym_core.rollout.loop', 'agentgym_core.environments', 'agentgym_viewer.workbench.play'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=600).returncode == 0
