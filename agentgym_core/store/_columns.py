"""The fields of the classes that a line is made of: what the writer takes is what the reader takes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress
from math import isfinite
from operator import attrgetter, ne
from typing import Any

from attrs import Factory, fields

from agentgym_core._json import NotJson
from agentgym_core.errors import StoreError
from agentgym_core.types import Outcome

_NONE = type(None)
_TYPES: Mapping[str, tuple[type[Any], ...]] = {
    "str": (str,),
    "str | None": (str, _NONE),
    "int": (int,),
    "float": (float, int),
    "float | None": (float, int, _NONE),
    "bool": (bool,),
    "bool | None": (bool, _NONE),
    "Outcome": (Outcome,),
    "tuple[str, ...]": (tuple,),
    "tuple[int, ...]": (tuple,),
    "tuple[float, ...]": (tuple,),
}
"""What the reader takes for each annotation: the writer takes nothing else."""


class Columns:
    """The fields of a class in the order they are written, each with its default."""

    def __init__(self, cls: type[Any], *nested: str) -> None:
        columns = [attribute for attribute in fields(cls) if attribute.name not in nested]
        self.names = tuple(attribute.name for attribute in columns)
        self.defaults = tuple(
            attribute.default.factory() if isinstance(attribute.default, Factory) else attribute.default  # type: ignore[arg-type]
            for attribute in columns
        )
        annotations = [str(attribute.type) for attribute in columns]
        self._types = tuple(_TYPES[annotation] for annotation in annotations)
        self._floats = tuple(at for at, annotation in enumerate(annotations) if annotation.startswith("float"))
        self._tuples = tuple((at, set(_TYPES[a[6:-6]])) for at, a in enumerate(annotations) if a.startswith("tuple"))
        # Types that were looked at once: nearly all values of a run have the same.
        self._known: set[tuple[type[Any], ...]] = set()
        self._values = attrgetter(*self.names)

    def slim(self, value: Any, path: str) -> dict[str, Any]:
        """The fields that differ from their default."""
        values = self._values(value)
        kinds = tuple(map(type, values))
        if kinds not in self._known:
            self._look_at(values, kinds, path)
        for at, allowed in self._tuples:
            if values[at] and not set(map(type, values[at])) <= allowed:
                raise refused(f"{path}{self.names[at]}", values[at])
        for at in self._floats:
            if type(values[at]) is not int and values[at] is not None and not isfinite(values[at]):
                raise refused(f"{path}{self.names[at]}", values[at])
        return dict(compress(zip(self.names, values, strict=True), map(ne, values, self.defaults)))

    def _look_at(self, values: tuple[Any, ...], kinds: tuple[type[Any], ...], path: str) -> None:
        for name, value, kind, allowed in zip(self.names, values, kinds, self._types, strict=True):
            if not isinstance(value, allowed) or (kind is bool and bool not in allowed):
                raise refused(f"{path}{name}", value)
        self._known.add(kinds)


def refused(where: str, value: Any) -> StoreError:
    """The error for a value that a line cannot hold."""
    error = NotJson.of(value)
    error.where = where
    return unstorable(error)


def unstorable(error: NotJson) -> StoreError:
    """An error of JSON as one of the store."""
    return StoreError(
        f"{error}: it cannot be stored", hint="keep to text, finite numbers, true, false, null, lists and objects"
    )
