"""The workbench over HTTP: who may ask, what pages say, and how they are kept up to date."""

from __future__ import annotations

import http.client
import json
import logging
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectionResetError, web
from attrs import evolve

from agentgym_core.cli import main
from agentgym_core.store import Run
from agentgym_core.types import Message, Outcome, ToolCall, Trajectory
from agentgym_testing.trajectories import MakeEpisode
from agentgym_viewer.workbench.admission import COOKIE, host_name
from agentgym_viewer.workbench.site import pages_of, url

HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;{{7*7}}</script><script>alert(2)</script>\x1b[31m\u202e"
Start = Callable[..., Any]
Write = Callable[..., Path]


def hostile(episode: MakeEpisode, **more: Any) -> Trajectory:
    values = {
        "kind": HOSTILE,
        "text": HOSTILE,
        "environment": f"{HOSTILE}-v1",
        "split": HOSTILE,
        "policy": HOSTILE,
        **more,
    }
    made = episode(HOSTILE, 0.5, **values)
    extra = Message("assistant", HOSTILE, True, (ToolCall("1", HOSTILE, HOSTILE),), reasoning=HOSTILE)
    turns = (evolve(made.turns[0], action=None, error=HOSTILE), *made.turns[1:])
    return evolve(made, messages=(*made.messages, extra), turns=turns)


def every_page(bench: Any, names: list[str]) -> dict[str, str]:
    """The pages of a bench, by their address."""
    ids = [bench.id(name) for name in names]
    paths = [url(), url("search", q="onerror"), url("compare"), url("compare", a=ids[0], b=ids[-1])]
    paths += [url("compare", a=ids[0], b=ids[-1], differ="0"), url("pair", a=ids[0], b=ids[-1], line=1)]
    for id in ids:
        paths += [url("run", id), *(url("run", id, tab) for tab in ("episodes", "report", "unread", "cost", "about"))]
        paths += [url("run", id, "episode", 1)]
    return {path: bench.get(path).text for path in paths}


def test_hostile_text_stays_text_on_every_page(
    bench: Start, check_page: Callable[[str], None], tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    told = {"configuration": {"policy": {"id": HOSTILE}}, "stage": HOSTILE, "created": HOSTILE, "python": HOSTILE}
    folder = tmp_path / "<i>runs & 'more'"
    one = [hostile(episode), hostile(episode, outcome=Outcome.ENVIRONMENT_FAULT, sample=1), episode("plain")]
    write(folder / '<b onclick="x">a', *one, **told)
    write(folder / "b", hostile(episode, sample=1), hostile(episode, sample=2), **told)
    with open(folder / "b" / "trajectories.jsonl", "a", encoding="utf-8") as file:
        file.write(HOSTILE + "\n")
    started = bench(folder)
    pages = every_page(started, ['<b onclick="x">a', "b"])
    for path, page in pages.items():
        check_page(page)
        assert "<!doctype html>" in page, path
        assert "\x1b" not in page
    shown = pages[url("run", started.id("b"), "episodes")]
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown
    assert "{{7*7}}" in shown
    data = started.get(url("run", started.id("b"), "episode", 1, "data"))
    assert data.headers["content-type"] == "application/json"
    assert json.loads(data.text)["full"]["opening"] == f"{HOSTILE} first"


def test_every_answer_says_what_its_page_may_do(
    bench: Start, tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    write(tmp_path / "a", episode("t"))
    started = bench(tmp_path)
    for path in (
        "/",
        "/nowhere",
        "/run/none",
        f"/run/{started.id('a')}/episode/99",
        "/static/workbench.js",
        "/static/x",
        "/run/a/b/c/d",
    ):
        headers = started.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "see the list of runs"),
        ("/run/0123456789", 404, "there is no such run here"),
        ("/run/{a}/episode/77", 404, "has no episode on line 77"),
        ("/run/{a}/episode/9999999999999999999999", 404, "is no line of a run"),
        ("/run/{a}/episode/-1", 404, "is no line of a run"),
        ("/run/{a}/picture/..%2F..%2Fmanifest.json", 404, "there is no such picture"),
        ("/pair?a={a}&b=nothing&line=1", 404, "there is no such run here"),
    ],
)
def test_what_is_not_there_is_said_with_what_to_do(
    bench: Start, tmp_path: Path, episode: MakeEpisode, write: Write, path: str, status: int, words: str
) -> None:
    write(tmp_path / "a", episode("t"))
    started = bench(tmp_path)
    answer = started.get(path.format(a=started.id("a")))
    assert answer.status == status
    assert words in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "localhost:1"}, 200),
        ({"host": "[::1]:1"}, 200),
        ({"host": "bench.test"}, 200),
        ({"host": "evil.test"}, 421),
        ({"host": "127.0.0.1.evil.test"}, 421),
        ({"host": ""}, 421),
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
    ],
)
def test_only_those_who_may_are_answered(bench: Start, tmp_path: Path, headers: dict[str, str], status: int) -> None:
    started = bench(tmp_path, allow_hosts=("bench.test",))
    assert started.get("/", headers).status == status
    assert started.get("/events" if status != 200 else "/search", headers).status == status


