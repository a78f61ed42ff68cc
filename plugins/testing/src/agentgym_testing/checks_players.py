"""Checks of who plays how well: expert, random and null; and of what may be asked in between."""

from __future__ import annotations

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.types import ExpertAction
from agentgym_testing.check import CheckFailed, NotApplicable, check, require
from agentgym_testing.records import Entry, compare
from agentgym_testing.subject import Subject

NOTHING = "do nothing"


def _margin(expected: float, count: int) -> float:
    """How far a mean of `count` values in [0, 1] may stray from its expectation, by two standard errors at most."""
    return 2.0 * float((expected * (1 - expected) / max(count, 1)) ** 0.5)


@check
def expert_reaches_its_score(subject: Subject) -> None:
    """Given time, the expert reaches the declared score."""
    subject.need_expert()
    declared = subject.description.expert_score or 0.0
    scores = {episode.task.id: episode.score for episode in subject.expert_episodes}
    _reached(subject, declared, scores, "the expert")


@check
def limit_leaves_room(subject: Subject) -> None:
    """The expert reaches the declared score within the declared limit on turns."""
    subject.need_expert()
    declared = subject.description.expert_score or 0.0
    if sum(episode.score for episode in subject.expert_episodes) == 0:
        raise NotApplicable("the expert scores nothing, however long it plays")
    possible = {episode.task.id: episode.score for episode in subject.expert_episodes}
    in_time = {episode.task.id: episode.score_in_time for episode in subject.expert_episodes}
    mean = sum(possible.values()) / len(possible)
    limit = subject.description.max_rounds
    _reached(subject, min(declared, mean), in_time, f"within max_rounds ({limit} turns) the expert")


def _reached(subject: Subject, declared: float, scores: dict[str, float], who: str) -> None:
    mean = sum(scores.values()) / len(scores)
    worst = min(scores, key=lambda id: scores[id])
    require(
        mean >= declared - _margin(declared, len(scores)) - 1e-9,
        f"{subject.id}: {who} scores {mean:.3f} over {len(scores)} sampled tasks, {declared} is declared; "
        f"worst: task {worst!r} with {scores[worst]}",
    )


@check
def no_expert_is_undeclared(subject: Subject) -> None:
    """An environment without a declared expert offers no moves."""
    if subject.description.expert_score is not None:
        return
    subject.shared.reset(subject.tasks[0], seed=0)
    require(
        subject.shared.expert() is None,
        f"{subject.id}: it has an expert that the description does not declare: set expert_score",
    )


@check
def random_stays_under_its_ceiling(subject: Subject) -> None:
    """Random actions score no more than declared."""
    ceiling = subject.description.random_ceiling
    scores = subject.random_scores
    mean = sum(scores) / len(scores)
    require(
        mean <= ceiling + 1e-9,
        f"{subject.id}: random actions score {mean:.3f} over {len(scores)} episodes, random_ceiling is {ceiling}",
    )


@check
def nothing_solves_nothing(subject: Subject) -> None:
    """A policy that does nothing solves no task."""
    for task in subject.tasks:
        subject.shared.reset(task, seed=0)
        for turn in range(subject.description.max_rounds):
            try:
                step = subject.shared.step(subject.read(NOTHING))
            except Exception:
                break
            solved = step.success if step.success is not None else step.score >= 1
            require(not solved, f"{subject.id}: task {task.id!r} is solved by doing nothing for {turn + 1} turns")
            if step.ended:
                break


@check
def last_move_first_earns_nothing(subject: Subject) -> None:
    """The expert's last move, played first, solves nothing: what it rests on must have been looked up or done."""
    subject.need_expert()
    scores = []
    for episode in subject.expert_episodes:
        if len(episode.moves) < 2:
            continue
        subject.shared.reset(episode.task, seed=0)
        text = episode.moves[-1]
        step = subject.shared.step(subject.read(text))
        solved = step.success if step.success is not None else step.score >= 1
        require(
            not solved,
            f"{subject.id}: task {episode.task.id!r} is solved by {text[:80]!r} alone, the last of the expert's "
            f"{len(episode.moves)} moves: let an answer count only once what it rests on was looked up, and a change only if it was made",
        )
        scores.append(step.score)
    if not scores:
        raise NotApplicable("the expert needs one move only, so the last is the first")
    mean, floor = sum(scores) / len(scores), subject.description.random_ceiling
    require(
        mean <= floor + 1e-9,
        f"{subject.id}: the expert's last move, played first, scores {mean:.3f}; random play is allowed {floor}",
    )


@check
def formats_agree(subject: Subject) -> None:
    """In every action format the expert's moves are read as the same actions, and play the same trajectory."""
    subject.need_expert()
    episode = subject.expert_episodes[0]
    moves = [ExpertAction("Because.", text) for text in episode.moves]
    first: list[Entry] = []
    for format in FORMATS:
        grammar = Grammar(subject.description.actions, format)
        actions = []
        for move in moves:
            reading = grammar.read(*grammar.render(move))
            require(
                reading.action is not None,
                f"{subject.id}: the expert's move {move.action!r}, written as {format}, cannot be read: {reading.error}; "
                "let the expert say canonical texts of declared actions",
            )
            if reading.action is not None:
                actions.append(reading.action)
        with subject.fresh() as environment:
            record = [["reset", environment.reset(episode.task, seed=0)], *subject.take(environment, actions)]
        if not subject.description.deterministic:
            continue
        first = first or record
        compare(first, record, f"{subject.id}: task {episode.task.id!r}, played in {FORMATS[0]} and in {format}")


@check
def asking_changes_nothing(subject: Subject) -> None:
    """Asking for the expert's move or the available actions, even twice, changes nothing."""
    task = subject.tasks[0]
    script = subject.unfinished_script(task)
    with subject.fresh() as environment:
        environment.reset(task, seed=0)
        for text in (None, *script):
            if text is not None:
                environment.step(subject.read(text))
            for asked in (environment.available_actions, environment.expert):
                first, second = asked(), asked()
                require(
                    first == second or not subject.description.deterministic,
                    f"{subject.id}: {asked.__name__}() says {first!r}, and when called again {second!r}",
                )


@check
def available_actions_are_playable(subject: Subject) -> None:
    """Every action that is listed as available can be played."""
    task = subject.tasks[0]
    subject.shared.reset(task, seed=0)
    listed = subject.shared.available_actions()
    if listed is None:
        raise NotApplicable("available actions are not listed")
    require(
        isinstance(listed, list) and listed and all(isinstance(text, str) for text in listed),
        f"{subject.id}: available_actions() gives {listed!r}, not texts",
    )
    typed = any(spec.text is None or spec.text != "{text}" for spec in subject.description.actions)
    for text in _spread(listed, 2 * subject.sizes.rounds):
        action = subject.read(text)
        require(
            action.text == text and (action.name or not typed),
            f"{subject.id}: the available action {text!r} is read as {action!r}: list canonical texts of declared actions",
        )
        subject.shared.reset(task, seed=0)
        try:
            subject.shared.step(action)
        except Exception as error:
            raise CheckFailed(
                f"{subject.id}: the available action {text!r} raises {type(error).__name__}: {error}"
            ) from error


def _spread(texts: list[str], count: int) -> list[str]:
    if len(texts) <= count:
        return texts
    return [texts[index * (len(texts) - 1) // (count - 1)] for index in range(count)]
