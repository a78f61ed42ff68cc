"""The published recordings, played again."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from agentgym_env_babyai.game import Game
from agentgym_env_babyai.levels import decode


def _replay(path: Path, *, verbatim: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            _episode(record, verbatim, counts)
    return counts


def _episode(record: dict[str, Any], verbatim: bool, counts: Counter[str]) -> None:
    said = [part["value"] for part in record["conversations"]]
    game = Game(*decode(int(record["item_id"].rpartition("_")[2])), verbatim=verbatim)
    counts["episodes"] += 1
    counts["openings"] += f"{game.goal}\n{game.scene}" == said[2]
    strayed = ended = False
    for reply, answer in zip(said[3::2], [*said[4::2], None], strict=True):
        counts["turns"] += 1
        if ended:
            counts["after a success that was dropped"] += 1
            continue
        # The server that made the recordings took all that follows the last `Action:`, lines after the first included.
        text = reply.rpartition("Action:")[2]
        step = game.take(text)
        ended = step.terminated
        if answer is None:
            equal = step.terminated and step.reward > 0.5
        else:
            equal = step.text == answer and not step.terminated
        if equal:
            counts["equal"] += 1
        elif strayed:
            counts["following from an earlier difference"] += 1
        else:
            counts[_class(answer, step.text, step.reward)] += 1
            strayed = step.steps > 0 or answer is None


def _class(answer: str | None, ours: str, reward: float) -> str:
    if reward > 0:
        return "a success on the way that was dropped"
    if answer is not None and re.sub(r"\{.*\}", "1", answer) == ours:
        return "a refusal that names the wrong thing"
    return "unexplained"


def test_recorded_observations_come_out_again_in_agentgyms_words(recorded: Path) -> None:
    """All openings agree, so the share over all episodes is that over the agreeing ones."""
    counts = _replay(recorded, verbatim=True)
    assert counts["openings"] == counts["episodes"] == 405
    assert counts["equal"] / counts["turns"] >= 0.98
    assert counts == {
        "episodes": 405,
        "openings": 405,
        "turns": 2335,
        "equal": 2310,
        "a success on the way that was dropped": 5,
        "after a success that was dropped": 18,
        "a refusal that names the wrong thing": 2,
    }


def test_layouts_do_not_depend_on_the_words(recorded: Path) -> None:
    """What differs by default is asked for: the order in goals, and `pick up`."""
    counts = _replay(recorded, verbatim=False)
    assert counts["openings"] == 401