def test_a_token_is_asked_for_and_leaves_the_address(
    bench: Start, tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    write(tmp_path / "secret-run", episode("t"))
    started = bench(tmp_path, token="s3cret")
    for path in ("/", "/events", "/search", "/?token=wrong"):
        refused = started.get(path)
        assert refused.status == 401
        assert "secret-run" not in refused.text
        assert str(tmp_path) not in refused.text
        assert "/events" not in refused.text
        assert "agentgym ui" in refused.text
    entered = started.get("/search?token=s3cret&q=x")
    assert (entered.status, entered.headers["location"]) == (303, "/search")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert started.get("/", {"cookie": f"{COOKIE}=s3cret"}).status == 200
    assert started.get("/", {"cookie": f"{COOKIE}=s3cre"}).status == 401
    assert started.get("/", {"authorization": "Bearer s3cret"}).status == 200


@pytest.mark.parametrize(
    ("host", "name"),
    [("Localhost:80", "localhost"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("a.b.", "a.b"), ("x:y", "x:y"), ("", "")],
)
def test_the_name_of_a_host(host: str, name: str) -> None:
    assert host_name(host) == name


def test_a_page_that_has_not_changed_is_not_sent_again(
    bench: Start, tmp_path: Path, episode: MakeEpisode, write: Write
) -> None:
    write(tmp_path / "a", episode("t"))
    started = bench(tmp_path)
    path = url("run", started.id("a"), "about")
    first = started.get(path)
    again = started.get(path, {"if-none-match": first.headers["etag"]})
    assert (again.status, again.text) == (304, "")
    script = re.search(r'src="(/static/workbench.js[^"]*)"', first.text)
    assert script is not None
    assert "immutable" in started.get(script[1]).headers["cache-control"]


def test_pages_are_told_of_news(bench: Start, tmp_path: Path, episode: MakeEpisode) -> None:
    started = bench(tmp_path)
    with Run.create(tmp_path / "a") as run:
        connection = http.client.HTTPConnection("127.0.0.1", started.port, timeout=600)
        connection.request("GET", "/events")
        stream = connection.getresponse()
        assert stream.headers["content-type"] == "text/event-stream"

        def event() -> dict[str, Any]:
            while not (line := stream.readline().decode()).startswith("data: {"):
                assert line
            found: dict[str, Any] = json.loads(line[6:])
            return found

        assert event() == {}
        while not started.index.runs:
            assert event()["list"]
        run.append(episode("t"))
        while started.id("a") not in event()["runs"]:
            pass
        assert started.index.runs[started.id("a")].tally.episodes == 1
        connection.close()


def test_filters_stand_in_the_address(bench: Start, tmp_path: Path, episode: MakeEpisode, write: Write) -> None:
    write(tmp_path / "a", *(episode(f"task{n}", float(n % 2), kind=f"k{n}") for n in range(4)))
    write(tmp_path / "b", episode("t"), status="stopped")
    started = bench(tmp_path)
    page = started.get(url("run", started.id("a"), "episodes", outcome="solved")).text
    assert re.findall(r">(task\d)</a>", page) == ["task3", "task1"]
    assert '<option value="solved" selected>' in page
    runs = started.get(url(state="stopped")).text
    assert ">b</a>" in runs
    assert ">a</a>" not in runs
    assert "No run fits" in started.get(url(q="zebra")).text
    for odd in ("page=0", "page=-1", "page=99999999999999", "low=nan", "low=x", "order=drop", "page=2&q=%00", "q=%ff"):
        assert started.get(url("run", started.id("a"), "episodes") + f"?{odd}").status == 200
        assert started.get(f"/?{odd}").status == 200
        assert started.get(f"/search?{odd}").status == 200


def test_pages_of_a_list() -> None:
    assert pages_of(0, 0, 10) == (1, [0])
    assert pages_of(100, 5, 10) == (10, [0, None, 4, 5, 6, None, 9])
    assert url("run", "a/b", "ü?", q="x y", page="") == "/run/a%2Fb/%C3%BC%3F?q=x+y"


def test_commands_that_cannot_work_say_what_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ui", str(tmp_path / "nothing")]) == 1
    assert "agentgym collect" in capsys.readouterr().err
    file = tmp_path / "file"
    file.touch()
    assert main(["ui", str(file)]) == 1
    assert "is a file" in capsys.readouterr().err
    assert main(["ui", str(tmp_path), "--token", "-"]) == 1
    assert "AGENTGYM_TOKEN" in capsys.readouterr().err
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["ui", str(tmp_path), "--port", str(taken.getsockname()[1])]) == 1
    assert "--port 0" in capsys.readouterr().err


def test_a_page_that_is_gone_before_it_is_told_of_news_leaves_no_word_in_the_log(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    started = bench(tmp_path)
    asked: list[str] = []

    async def gone(response: Any, request: Any) -> Any:
        asked.append(request.path)
        request.transport.abort()
        raise ClientConnectionResetError("Cannot write to closing transport")

    with monkeypatch.context() as patched:
        patched.setattr(web.StreamResponse, "prepare", gone)
        with pytest.raises((OSError, http.client.HTTPException)):
            started.get("/events")
    assert asked
    assert started.get("/").status == 200
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert not started.workbench.news._listeners
