"""The proxy to sites of others: what it passes on, and what it refuses."""

from __future__ import annotations

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from flask import Flask, request

from agentgym_env_webarena.forward import Forwarder
from agentgym_env_webarena.official.sites import host_of


def site() -> Flask:
    app = Flask("site", static_folder=None)

    @app.route("/echo", methods=["GET", "POST"])
    def echo() -> str:
        return f"{request.method} {request.full_path} {request.get_data(as_text=True)} {request.headers.get('Proxy-Connection')}"

    return app


def test_what_is_for_a_site_is_passed_on(serve: Callable[[Flask], str]) -> None:
    address = serve(site())
    with (
        Forwarder(frozenset({host_of(address)})) as proxy,
        httpx.Client(proxy=proxy.address, trust_env=False) as client,
    ):
        assert client.get(f"{address}/echo?a=b").text == "GET /echo?a=b  None"
        assert client.post(f"{address}/echo", content="x" * 300_000).text.count("x") == 300_000


def test_all_else_is_refused(serve: Callable[[Flask], str]) -> None:
    address, other = serve(site()), serve(site())
    with (
        Forwarder(frozenset({host_of(address)})) as proxy,
        httpx.Client(proxy=proxy.address, trust_env=False) as client,
    ):
        refused = client.get(f"{other}/echo")
        assert (refused.status_code, "There is no site" in refused.text) == (403, True)
        # The same port of this machine under another name is another host.
        assert client.get(address.replace("127.0.0.1", "localhost") + "/echo").status_code == 403
        with pytest.raises(httpx.ProxyError, match="403"):
            client.get(other.replace("http:", "https:") + "/echo")


def test_a_site_that_is_down_is_told_by_a_mark_that_no_site_knows() -> None:
    with Forwarder(frozenset({"127.0.0.1:9"})) as proxy, httpx.Client(proxy=proxy.address, trust_env=False) as client:
        answer = client.get("http://127.0.0.1:9/")
        assert answer.status_code == 502
        assert proxy.mark in answer.text


def test_what_is_no_request_closes_the_connection() -> None:
    with Forwarder(frozenset()) as proxy:
        parts = urlsplit(proxy.address)
        for said in (b"\r\n\r\n", b"GET\r\n\r\n", b"x" * 100_000, b"GET /relative HTTP/1.1\r\n\r\n"):
            with socket.create_connection((parts.hostname, parts.port), timeout=10) as there:
                there.sendall(said)
                there.shutdown(socket.SHUT_WR)
                assert b"200" not in there.recv(1000)
