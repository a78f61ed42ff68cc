"""Hypothesis strategies for whatever the types of core allow, made from the types themselves: a new field is covered as it comes.

Needs hypothesis, which the kit does not require.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import get_annotations
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from agentgym_core.policy import Reply
from agentgym_core.types import (
    EpisodeKey,
    Fault,
    Message,
    Outcome,
    Step,
    Tokens,
    ToolCall,
    Trajectory,
    Turn,
    Usage,
)

texts = st.one_of(
    st.text(max_size=20),
    # Lone surrogates, but none that would pair up into one character, which JSON cannot tell from that character.
    st.text(st.characters(max_codepoint=0xDBFF, min_codepoint=0xD7F0, categories=["Cs", "Co", "Lo"]), max_size=3),
)
"""Any text that a program can hold."""

scores = st.floats(0.0, 1.0) | st.integers(0, 1)
"""What counts as a score."""

numbers = st.floats(allow_nan=False, allow_infinity=False)
integers = st.integers(-(10**30), 10**30)

values = st.recursive(
    st.none() | st.booleans() | integers | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
"""JSON values."""

infos = st.dictionaries(texts, values, max_size=3)

_OF: Mapping[str, st.SearchStrategy[Any]] = {
    "str": texts,
    "str | None": st.none() | texts,
    "int": integers,
    "float": numbers,
    "bool": st.booleans(),
    "bool | None": st.none() | st.booleans(),
    "Outcome": st.sampled_from(Outcome),
    "Mapping[str, Any]": infos,
    "tuple[str, ...]": st.lists(texts, max_size=2).map(tuple),
    "tuple[int, ...]": st.lists(st.integers(0, 2**31), max_size=4).map(tuple),
    "tuple[float, ...]": st.lists(numbers, max_size=4).map(tuple),
}
"""A strategy for each annotation of a field."""


def made(cls: Any, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Instances of a frozen class, each field as its annotation says.

    :param known: strategies of fields whose annotation says too little.
    """
    given = {name: known[name] if name in known else _OF[kind] for name, kind in get_annotations(cls).items()}
    return st.builds(cls, **given)


usages = made(Usage)
calls = st.lists(made(ToolCall), max_size=2).map(tuple)
messages = made(Message, tool_calls=calls)
tokens = made(Tokens)
steps = made(Step, score=scores)
keys = made(EpisodeKey)
faults = made(Fault)
replies = made(Reply, tool_calls=calls, tokens=st.none() | tokens, usage=usages)
turns = made(Turn, message=st.just(0), score=scores, usage=usages, tokens=st.none() | tokens)


def _agreeing(one: Trajectory, scored: float | None) -> Trajectory:
    """Outcome, score and success as they may stand together, each turn at a message that there is."""
    places = range(len(one.messages))
    turns = tuple(evolve(turn, message=index % len(places)) for index, turn in enumerate(one.turns)) if places else ()
    success = None if one.success is None or not one.outcome.scored else one.outcome is Outcome.SOLVED
    return evolve(one, turns=turns, score=scored if one.outcome.scored else None, success=success)


trajectories = st.builds(
    _agreeing,
    made(
        Trajectory,
        key=keys,
        messages=st.lists(messages, max_size=3).map(tuple),
        turns=st.lists(turns, max_size=3).map(tuple),
        fault=st.none() | faults,
        usage=usages,
        score=st.none(),
    ),
    st.none() | scores,
)
"""Whole episodes with any value that their types allow."""
