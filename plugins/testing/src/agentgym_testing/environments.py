"""The conformance tests of an environment, for pytest: subclass, name the environment, done."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from agentgym_core.registry import lookup, missing

# These imports fill the register.
from agentgym_testing import (  # noqa: F401
    checks_announcement,
    checks_episodes,
    checks_lifecycle,
    checks_players,
    checks_rollouts,
    checks_tasks,
)
from agentgym_testing.check import CHECKS, Check, NotApplicable
from agentgym_testing.subject import Sizes, Subject


class EnvironmentConformance:
    """Every promise that an environment makes, a test each.

    Subclass it in a test module and name the environment::

        class TestMaze(EnvironmentConformance):
            environment = "maze"

    `config` is a configuration as a user would write it, `splits` restricts the test to some splits, `sizes` says how much is tried.
    `excused` names checks that this environment cannot keep by its very rules, each with the reason.
    A check that does not apply (no expert is declared, say) is skipped with its reason; so is all of it where something that the
    environment requires is not installed.
    """

    environment: ClassVar[str] = ""
    config: ClassVar[Mapping[str, Any] | None] = None
    splits: ClassVar[Sequence[str] | None] = None
    sizes: ClassVar[Sizes] = Sizes()
    excused: ClassVar[Mapping[str, str]] = {}
    subject: ClassVar[Subject]

    @classmethod
    def setup_class(cls) -> None:
        """Find the environment; its engine is started by the first check that plays."""
        if not cls.environment:
            pytest.fail(f"{cls.__name__} must say which environment: environment = 'its id'")
        lacking = missing(lookup("environment", cls.environment).spec.requires)
        if lacking:
            pytest.skip(f"{cls.environment} needs {', '.join(f'{item.name} ({item.hint})' for item in lacking)}")
        cls.subject = Subject(cls.environment, cls.config, splits=cls.splits, sizes=cls.sizes)

    @classmethod
    def teardown_class(cls) -> None:
        """Close what was started."""
        if "subject" in cls.__dict__:
            cls.subject.close()


def _method(check: Check) -> Callable[[EnvironmentConformance], None]:
    def test(self: EnvironmentConformance) -> None:
        if check.name in self.excused:
            pytest.skip(f"{self.environment}: {self.excused[check.name]}")
        try:
            check.run(self.subject)
        except NotApplicable as reason:
            pytest.skip(f"{self.environment}: {reason}")

    test.__name__ = test.__qualname__ = f"test_{check.name}"
    test.__doc__ = check.about
    return test


for _check in CHECKS.values():
    setattr(EnvironmentConformance, f"test_{_check.name}", _method(_check))


def conformance(environment: str, **settings: Any) -> type[EnvironmentConformance]:
    """The test class of an environment in one line: `TestMaze = conformance("maze")`; settings as the class's attributes."""
    name = "Test" + "".join(part.capitalize() for part in re.split(r"[\W_]+", environment))
    return type(name, (EnvironmentConformance,), {"environment": environment, "__module__": __name__, **settings})
