"""How hard a suite is and what it covers, by kind of task: what the expert needs, and what is won without knowing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median

from attrs import frozen

from agentgym_core.evaluation.intervals import Estimate, mean_interval
from agentgym_core.evaluation.suites import Part, Suite
from agentgym_core.evaluation.texts import interval
from agentgym_core.rollout import Jobs, RolloutSettings, collect
from agentgym_core.types import Trajectory
from agentgym_data.paper import PAPER

PLAYERS = ("expert", "random", "null")


@frozen
class Group:
    """The tasks of one kind, or of all kinds of an environment, as three players ended them.

    `steps` are the expert's numbers of replies in the tasks that it solved, `solved` how many these are. `random` is the mean score of
    any available action, `null` that of saying nothing, each with its interval over tasks; None where that policy cannot play.
    """

    kind: str
    tasks: int
    solved: int
    steps: tuple[int, ...]
    random: Estimate | None
    null: Estimate | None


@frozen
class Coverage:
    """One environment of a suite: all of its tasks, and those of each kind. `kinds` is the paper's number of kinds."""

    environment: str
    suite: str
    rounds: int
    kinds: int
    note: str
    whole: Group
    groups: tuple[Group, ...]


def coverage(suite: Suite, *, seed: int = 0, on_part: Callable[[Part], None] | None = None) -> tuple[Coverage, ...]:
    """Play every task of a suite with the expert, at random and saying nothing, and count by kind.

    :param on_part: is called with each environment before it is played.
    """
    found = []
    for part in suite.parts:
        if on_part is not None:
            on_part(part)
        played = {player: _played(part, player, seed) for player in PLAYERS}
        kinds = dict.fromkeys(task.kind for task in part.tasks)
        found.append(
            Coverage(
                part.source.spec.id,
                part.suite,
                part.max_rounds,
                next((item.kinds for item in PAPER if item.id == part.source.spec.id), 0),
                part.note,
                _group("", played),
                tuple(_group(kind, _of(kind, played)) for kind in sorted(kinds)),
            )
        )
    return tuple(found)


def _played(part: Part, player: str, seed: int) -> Sequence[Trajectory]:
    settings = RolloutSettings(seed=seed, max_rounds=part.max_rounds, max_failed_fraction=1.0)
    return collect(Jobs([(part.source, part.tasks)]), player, settings, keep=True).trajectories


def _of(kind: str, played: dict[str, Sequence[Trajectory]]) -> dict[str, Sequence[Trajectory]]:
    return {player: [each for each in episodes if each.kind == kind] for player, episodes in played.items()}


def _group(kind: str, played: dict[str, Sequence[Trajectory]]) -> Group:
    solved = [episode for episode in played["expert"] if episode.outcome == "solved"]
    steps = tuple(sorted(len(episode.turns) for episode in solved))
    return Group(kind, len(played["expert"]), len(solved), steps, _mean(played["random"]), _mean(played["null"]))


def _mean(episodes: Sequence[Trajectory]) -> Estimate | None:
    scores = [episode.score for episode in episodes if episode.score is not None]
    return mean_interval(scores) if scores else None


def page(found: Sequence[Coverage], suite: Suite, command: str) -> str:
    """The figures as a page of Markdown. :param command: the command that makes it again."""
    lines = ["# AgentEval: how hard it is, and what it covers", "", *_about(command), ""]
    lines += [
        "| environment | items | of the paper's kinds | rounds | solved by the expert | steps: median (least to most) | random | null |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in found:
        kinds = len({group.kind for group in each.groups})
        cells = [
            each.environment,
            f"{each.whole.tasks} ({each.suite})",
            f"{min(kinds, each.kinds)} of {each.kinds}",
            str(each.rounds),
        ]
        lines.append(_row([*cells, *_figures(each.whole)]))
    if suite.missing:
        lines += ["", f"Not here: {', '.join(suite.missing)}."]
    notes = [f"- {each.environment}: {each.note}." for each in found if each.note]
    if notes:
        lines += ["", "Where tasks of ours stand in:", "", *notes]
    for each in found:
        if len(each.groups) > 1:
            lines += ["", f"## {each.environment}, by kind", ""]
            lines += ["| kind | items | solved by the expert | steps | random | null |", "|---|---|---|---|---|---|"]
            lines += [_row([group.kind or "–", str(group.tasks), *_figures(group)]) for group in each.groups]
    return "\n".join(lines) + "\n"


def _about(command: str) -> list[str]:
    return [
        f"Made on {datetime.now(UTC):%Y-%m-%d} by `{command}`, from what is installed there.",
        "Steps are the replies that each environment's own expert needs in the tasks that it solves, within the paper's limit on rounds.",
        '"Random" is the mean score of a policy that takes any of the available actions, "null" of one that says nothing of use,',
        "each over one episode a task, with its 95 % interval over tasks.",
        "`agenteval` are the official items; `agenteval-standin` are tasks of ours, as many as the paper has, where those are not at hand.",
    ]


def _figures(group: Group) -> list[str]:
    steps = f"{median(group.steps):g} ({group.steps[0]} to {group.steps[-1]})" if group.steps else "–"
    return [f"{group.solved} of {group.tasks}", steps, _told(group.random), _told(group.null)]


def _told(estimate: Estimate | None) -> str:
    if estimate is None or estimate.value is None:
        return "–"
    return f"{estimate.value:.2f} {interval(estimate, digits=2)}".strip()


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
