"""What the workbench shows of an evolution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from agentgym_algo_agentevol.panel import EvolutionPanel
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.registry import extension
from agentgym_tokens import Span, TrainingRow, keep_rows
from agentgym_viewer.page import Cell
from agentgym_viewer.workbench.panel import Block, Links

LINKS = Links(
    lambda folder: f"/run/{folder.parent.name}",
    lambda folder, id, turn: f"/episode/{folder.parent.name}/{id}/{turn}",
    lambda query: "/here?" + "&".join(f"{name}={value}" for name, value in query.items()),
)


def show(folder: Path, **query: str) -> Mapping[str, Block]:
    return {block.title: block for block in EvolutionPanel().show(folder, query, LINKS)}


def addresses(block: Block) -> list[str]:
    return [
        cell.address
        for table in block.tables
        for row in table.rows
        for cell in row
        if isinstance(cell, Cell) and cell.address
    ]


def test_it_is_announced_and_silent_where_there_is_no_evolution(tmp_path: Path) -> None:
    assert extension("ui.evolution") is EvolutionPanel
    assert show(tmp_path) == {}


def test_a_trained_token_leads_back_to_the_turn_that_said_it(
    evolve: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    evolve(evaluate="held", iterations=1)
    (stage,) = {path.parent for path in tmp_path.rglob("lineage")}
    blocks = show(stage)
    assert len(blocks["Evolution"].figures) >= 1
    assert [row[0] for row in blocks["Evolution"].tables[0].rows] == ["BC", "iteration 1"]
    assert "/here?step=learn-1" in addresses(blocks["Lineage"])
    explored = next(stage.glob("stages/*/run/trajectories.jsonl"))
    assert f"/run/{explored.parent.parent.name}" in addresses(blocks["Lineage"])
    from agentgym_algo_agentevol import lineage

    used = lineage.read(stage, "learn-1")[-1]
    folder = stage / "stages" / "learn-1"
    folder.mkdir(parents=True, exist_ok=True)
    row = TrainingRow(used.trajectory, tuple(range(9)), (0.0,) * 5 + (1.0,) * 4, (Span(0, 5, 7), Span(None, 7, 9)))
    keep_rows(folder, [row] * 60)
    (rows,) = (block for title, block in show(stage, step="learn-1").items() if title == "Training rows of learn-1")
    assert len(rows.tables[0].rows) == 26
    assert "/here?step=learn-1&from=25" in addresses(rows)
    way = show(stage, step="learn-1", row="3", position="6")["Row 3 of learn-1: the way back"]
    assert f"/episode/{used.stage}/{used.trajectory}/0" in addresses(way)
    assert any("Token 6 was said in turn 1." in text for text in way.texts)
    assert any(used.task in text for text in way.texts)
    for query, error in (
        ({"step": "zebra"}, StoreError),
        ({"step": "learn-1", "row": "99"}, ConfigError),
        ({"step": "bc", "row": "x"}, ConfigError),
    ):
        with pytest.raises(error):
            show(stage, **query)
