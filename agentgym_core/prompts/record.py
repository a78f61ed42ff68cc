"""The stored form of a prompt style: a person may have edited it, so it is checked."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agentgym_core.errors import ConfigError
from agentgym_core.prompts.style import PromptStyle
from agentgym_core.types import Message


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Message(_Record):
    role: Literal["system", "user", "assistant"]
    content: str
    loss: bool | None = None


class _Style(_Record):
    kind: str
    version: int
    name: str
    opening: list[_Message] = []
    first_prefix: str = ""
    turn_prefix: str = ""
    suffix: str = ""
    actions: str = ""


def read_style(text: str | bytes, kind: str, version: int) -> PromptStyle:
    """A style out of its JSON document; see `PromptStyle.from_json`."""
    try:
        record = _Style.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ConfigError(
            f"prompt style: {where}: {first['msg']}", hint="make one with: agentgym data prompts FILE"
        ) from None
    if (record.kind, record.version) != (kind, version):
        raise ConfigError(
            f"prompt style: this is {record.kind!r}, version {record.version}, not {kind!r}, version {version}",
            hint="make one with: agentgym data prompts FILE",
        )
    opening = tuple(Message(each.role, each.content, each.loss) for each in record.opening)
    return PromptStyle(record.name, opening, record.first_prefix, record.turn_prefix, record.suffix, record.actions)
