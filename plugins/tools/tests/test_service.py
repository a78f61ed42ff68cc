"""The client of live services: retries without sleeping, faults, secrets, recordings."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import time
from typing import Any

import pytest

from agentgym_core.errors import ConfigError, EnvironmentFault, InfrastructureFault, StoreError
from agentgym_tools.live import Answers
from agentgym_tools.recordings import Recording
from agentgym_tools.secrets import Secret
from agentgym_tools.service import ServiceClient, ServiceRefused
from agentgym_tools.transport import LARGEST, HttpReply, HttpRequest, TransportError, send

TOKEN = "tok/en+27182818"
URL = "https://service.example/api"


class Line:
    """A transport that gives planned replies, and remembers what it carried and how long it was waited."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.carried: list[HttpRequest] = []
        self.waited: list[float] = []

    def __call__(self, request: HttpRequest, seconds: float) -> HttpReply:
        self.carried.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, HttpReply):
            return reply
        return HttpReply(200, json.dumps(reply).encode())

    def client(self, **settings: Any) -> ServiceClient:
        return ServiceClient("Service", URL, transport=self, sleep=self.waited.append, **settings)


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Secret:
    monkeypatch.setenv("SERVICE_TOKEN", TOKEN)
    return Secret("SERVICE_TOKEN", "Service")


