"""The README's example prints what the README says, and its figures are those of the data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from agentgym_env_bird import own
from agentgym_testing import ReadmeConformance


class TestReadme(ReadmeConformance):
    readme = Path(__file__).resolve().parents[1] / "README.md"

    def test_the_figures_are_true(self) -> None:
        text = self.text()
        levels = Counter(question.level for name in (*own.TRAIN, *own.EVAL) for question in own.questions(name))
        assert f"{levels['simple']} simple, {levels['moderate']} moderate, {levels['hard']} hard" in text
        assert f"| `train` | 200 | {', '.join(own.TRAIN)} |" in text
        assert f"| `eval` | 100 | {', '.join(own.EVAL)} |" in text
