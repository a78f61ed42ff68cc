"""How conversations are written down."""

from __future__ import annotations

from typing import Any

Conversation = dict[str, Any]

EVAL = "maze-eval-7x7-0"
"""A task of maze that is solved by going left, left and up."""


def get(path: str, only: str = "", **headers: str) -> dict[str, Any]:
    """A GET; `only` names what of the answer is kept: `paths`, `metrics` or `status`."""
    return _request("GET", path, None, only, headers)


def post(path: str, body: Any = None, **headers: str) -> dict[str, Any]:
    """A POST of JSON, or of a text as it is."""
    return _request("POST", path, body, "", headers)


def _request(method: str, path: str, body: Any, only: str, headers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"method": method, "path": path}
    if body is not None:
        found["body"] = body
    if only:
        found["only"] = only
    if headers:
        found["headers"] = {key.replace("_", "-"): value for key, value in headers.items()}
    return found


def frame(type: str, data: Any = None, **more: Any) -> dict[str, Any]:
    """A frame to send."""
    return {"send": {"type": type, **({} if data is None else {"data": data}), **more}}


def raw(text: str) -> dict[str, Any]:
    """A text to send as it is."""
    return {"send": text}


def talk(server: str, environment: str, exchanges: list[dict[str, Any]], **more: Any) -> Conversation:
    """One conversation with one server about one environment."""
    return {"server": server, "environment": environment, **more, "exchanges": exchanges}
