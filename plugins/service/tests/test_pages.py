"""The pages, and that what they say is true."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Start = Callable[..., Any]


def test_the_index_links_what_is_there_and_escapes_it(server: Start, source: Start) -> None:
    live = server(source(), source("Native"))
    for path in ("/", "/counter", "/docs", "/counter/docs"):
        status, text, headers = live.http("GET", path)
        assert status == 200
        assert headers["content-type"].startswith("text/html")
        assert "http://" not in text
        assert "https://" not in text
        assert "<script" not in text
    assert "Count &lt;b&gt;up&lt;/b&gt;." in live.http("GET", "/counter")[1]
    links = re.findall(r'href=["\']([^"\']+)', live.http("GET", "/")[1])
    assert {"counter", "native", "docs", "openapi.json", "metrics", "health"} <= set(links)
    for link in links:
        assert live.http("GET", f"/{link}")[0] == 200


def test_nothing_of_a_request_stands_in_a_page(server: Start, source: Start) -> None:
    live = server(source())
    status, answer, headers = live.http("GET", "/%3Cscript%3Ealert(1)%3C/script%3E")
    assert status == 404
    assert "script" not in str(answer)
    assert headers["content-type"] == "application/json"


def test_every_operation_of_the_document_is_there(server: Start, source: Start) -> None:
    live = server(source(), source("Native"), expert=True)
    document = live.http("GET", "/openapi.json")[1]
    assert document["openapi"] == "3.1.0"
    seen = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            status, _, headers = live.http(method.upper(), path, {} if method == "post" else None)
            assert str(status) in operation["responses"], (method, path, status)
            content = operation["responses"][str(status)]["content"]
            assert headers["content-type"].partition(";")[0] in content
            seen += 1
    # Six endpoints of the paper, of which two are OpenEnv's too, with five more of its own.
    assert seen == 2 * (6 + 5) + 2
    assert live.http("GET", "/native/openapi.json")[1]["servers"] == [{"url": "/native"}]
    own = live.http("GET", "/native/openapi.json")[1]["paths"]
    assert {f"/native{path}" for path in own} == {path for path in document["paths"] if path.startswith("/native/")}
    live.call(lambda: live.app.table.reap(1e12))


def test_metrics_count_what_happened(server: Start, source: Start) -> None:
    live = server(source())
    client = live.connect()
    client.ask({"type": "reset"})
    for _ in range(3):
        client.ask({"type": "step", "data": {"text": "add 1"}})
    client.ask("nope")
    status, text, headers = live.http("GET", "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in (
        'agentgym_sessions_active{environment="counter"} 1.0',
        'agentgym_steps_total{environment="counter"} 3.0',
        'agentgym_resets_total{environment="counter"} 1.0',
        'agentgym_errors_total{code="INVALID_JSON",environment="counter"} 1.0',
        "agentgym_sessions_limit 1024.0",
    ):
        assert line in text.splitlines()


def test_a_document_of_a_server_with_a_token_says_so(server: Start, source: Start) -> None:
    live = server(source(), token="t")
    document = live.http("GET", "/openapi.json", headers={"Authorization": "Bearer t"})[1]
    assert document["security"] == [{"token": []}]
