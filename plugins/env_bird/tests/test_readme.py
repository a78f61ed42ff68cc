"""The README's example prints what the README says, and its figures are those of the data."""

from __future__ import annotations

import contextlib
import io
import re
from collections import Counter
from pathlib import Path

from agentgym_env_bird import own

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_prints_what_is_shown() -> None:
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL)
    assert found is not None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(found[1], "README.md", "exec"), {})
    assert printed.getvalue() == found[2]


def test_the_figures_are_true() -> None:
    levels = Counter(question.level for name in (*own.TRAIN, *own.EVAL) for question in own.questions(name))
    assert f"{levels['simple']} simple, {levels['moderate']} moderate, {levels['hard']} hard" in README
    assert f"| `train` | 200 | {', '.join(own.TRAIN)} |" in README
    assert f"| `eval` | 100 | {', '.join(own.EVAL)} |" in README
