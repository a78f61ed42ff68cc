"""The conformance tests of rewards and of policies, for pytest: subclass, name the component, done."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.policy import Policy
from agentgym_core.registry import configure, lookup, make, missing
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import encode
from agentgym_core.types import Outcome
from agentgym_testing import samples
from agentgym_testing.check import require
from agentgym_testing.checks_announcement import list_lazily

NEEDS = {"available_actions", "expert"}


class ComponentConformance:
    """What rewards, policies and algorithms have in common. `config` is a configuration as a user would write it."""

    kind: ClassVar[str]
    kinds: ClassVar[str]
    config: ClassVar[Mapping[str, Any] | None] = None

    @classmethod
    def id(cls) -> str:
        """The component under test."""
        return str(getattr(cls, cls.kind))

    @classmethod
    def setup_class(cls) -> None:
        """Find the component."""
        if not cls.id():
            pytest.fail(f"{cls.__name__} must say which {cls.kind}: {cls.kind} = 'its id'")
        lacking = missing(lookup(cls.kind, cls.id()).spec.requires)
        if lacking:
            pytest.skip(f"{cls.id()} needs {', '.join(f'{item.name} ({item.hint})' for item in lacking)}")

    def make(self) -> Any:
        """A fresh one."""
        return make(self.kind, self.id(), self.config, where="config")

    def test_listing_is_lazy(self) -> None:
        """Listing imports nothing heavy, starts no process and opens no connection."""
        list_lazily(lookup(self.kind, self.id()), self.kinds)

    def test_unknown_keys_are_refused(self) -> None:
        """A key that the configuration does not have is an error."""
        with pytest.raises(ConfigError):
            configure(self.kind, lookup(self.kind, self.id()), {**(self.config or {}), "no_such_key_": 1})


class RewardConformance(ComponentConformance):
    """Every promise that a reward makes. Subclass it and set `reward` to an id, and `config` where it needs one."""

    kind = "reward"
    kinds = "rewards"
    reward: ClassVar[str] = ""

    def test_values_stay_in_the_declared_range(self) -> None:
        """Every value is finite and within the declared range."""
        reward = self.make()
        low, high = reward.range
        require(low <= high, f"{self.id()}: its range is {reward.range}")
        for trajectory in samples.trajectories():
            value = reward.score(trajectory).value
            require(
                math.isfinite(value) and low - 1e-9 <= value <= high + 1e-9,
                f"{self.id()}: gives {value!r} for {trajectory.key.task!r}, outside its declared range [{low}, {high}]",
            )

    def test_parts_are_json(self) -> None:
        """The named parts of a value survive JSON unchanged."""
        for trajectory in samples.trajectories():
            parts = dict(self.make().score(trajectory).parts)
            require(
                json.loads(json.dumps(parts, allow_nan=False)) == parts, f"{self.id()}: its parts {parts!r} are no JSON"
            )

    def test_it_is_pure(self) -> None:
        """The value depends on the trajectory alone, not on what was scored before, and the trajectory stays as it was."""
        given = samples.trajectories()
        before = [encode(trajectory) for trajectory in given]
        reward = self.make()
        forwards = [reward.score(trajectory) for trajectory in given]
        backwards = [reward.score(trajectory) for trajectory in reversed(given)][::-1]
        alone = [self.make().score(trajectory) for trajectory in given]
        require(forwards == backwards == alone, f"{self.id()}: a value depends on what was scored before it")
        require([encode(trajectory) for trajectory in given] == before, f"{self.id()}: it changes the trajectory")


class PolicyConformance(ComponentConformance):
    """Every promise that a policy makes. Subclass it and set `policy` to an id, and `config` where it needs one."""

    kind = "policy"
    kinds = "policies"
    policy: ClassVar[str] = ""

    def test_its_needs_are_announced(self) -> None:
        """What it needs is known to core, and is what its spec says."""
        announced, real = set(lookup("policy", self.id()).spec.needs), set(self.make().needs)
        require(real <= NEEDS, f"{self.id()}: it needs {sorted(real - NEEDS)}, which core does not provide")
        require(real == announced, f"{self.id()}: its spec says needs={sorted(announced)}, its class {sorted(real)}")

    def test_it_plays_many_episodes_at_once(self) -> None:
        """In a rollout of many episodes it answers every request."""
        source = resolve_environment(samples.Doors)
        jobs = [Job(source, task) for task in source.tasks("train")]
        choice = ComponentChoice(self.id(), self.config or {})
        settings = RolloutSettings(concurrency=6, max_failed_fraction=1.0, attempts=1)
        for trajectory in collect(jobs, choice, settings, keep=True).trajectories:
            require(
                trajectory.outcome is not Outcome.POLICY_FAULT,
                f"{self.id()}: in task {trajectory.key.task!r} it failed: {trajectory.fault}",
            )

    def test_it_can_be_ended_and_closed_at_any_time(self) -> None:
        """An episode that it never saw can be ended, and it can be closed twice."""

        async def end(policy: Policy) -> None:
            await policy.end("an episode that never was")
            await policy.close()
            await policy.close()

        asyncio.run(end(self.make()))

    def test_its_weights_have_a_stable_digest(self) -> None:
        """What decides its answers has the same digest each time."""
        first, second = self.make().weights_digest(), self.make().weights_digest()
        require(isinstance(first, str), f"{self.id()}: weights_digest() gives a {type(first).__name__}")
        require(first == second, f"{self.id()}: weights_digest() gives {first!r}, then {second!r}")