def status(code: int, text: str = "", **headers: str) -> HttpReply:
    return HttpReply(code, text.encode(), {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_request_as_it_travels(secret: Secret) -> None:
    line = Line({"a": 1}, {"b": 2}, status(204), status(204))
    client = line.client(token=secret)
    assert client.get("tasks", "a/../b?c", limit=3, after="x&y=1") == {"a": 1}
    assert client.post("tasks", sent={"name": "Mühle"}) == {"b": 2}
    assert client.post("tasks", "7", "close") is None
    client.delete("tasks", "7")
    first, second, third, last = line.carried
    assert (first.method, first.url) == ("GET", f"{URL}/tasks/a%2F..%2Fb%3Fc?after=x%26y%3D1&limit=3")
    assert first.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(second.body or b"") == {"name": "Mühle"}
    assert (third.body, last.method) == (None, "DELETE")
    assert TOKEN not in repr(line.carried)


def test_passing_failures_are_tried_again_with_growing_waits() -> None:
    line = Line(status(500), status(502), TransportError("no reply within 5 s"), {"ok": True})
    assert line.client().get("x") == {"ok": True}
    assert line.waited == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("header", ["7", "7.0"])
def test_retry_after_is_obeyed(header: str) -> None:
    line = Line(status(429, retry_after=header), status(503, retry_after=header), {})
    assert line.client().post("x", sent={}, repeatable=True) == {}
    assert line.waited == [7.0, 7.0]


def test_retry_after_may_be_a_date_or_nonsense() -> None:
    line = Line(status(429, retry_after=formatdate(time() + 30, usegmt=True)), status(429, retry_after="soon"), {})
    line.client().get("x")
    assert 25 < line.waited[0] <= 31
    assert line.waited[1] == 2.0
    late = Line(status(429, retry_after=formatdate(time() - 30, usegmt=True)), {})
    late.client().get("x")
    assert late.waited == [0.0]


def test_patience_has_an_end() -> None:
    line = Line(status(429, retry_after="3600"))
    with pytest.raises(InfrastructureFault, match="GET /x failed once: 429, too many requests"):
        line.client(patience=60.0).get("x")
    assert line.waited == []
    line = Line(*[status(500, "oops")] * 4)
    with pytest.raises(InfrastructureFault, match="failed 4 times, at last: 500: oops"):
        line.client().get("x")
    assert line.replies == []


def test_a_post_that_may_have_been_done_is_not_repeated() -> None:
    for failure in (status(500), TransportError("the connection broke off"), status(200, "{broken")):
        line = Line(failure, {"id": 2})
        with pytest.raises(InfrastructureFault, match="POST /x failed once"):
            line.client().post("x", sent={})
        assert len(line.carried) == 1
    for failure in (status(429), TransportError("no connection: refused", sent=False)):
        line = Line(failure, {"id": 2})
        assert line.client().post("x", sent={}) == {"id": 2}


def test_refusals_reach_the_caller_at_once() -> None:
    for code in (400, 404, 422):
        line = Line(status(code, "because"))
        with pytest.raises(ServiceRefused) as caught:
            line.client().get("x")
        assert (caught.value.status, caught.value.text) == (code, "because")
    Line(status(404)).client().delete("x")
    with pytest.raises(ServiceRefused):
        Line(status(409)).client().delete("x")


@pytest.mark.parametrize(
    ("code", "words"), [(401, "SERVICE_TOKEN"), (403, "SERVICE_TOKEN"), (302, "redirects"), (410, "base_url")]
)
def test_what_only_the_user_can_mend_is_said_once(secret: Secret, code: int, words: str) -> None:
    line = Line(status(code, f"bad {TOKEN}", location="https://elsewhere.example"))
    with pytest.raises(ConfigError, match=words) as caught:
        line.client(token=secret).get("x")
    assert TOKEN not in str(caught.value)
    assert ("bad" in str(caught.value)) is (code in (401, 403)), "a limit of the account is refused with 403 too"
    assert len(line.carried) == 1


def test_a_limit_of_the_account_is_no_refused_token(secret: Secret) -> None:
    for words in (
        "Your monthly quota is used up",
        "max_projects_limit reached",
        "Upgrade to add more",
        "limit exceeded",
    ):
        line = Line(status(403, f"{words} {TOKEN}"))
        with pytest.raises(ConfigError, match="a limit of the account is reached") as caught:
            line.client(token=secret).get("x")
        assert "the token is not refused" in str(caught.value.hint)
        assert TOKEN not in str(caught.value)
        assert len(line.carried) == 1


def test_a_token_may_travel_in_the_query_and_is_shown_nowhere(secret: Secret, tmp_path: Path) -> None:
    line = Line(status(500, f"no {TOKEN}"), {"a": 1})
    recording = Recording(tmp_path, "s", "record")
    assert line.client(token=secret, token_query="key", recording=recording).get("x", city="Oslo") == {"a": 1}
    assert line.carried[0].url == f"{URL}/x?city=Oslo&key=tok%2Fen%2B27182818"
    assert "Authorization" not in line.carried[0].headers
    assert "27182818" not in repr(line.carried[0])
    assert b"27182818" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_service_may_ask_for_a_wait_in_its_own_way() -> None:
    line = Line(status(429, "in a minute"), status(429, "now"), status(429, "in a minute", retry_after="3"), {"a": 1})
    client = line.client(patience=70.0, wait_of=lambda reply: 60.0 if b"minute" in reply.body else None)
    assert client.get("x") == {"a": 1}
    assert line.waited == [60.0, 2.0, 3.0]


def test_addresses_that_would_show_the_token_are_refused() -> None:
    for url in ("http://service.example/api", "ftp://localhost/x", "file:///etc/passwd", "service.example", ""):
        with pytest.raises(ConfigError, match="no address to send a token to"):
            ServiceClient("Service", url)
    for url in ("http://127.0.0.1:1/", "http://localhost/", "http://[::1]:8/", "https://service.example"):
        assert ServiceClient("Service", url).base_url == url.rstrip("/")


def test_secrets_appear_nowhere(secret: Secret, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    echo = f"you sent {TOKEN} or tok%2Fen%2B27182818"
    line = Line(status(500, echo), TransportError(echo), status(200, f"<{echo}>"), status(503, echo))
    with pytest.raises(InfrastructureFault) as caught:
        line.client(token=secret).get("x")
    with pytest.raises(ServiceRefused) as refused:
        Line(status(400, echo)).client(token=secret).get("x")
    everything = f"{caught.value} {refused.value} {caplog.text} {secret!r} {secret} {[secret]}"
    assert TOKEN not in everything
    assert "tok%2Fen" not in everything
    assert "[SERVICE_TOKEN]" in everything


def test_a_secret_crosses_no_border(secret: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pickle.dumps(secret)
    assert TOKEN.encode() not in packed
    assert pickle.loads(packed).reveal() == TOKEN
    monkeypatch.delenv("SERVICE_TOKEN")
    with pytest.raises(ConfigError, match="export SERVICE_TOKEN="):
        pickle.loads(packed)


@pytest.mark.parametrize("value", ["", "  ", "two words", "line\nbreak", "schlüssel"])
def test_what_is_no_token_is_refused_without_showing_it(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", value)
    with pytest.raises(ConfigError) as caught:
        Secret("SERVICE_TOKEN", "Service")
    assert not value.strip() or value not in str(caught.value)


def recorded(folder: Path, mode: str, scope: str = "episode 1") -> Recording:
    return Recording(folder, scope, mode)


def test_a_recording_answers_what_was_asked_after_the_same_changes(tmp_path: Path, secret: Secret) -> None:
    line = Line({"n": 1}, {"id": 5}, {"n": 2}, status(404, "no"), {"id": 6})
    client = line.client(recording=recorded(tmp_path, "record"), token=secret)
    assert client.get("list") == {"n": 1}
    assert client.post("add", sent={"x": 1}) == {"id": 5}
    assert client.get("list") == {"n": 2}
    with pytest.raises(ServiceRefused):
        client.get("item", "9")
    assert client.post("add", sent={"x": 1}) == {"id": 6}

    silent = Line()
    again = silent.client(recording=recorded(tmp_path, "replay"))
    assert again.get("list") == {"n": 1}
    assert again.get("list") == {"n": 1}, "a question changes nothing"
    assert again.post("add", sent={"x": 1}) == {"id": 5}
    with pytest.raises(ServiceRefused):
        again.get("item", "9")
    assert again.get("list") == {"n": 2}
    assert again.post("add", sent={"x": 1}) == {"id": 6}
    with pytest.raises(EnvironmentFault, match="has no reply to GET /list"):
        again.get("list")
    assert silent.carried == []
    assert TOKEN.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_reuse_asks_once_and_faults_are_not_kept(tmp_path: Path) -> None:
    line = Line(status(500), {"rain": 3}, {"rain": 4})
    client = line.client(recording=recorded(tmp_path, "reuse"), attempts=1)
    with pytest.raises(InfrastructureFault):
        client.get("rain", city="Porto")
    assert client.get("rain", city="Porto") == {"rain": 3}
    assert client.get("rain", city="Porto") == {"rain": 3}
    other = line.client(recording=recorded(tmp_path, "reuse"))
    assert other.get("rain", city="Porto") == {"rain": 3}
    assert other.get("rain", city="Cork") == {"rain": 4}


def test_recordings_of_scopes_lie_apart_and_a_new_one_begins_anew(tmp_path: Path) -> None:
    for scope, value in (("a/../b", 1), ("a/../c", 2), ("a/../b", 3)):
        Line(value).client(recording=recorded(tmp_path, "record", scope)).get("x")
    assert Line().client(recording=recorded(tmp_path, "replay", "a/../b")).get("x") == 3
    assert Line().client(recording=recorded(tmp_path, "replay", "a/../c")).get("x") == 2
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(StoreError, match="no recording of"):
        recorded(tmp_path, "replay", "a/../d")


def test_a_torn_line_is_passed_over_and_a_strange_one_is_told(tmp_path: Path) -> None:
    recording = recorded(tmp_path, "record")
    Line({"n": 1}).client(recording=recording).get("x")
    whole = recording.path.read_bytes()
    recording.path.write_bytes(whole + whole[:40])
    assert Line().client(recording=recorded(tmp_path, "replay")).get("x") == {"n": 1}
    recording.path.write_bytes(whole + b'{"key": 3}\n')
    with pytest.raises(StoreError, match="line 2 is no recorded call"):
        recorded(tmp_path, "replay")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[BaseHTTPRequestHandler], None]], str]]:
    """A server on this machine that answers every request by a function."""
    # A proxy that nobody serves: what goes to this machine must not ask for it.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    running: list[tuple[HTTPServer, threading.Thread]] = []

    def start(answer: Callable[[BaseHTTPRequestHandler], None]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/x"

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def _reply(handler: BaseHTTPRequestHandler, code: int, body: bytes, *headers: tuple[str, str]) -> None:
    handler.send_response(code)
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def test_the_standard_transport_brings_every_status_and_follows_no_redirect(serve: Any) -> None:
    seen: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.path)
        code = int(handler.path.rpartition("/")[2])
        _reply(handler, code, b"told", ("Location", "/x/200"), ("Retry-After", "5"))

    url = serve(answer)
    for code in (200, 302, 404, 429, 503):
        reply = send(HttpRequest("GET", f"{url}/{code}", {}), 5.0)
        assert (reply.status, reply.body, reply.headers["retry-after"]) == (code, b"told", "5")
    assert len(seen) == 5


def test_the_standard_transport_says_what_went_wrong(serve: Any) -> None:
    hold = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        hold.wait(5)

    def short(handler: BaseHTTPRequestHandler) -> None:
        _reply(handler, 200, b"half", ("Content-Length", "100"))

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(LARGEST // 65536 + 4):
                handler.wfile.write(b"x" * 65536)
        except OSError:
            return

    with pytest.raises(TransportError, match=r"no reply within 0\.2 s"):
        send(HttpRequest("GET", serve(hang)), 0.2)
    hold.set()
    with pytest.raises(TransportError, match="broke off"):
        send(HttpRequest("GET", serve(short)), 5.0)
    with pytest.raises(TransportError, match="larger than"):
        send(HttpRequest("GET", serve(endless)), 20.0)
    with pytest.raises(TransportError, match="no connection") as caught:
        send(HttpRequest("GET", "http://127.0.0.1:9/x"), 5.0)
    assert caught.value.sent is False


def test_each_question_is_asked_once_and_errors_are_not_kept() -> None:
    answers: Answers[int] = Answers()
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        if len(asked) == 1:
            raise InfrastructureFault("away")
        return number * 2

    with pytest.raises(InfrastructureFault):
        answers.get("a", lambda: ask(1))
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: answers.get("a", lambda: ask(1)), range(50))) == {2}
    assert asked == [1, 1]


def test_what_was_not_wanted_for_the_longest_time_goes_first() -> None:
    answers: Answers[str] = Answers(most=2)
    for question in ("a", "b", "a", "c"):
        answers.get(question, lambda: "first")
    assert [answers.get(question, lambda: "again") for question in ("a", "c", "b")] == ["first", "first", "again"]
