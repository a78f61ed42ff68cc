"""The README's example prints what the README says, and its figures are those that are declared."""

from __future__ import annotations

from pathlib import Path

from agentgym_env_textcraft.config import TextCraftConfig
from agentgym_env_textcraft.tasks import catalogue, rounds_needed
from agentgym_testing import ReadmeConformance

FOLDER = Path(__file__).resolve().parents[1]
README = (FOLDER / "README.md").read_text(encoding="utf-8")


class TestReadme(ReadmeConformance):
    readme = FOLDER / "README.md"


def test_the_table_of_splits_is_true() -> None:
    splits = catalogue(TextCraftConfig())
    for split in ("train", "eval"):
        rules = splits[split][0].data.rules
        goals = [task.data.listing.goal for task in splits[split]]
        depths = [sum(rules.book.depth[goal] == depth for goal in set(goals)) for depth in (1, 2, 3, 4)]
        rounds = rounds_needed(rules)
        mean = sum(rounds[goal] for goal in goals) / len(goals)
        row = f"| `{split}` | {len(goals):,} | {len(set(goals))} | {' / '.join(map(str, depths))} | {mean:.1f} |"
        assert row in README


def test_the_goals_that_are_left_out_are_named() -> None:
    rules = catalogue(TextCraftConfig())["train"][0].data.rules
    said = README.replace("\n", " ")
    listed = said[said.index("are left out: ") : said.index("With `rounds = 48`")]
    long = {
        goal.removeprefix("minecraft:").split("_banner")[0]
        for goal, taken in rounds_needed(rules).items()
        if taken > 20
    }
    assert len(long) == 13
    assert all(name.replace("_", " ") in listed for name in long)
