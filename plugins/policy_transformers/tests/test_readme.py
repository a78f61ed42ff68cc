"""What the README says of keys and sizes is so."""

from __future__ import annotations

import re
from pathlib import Path

from agentgym_policy_transformers.config import TransformersConfig
from agentgym_policy_transformers.new_model import SIZES

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def table(after: str) -> list[list[str]]:
    lines = README.partition(after)[2].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|---"))
    rows = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_every_key_is_described_with_its_default() -> None:
    rows = {row[0].strip("`"): row[1] for row in table("## Configuration")}
    assert rows.keys() | {"revision"} == TransformersConfig.model_fields.keys()
    for name, told in rows.items():
        default = TransformersConfig.model_fields[name].default
        if isinstance(default, str):
            assert told == f'`"{default}"`'
        elif isinstance(default, int) and not isinstance(default, bool):
            assert told == f"`{default}`"


def test_the_sizes_are_those_that_are_made() -> None:
    rows = table("## A model from nothing")
    assert [row[0].strip("`") for row in rows] == list(SIZES)
    for name, _, shape, most, spread in rows:
        size = SIZES[name.strip("`")]
        assert [int(number) for number in re.findall(r"\d+", shape)] == [size.width, size.layers, size.heads]
        assert int(most.replace(",", "")) == size.vocabulary
        assert float(spread) == size.spread
