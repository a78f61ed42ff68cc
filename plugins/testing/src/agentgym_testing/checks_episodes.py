"""Checks of what an environment answers: types, odd actions, scores, endings, JSON."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from contextlib import suppress

from agentgym_core.environment import Environment
from agentgym_core.errors import EpisodeStateError
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.store import decode, encode
from agentgym_core.types import Action, EpisodeKey, Message, Outcome, Step, Task, Trajectory, Turn
from agentgym_testing.check import CheckFailed, NotApplicable, check, require
from agentgym_testing.records import compare, random_arguments
from agentgym_testing.subject import NONSENSE, Subject

ODD_TEXTS = (
    "",
    " ",
    "\n\n\t",
    "\x00\x01\x1b[31m\x7f",
    "Ünïcödé 漢字 עברית 🧗\u200d♀️ \u202etxet",
    "%s %d {0} {object} {{}} $HOME `id`",
    "'; DROP TABLE tasks; --",
    "../../../../etc/passwd",
    '{"name": "x", "arguments": {"a": [1, null, true]}}',
    "[" * 300,
    "Action: Action: Thought:",
    "Thought: x\n\nAction: y",
    "finish[]",
    "-1",
    "9" * 400,
    "1e999",
    "NaN",
    "None",
    "__import__('os').getcwd()",
    "word " * 8000,
)


def odd_texts(subject: Subject) -> Iterator[str]:
    """The fixed odd texts, the environment's own actions bent out of shape, and random characters: always the same ones."""
    yield from ODD_TEXTS
    chance = random.Random(f"fuzz {subject.id}")
    for _ in range(subject.sizes.fuzz):
        spec = chance.choice(subject.description.actions)
        text = subject.grammar.canonical(spec.name, random_arguments(spec, chance))
        match chance.randrange(4):
            case 0:
                text = text[: chance.randrange(len(text) + 1)]
            case 1:
                text = text.upper() + chance.choice(["!", "  ", "]", "\n", "''"])
            case 2:
                letters = [
                    chr(chance.choice((chance.randrange(32, 127), chance.randrange(0xA1, 0x2FFF)))) for _ in text
                ]
                text = "".join(letters)
            case _:
                odd = {parameter.name: chance.choice(ODD_TEXTS) for parameter in spec.parameters}
                with suppress(ValueError):
                    text = subject.grammar.canonical(spec.name, odd)
        yield text


@check
def reset_gives_text(subject: Subject) -> None:
    """The first observation is text, and not empty, with any seed and with none."""
    for task in subject.tasks:
        for seed in (None, 0, 2**31):
            observation = subject.shared.reset(task, seed=seed)
            require(isinstance(observation, str), f"{subject.id}: reset returned {type(observation).__name__}, not str")
            require(observation.strip(), f"{subject.id}: the first observation of task {task.id!r} is empty")


@check
def steps_are_well_formed(subject: Subject) -> None:
    """A step holds what its fields say: text, a number, two booleans, a mapping."""
    for step in _sampled_steps(subject):
        where = f"{subject.id}: a step"
        require(isinstance(step, Step), f"{where} is a {type(step).__name__}, not a Step")
        require(isinstance(step.observation, str), f"{where} has an observation of {type(step.observation).__name__}")
        require(type(step.score) in (int, float), f"{where} has a score of {type(step.score).__name__}")
        for name in ("terminated", "truncated"):
            require(type(getattr(step, name)) is bool, f"{where} has {name}={getattr(step, name)!r}, not a boolean")
        require(step.success in (None, True, False), f"{where} has success={step.success!r}")


@check
def odd_actions_are_answered(subject: Subject) -> None:
    """Whatever a policy says gets an observation; nothing raises."""
    task = subject.tasks[0]
    subject.shared.reset(task, seed=0)
    for text in odd_texts(subject):
        # An environment may read the text or, where core found one, the name and the arguments.
        for action in (subject.read(text), Action(text=text)):
            try:
                step = subject.shared.step(action)
            except Exception as error:
                raise CheckFailed(
                    f"{subject.id}: the action {text[:80]!r} raises {type(error).__name__}: {error}: answer it with an observation"
                ) from error
            if step.ended:
                subject.shared.reset(task, seed=0)


@check
def scores_are_in_range(subject: Subject) -> None:
    """Every score is finite and within [0, 1]."""
    for step in _sampled_steps(subject):
        require(
            math.isfinite(step.score) and 0 <= step.score <= 1,
            f"{subject.id}: a step has score {step.score!r}, outside [0, 1]: normalise it, and keep the raw figure in info",
        )


