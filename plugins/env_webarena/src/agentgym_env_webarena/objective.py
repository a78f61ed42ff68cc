"""What a task asks for, how it is judged, and how an expert does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from attrs import frozen

Kind = Literal["information", "navigation", "change"]


@frozen
class Answer:
    """The stop answer: equal to `exact`, or with every one of `include` in it; quotes, case and blanks around it do not count.

    It counts only once each text of `seen` was seen on a page: an answer that was not looked up is a guess.
    """

    exact: str = ""
    include: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


@frozen
class Address:
    """The address of the tab in front at the end: `ours` with every part of the query, in any order."""

    address: str


@frozen
class Rows:
    """What a query on the data of a site gives at the end."""

    data: str
    query: str
    rows: tuple[tuple[Any, ...], ...]


Check = Answer | Address | Rows


@frozen
class Move:
    """A step of an expert's plan: an action, on the element of a role and a name where it has one.

    `nth` counts elements of the same role and name, from 0.
    """

    verb: str
    role: str = ""
    name: str = ""
    text: str = ""
    nth: int = 0
    why: str = ""


@frozen
class Objective:
    """A task. `plan` ends with `stop`; `start` is the address of the first page."""

    intent: str
    kind: Kind
    sites: tuple[str, ...]
    start: str
    checks: tuple[Check, ...]
    plan: tuple[Move, ...]


def follow(name: str, nth: int = 0) -> Move:
    """Click a link."""
    return Move("click", "link", name, nth=nth, why=f"The link {name!r} leads on.")


def push(name: str, nth: int = 0) -> Move:
    """Click a button."""
    return Move("click", "button", name, nth=nth, why=f"The form is complete: {name}.")


def write(field: str, text: str, nth: int = 0) -> Move:
    """Fill in a field."""
    return Move("type", "textbox", field, text, nth, why=f"{field} is to be {text!r}.")


def choose(field: str, text: str) -> Move:
    """Pick the entry of a list."""
    return Move("type", "combobox", field, text, why=f"{field} is to be {text!r}.")


def stop(answer: object = "") -> Move:
    """End with an answer."""
    return Move(
        "stop", text=str(answer), why="That is all that was asked." if answer == "" else "The page says the answer."
    )


def pages(title: str, position: int, size: int = 20) -> list[Move]:
    """Turn pages until an entry is seen that stands at a position, from 0."""
    return [follow("Next page")] * (position // size)


def plan(*moves: Move | Sequence[Move]) -> tuple[Move, ...]:
    """Moves and lists of moves, in one row."""
    found: list[Move] = []
    for move in moves:
        if isinstance(move, Move):
            found.append(move)
        else:
            found += move
    return tuple(found)
