"""Compare what a policy sampled with what the chat template makes of its text, and check what a learner would learn from."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from agentgym_core.terminal import cell, plain, say

if TYPE_CHECKING:
    from rich.text import Text

    from agentgym_core.tokens import Drift, TrainingRow
    from agentgym_core.types import Trajectory

_AROUND = 6


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="folder of a run")
    parser.add_argument("--model", required=True, metavar="DIR", help="the model whose tokenizer and template are used")
    parser.add_argument(
        "--show", type=int, default=1, metavar="N", help="print N episodes with the mask in colour (default: 1)"
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print the audit; the status is 1 where a learner would learn a token that nobody sampled."""
    from agentgym_core.store import Run
    from agentgym_core.tokens import audit
    from agentgym_policy_transformers.config import TransformersConfig
    from agentgym_policy_transformers.loading import load_tokenizer

    episodes = list(Run.open(arguments.run).trajectories())
    tokenizer = load_tokenizer(TransformersConfig(model=arguments.model))
    found = audit(episodes, tokenizer)
    if arguments.json:
        import json

        from attrs import asdict

        values = asdict(found)
        values["drift_rate"] = found.drift_rate
        say(json.dumps(values, indent=2))
    else:
        _print(found, episodes, tokenizer, arguments.show)
    return 1 if found.unsampled else 0


def _print(found: Any, episodes: list[Trajectory], tokenizer: Any, show: int) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    rate = "no turn has its sampled ids" if found.drift_rate is None else f"{found.drift_rate:.2%} of those drifted"
    console.print(
        f"{found.trajectories} episodes, {found.turns} turns, {found.kept} with sampled ids: {rate}; "
        f"{found.rewritten} prompts were rewritten by the template"
    )
    if found.unsampled:
        console.print(f"{found.unsampled} tokens under the loss mask were sampled by nobody", style="bold red")
    else:
        console.print("every token under the loss mask was sampled, or no ids are known", style="green")
    by_id = {episode.id: episode for episode in episodes}
    if found.drifted:
        first = found.drifted[0]
        console.print(_drift(first, by_id[first.trajectory], tokenizer))
    for episode in episodes[: max(0, show)]:
        from agentgym_core.tokens import rows
        from agentgym_core.types import WeightedTrajectory

        console.print(
            f"\nepisode {cell(episode.id)} of {cell(episode.key.task)}; what is learned is green", style="bold"
        )
        for row in rows([WeightedTrajectory(episode)], tokenizer):
            console.print(_masked(row, tokenizer))


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
