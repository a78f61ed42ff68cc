"""Core's own policies and rewards keep the promises that the kit asks of anyone's."""

from __future__ import annotations

from agentgym_testing import PolicyConformance, RewardConformance


class TestEnvironmentReward(RewardConformance):
    reward = "environment"


class TestBinarize(RewardConformance):
    reward = "binarize"


class TestExpert(PolicyConformance):
    policy = "expert"


class TestRandom(PolicyConformance):
    policy = "random"


class TestNull(PolicyConformance):
    policy = "null"
