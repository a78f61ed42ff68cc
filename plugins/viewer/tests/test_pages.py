from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agentgym_core.evaluation import Labels, compare, summarize
from agentgym_core.evaluation.tables import print_comparison, print_report
from agentgym_core.evaluation.texts import count, duration
from agentgym_core.types import Message, Outcome, ToolCall, Trajectory
from agentgym_viewer import replay, svg
from agentgym_viewer.comparison_page import comparison_page
from agentgym_viewer.page import embedded_json, esc
from agentgym_viewer.pictures import attachment
from agentgym_viewer.replay import write_view
from agentgym_viewer.report_page import report_page

MakeEpisode = Callable[..., Trajectory]
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><!--<script>alert(1)//' &amp; \u2028 [bold]x[/bold]"


class Tags(HTMLParser):
    """Every element of a page with its attributes, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._script = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._script = tag == "script"
        if self._script:
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    @property
    def policy(self) -> str:
        return next(a["content"] or "" for t, a in self.tags if a.get("http-equiv") == "Content-Security-Policy")

    def check_self_contained(self) -> None:
        names = {tag for tag, _ in self.tags}
        assert not names & {"img", "iframe", "object", "embed", "link", "base", "form", "audio", "video"}
        for tag, attributes in self.tags:
            assert not [name for name in attributes if name.startswith("on") or name in ("src", "href", "srcset")], tag
        assert "default-src 'none'" in self.policy


def hostile(episode: MakeEpisode, **more: object) -> Trajectory:
    values: dict[str, object] = {"kind": HOSTILE, "text": HOSTILE, "environment": f"{HOSTILE}-v1", "split": HOSTILE}
    made = episode(HOSTILE, 0.5, **{**values, "policy": HOSTILE, **more})
    extra = Message("assistant", HOSTILE, True, (ToolCall("1", HOSTILE, HOSTILE),), reasoning=HOSTILE)
    return evolve(made, messages=(*made.messages, extra))


def test_hostile_text_stays_text_in_reports_and_comparisons(episode: MakeEpisode) -> None:
    items = [hostile(episode), hostile(episode, outcome=Outcome.POLICY_FAULT, sample=1), episode("a", kind="b")]
    labels = Labels(name=HOSTILE, notes=(HOSTILE,), missing={HOSTILE: HOSTILE}, versions={HOSTILE: "1"})
    other = Labels(name=HOSTILE, versions={HOSTILE: HOSTILE})
    for page in (
        report_page(summarize(items, labels=labels)),
        comparison_page(compare(items, items[:1], labels_a=labels, labels_b=other)),
    ):
        tags = Tags(page)
        tags.check_self_contained()
        assert tags.scripts == []
        assert "script-src" not in tags.policy
        assert "onerror" in page


def test_hostile_text_stays_data_in_the_viewer(episode: MakeEpisode, tmp_path: Path) -> None:
    path = tmp_path / "view.html"
    items = [hostile(episode), hostile(episode, outcome=Outcome.ENVIRONMENT_FAULT, sample=1)]
    write_view(path, [(HOSTILE, items), (HOSTILE, items)])
    tags = Tags(path.read_text(encoding="utf-8"))
    tags.check_self_contained()
    *data, code = tags.scripts
    assert len(data) == 5
    loaded = json.loads(data[0])
    assert loaded["opening"] == f"{HOSTILE} first"
    assert loaded["messages"][-1]["reasoning"] == HOSTILE
    kinds = [attributes.get("type") for tag, attributes in tags.tags if tag == "script"]
    assert kinds == ["application/json"] * 5 + [None]
    allowed = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in tags.policy
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(", code)


@given(st.text(max_size=80))
def test_a_name_of_a_picture_that_is_none_reads_no_file(name: str) -> None:
    assert attachment(Path("/"), name) is None


def test_pictures_stand_in_the_page_as_data(
    episode: MakeEpisode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "a" * 64 + ".png"
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / name).write_bytes(b"\x89PNG" + b"x" * 100)
    made = evolve(episode("t"), info={"pictures": {"1": name, "3": "../../etc/passwd", "x": HOSTILE}})
    path = tmp_path / "view.html"
    assert write_view(path, [("run", [made])], folders=[tmp_path]).pictures == 0
    tags = Tags(path.read_text(encoding="utf-8"))
    tags.check_self_contained()
    loaded = json.loads(tags.scripts[0])
    assert list(loaded["pictures"]) == ["1"]
    assert base64.b64decode(loaded["pictures"]["1"].partition(",")[2]).startswith(b"\x89PNG")
    monkeypatch.setattr(replay, "PICTURES", 50)
    assert write_view(path, [("run", [made])], folders=[tmp_path]).pictures == 1
    write_view(path, [("run", [evolve(made, info={"pictures": [1]})])], folders=[tmp_path])
    assert "pictures" not in json.loads(Tags(path.read_text(encoding="utf-8")).scripts[0])


@given(st.text())
def test_embedded_json_is_the_same_value_and_cannot_leave_its_element(text: str) -> None:
    found = embedded_json([text])
    assert json.loads(found) == [text]
    assert not set(found) & set("<>&\u2028\u2029")
    assert found.isascii()


@given(st.text(st.characters(codec="utf-8")))
def test_escaped_text_has_no_markup(text: str) -> None:
    assert not set(esc(text)) & set("<>\"'")
    assert "\x00" not in esc(text)


def test_lone_surrogates_do_not_stop_a_page(episode: MakeEpisode, tmp_path: Path) -> None:
    made = episode("t", kind="\ud800", text="\udfff")
    report_page(summarize([made, episode("u")])).encode()
    write_view(tmp_path / "view.html", [("run", [made])])
    assert "\\udfff" in (tmp_path / "view.html").read_text(encoding="utf-8")


def test_the_limit_is_stated_and_keeps_pairs_together(episode: MakeEpisode, tmp_path: Path) -> None:
    path = tmp_path / "view.html"
    a = [episode(f"t{n}") for n in range(10)]
    found = write_view(path, [("a", a), ("b", a[::-1])], limit=3)
    assert found.cut
    assert (found.shown, found.total) == ((3, 3), (10, 10))
    index = json.loads(Tags(path.read_text(encoding="utf-8")).scripts[-2])
    assert [row[2] for row in index["episodes"]] == ["t0", "t1", "t2", "t2", "t1", "t0"]
    assert (index["shown"], index["total"]) == ([3, 3], [10, 10])
    assert not write_view(path, [("a", a)]).cut


def test_a_report_shows_denominators_caps_and_what_is_missing(episode: MakeEpisode) -> None:
    items = [episode(f"t{n}", float(n % 2)) for n in range(20)] + [episode("f", outcome=Outcome.POLICY_FAULT)]
    labels = Labels("run", {"maze": "agenteval-standin"}, {"maze": 15}, missing={"bird": "pip install x"})
    report = summarize(items, labels=labels)
    page = report_page(report)
    for text in ("agenteval-standin", "at most 15", "pip install x", "20 of 21", "of 21</span>", "50.0 %"):
        assert text in page
    assert page.count("<svg") == 4
    assert page == report_page(report)
    out = io.StringIO()
    print_report(report, Console(file=out, width=200))
    for text in ("agenteval-standin", "20/21", "1 policy fault", "not here: bird", "50.0 % [29.9, 70.1]"):
        assert text in out.getvalue()
    narrow = io.StringIO()
    print_report(report, Console(file=narrow, width=80))
    for text in ("agenteval-standin", "20/21", "50.0 %", "[29.9, 70.1]"):
        assert text in narrow.getvalue()
    assert "…" not in narrow.getvalue()


def test_several_environments_samples_and_players_in_the_terminal(episode: MakeEpisode) -> None:
    items = [
        episode(f"t{n}", float((n + s) % 3 == 0), environment=f"{name}-v1", policy=policy, sample=s, kind=f"k{n % 2}")
        for name in ("maze", "wordle")
        for policy in ("base", "evolved")
        for n in range(12)
        for s in range(2)
    ]
    report = summarize(items)
    assert report.names == [
        f"{name} · {policy} (react)" for name in ("maze", "wordle") for policy in ("base", "evolved")
    ]
    out = io.StringIO()
    print_report(report, Console(file=out, width=200))
    assert out.getvalue().count("mean of 2 environments") == 2
    assert "maze · base (react): pass@1 33.3 %, pass@2 66.7 %" in out.getvalue()
    page = report_page(report)
    assert "pass@2" in page
    assert "2 kinds of tasks" in page
    Tags(page).check_self_contained()
    halves = (
        [item for item in items if item.key.policy == "base"],
        [item for item in items if item.key.policy != "base"],
    )
    found = io.StringIO()
    print_comparison(compare(*halves), Console(file=found, width=200))
    assert "mean of 2 environments, split:eval: success +0.0" in found.getvalue()


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "–"), (0.0125, "12 ms"), (3.21, "3.2 s"), (600, "10.0 min"), (9000, "2.5 h")]
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(("value", "shown"), [(None, "–"), (3, "3"), (2.5, "2.5"), (12345.6, "12\u202f346"), (0, "0")])
def test_counts(value: float | None, shown: str) -> None:
    assert count(value) == shown


def test_terminal_tables_do_not_read_markup(episode: MakeEpisode) -> None:
    out = io.StringIO()
    items = [hostile(episode)]
    print_report(summarize(items, labels=Labels("[red]run[/red]", notes=("[/]",))), Console(file=out, width=400))
    print_comparison(compare(items, items), Console(file=out, width=400))
    assert "[red]run[/red]" in out.getvalue()
    assert "[bold]x[/bold]" in out.getvalue()


def test_empty_reports_are_pages_too() -> None:
    assert "no episodes" in report_page(summarize([]))
    Tags(comparison_page(compare([], []))).check_self_contained()
    print_report(summarize([]), Console(file=io.StringIO()))


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_lie_within_their_range(low: float, width: float) -> None:
    found = svg.ticks(low, low + width)
    assert 1 <= len(found) <= 7
    assert all(low - width * 1e-6 - 1e-6 <= tick <= low + width * (1 + 1e-6) + 1e-6 for tick in found)


def test_histograms_count_everything_once() -> None:
    drawn = svg.histogram({"solved": {1: 2, 70: 1}, "failed": {1: 5}}, "rounds", limit=80)
    assert sum(int(n) for n in re.findall(r": (\d+)</title>", drawn)) == 8
    assert svg.histogram({"solved": {}}, "none") == ""


@pytest.mark.engine
def test_the_viewer_runs_in_a_browser(episode: MakeEpisode, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium on PATH")
    path = tmp_path / "view.html"
    write_view(path, [("run", [hostile(episode), episode("second", 1.0)])], title="quiet")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    shown = subprocess.run([*command, "--dump-dom", path.as_uri()], capture_output=True, text=True, timeout=600).stdout
    assert "<title>quiet</title>" in shown
    assert "2 of 2 episodes" in shown
    visible = re.sub(r"<script.*?</script>", "", shown, flags=re.S)
    assert "<img" not in visible
    assert visible.count("&amp;amp;") > 4
    assert visible.count("seen 0") == visible.count("seen 1") == 1
    assert shown.count('class="turn"') == 2


def _heights(drawing: str) -> list[float]:
    points = re.search(r'<polyline class="line" points="([^"]*)"', drawing)
    assert points is not None
    return [float(point.split(",")[1]) for point in points[1].split()]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_a_curve_and_its_words_lie_within_the_drawing(values: list[float]) -> None:
    drawing = svg.losses(list(enumerate(values)), "losses")
    assert all(13 < height < 165 for height in _heights(drawing))
    *_, words = re.findall(r'<text x="[\d.-]+" y="([\d.-]+)" text-anchor="end">', drawing)
    assert 12 <= float(words) <= 190


def test_the_course_of_a_loss_can_be_seen_however_far_it_is_from_0() -> None:
    near, far = (_heights(svg.losses(list(enumerate(values)), "t")) for values in ([2.0, 0.1], [5.57, 5.54, 5.51]))
    assert max(near) - min(near) > 100
    assert max(far) - min(far) > 100
