"""What the server itself answers over HTTP: its health, and errors."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Health(Struct):
    """The server lives."""

    status: Literal["healthy"] = "healthy"


class ErrorDetail(Struct):
    """What went wrong, and the next thing to do. Some codes bring more fields along."""

    code: str
    message: str
    hint: str


class Error(Struct):
    """The answer to a request that was not carried out."""

    error: ErrorDetail
