"""What a check is: a function of a subject that raises `CheckFailed`, under a name, in one register."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from agentgym_testing.subject import Subject


class CheckFailed(AssertionError):
    """An environment does not keep a promise. The message says which, where, and what to change."""


class NotApplicable(Exception):
    """There is nothing to check: the environment does not make this promise."""


@frozen
class Check:
    """One promise. `name` is the test's name without `test_`; `about` says what the environment promises."""

    name: str
    run: Callable[[Subject], None]

    @property
    def about(self) -> str:
        """The promise in words."""
        return (self.run.__doc__ or "").strip()


CHECKS: dict[str, Check] = {}
"""Every check of the kit, by name, in the order in which they run."""


def check(function: Callable[[Subject], None]) -> Callable[[Subject], None]:
    """Put a function into the register under its own name."""
    CHECKS[function.__name__] = Check(function.__name__, function)
    return function


def require(condition: object, message: str) -> None:
    """Fail the check with `message` unless the condition holds."""
    if not condition:
        raise CheckFailed(message)