@check
def score_is_so_far(subject: Subject) -> None:
    """The score is what was earned so far, not an increment: an action that makes no sense does not wipe it."""
    for episode in subject.expert_episodes:
        earned = next((n for n, s in enumerate(episode.steps) if s.score > 0 and not s.ended), None)
        if earned is None:
            continue
        subject.shared.reset(episode.task, seed=0)
        before = 0.0
        for text in episode.moves[: earned + 1]:
            before = subject.shared.step(subject.read(text)).score
        after = subject.shared.step(subject.read(NONSENSE))
        require(
            after.score >= before,
            f"{subject.id}: in task {episode.task.id!r} {before} was earned by turn {earned}, and an action that makes no "
            f"sense left {after.score}: score is what was earned so far, not the increase",
        )


@check
def success_agrees(subject: Subject) -> None:
    """Success is not claimed for a score of 0, nor denied for an ended episode with score 1."""
    for step in _sampled_steps(subject):
        if step.success:
            require(step.score > 0, f"{subject.id}: a step claims success with score {step.score}")
        if step.terminated and step.score >= 1:
            require(step.success is not False, f"{subject.id}: a step ends with score 1 and denies success")


@check
def endings_are_told_apart(subject: Subject) -> None:
    """An episode has terminated or was truncated, never both."""
    for step in _sampled_steps(subject):
        require(
            not (step.terminated and step.truncated),
            f"{subject.id}: a step is both terminated and truncated: the game's own end is terminated, a cut is truncated",
        )


@check
def info_is_json(subject: Subject) -> None:
    """What a step carries survives JSON unchanged."""
    for step in _sampled_steps(subject):
        info = dict(step.info)
        try:
            again = json.loads(json.dumps(info, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise CheckFailed(f"{subject.id}: info {info!r} is not JSON: {error}") from error
        require(again == info, f"{subject.id}: info {info!r} comes back from JSON as {again!r}")
        stored = _stored(subject, step)
        require(
            decode(encode(stored)) == stored, f"{subject.id}: a stored turn is read back changed: {stored.turns[0]!r}"
        )


def _stored(subject: Subject, step: Step) -> Trajectory:
    key = EpisodeKey(subject.source.spec.canonical, subject.source.config_digest, subject.tasks[0].id, 0)
    turn = Turn(0, "", str(step.observation), info=step.info)
    return Trajectory(key.digest, key, subject.tasks[0].split, Outcome.FAILED, (Message("assistant", ""),), (turn,))


@check
def order_is_guarded(subject: Subject) -> None:
    """A step before reset or after the end is refused, and the next episode starts clean."""
    task = subject.tasks[0]
    with GuardedEnvironment(subject.source, subject.engine) as instance:
        _refused(instance, f"{subject.id}: a step before reset")
        for candidate in subject.tasks:
            record = _play_to_end(instance, subject, candidate)
            if record is not None:
                first, task = record, candidate
                _refused(instance, f"{subject.id}: a step after the end")
                break
        else:
            raise NotApplicable("no sampled episode comes to an end by itself")
        again = _play_to_end(instance, subject, task)
    require(again is not None, f"{subject.id}: after its end, task {task.id!r} cannot be played again to the same end")
    if subject.description.deterministic:
        compare(first, again or [], f"{subject.id}: task {task.id!r}, played again after its end")


def _refused(instance: GuardedEnvironment, what: str) -> None:
    try:
        instance.step(Action(text="look"))
    except EpisodeStateError:
        return
    raise CheckFailed(f"{what} is not refused")


def _play_to_end(instance: GuardedEnvironment, subject: Subject, task: Task) -> list[list[object]] | None:
    moves = next(episode.moves for episode in subject.expert_episodes if episode.task == task)
    record: list[list[object]] = [[instance.reset(ResetRequest(task.id, 0)).step.observation]]
    for text in moves or subject.script(task):
        try:
            step = instance.step(subject.read(text)).step
        except ValueError:
            return None
        record.append([text, step.observation, step.score])
        if step.ended:
            return record
    return None


def _sampled_steps(subject: Subject) -> Iterator[Step]:
    """Steps of the experts' episodes, of random play and of nonsense."""
    for episode in subject.expert_episodes:
        yield from episode.steps
    yield from subject.random_steps
    for task in subject.tasks[:1]:
        yield from _nonsense(subject.shared, subject, task)


def _nonsense(environment: Environment, subject: Subject, task: Task) -> Iterator[Step]:
    environment.reset(task, seed=0)
    for text in (NONSENSE, "", "do nothing"):
        try:
            step = environment.step(subject.read(text))
        except Exception:
            return
        yield step
        if step.ended:
            return
