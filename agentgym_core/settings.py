"""Settings that Python, pipeline files and the command line share: each described once, and checked by pydantic wherever it is written."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar, dataclass_transform

from pydantic import ConfigDict, Field, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo

from agentgym_core.types import digest

T = TypeVar("T")

_CONFIG = ConfigDict(extra="forbid", validate_default=True, arbitrary_types_allowed=True, use_attribute_docstrings=True)


@dataclass_transform(frozen_default=True, field_specifiers=(Field,))
def setting(cls: type[T]) -> type[T]:
    """Make a class of settings: a frozen dataclass that pydantic checks. Its attributes are plain ones, as fast as any.

    Its constructor raises `ConfigError` for what does not fit; inside of another model pydantic reports it with its path.
    """
    made: Any = dataclass(frozen=True, config=_CONFIG)(cls)
    made.__init__ = _with_our_errors(made.__init__, made)
    checked: type[T] = made
    return checked


def _with_our_errors(construct: Callable[..., None], cls: Any) -> Callable[..., None]:
    @functools.wraps(construct)
    def __init__(self: object, *values: Any, **named: Any) -> None:
        # By name, so that an error names the setting and not the place of an argument.
        given = dict(zip(fields_of(cls), values, strict=False))
        try:
            construct(self, *values[len(given) :], **given, **named)
        except ValidationError as error:
            from agentgym_core.config_errors import config_error

            raise config_error(error, "", cls.__name__, cls) from error

    return __init__


def fields_of(cls: Any) -> Mapping[str, FieldInfo]:
    """The fields of a class of settings, or of any model of pydantic; empty for what is neither."""
    fields: Mapping[str, FieldInfo] = getattr(cls, "__pydantic_fields__", None) or getattr(cls, "model_fields", {})
    return fields


@setting
class Sampling:
    """How replies are drawn.

    :raises ConfigError: a number is out of its range.
    """

    temperature: float = Field(default=1.0, strict=True, ge=0, allow_inf_nan=False, description="0 is greedy")
    top_p: float = Field(
        default=1.0, strict=True, gt=0, le=1, description="draw from the likeliest tokens of this total probability"
    )
    max_tokens: int = Field(default=512, strict=True, ge=1, description="tokens of one reply")
    stop: tuple[str, ...] = Field(default=(), description="texts that end a reply")

    @property
    def digest(self) -> str:
        """For the key of an episode."""
        return digest(asdict(self))


@setting
class ComponentChoice:
    """A component by id, with its configuration: a policy, a reward, a placement. An id alone may be written as a text.

    A reward whose configuration has fields of this type, or tuples of it, gets the rewards made, in order: `target(config, *inner)`.
    """

    id: str = Field(min_length=1, description="the component's id")
    config: Mapping[str, Any] = Field(default_factory=dict, description="its configuration")

    @model_validator(mode="before")
    @classmethod
    def _id_alone(cls, value: Any) -> Any:
        return {"id": value} if isinstance(value, str) else value


@setting
class TaskSet:
    """Tasks of one environment: ids, or a split: `skip` passes over its first tasks, `limit` takes so many of the rest."""

    environment: str = Field(min_length=1, description="the environment's id, or its address")
    split: str = Field(default="train", description="which split")
    config: Mapping[str, Any] = Field(default_factory=dict, description="the environment's configuration")
    ids: tuple[str, ...] = Field(default=(), description="only these tasks")
    limit: int | None = Field(default=None, strict=True, ge=1, description="only the first tasks of the split")
    skip: int = Field(default=0, strict=True, ge=0, description="pass over this many of them first")
