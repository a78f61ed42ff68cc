from __future__ import annotations

from agentgym_testing import RewardConformance


class TestLengthPenalty(RewardConformance):
    reward = "length_penalty"


class TestFormatPenalty(RewardConformance):
    reward = "format_penalty"


class TestNoisy(RewardConformance):
    reward = "noisy"


class TestBiased(RewardConformance):
    reward = "biased"
