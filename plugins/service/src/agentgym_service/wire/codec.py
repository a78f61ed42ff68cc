"""Frames in and out: typed decoding, and words for what could not be decoded."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from agentgym_service.wire.messages import Extended, FlatStep, Plain

decode_plain = msgspec.json.Decoder(Plain).decode
decode_flat = msgspec.json.Decoder(FlatStep).decode
decode_extended = msgspec.json.Decoder(Extended).decode
_encode = msgspec.json.Encoder().encode
_LARGEST_ECHO = 4096

LONGEST_ID = 256
"""Bytes that the id of a request or an episode may have: the server keeps it for as long as the session lives."""


def too_long(id: Any) -> bool:
    """Whether a client chose an id that is longer than a server keeps."""
    if isinstance(id, str):
        # A character has four bytes at most, so a usual id need not be encoded.
        return 4 * len(id) > LONGEST_ID and len(id.encode("utf-8", "surrogatepass")) > LONGEST_ID
    return isinstance(id, int) and id.bit_length() > 8 * LONGEST_ID


def encode(message: Any) -> bytes:
    """A message as JSON.

    Text with lone surrogates is mended; what else JSON cannot say raises.

    :raises TypeError: the message holds a value that is not JSON.
    """
    try:
        return _encode(message)
    except UnicodeEncodeError:
        return _encode(_mended(msgspec.to_builtins(message, str_keys=True)))


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mended(item) for item in value]
    return value


class BadFrame(Exception):
    """A frame that is no message. `code` and `details` are what the error reply says; `fatal` ends the connection."""

    def __init__(self, code: str, message: str, details: dict[str, Any] | None = None, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details or {}
        self.fatal = fatal
        self.id: Any = msgspec.UNSET
        self.session: Any = msgspec.UNSET


def explain(raw: bytes | str, error: Exception, *, extended: bool) -> BadFrame:
    """Why a frame could not be decoded, in OpenEnv's codes and words."""
    try:
        message = json.loads(raw)
    except RecursionError:
        return BadFrame("INVALID_JSON", "Invalid JSON: too deeply nested")
    except ValueError as problem:
        return BadFrame("INVALID_JSON", f"Invalid JSON: {problem}")
    if not isinstance(message, dict):
        return BadFrame(
            "SESSION_ERROR", f"a message must be a JSON object, not {type(message).__name__}", fatal=not extended
        )
    known = _TYPES[extended]
    kind = message.get("type", "")
    if not isinstance(kind, str) or kind not in known:
        bad = BadFrame("UNKNOWN_TYPE", f"Unknown message type: {str(kind)[:200]}")
    else:
        errors = _problems(kind, message, error, extended=extended, echo=len(raw) <= _LARGEST_ECHO)
        bad = BadFrame("VALIDATION_ERROR", "Invalid message", {"errors": errors})
    if extended and not too_long(message.get("id")):
        for name in ("id", "session"):
            if isinstance(message.get(name), str) or (name == "id" and type(message.get(name)) is int):
                setattr(bad, name, message[name])
    return bad


_PLAIN = ("reset", "step", "state", "close", "mcp", "hello")
_TYPES = {
    False: frozenset(_PLAIN),
    True: frozenset((*_PLAIN, "open", "resume", "tasks", "snapshot", "restore", "fork", "render", "batch")),
}


def _problems(
    kind: str, message: dict[str, Any], error: Exception, *, extended: bool, echo: bool
) -> list[dict[str, Any]]:
    """What is wrong with a message, in pydantic's form, which is what OpenEnv's servers send."""
    from pydantic import ValidationError

    from agentgym_service.wire.strict import STRICT

    model = STRICT.get(kind)
    if model is not None and not extended:
        try:
            validated = model.model_validate(message)
            if kind == "step":
                STRICT["action"].model_validate(validated.model_dump()["data"])
        except ValidationError as problem:
            errors = problem.errors(include_input=echo, include_context=False)
            return [dict(item) for item in json.loads(json.dumps(errors, default=str))]
    text, _, at = str(error).partition(" - at `$")
    location = [part for part in at.rstrip("`").replace("[", ".").replace("]", "").split(".") if part]
    return [{"type": "invalid", "loc": location, "msg": text.replace("`", "'")}]
