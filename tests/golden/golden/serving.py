"""A server of this build in a process of its own, and clients that say what a recorded conversation says."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from golden import house
from golden.canon import canonical, sha

HEADERS = ("allow", "mcp-session-id", "retry-after", "www-authenticate")
"""The headers of an answer that are compared."""

LONGEST = 4000
"""A longer answer is kept as its digest and its beginning."""

_NAMES = ("session", "episode_id", "snapshot", "mcp-session-id")
"""Keys whose values the server invents; an `id` that stands alone is one too: the answer to createEnv."""


@contextmanager
def running(name: str, environments: list[str]) -> Iterator[int]:
    """Starts one of the servers with these environments, and gives its port."""
    words = house.serve(name, environments)
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=house.serving_environment()
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            line = server.stdout.readline()
            found = re.search(r":(\d+)/", line)
            assert found, f"the server did not start: {line}{server.stderr.read() if not line else ''}"
            yield int(found[1])
        finally:
            server.terminate()
            server.communicate(timeout=60)


class Names:
    """What the server invents, by the order in which it came: `<session-1>`, `<snapshot-1>`."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def learn(self, value: Any, key: str = "") -> None:
        """Find the invented names in an answer."""
        if isinstance(value, Mapping):
            for inner, item in value.items():
                self.learn(item, "session" if set(value) == {"id"} else inner)
        elif isinstance(value, list):
            for item in value:
                self.learn(item)
        elif isinstance(value, str) and len(value) > 4 and key in _NAMES and value not in self.values.values():
            count = sum(name.startswith(f"<{key}-") for name in self.values) + 1
            self.values[f"<{key}-{count}>"] = value

    def hide(self, text: str) -> str:
        """Put the names in place of what was invented."""
        for name, value in self.values.items():
            text = text.replace(value, name)
        return text

    def show(self, text: str) -> str:
        """Put what was invented in place of the names."""
        for name, value in self.values.items():
            text = text.replace(name, value)
        return text


def converse(port: int, conversation: Mapping[str, Any]) -> list[Any]:
    """Hold a conversation, and return the answers as they are recorded."""
    names = Names()
    exchanges = conversation["exchanges"]
    answers = (
        _over_socket(port, conversation, names) if "socket" in conversation else _over_http(port, exchanges, names)
    )
    return [shortened(answer, exchange) for answer, exchange in zip(answers, exchanges, strict=True)]


def shortened(answer: Any, exchange: Mapping[str, Any]) -> Any:
    """An answer as it is kept: a page by its names alone, and a long body by its digest and its beginning."""
    body = answer.get("body")
    match exchange.get("only"):
        case "paths":
            body = sorted(f"{method.upper()} {path}" for path, item in body["paths"].items() for method in item)
        case "metrics":
            body = sorted({line.split()[2] for line in body.splitlines() if line.startswith("# TYPE")})
        case "status":
            body = None
    text = canonical(body)
    if len(text) > LONGEST:
        body = {"sha256": sha(body), "starts": text[:200]}
    return {**answer, "body": body}


def _over_http(port: int, exchanges: list[dict[str, Any]], names: Names) -> Iterator[Any]:
    for exchange in exchanges:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            sent = exchange.get("body")
            text = sent if sent is None or isinstance(sent, str) else json.dumps(sent)
            headers = {key: names.show(value) for key, value in exchange.get("headers", {}).items()}
            if text is not None:
                headers.setdefault("content-type", "application/json")
            connection.request(
                exchange["method"],
                names.show(exchange["path"]),
                None if text is None else names.show(text).encode(),
                headers,
            )
            answer = connection.getresponse()
            kind = answer.headers.get("content-type", "")
            raw = answer.read().decode()
            told = {key: value for key in HEADERS if (value := answer.headers.get(key)) is not None}
            if "allow" in told:
                # Starlette keeps methods in a set: their order is another in every process.
                told["allow"] = ", ".join(sorted(told["allow"].split(", ")))
            names.learn(told)
            body = json.loads(raw) if "json" in kind and raw else raw
            names.learn(body)
            shown = {"status": answer.status, "type": kind, **({"headers": told} if told else {}), "body": body}
            yield json.loads(names.hide(json.dumps(shown)))
        finally:
            connection.close()


def _over_socket(port: int, conversation: Mapping[str, Any], names: Names) -> Iterator[Any]:
    from websockets.exceptions import ConnectionClosed, InvalidStatus
    from websockets.sync.client import connect

    offered = [conversation["subprotocol"]] if "subprotocol" in conversation else None
    try:
        socket = connect(
            f"ws://127.0.0.1:{port}{conversation['socket']}",
            subprotocols=offered,  # type: ignore[arg-type]
            additional_headers=conversation.get("headers"),
            compression=None,
        )
    except InvalidStatus as refused:
        yield {"status": refused.response.status_code, "body": json.loads(refused.response.body or b"null")}
        return
    with socket:
        for exchange in conversation["exchanges"]:
            said = exchange["send"]
            try:
                socket.send(names.show(said if isinstance(said, str) else json.dumps(said)))
                frame = json.loads(socket.recv(timeout=60))
            except ConnectionClosed:
                # Whether its code arrives before the line is cut is a matter of chance.
                yield {"closed": True}
                continue
            names.learn(frame)
            yield {"body": json.loads(names.hide(json.dumps(frame)))}


def comparable(value: Any) -> Any:
    """A recorded or a new answer without what may be another: the words of errors, the name of the server, the order of choices."""
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: comparable(item) for key, item in value.items()}
    if "code" in found:
        found |= {key: "<words>" for key in ("message", "hint") if isinstance(found.get(key), str) and found[key]}
    if isinstance(found.get("error"), str) and found["error"]:
        found["error"] = "<words>"
    if found.get("type") in ("invalid", "value_error") and "msg" in found:
        found["msg"] = "<words>"
    if isinstance(found.get("url"), str) and "errors.pydantic.dev" in found["url"]:
        # It names the version of pydantic.
        found["url"] = "<pydantic's page>"
    if isinstance(found.get("server"), str):
        found["server"] = "<server>"
    if isinstance(found.get("anyOf"), list):
        # Older versions of msgspec name the choices of a type in another order.
        found["anyOf"].sort(key=lambda choice: json.dumps(choice, sort_keys=True))
    return found
