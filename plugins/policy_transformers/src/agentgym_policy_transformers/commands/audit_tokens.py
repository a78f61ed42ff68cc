"""Compare what a policy sampled with what the chat template makes of its text, and check what a learner would learn from."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from agentgym_core.terminal import cell, plain, say

if TYPE_CHECKING:
    from rich.text import Text

    from agentgym_core.types import Trajectory
    from agentgym_policy_transformers.audit import Audit, Drift, Fault
    from agentgym_tokens import Conversations, TrainingRow

_AROUND = 6
_FAULTS_SHOWN = 5


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="folder of a run")
    parser.add_argument("--model", required=True, metavar="DIR", help="the model whose tokenizer and template are used")
    parser.add_argument(
        "--policy-config",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="settings of the policy that plays it: template, chat_template, tools_in_prompt",
    )
    parser.add_argument(
        "--show", type=int, default=1, metavar="N", help="print N episodes with the mask in colour (default: 1)"
    )
    parser.add_argument(
        "--sample",
        type=int,
        default=200,
        metavar="N",
        help="look at N episodes drawn from the run, for each prompt is made again from nothing; 0 looks at all (default: 200)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the drawing (default: 0)")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print the audit; the status is 1 where a learner would learn what it should not, or not what it should."""
    from agentgym_core.cli.playing import pairs
    from agentgym_core.errors import ConfigError
    from agentgym_core.store import Run
    from agentgym_policy_transformers.audit import audit, drawn
    from agentgym_policy_transformers.config import TransformersConfig
    from agentgym_policy_transformers.loading import end_ids_of_files, load_tokenizer

    if arguments.sample < 0:
        raise ConfigError(f"--sample {arguments.sample}: less than none", hint="0 looks at every episode")
    with Run.open(arguments.run) as stored:
        episodes, total = drawn(stored.trajectories(), arguments.sample, arguments.seed)
    config = TransformersConfig(**{**pairs(arguments.policy_config, "--policy-config"), "model": arguments.model})
    tokenizer = load_tokenizer(config)
    conversations = config.conversations(tokenizer, end_ids_of_files(config))
    found = audit(episodes, conversations, total)
    if arguments.json:
        import json

        from attrs import asdict

        values = asdict(found)
        for fault in values["faults"]:
            del fault["ids"]
        values["drift_rate"] = found.drift_rate
        say(json.dumps(values, indent=2))
    else:
        _print(found, episodes, conversations, arguments.show)
    return 1 if found.unsampled or found.faults else 0


def _print(found: Audit, episodes: list[Trajectory], conversations: Conversations, show: int) -> None:
    from rich.console import Console

    from agentgym_core.errors import ConfigError
    from agentgym_core.types import WeightedTrajectory
    from agentgym_tokens import rows

    tokenizer = conversations.tokenizer
    console = Console(highlight=False)
    rate = "no turn has its sampled ids" if found.drift_rate is None else f"{found.drift_rate:.2%} of those drifted"
    console.print(
        f"{found.trajectories} episodes, {found.turns} turns, {found.kept} with sampled ids: {rate}; "
        f"{found.rewritten} prompts were rewritten by the template"
    )
    if found.of > found.trajectories:
        console.print(_drawn(found), style="yellow")
    if found.unsampled:
        console.print(f"{found.unsampled} tokens under the loss mask were never sampled", style="bold red")
    elif found.kept:
        console.print("every token under the loss mask of turns with sampled ids was sampled", style="green")
    if found.rendered:
        console.print(
            f"{found.rendered} turns are learned through the chat template; their prompts were made again as a policy makes them",
            style="green" if not found.faults else "",
        )
    for note, number in sorted(found.notes.items()):
        console.print(f"{number} {plain(note)}", style="yellow", markup=False)
    for fault in found.faults[:_FAULTS_SHOWN]:
        console.print(_fault(fault, tokenizer))
    if len(found.faults) > _FAULTS_SHOWN:
        console.print(f"and {len(found.faults) - _FAULTS_SHOWN} more errors", style="bold red")
    by_id = {episode.id: episode for episode in episodes}
    if found.drifted:
        first = found.drifted[0]
        console.print(_drift(first, by_id[first.trajectory], tokenizer))
    for episode in episodes[: max(0, show)]:
        console.print(
            f"\nepisode {cell(episode.id)} of {cell(episode.key.task)}; what is learned is green", style="bold"
        )
        try:
            for row in rows([WeightedTrajectory(episode)], conversations):
                console.print(_masked(row, tokenizer))
        except ConfigError as error:
            console.print(plain(str(error)), style="bold red", markup=False)


def _drawn(found: Audit) -> str:
    """What a sample can say of its run: an upper bound where it shows nothing, for none found is not none there."""
    said = f"drawn from a run of {found.of} episodes; --sample 0 looks at all"
    if found.unsampled or found.faults:
        return said
    from agentgym_core.evaluation.intervals import wilson

    return f"{said}; with 95 % confidence at most {wilson(0, found.trajectories)[1]:.1%} of them have an error"


def _fault(fault: Fault, tokenizer: Any) -> Text:
    """An error with its place: the tokens around the wrong one, which is red."""
    from rich.text import Text

    where = "" if fault.turn is None else f", turn {fault.turn}"
    text = Text(f"episode {plain(fault.trajectory)}{where}: {plain(fault.what)}", style="bold red")
    if fault.ids:
        start, stop = max(0, fault.position - _AROUND), fault.position + 1 + _AROUND
        text.append("\n  ")
        for ids, style in (
            (fault.ids[start : fault.position], "dim"),
            (fault.ids[fault.position : fault.position + 1], "bold red"),
            (fault.ids[fault.position + 1 : stop], "dim"),
        ):
            text.append(repr(plain(tokenizer.decode(list(ids))))[1:-1], style=style)
    return text


def _drift(drift: Drift, episode: Trajectory, tokenizer: Any) -> Text:
    from rich.text import Text

    tokens = episode.turns[drift.turn].tokens
    sampled = tokens.sampled if tokens is not None else ()
    before = tokenizer.decode(list(sampled[max(0, drift.position - _AROUND) : drift.position]))
    text = Text(
        f"first bad token: episode {plain(drift.trajectory)}, turn {drift.turn}, token {drift.position}\n  after "
    )
    text.append(repr(before))
    for said, token in (("\n  sampled  ", drift.sampled), ("\n  rendered ", drift.rendered)):
        text.append(said)
        word = "nothing" if token is None else f"{token} {tokenizer.decode([token])!r}"
        text.append(word, style="bold red" if "sampled" in said else "bold yellow")
    return text


def _masked(row: TrainingRow, tokenizer: Any) -> Text:
    """A row as text, what is learned in colour; runs are decoded together, since a character may be several tokens."""
    from rich.text import Text

    text = Text()
    start = 0
    for place in range(1, len(row.ids) + 1):
        if place == len(row.ids) or row.mask[place] != row.mask[start]:
            said = tokenizer.decode(list(row.ids[start:place]))
            text.append(plain(said), style="green" if row.mask[start] else "dim")
            start = place
    return text
