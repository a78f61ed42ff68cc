"""The shares that environments have in what is learned, and how long that is for the learner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import evolve

from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_algo_agentevol.lineage import Sourced
from agentgym_core.rollout.seeds import derive
from agentgym_core.types import Message, Trajectory
from agentgym_tokens import KeptRow

Measure = Callable[[Trajectory], float]


class Sizes:
    """How many tokens trajectories are for the learner: characters times what a character came to in the rows that it kept last.

    Before it kept any, and where it keeps none, a character counts as a token.
    """

    def __init__(self) -> None:
        self._learned: dict[str, float] = {}
        self._whole: dict[str, float] = {}

    def calibrate(self, rows: Iterable[KeptRow], data: Iterable[Trajectory]) -> None:
        """Take over what a learning step made of its trajectories."""
        made: dict[str, tuple[int, int]] = {}
        for row in rows:
            trained, tokens = made.get(row.trajectory, (0, 0))
            made[row.trajectory] = trained + row.trained, tokens + row.tokens
        given = [trajectory for trajectory in data if trajectory.id in made]
        # One that was handed over several times has its rows as often: characters are counted as often too.
        said, read = Counter[str](), Counter[str]()
        for trajectory in given:
            said[trajectory.environment] += _said(trajectory)
            read[trajectory.environment] += _read(trajectory)
        learned, whole = Counter[str](), Counter[str]()
        for trajectory in {each.id: each for each in given}.values():
            trained, tokens = made[trajectory.id]
            learned[trajectory.environment] += trained
            whole[trajectory.environment] += tokens
        for environment in said:
            if learned[environment] and said[environment]:
                self._learned[environment] = learned[environment] / said[environment]
                self._whole[environment] = whole[environment] / read[environment]

    def learned(self, trajectory: Trajectory) -> float:
        """Tokens that are learned of it."""
        return max(1, _said(trajectory)) * _ratio(self._learned, trajectory.environment)

    def whole(self, trajectory: Trajectory) -> float:
        """Tokens of it, prompts among them."""
        return max(1, _read(trajectory)) * _ratio(self._whole, trajectory.environment)


def balanced(data: Sequence[Sourced], config: AgentEvolConfig, size: Measure) -> list[Sourced]:
    """The same trajectories with weights, or as often, as `config.shares` asks for.

    Shares are of the sum of absolute weights, by tokens each times `size`. Nothing is multiplied by more than `balance_limit`
    beside the environment that is left as it is, and nothing is left out.

    :param size: learned tokens of a trajectory.
    """
    if config.balance == "off" or not data:
        return list(data)
    measure: Measure = size if config.balance == "tokens" else (lambda trajectory: 1.0)
    amounts: dict[str, float] = {}
    for source in data:
        trajectory = source.item.trajectory
        amounts[trajectory.environment] = amounts.get(trajectory.environment, 0.0) + abs(source.item.weight) * measure(
            trajectory
        )
    wanted = {environment: config.shares.get(environment, 1.0) / amount for environment, amount in amounts.items()}
    least = min(wanted.values())
    factors = {environment: min(config.balance_limit, want / least) for environment, want in wanted.items()}
    if config.balance_by == "repeat":
        return _repeated(data, factors, measure)
    # The sum over all stays what it was, so that weights keep their size beside a learner's other terms.
    whole = sum(amounts.values()) / sum(factors[environment] * amount for environment, amount in amounts.items())
    return [
        evolve(
            source,
            item=evolve(source.item, weight=source.item.weight * factors[source.item.trajectory.environment] * whole),
        )
        for source in data
    ]


def _repeated(data: Sequence[Sourced], factors: Mapping[str, float], measure: Measure) -> list[Sourced]:
    """Whole copies: each trajectory as often as its environment's factor says, and the rest of the factor by a fixed draw."""
    copies = {}
    for environment, factor in factors.items():
        own = [
            (number, source) for number, source in enumerate(data) if source.item.trajectory.environment == environment
        ]
        own.sort(key=lambda pair: (derive("repeat", pair[1].item.trajectory.id), pair[1].item.trajectory.id, pair[0]))
        sizes = [abs(source.item.weight) * measure(source.item.trajectory) for _, source in own]
        left = (factor - int(factor)) * sum(sizes)
        for (number, _), amount in zip(own, sizes, strict=True):
            # Whichever is nearer: one more, or none.
            more = left > amount / 2
            copies[number] = int(factor) + more
            left -= amount if more else 0.0
    return [source for number, source in enumerate(data) for _ in range(copies[number])]


def _ratio(ratios: Mapping[str, float], environment: str) -> float:
    # An environment that was never learned is taken for one like the others.
    return ratios.get(environment, sum(ratios.values()) / len(ratios) if ratios else 1.0)


def _said(trajectory: Trajectory) -> int:
    return sum(_length(message) for message in trajectory.messages if message.loss)


def _read(trajectory: Trajectory) -> int:
    return sum(_length(message) for message in trajectory.messages)


def _length(message: Message) -> int:
    return len(message.content) + sum(len(call.name) + len(call.arguments) for call in message.tool_calls)
