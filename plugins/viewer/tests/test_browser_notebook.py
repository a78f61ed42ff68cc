"""What notebooks show, in a real browser, within the themes of notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentgym_core.evaluation import compare, summarize
from agentgym_core.rollout import Summary
from agentgym_core.types import Outcome
from agentgym_testing.trajectories import _episode

pytestmark = pytest.mark.engine

NOTEBOOK = """<!doctype html><html lang="en"><title>quiet</title><style>
.theirs table {{ table-layout: fixed; border-collapse: collapse; margin-left: auto; }}
.theirs tbody tr:nth-child(odd) {{ background: rgb(1, 2, 3); }}
.theirs tbody tr:hover {{ background: rgb(4, 5, 6); }}
</style><body{}><main class="theirs"><h1>A notebook</h1><p id="theirs">Theirs.</p>{}</main></body></html>"""
THEMES = {
    "jupyter, light": (' data-jp-theme-light="true"', "dark", "rgb(251, 250, 248)"),
    "jupyter, dark": (' data-jp-theme-light="false"', "light", "rgb(20, 23, 29)"),
    "code, light": (' class="vscode-light"', "dark", "rgb(251, 250, 248)"),
    "code, dark": (' class="vscode-dark"', "light", "rgb(20, 23, 29)"),
    "the system's, dark": ("", "dark", "rgb(20, 23, 29)"),
}
"""What a notebook says of its theme, what the system says, and the colour of paper that follows: the notebook's word goes first."""

NO_HEADINGS = {"heading-order", "page-has-heading-one", "landmark-no-duplicate-main"}
"""Which headings stand before an output is the notebook's affair."""


@pytest.mark.parametrize("theme", THEMES)
def test_outputs_follow_the_theme_and_leave_the_notebook_alone(
    chromium: Any, axe: Any, tmp_path: Path, theme: str
) -> None:
    said, system, paper = THEMES[theme]
    text = "<img src=x onerror=\"document.title='owned'\">"
    items = [_episode("a", text=text), _episode("b", 0.0), _episode("c", outcome=Outcome.POLICY_FAULT, text=text)]
    report = summarize(items)
    values = [items[0], items[2], report, compare(items, items), Summary("finished", 3, outcomes={Outcome.SOLVED: 3})]
    outputs = "".join(
        f'<section aria-label="output {number}">{each._repr_html_()}</section>' for number, each in enumerate(values)
    )
    file = tmp_path / "notebook.html"
    file.write_text(NOTEBOOK.format(said, outputs), encoding="utf-8")
    context = chromium.new_context(color_scheme=system, viewport={"width": 900, "height": 900})
    try:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        colours = "(all) => [...new Set(all.map((each) => getComputedStyle(each).backgroundColor))]"
        assert page.locator(".agentgym").evaluate_all(colours) == [paper]
        # What JupyterLab says of tables would let words run over each other, and stripe them.
        table = page.locator(".agentgym table").first
        assert table.evaluate("(each) => getComputedStyle(each).tableLayout") == "auto"
        rows = page.locator(".agentgym tbody tr")
        rows.first.hover()
        assert rows.evaluate_all(colours) == ["rgba(0, 0, 0, 0)"]
        # Nothing of ours reaches what stands beside it.
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
        assert page.evaluate("getComputedStyle(theirs).maxWidth") == "none"
        assert page.evaluate("document.documentElement.scrollWidth") <= 900
        assert [each for each in axe(page) if each.partition(":")[0] not in NO_HEADINGS] == []
        assert page.title() == "quiet"
        assert asked == [file.as_uri()]
    finally:
        context.close()
