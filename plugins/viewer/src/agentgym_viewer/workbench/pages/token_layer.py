"""The tokens of an episode: what the policy read and sampled in each turn, how likely it found it, and what a learner would learn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_core.evaluation.texts import DASH, count, number, percent
from agentgym_core.types import Tokens, Trajectory
from agentgym_viewer.page import Card, visible
from agentgym_viewer.workbench.filters import page_of
from agentgym_viewer.workbench.pages.episode import line_of
from agentgym_viewer.workbench.pages.listing import run_line
from agentgym_viewer.workbench.runs import RunState
from agentgym_viewer.workbench.site import Asked, Page, Site, url

TURNS = 40
"""Turns a page."""

PROMPT = 60
"""Tokens of a prompt that are shown at its end; those before are counted."""

_BANDS = (0.9, 0.5, 0.1, 0.01)


@frozen
class Shown:
    """A token: its text or number, a class for how likely it was, and what a pointer is told."""

    text: str
    band: str
    note: str


@frozen
class TurnTokens:
    """A turn: the end of what was new in its prompt, and what was sampled."""

    number: int
    fresh: bool
    hidden: int
    prompt: Sequence[Shown]
    sampled: Sequence[Shown]
    learned: bool
    mean: str
    address: str


def tokens(site: Site, asked: Asked) -> Page:
    """Every turn's tokens, those that are learned marked."""
    run, line = site.run(asked.path["run"]), line_of(asked)
    found = site.trajectory(run, line)
    text, whose = _reader(run)
    page = page_of(asked.query, digits=6)
    kept = [(place, turn) for place, turn in enumerate(found.turns) if turn.tokens is not None]
    here = url("run", run.id, "episode", line)
    turns = [
        _turn(found, place, turn.tokens, text, f"{here}#turn-{place + 1}")
        for place, turn in kept[page * TURNS : (page + 1) * TURNS]
        if turn.tokens is not None
    ]
    values = {
        "run": run,
        "head": run_line(run, site.clock()),
        "episode": found,
        "back": here,
        "turns": turns,
        "whose": whose,
        "cards": _cards(found),
        "learned": [(message.role, _words(message.loss), message.content) for message in found.messages],
        "later": url("run", run.id, "episode", line, "tokens", page=page + 2) if (page + 1) * TURNS < len(kept) else "",
    }
    return Page("tokens.html", f"tokens of {found.key.task} – {run.name}", values, here="runs")


def _words(loss: bool | None) -> str:
    return "learned" if loss else "not learned" if loss is False else "context"


def _cards(found: Trajectory) -> list[Card]:
    kept = [turn.tokens for turn in found.turns if turn.tokens is not None]
    read = sum(len(each.prompt) for each in kept)
    learned = sum(
        len(turn.tokens.sampled)
        for turn in found.turns
        if turn.tokens is not None and found.messages[turn.message].loss is not False
    )
    sampled = sum(len(each.sampled) for each in kept)
    logprobs = [value for each in kept for value in each.logprobs]
    mean = math.fsum(logprobs) / len(logprobs) if logprobs else None
    rows = 1 + sum(each.fresh for each in kept[1:]) if kept else 0
    return [
        Card(
            "learned",
            count(learned),
            f"{percent(learned / (read + sampled) if read + sampled else None)} of all tokens",
        ),
        Card("context", count(read + sampled - learned), "read, and never learned from"),
        Card("mean log probability", number(mean), "of a sampled token, in nats"),
        Card("training rows", count(rows), "a new one where the prompt was not what went before"),
    ]


def _turn(found: Trajectory, place: int, each: Tokens | None, text: Callable[[int], str], address: str) -> TurnTokens:
    assert each is not None
    learned = found.messages[found.turns[place].message].loss is not False
    shown = each.prompt[-PROMPT:]
    logprobs = each.logprobs if len(each.logprobs) == len(each.sampled) else (None,) * len(each.sampled)
    mean = (
        math.fsum(value for value in logprobs if value is not None) / len(logprobs)
        if logprobs and each.logprobs
        else None
    )
    return TurnTokens(
        number=place + 1,
        fresh=each.fresh,
        hidden=len(each.prompt) - len(shown),
        prompt=[Shown(text(id), "read", f"{id}, read") for id in shown],
        sampled=[_sampled(id, logprob, text, learned) for id, logprob in zip(each.sampled, logprobs, strict=True)],
        learned=learned,
        mean=DASH if mean is None else f"{mean:.3f}",
        address=address,
    )


def _sampled(id: int, logprob: float | None, text: Callable[[int], str], learned: bool) -> Shown:
    words = "learned" if learned else "not learned"
    if logprob is None:
        return Shown(text(id), "said", f"{id}, {words}")
    likely = math.exp(min(0.0, logprob))
    band = next((place for place, least in enumerate(_BANDS) if likely >= least), len(_BANDS))
    return Shown(text(id), f"said p{band}", f"{id}, {words}: {percent(likely)} likely ({logprob:.3f})")


def _reader(run: RunState) -> tuple[Callable[[int], str], str]:
    """How a token is written, and whose tokenizer says so; its number where the model's files are not here."""
    configured = run.manifest.get("configuration")
    policy = configured.get("policy") if isinstance(configured, Mapping) else None
    config = policy.get("config") if isinstance(policy, Mapping) else None
    model = config.get("model") if isinstance(config, Mapping) else None
    tokenizer = _tokenizer(str(model)) if isinstance(model, str) else None
    if tokenizer is None:
        return str, ""

    def text(id: int) -> str:
        said = str(tokenizer.decode([id], skip_special_tokens=False))
        return visible(said).replace("\n", "⏎").replace(" ", "·") or f"‹{id}›"

    return text, "/".join(str(model).split("/")[-2:])


@lru_cache(maxsize=4)
def _tokenizer(model: str) -> Any:
    """The tokenizer in a model's folder; None where there is none, or nothing that reads it. Nothing is asked of the internet."""
    path = Path(model) / "tokenizer.json"
    try:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(path)) if path.is_file() else None
    except Exception:
        # The library raises bare exceptions for files that it cannot read.
        return None
