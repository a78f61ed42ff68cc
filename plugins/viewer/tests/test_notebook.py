"""What notebooks show: the same parts as the pages, without a script, whatever stands in the values."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.evaluation import Labels, compare, summarize
from agentgym_core.plugins import Plugins, installed, use_plugins
from agentgym_core.rollout import Summary
from agentgym_core.store import Run
from agentgym_core.types import Message, Outcome, ToolCall, Trajectory, Usage
from agentgym_testing.trajectories import _episode
from agentgym_viewer import notebook
from agentgym_viewer.page import visible
from agentgym_viewer.report_page import report_page

MakeEpisode = Callable[..., Trajectory]
WriteRun = Callable[..., Path]
HOSTILE = (
    "</style></pre></script><img src=x onerror=\"document.title='owned'\"><script>alert(1)</script>' &amp; {{7*7}} $x$"
)


class Parsed(HTMLParser):
    """The elements of a piece of HTML with their attributes, what is open at its end, and its text but for styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def check(self) -> None:
        """One element, closed, with nothing in it that runs or asks for something."""
        assert self.open == []
        assert self.tags[0][1]["class"] == "agentgym tex2jax_ignore mathjax_ignore"
        strange = {"script", "img", "iframe", "object", "embed", "link", "base", "form", "a", "meta", "template"}
        assert not {tag for tag, _ in self.tags} & strange
        for _, attributes in self.tags:
            assert not [name for name in attributes if name.startswith("on") or name in ("src", "href", "style")]


def strange(text: str, **more: object) -> Trajectory:
    values = {"kind": text, "text": text, "environment": f"{text}-v1", "split": text, "policy": text}
    made = _episode(text, 0.5, **{**values, **more})
    turn = evolve(made.turns[0], action=None, error=text, notes=(text,), info={text: text}, finish_reason=text)
    said = Message("assistant", text, True, (ToolCall("1", text, text),), reasoning=text)
    return evolve(made, turns=(turn, *made.turns[1:]), messages=(*made.messages[:1], said, *made.messages[2:]))


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters()) | st.just(HOSTILE))
def test_any_text_is_shown_as_text(text: str) -> None:
    items = [strange(text), strange(text, outcome=Outcome.POLICY_FAULT, sample=1)]
    report = summarize(items, labels=Labels(name=text, notes=(text,), missing={text: text}))
    summary = Summary("stopped", 2, outcomes={Outcome.SOLVED: 2}, reason=text)
    for value in (*items, report, compare(items, items), summary):
        html = value._repr_html_()
        html.encode()
        shown = Parsed(html)
        shown.check()
        assert visible(text) in shown.text


def test_a_report_is_what_its_page_is(episode: MakeEpisode) -> None:
    report = summarize([episode("a"), episode("b", 0.0)], labels=Labels(name="one"))
    page = report_page(report)
    body = page[page.index('<p class="lead">') : page.index("</main>")]
    assert body.split() == report._repr_html_().partition("</h1>")[2].rstrip().removesuffix("</div>").split()


def test_a_run_shows_what_can_be_read(write: WriteRun, episode: MakeEpisode, tmp_path: Path) -> None:
    folder = write(tmp_path / "first", *(episode(f"t{number}") for number in range(12)))
    with open(folder / "trajectories.jsonl", "a", encoding="utf-8") as file:
        file.write("nonsense\n")
    shown = Parsed(Run.open(folder)._repr_html_())
    shown.check()
    assert "passed over as damaged: 1 of the file's lines" in shown.text
    assert "status finished" in shown.text
    assert "12 episodes in 1 environment, played by expert" in shown.text


def test_a_run_that_is_gone_says_so(write: WriteRun, episode: MakeEpisode, tmp_path: Path) -> None:
    run = Run.open(write(tmp_path / "first", episode("a")))
    (tmp_path / "first").rename(tmp_path / "second")
    shown = Parsed(run._repr_html_())
    shown.check()
    assert "no run" in shown.text


def test_of_a_large_run_only_the_outcomes_are_counted(
    write: WriteRun, episode: MakeEpisode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "WHOLE", 3)
    folder = write(tmp_path / "a b", *(episode(f"t{number}", number % 2) for number in range(4)))
    shown = Parsed(Run.open(folder)._repr_html_())
    shown.check()
    assert "4 episodes are too many" in shown.text
    assert f"agentgym score '{folder}'" in shown.text
    assert {attributes.get("class") for tag, attributes in shown.tags if tag == "rect"} == {"solved", "failed"}


def test_an_empty_run_is_shown(write: WriteRun, tmp_path: Path) -> None:
    assert "There are no episodes." in Parsed(Run.open(write(tmp_path / "none"))._repr_html_()).text


def test_a_long_episode_stays_small(episode: MakeEpisode) -> None:
    made = episode("long", rounds=80_000, text="x" * 20)
    wide = evolve(made, opening="y" * 10_000_000)
    html = wide._repr_html_()
    shown = Parsed(html)
    assert len(html) < 100_000
    assert re.findall(r"turn (\d+)score", shown.text) == [*map(str, range(1, 21)), *map(str, range(79_996, 80_001))]
    assert "79\u202f975 turns are left out" in shown.text
    assert "9\u202f996\u202f000 more characters" in shown.text


def test_an_episode_without_turns_shows_its_fault(episode: MakeEpisode) -> None:
    shown = Parsed(episode(outcome=Outcome.ENVIRONMENT_FAULT, rounds=0, text="<b>")._repr_html_())
    shown.check()
    assert "fault: step, turn 0, maze" in shown.text
    assert "not scored" in shown.text


def test_a_summary_says_what_was_played_and_what_it_took() -> None:
    outcomes = {Outcome.SOLVED: 3, Outcome.POLICY_FAULT: 1}
    shown = Parsed(Summary("finished", 4, 2, outcomes, 0.75, Usage(100, 20, 0.5), 3.0)._repr_html_())
    shown.check()
    assert re.sub(r"\s+", " ", shown.text).startswith(
        " Rollout, finished episodes42 were there already mean score0.750of 3 scored"
    )
    assert "120" in shown.text
    assert "cost 0.5" in shown.text


def test_without_the_viewer_the_plain_text_stands_there_escaped(episode: MakeEpisode) -> None:
    core = [candidate for candidate in installed() if candidate.name == "core"]
    use_plugins(Plugins(core, allow=None, block=frozenset(), strict=True))
    try:
        html = episode(HOSTILE)._repr_html_()
    finally:
        use_plugins(None)
    assert html.startswith("<pre>Trajectory(id=")
    assert "<img" not in html
    assert "&lt;img src=x" in html


def test_only_what_is_known_is_drawn() -> None:
    with pytest.raises(TypeError, match="a dict looks in a notebook"):
        notebook.render({})
