"""One small row an episode: all that statistics need, so that ten thousand trajectories can stream past."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import Factory, evolve, frozen

from agentgym_core.reward import Reward
from agentgym_core.types import Outcome, Score, Trajectory


@frozen
class EpisodeRow:
    """One episode. `score` is None where the outcome is not scored; `success` likewise.

    `suite` names the set of tasks that it belongs to; figures of two suites are never put together. `max_rounds` is the limit on
    turns, or None where it was not recorded. `unread` counts replies that the grammar could not read, `overlong` those cut at max_tokens,
    `lenient` those read although they were not in the form that was asked for, `invalid` actions of no declared form. `cut` says that the
    run's own budget ended it, which leaves it without a score. `training_seed` numbers policies that differ in nothing but their seed.
    """

    environment: str
    configuration: str
    suite: str
    split: str
    kind: str
    task: str
    fingerprint: str
    sample: int
    seed: int
    player: Player
    outcome: Outcome
    truncation: str
    cut: bool
    score: float | None
    success: bool | None
    rounds: int
    unread: int
    overlong: int
    invalid: int
    prompt_tokens: int
    completion_tokens: int
    cost: float
    seconds: float
    max_rounds: int | None
    episode: str
    lenient: int = 0
    training_seed: int = 0

    @property
    def unit(self) -> tuple[str, str, str]:
        """What statistics count as one: environment, configuration and task; its samples resemble each other."""
        return self.environment, self.configuration, self.task

    @property
    def content(self) -> str:
        """What its task is a draw of: tasks of one content are not independent."""
        return self.fingerprint or self.task

    @property
    def draw(self) -> tuple[int, int]:
        """Which episode of its task it is: the training seed of the policy and the sample."""
        return self.training_seed, self.sample


@frozen
class Player:
    """Who played: episodes of different players are never averaged."""

    policy: str
    weights: str = ""
    sampling: str = ""
    action_format: str = ""
    prompt_style: str = ""

    @property
    def label(self) -> str:
        """The policy and the action format, for a table."""
        return f"{self.policy or '?'} ({self.action_format})" if self.action_format else self.policy or "?"

    @property
    def whoever(self) -> Player:
        """The player without the prompt style, which is another in every environment."""
        return evolve(self, prompt_style="")


@frozen
class Labels:
    """What a run's manifest says of its episodes, by the environment's canonical id (or its plain id).

    `suites` names the suite; where there is none it is `split:NAME`. `max_rounds` is the limit on turns.
    `player` is what is known of who played, as words by name: the model, its address, the temperature, an adapter; never a key.
    `declared` holds the environments whose actions have declared forms: elsewhere no action can be of an unknown form.
    `versions` holds distribution versions, `notes` remarks for readers of the report, `missing` the environments of the suite that this
    run lacks, each with the command that installs it.
    """

    name: str = ""
    suites: Mapping[str, str] = Factory(dict)
    max_rounds: Mapping[str, int] = Factory(dict)
    player: Mapping[str, str] = Factory(dict)
    declared: frozenset[str] = frozenset()
    versions: Mapping[str, str] = Factory(dict)
    notes: tuple[str, ...] = ()
    missing: Mapping[str, str] = Factory(dict)


def row(
    trajectory: Trajectory, reward: Reward | None = None, labels: Labels | None = None, given: Score | None = None
) -> EpisodeRow:
    """The row of an episode.

    :param reward: what scores it; None takes the score that the environment gave.
    :param given: its score, if it was computed before.
    """
    labels = labels or _NO_LABELS
    key = trajectory.key
    # Imported episodes may have an outcome from their publisher without any measured score.
    cut = trajectory.outcome.cut(trajectory.truncation)
    scored = trajectory.outcome.scored and trajectory.score is not None and not cut
    score = success = None
    if scored:
        if reward is not None and given is None:
            given = reward.score(trajectory)
        score = trajectory.score if given is None else given.value
        success = trajectory.success if trajectory.success is not None else trajectory.score == 1.0
    plain = trajectory.environment
    suite = labels.suites.get(key.environment) or labels.suites.get(plain) or f"split:{trajectory.split}"
    limit = labels.max_rounds.get(key.environment, labels.max_rounds.get(plain))
    declared = key.environment in labels.declared
    recorded = trajectory.info.get("max_rounds")
    if isinstance(recorded, int) and not isinstance(recorded, bool):
        limit = recorded
    return EpisodeRow(
        # Ten thousand rows share a handful of these strings; interning keeps one copy of each.
        environment=sys.intern(key.environment),
        configuration=sys.intern(key.configuration),
        suite=sys.intern(suite),
        split=sys.intern(trajectory.split),
        kind=sys.intern(trajectory.kind),
        task=key.task,
        fingerprint=trajectory.fingerprint,
        sample=key.sample,
        seed=key.seed,
        player=_player(key.policy, key.weights, key.sampling, key.action_format, key.prompt_style),
        outcome=Outcome.CANCELLED if cut else trajectory.outcome,
        truncation=sys.intern(trajectory.truncation),
        cut=cut,
        score=score,
        success=success,
        rounds=len(trajectory.turns),
        unread=sum(turn.action is None for turn in trajectory.turns),
        overlong=sum(turn.finish_reason == "length" for turn in trajectory.turns),
        invalid=sum(turn.action is not None and not turn.name for turn in trajectory.turns) if declared else 0,
        prompt_tokens=trajectory.usage.prompt_tokens,
        completion_tokens=trajectory.usage.completion_tokens,
        cost=trajectory.usage.cost,
        seconds=trajectory.seconds,
        max_rounds=limit,
        episode=trajectory.id,
        lenient=sum(turn.action is not None and bool(turn.notes) for turn in trajectory.turns),
    )


def rows(
    trajectories: Iterable[Trajectory | EpisodeRow], reward: Reward | None = None, labels: Labels | None = None
) -> Iterator[EpisodeRow]:
    """Rows, one at a time; what is a row already passes through."""
    for item in trajectories:
        yield item if isinstance(item, EpisodeRow) else row(item, reward, labels)


def weaknesses(items: Sequence[EpisodeRow]) -> list[str]:
    """Caveats for readers of the figures: how many episodes a budget cut short, and how many replies led to no action."""
    replies = sum(item.rounds for item in items)
    counts = (
        (
            sum(item.cut for item in items),
            len(items),
            "episodes were cut by the run's budget: in no mean, and played again by --resume",
        ),
        (sum(item.unread for item in items), replies, "replies could not be read"),
        (
            sum(item.lenient for item in items),
            replies,
            "replies were read although they were not in the requested format",
        ),
        (sum(item.overlong for item in items), replies, "replies were cut at max_tokens"),
        (sum(item.invalid for item in items), replies, "replies were actions of no known form"),
    )
    return [f"{count} of {of} {words}" for count, of, words in counts if count]


def plain(environment: str) -> str:
    """A canonical id without its version, as a table shows it."""
    return environment.rpartition("-v")[0] or environment


_NO_LABELS = Labels()


@lru_cache(maxsize=1000)
def _player(*parts: str) -> Player:
    """One object for equal players, shared by all rows."""
    return Player(*parts)


def as_json(value: Any) -> Any:
    """A report or a comparison as JSON values, field by field; mappings keep their keys, outcomes become their names."""
    from attrs import asdict, has

    if has(type(value)):
        return {name: as_json(item) for name, item in asdict(value, recurse=False).items()}
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value
