"""A run as a data frame, of pandas or polars: a row an episode, or a row a turn. Neither library is imported before it is used."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from agentgym_core.errors import ComponentUnavailable, ConfigError, StoreError, sayable
from agentgym_core.store import Run
from agentgym_core.types import Outcome, Trajectory, WeightedTrajectory
from agentgym_data.flat import COLUMNS, flat

Column = tuple[str, str]
NESTED = ("messages", "actions")
"""Columns of the flat record that are lists; a row for each turn has what is in them."""

EPISODES: dict[str, Column] = {
    **{name: column for name, column in COLUMNS.items() if name not in NESTED},
    "outcome": ("outcome", "how the episode ended: a category, in the order of `Outcome`"),
    "started": ("time", "when it began, in UTC; missing where that is not known"),
}
"""Type and meaning of the columns of a frame with a row an episode, by name, in order."""

TURNS: dict[str, Column] = {
    "id": ("string", "the episode's id within its run"),
    "environment": COLUMNS["environment"],
    "task": COLUMNS["task"],
    "sample": COLUMNS["sample"],
    "turn": ("int", "its place in the episode, from 0"),
    "reply": ("string", "what the policy said"),
    "action": ("string", "the canonical action; missing where the reply could not be read"),
    "error": ("string", "why it could not be read; missing where it could"),
    "observation": ("string", "what the environment answered"),
    "score": ("float", "the score after this turn"),
    "terminated": ("bool", "whether the environment ended the episode here"),
    "truncated": ("bool", "whether the episode was cut here"),
    "success": ("bool", "the environment's word; missing where it gave none"),
    "finish_reason": ("string", "why the reply ended, as the policy says it"),
    "prompt_tokens": ("int", "tokens read for this reply"),
    "completion_tokens": ("int", "tokens written"),
    "cost": ("float", "in the policy's currency; 0 where unknown"),
    "policy_seconds": ("float", "what the reply took"),
    "environment_seconds": ("float", "what the step took"),
}
"""The same of a frame with a row a turn."""

MISSING = frozenset({"success"})
"""Columns of type `bool` in which a value may be missing."""

_OUTCOMES = [outcome.value for outcome in Outcome]
_END_OF_TIME = 253_402_300_800.0
"""The year 10000, in seconds since 1970."""


def frame(
    episodes: Run | str | os.PathLike[str] | Iterable[Trajectory | WeightedTrajectory],
    rows: Literal["episodes", "turns"] = "episodes",
    library: Literal["pandas", "polars"] | None = None,
) -> Any:
    """A run as a data frame. Episodes are read one at a time; only the columns are held.

    A score that was not measured is missing (NaN in pandas, null in polars) and never 0, so that means leave it out. Outcomes are
    categories that list all outcomes, times are in UTC, durations are in seconds.

    :param episodes: a run, its folder, or trajectories.
    :param rows: `episodes` for the columns of `EPISODES`, `turns` for those of `TURNS`.
    :param library: which library makes it; the one that is installed where None, pandas where both are.
    :return: a `pandas.DataFrame` or a `polars.DataFrame`.
    :raises ComponentUnavailable: the library is not installed. :raises ConfigError: there are no such rows, or no such library.
    :raises StoreError: the run cannot be read, or a number takes more than 64 bits.
    """
    if rows not in ("episodes", "turns"):
        raise ConfigError(f"a frame has no rows of {rows!r}", hint="rows are: episodes, turns")
    chosen = _library(library)
    if isinstance(episodes, str | os.PathLike):
        episodes = Run.open(episodes)
    columns = EPISODES if rows == "episodes" else TURNS
    values: dict[str, list[Any]] = {name: [] for name in columns}
    for episode in episodes:
        for row in [flat(episode)] if rows == "episodes" else _turns(episode):
            for name, (kind, _) in columns.items():
                values[name].append(_value(row[name], kind, name))
    module = import_module(chosen)
    return (_pandas if chosen == "pandas" else _polars)(module, columns, values)


def _library(wanted: str | None) -> str:
    known = ("pandas", "polars")
    if wanted is not None and wanted not in known:
        raise ConfigError(f"no frame is made with {wanted!r}", hint="libraries are: pandas, polars")
    for name in known if wanted is None else (wanted,):
        if find_spec(name) is not None:
            return name
    told = "neither pandas nor polars is" if wanted is None else f"{wanted} is not"
    raise ComponentUnavailable(
        f"a frame is made with a library: {told} installed", hint=f"run: pip install {wanted or known[0]}"
    )


def _turns(episode: Trajectory | WeightedTrajectory) -> Iterator[Mapping[str, Any]]:
    trajectory = episode.trajectory if isinstance(episode, WeightedTrajectory) else episode
    shared = {
        "id": trajectory.id,
        "environment": trajectory.environment,
        "task": trajectory.key.task,
        "sample": trajectory.key.sample,
    }
    for number, turn in enumerate(trajectory.turns):
        said = trajectory.messages[turn.message : turn.message + 1]
        yield {
            **shared,
            "turn": number,
            "reply": said[0].content if said else None,
            "action": turn.action,
            "error": turn.error,
            "observation": turn.observation,
            "score": turn.score,
            "terminated": turn.terminated,
            "truncated": turn.truncated,
            "success": turn.success,
            "finish_reason": turn.finish_reason,
            "prompt_tokens": turn.usage.prompt_tokens,
            "completion_tokens": turn.usage.completion_tokens,
            "cost": turn.usage.cost,
            "policy_seconds": turn.policy_seconds,
            "environment_seconds": turn.environment_seconds,
        }


def _value(value: Any, kind: str, name: str) -> Any:
    if kind == "string":
        # Half of a character, which a model may write, is in no encoding that the libraries keep texts in.
        return None if value is None else sayable(value)
    if kind == "int" and not -(1 << 63) <= value < 1 << 63:
        raise StoreError(
            f"{name}: {value} takes more than 64 bits, which a column cannot hold", hint="leave the episode out"
        )
    if kind == "time":
        return datetime.fromtimestamp(value, UTC) if 0 < value < _END_OF_TIME else None
    return value


def _pandas(pandas: Any, columns: Mapping[str, Column], values: Mapping[str, Sequence[Any]]) -> Any:
    # What pandas makes of a list of texts itself, which a column of none at all would not tell it.
    text = "str" if int(pandas.__version__.partition(".")[0]) >= 3 else "string"
    kinds = {"string": text, "int": "int64", "float": "float64"}

    def series(name: str, kind: str) -> Any:
        if kind == "outcome":
            return pandas.Series(pandas.Categorical(values[name], categories=_OUTCOMES))
        if kind == "time":
            return pandas.Series(values[name], dtype="datetime64[us, UTC]")
        return pandas.Series(values[name], dtype=kinds.get(kind) or ("boolean" if name in MISSING else "bool"))

    return pandas.DataFrame({name: series(name, kind) for name, (kind, _) in columns.items()})


def _polars(polars: Any, columns: Mapping[str, Column], values: Mapping[str, Sequence[Any]]) -> Any:
    kinds = {"string": polars.String, "int": polars.Int64, "float": polars.Float64, "bool": polars.Boolean}

    def series(name: str, kind: str) -> Any:
        if kind == "outcome":
            return polars.Series(name, values[name], dtype=polars.Enum(_OUTCOMES))
        if kind == "time":
            return polars.Series(name, values[name], dtype=polars.Datetime("us", "UTC"))
        return polars.Series(name, values[name], dtype=kinds[kind])

    return polars.DataFrame([series(name, kind) for name, (kind, _) in columns.items()])
