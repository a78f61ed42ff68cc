"""What an iteration plays: which tasks, how often, and how long."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from attrs import frozen

from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_algo_agentevol.rates import PassRates, Unit
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError
from agentgym_core.rollout.jobs import select_tasks
from agentgym_core.rollout.seeds import derive
from agentgym_core.settings import TaskSet

Source = Callable[[TaskSet], EnvironmentSource]


@frozen
class Play:
    """Tasks that are played alike: a stage, so many samples, at most so many rounds (None: as many as the environment allows)."""

    stage: str
    tasks: tuple[TaskSet, ...]
    samples: int
    max_rounds: int | None = None


def plan(
    number: int,
    sets: Sequence[TaskSet],
    config: AgentEvolConfig,
    *,
    source: Source,
    rates: PassRates,
    seed: int,
    left_out: Collection[Unit] = (),
) -> list[Play]:
    """What iteration `number` plays. It depends on what is drawn from, not on the order that the tasks stand in.

    :param rates: what is known of the tasks so far. :param seed: draws come from it. :param left_out: tasks that are not explored.
    :raises ConfigError: no task is left.
    """
    caps = [_cap(number, choice, config, source) for choice in sets]
    if config.draw_tasks is None and config.episodes is None and not left_out:
        return _named(
            number,
            {
                (config.samples, cap): [choice for choice, own in zip(sets, caps, strict=True) if own == cap]
                for cap in caps
            },
        )
    chosen = [
        (place, unit) for place, choice in enumerate(sets) for unit in units(choice, source) if unit not in left_out
    ]
    if config.draw_tasks is not None:
        chosen = _drawn(chosen, config, rates, f"{seed} {number}")
    if not chosen:
        raise ConfigError(
            f"no task is left to explore in {config.explore!r}", hint="explore more tasks, or hold out fewer"
        )
    samples = {unit: config.samples for _, unit in chosen}
    if config.episodes is not None:
        doubt = {unit: math.sqrt(_spread(rates.rate(unit))) for unit in samples}
        samples = spread(config.episodes, doubt, f"{seed} {number}")
    groups: dict[tuple[int, int | None], dict[int, list[str]]] = {}
    for place, unit in chosen:
        if samples[unit]:
            groups.setdefault((samples[unit], caps[place]), {}).setdefault(place, []).append(unit[2])
    return _named(
        number,
        {
            key: [replace(sets[place], ids=tuple(ids), limit=None, skip=0) for place, ids in places.items()]
            for key, places in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] or 0))
        },
    )


def units(choice: TaskSet, source: Source) -> list[Unit]:
    """The tasks of a set, each once, as the keys of their episodes name them."""
    where = source(choice)
    found = select_tasks(where, choice.split, limit=choice.limit, skip=choice.skip, ids=choice.ids)
    return list(dict.fromkeys((where.spec.canonical, where.config_digest, task.id) for task in found))


def spread(total: int, weights: Mapping[Unit, float], seed: str) -> dict[Unit, int]:
    """Whole numbers with this sum, as near to the weights as can be (largest remainder); the seed decides between equals."""
    whole = math.fsum(weights.values())
    exact = {unit: total * weight / whole for unit, weight in weights.items()}
    counts = {unit: int(share) for unit, share in exact.items()}
    order = sorted(exact, key=lambda unit: (-round(exact[unit] - counts[unit], 9), derive("spread", seed, *unit), unit))
    for unit in order[: total - sum(counts.values())]:
        counts[unit] += 1
    return counts


def _drawn(
    chosen: Iterable[tuple[int, Unit]], config: AgentEvolConfig, rates: PassRates, seed: str
) -> list[tuple[int, Unit]]:
    """So many tasks of each set, without replacement, by their weights (Efraimidis and Spirakis 2006)."""

    def key(unit: Unit) -> float:
        uniform = (derive("draw", seed, *unit) + 0.5) / 2**31
        return math.log(uniform) / (_spread(rates.rate(unit)) if config.draw == "edge" else 1.0)

    found = list(chosen)
    kept: set[tuple[int, Unit]] = set()
    for place in {place for place, _ in found}:
        own = sorted((each for each in found if each[0] == place), key=lambda each: (-key(each[1]), each[1]))
        kept.update(own[: config.draw_tasks])
    return [each for each in found if each in kept]


def _spread(rate: float) -> float:
    """The variance of an attempt: most where a task is solved every other time."""
    return rate * (1 - rate)


def _cap(number: int, choice: TaskSet, config: AgentEvolConfig, source: Source) -> int | None:
    if not config.rounds:
        return None
    cap = config.rounds[min((number - 1) // config.rounds_every, len(config.rounds) - 1)]
    return cap if cap < source(choice).description.max_rounds else None


def _named(number: int, groups: Mapping[tuple[int, int | None], Sequence[TaskSet]]) -> list[Play]:
    """One group is the stage `explore-N`; several say in what they differ."""
    plays = []
    for (samples, cap), tasks in groups.items():
        name = f"explore-{number}"
        if len(groups) > 1:
            name += f"-x{samples}" + (f"-rounds{cap}" if cap is not None else "")
        plays.append(Play(name, tuple(tasks), samples, cap))
    return plays
