"""Frames in and out: typed decoding, and words for what could not be decoded."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, get_args

import msgspec
from msgspec import UNSET

from agentgym_core.errors import sayable
from agentgym_service.messages import Code, Envelope, Message
from agentgym_service.problems import ApiError, invalid_json, misfit

decode = msgspec.json.Decoder(Message).decode
_encode = msgspec.json.Encoder().encode

NO_MESSAGE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises."""

LONGEST_ID = 256
"""Bytes that the id of a request or an episode may have: the server keeps it for as long as the session lives."""

KINDS = frozenset(kind.__struct_config__.tag for kind in get_args(Message))
"""The types of messages."""


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
        return sayable(value)
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mended(item) for item in value]
    return value


def explain(raw: bytes | str, error: Exception | None, kinds: Collection[Any]) -> tuple[ApiError, Envelope]:
    """Why a frame could not be taken, and the id and session that it names.

    :param error: what decoding raised. :param kinds: the types of messages that could have been sent.
    """
    envelope = Envelope()
    try:
        message = json.loads(raw)
    except RecursionError:
        return invalid_json("too deeply nested"), envelope
    except ValueError as problem:
        return invalid_json(problem), envelope
    if not isinstance(message, dict):
        words = f"a message must be a JSON object, not {type(message).__name__}"
        return ApiError(Code.SESSION_ERROR, 422, words), envelope
    if not too_long(message.get("id")):
        id, session = message.get("id"), message.get("session")
        envelope.id = id if isinstance(id, str) or type(id) is int else UNSET
        envelope.session = session if isinstance(session, str) else UNSET
    kind = message.get("type", "")
    if not isinstance(kind, str) or kind not in kinds:
        return ApiError(Code.UNKNOWN_TYPE, 422, f"Unknown message type: {str(kind)[:200]}"), envelope
    return misfit(error), envelope
