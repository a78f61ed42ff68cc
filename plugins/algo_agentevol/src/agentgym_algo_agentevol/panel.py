"""What the workbench shows of an evolution: its curve, what each step learned from, and the way from a trained token to its rollout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from agentgym_algo_agentevol import lineage
from agentgym_algo_agentevol.records import evolution, judged
from agentgym_algo_agentevol.ways import shares, way_of_trajectory
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.evaluation.texts import count, percent
from agentgym_tokens import KeptRow, kept_rows
from agentgym_viewer.leaderboard import LeaderboardEntry, leaderboard, stored_rows
from agentgym_viewer.leaderboard_page import curves, success_table
from agentgym_viewer.page import Cell, Table
from agentgym_viewer.workbench.panel import Block, Links, Panel

ROWS = 25
"""Training rows a page."""


class EvolutionPanel(Panel):
    """Shown for every pipeline with one evolution in it."""

    def show(self, folder: Path, query: Mapping[str, str], links: Links) -> Sequence[Block]:
        """The curve and the steps; of the step that is asked for its rows, and of the row its way back."""
        try:
            stage = evolution(folder)
        except StoreError:
            return []
        return [*_standing(folder), _steps(stage, links), *_step(folder, stage, query, links)]


def _standing(folder: Path) -> Iterator[Block]:
    entries = [
        LeaderboardEntry(item.name, (stored_rows(item.run, item.name),), item.iteration) for item in judged(folder)
    ]
    if entries:
        found = leaderboard(entries, trained=True)
        yield Block("Evolution", found.notes, curves(found), [success_table(found)])


def _steps(stage: Path, links: Links) -> Block:
    rows: list[Sequence[str | Cell]] = []
    for step in lineage.steps(stage):
        for place, part in enumerate(shares(stage, step)):
            run = links.run(stage / "stages" / part["stage"] / "run")
            rows.append(
                (
                    Cell("" if place else step, address="" if place else links.here({"step": step})),
                    Cell(part["stage"], address=run),
                    part["environment"],
                    count(part["trajectories"]),
                    percent(part["share"]),
                    count(part["weight"]),
                    "–" if part["tokens"] is None else count(part["tokens"]),
                )
            )
    head = ("learning step", "learned from", "environment", "episodes", "share", "weight", "trained tokens")
    words = "What each learning step was made of. A step leads to its training rows, and a row back to the turns that said its tokens."
    return Block("Lineage", [words], tables=[Table(head, rows, left=frozenset({1, 2}))])


def _step(folder: Path, stage: Path, query: Mapping[str, str], links: Links) -> Iterator[Block]:
    step = query.get("step", "")
    if not step:
        return
    if step not in lineage.steps(stage):
        raise StoreError(f"no learning step {step!r}", hint=f"there are: {', '.join(lineage.steps(stage))}")
    begin = _whole(query.get("from", "0"))
    found = list(islice(enumerate(kept_rows(stage / "stages" / step)), begin, begin + ROWS + 1))
    if "row" in query:
        yield from _row(folder, stage, step, _whole(query["row"]), query, links)
    rows = [_line(stage, step, number, row, links) for number, row in found[:ROWS]]
    texts = [] if rows else ["The learner of this step kept no training rows."]
    if len(found) > ROWS:
        texts.append(f"The rows from {begin} to {begin + ROWS - 1}.")
        rows.append((Cell("later rows", address=links.here({"step": step, "from": str(begin + ROWS)})), "", "", ""))
    head = ("row", "episode", "tokens", "trained")
    yield Block(f"Training rows of {step}", texts, tables=[Table(head, rows, left=frozenset({1}))] if rows else [])


def _line(stage: Path, step: str, number: int, row: KeptRow, links: Links) -> Sequence[str | Cell]:
    return (
        Cell(str(number), address=links.here({"step": step, "row": str(number)})),
        row.trajectory,
        count(row.tokens),
        count(row.trained),
    )


def _row(folder: Path, stage: Path, step: str, number: int, query: Mapping[str, str], links: Links) -> Iterator[Block]:
    row = next(islice(kept_rows(stage / "stages" / step), number, None), None)
    if row is None:
        raise ConfigError(f"{step} has no training row {number}", hint="rows are counted from 0")
    way: Mapping[str, Any] = way_of_trajectory(stage, row.trajectory, [step])
    # What was handed to the evolution was played in another stage of the pipeline.
    runs = [Path(way["run"])] if way["run"] else sorted(folder.glob("stages/*/run"))
    texts = [
        f"Played in {way['stage']} (iteration {way['iteration']}) by {way['policy']}"
        + (f", weights {way['weights']}" if way["weights"] else "")
        + f": {way['environment']} {way['task']}, {way['outcome']}. Learned with weight {way['learned_in'][step]['weight']:g}.",
        *(_ancestor(place, each) for place, each in enumerate(way["policy_learned_from"])),
    ]
    if "position" in query:
        position = _whole(query["position"])
        if position >= row.tokens:
            raise ConfigError(f"row {number} of {step} has {row.tokens} tokens", hint="they are counted from 0")
        span = row.turn_at(position)
        turn = None if span is None else span.turn
        texts.append(f"Token {position} {'was part of a prompt' if turn is None else f'was said in turn {turn + 1}'}.")
    rows = [
        (
            Cell(
                f"{span.start} to {span.stop - 1}",
                address=links.here({"step": step, "row": str(number), "position": str(span.start)}),
            ),
            Cell(
                "outside the turns" if span.turn is None else f"turn {span.turn + 1}",
                address=next(filter(None, (links.episode(run, row.trajectory, span.turn) for run in runs)), ""),
            ),
            count(span.stop - span.start),
        )
        for span in row.spans
    ]
    caption = f"{row.tokens} tokens, of which {row.trained} were trained; the others are prompt, or carry no weight."
    yield Block(
        f"Row {number} of {step}: the way back",
        texts,
        tables=[Table(("tokens", "said in", "how many"), rows, caption=caption, left=frozenset({1}))],
    )


def _ancestor(place: int, each: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{number} of {stage}" for stage, number in each["trajectories"].items())
    return f"{'Its policy was made in' if not place else 'The policy before that in'} {each['step']}, from {counts}."


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ConfigError(f"{text[:40]!r} is no number of a row or token", hint="both are counted from 0")
    return int(text)
