"""The workbench in a real browser: every page, by keyboard and by pointer, narrow and wide, light and dark."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agentgym_core.store import Run
from agentgym_core.types import Message, Outcome, Tokens, ToolCall, Trajectory
from agentgym_testing.trajectories import _episode
from agentgym_viewer.replay import write_view
from agentgym_viewer.report_page import report_page
from agentgym_viewer.workbench.settings import WorkbenchSettings
from agentgym_viewer.workbench.site import url

pytestmark = pytest.mark.engine

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\u202e{{7*7}}"
NO_HANDLERS = (
    "[...document.querySelectorAll('*')].every((e) => [...e.attributes].every((a) => !a.name.startsWith('on')))"
)
SIZES = {"narrow": {"width": 320, "height": 700}, "wide": {"width": 1600, "height": 900}}


def hostile(sample: int = 0, **more: Any) -> Trajectory:
    values = {"kind": HOSTILE, "text": HOSTILE, "environment": f"{HOSTILE}-v1", "split": HOSTILE, "policy": HOSTILE}
    made = _episode(HOSTILE, 0.5, sample=sample, **{**values, **more})
    extra = Message("assistant", HOSTILE, True, (ToolCall("1", HOSTILE, HOSTILE),), reasoning=HOSTILE)
    turns = (
        evolve(made.turns[0], action=None, error=HOSTILE, notes=(HOSTILE,), info={HOSTILE: HOSTILE}),
        *made.turns[1:],
    )
    return evolve(made, messages=(*made.messages, extra), turns=turns)


def fill(folder: Path) -> None:
    """A folder with everything that a page may show."""
    with Run.create(folder / "first", {"status": "finished", "configuration": {"policy": {"id": "expert"}}}) as run:
        for number in range(40):
            tokens = Tokens(tuple(range(30)), (4, 5), (-0.1, -3.0))
            made = _episode(f"task-{number}", [0.0, 0.5, 1.0][number % 3], kind=f"k{number % 2}", started=1e9 + number)
            run.append(evolve(made, turns=tuple(evolve(turn, tokens=tokens) for turn in made.turns)))
    with Run.create(folder / "second", {"status": "stopped"}) as run:
        for number in range(40):
            run.append(_episode(f"task-{number}", 1.0, policy="other", kind=f"k{number % 2}"))
    with Run.create(folder / "strange", {"stage": HOSTILE, "configuration": {"policy": {"id": HOSTILE}}}) as run:
        run.append(hostile())
        run.append(hostile(1, outcome=Outcome.POLICY_FAULT))
    with open(folder / "strange" / "trajectories.jsonl", "a", encoding="utf-8") as file:
        file.write(HOSTILE + "\n")
    stages = folder / "pipe" / "stages"
    stages.mkdir(parents=True)
    (folder / "pipe" / "pipeline.json").write_text(
        json.dumps({"stages": [{"name": "learn", "kind": "train"}, {"name": HOSTILE}]})
    )
    (stages / "learn").mkdir()
    (stages / "learn" / "made_from").write_text("x")
    losses = [{"step": step, "loss": 3.0 / step} for step in range(1, 30)]
    (stages / "learn" / "result.json").write_text(json.dumps({"result": {"metrics": {"steps": 29, "losses": losses}}}))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A workbench over a folder with everything, for all tests that only look."""
    folder = tmp_path_factory.mktemp("runs")
    fill(folder)
    with importlib.import_module("workbench_serving").started(folder, WorkbenchSettings(port=0)) as found:
        found.settle()
        yield found


def addresses(site: Any) -> list[str]:
    """Every page of it."""
    first, second, strange = (site.id(name) for name in ("first", "second", "strange"))
    tabs = ("episodes", "report", "unread", "cost", "about")
    found = [
        "/",
        "/?state=stopped",
        url("search"),
        url("search", q="go"),
        url("compare"),
        url("compare", a=first, b=second),
        "/nowhere",
    ]
    found += [url("pair", a=first, b=second, line=1), "/play"]
    for id in (first, strange):
        found += [url("run", id), *(url("run", id, tab) for tab in tabs), url("run", id, "episode", 1)]
        found += [url("run", id, "episode", 1, "tokens")]
    pipe = re.search(r'href="(/pipeline/[0-9a-f]+)"', site.get("/").text)
    assert pipe is not None
    return [*found, pipe[1]]


class Watched:
    """A page of the browser that notes what it asks for, and what went wrong in it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.asked: list[str] = []
        self.errors: list[str] = []
        # A busy machine is no fault of the page.
        page.set_default_timeout(120_000)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

    def open(self, path: str) -> Any:
        self.page.goto(self.address + path)
        if self.page.query_selector("#replay"):
            self.page.wait_for_selector("#replay .player")
        return self.page

    def check(self) -> None:
        """Nothing was asked of another origin, and nothing failed but pages that are not there."""
        strange = [each for each in self.asked if not each.startswith((self.address, "data:image/png;base64,"))]
        assert strange == []
        assert [each for each in self.errors if "status of 404" not in each] == []


@pytest.fixture
def look(chromium: Any, site: Any) -> Iterator[Callable[..., Watched]]:
    """Opens pages in a browser of their own, and looks at what they did when the test ends."""
    opened: list[tuple[Any, Watched]] = []

    def make(address: str = "", **settings: Any) -> Watched:
        context = chromium.new_context(**{"viewport": SIZES["wide"], **settings})
        watched = Watched(context.new_page(), address or site.address)
        opened.append((context, watched))
        return watched

    yield make
    for context, watched in opened:
        context.close()
        watched.check()


Own = Callable[[Path], AbstractContextManager[tuple[Any, Watched]]]


@pytest.fixture
def own(look: Any, serving: Any) -> Own:
    """A workbench of a test's own with a page of it, which leaves before the workbench ends: pages ask it for news."""

    @contextmanager
    def make(folder: Path) -> Iterator[tuple[Any, Watched]]:
        with serving(folder, WorkbenchSettings(port=0)) as bench:
            watched = look(bench.address)
            try:
                yield bench, watched
            finally:
                watched.page.goto("about:blank")

    return make


@pytest.mark.parametrize(("scheme", "looked_at"), [("light", "narrow"), ("dark", "wide")])
def test_every_page_is_accessible_and_fits(look: Any, site: Any, axe: Any, scheme: str, looked_at: str) -> None:
    watched = look(color_scheme=scheme)
    found: dict[str, Any] = {}
    for path in addresses(site):
        page = watched.open(path)
        wrong = []
        for name, size in SIZES.items():
            page.set_viewport_size(size)
            width = page.evaluate("document.documentElement.scrollWidth")
            wrong += [f"{name}: {width} pixels wide"] if width > size["width"] else []
            wrong += [f"{name}: {each}" for each in axe(page)] if name == looked_at else []
        if wrong:
            found[path] = wrong
        assert page.title() != "owned"
        assert page.locator("img:not(.seen)").count() == 0
    assert not found, json.dumps(found, indent=1)


def test_hostile_text_is_read_and_not_obeyed(look: Any, site: Any) -> None:
    watched = look()
    for path in addresses(site):
        if site.id("strange") in path:
            page = watched.open(path)
            assert page.locator("script:not([src])").count() == 0
            assert page.evaluate(
                "[...document.querySelectorAll('*')].every((e) => [...e.attributes].every((a) => !a.name.startsWith('on')))"
            )
            assert page.title() != "owned"
    page = watched.open(url("run", site.id("strange"), "episode", 1))
    assert HOSTILE.replace("\u202e", "\ufffd") in page.inner_text("h1.sr") or HOSTILE in page.inner_text("#replay")


def test_a_run_is_gone_through_by_keyboard(look: Any, site: Any) -> None:
    watched = look()
    page = watched.open("/?order=name&q=first")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.innerText") == "first"
    page.keyboard.press("Enter")
    page.wait_for_url("**/run/*")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#replay .player")
    assert page.locator("#replay .turn").count() == 2
    page.keyboard.press("ArrowRight")
    assert page.locator("#replay .turn").count() == 1
    assert page.inner_text(".player span") == "turn 1 of 2"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("a")
    assert page.inner_text(".player span") == "all 2 turns"
    page.keyboard.press("r")
    assert page.locator("#replay .tag", has_text="observation").count() == 0
    title = page.title()
    page.keyboard.press("p")
    page.wait_for_function("(before) => document.title !== before", arg=title)
    page.keyboard.press("u")
    page.wait_for_url("**/episodes*")
    page.keyboard.press("/")
    page.keyboard.type("task-7 first")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=task-7+first*")
    assert page.locator("tr[data-row]").count() == 1
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#replay mark")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_filters_change_the_list_at_once(look: Any, site: Any) -> None:
    watched = look()
    page = watched.open(url("run", site.id("first"), "episodes"))
    assert page.inner_text("#list .lead").startswith("40 episodes")
    page.select_option("select[name=outcome]", "solved")
    page.wait_for_url("**outcome=solved*")
    assert page.inner_text("#list .lead").startswith("13 episodes fit")
    assert "kind=" not in page.url
    page.select_option("select[name=kind]", "k1")
    page.wait_for_url("**kind=k1*")
    assert set(page.locator("#list .chip").all_inner_texts()) == {"solved"}


def test_a_search_leads_to_the_turn(look: Any, site: Any) -> None:
    watched = look()
    page = watched.open("/")
    page.fill(".find input", "go seen 1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    page.click("tr[data-row] a >> nth=0")
    page.wait_for_selector("#turn-2.current")
    assert page.url.endswith("#turn-2")
    assert page.locator("mark").count() > 0


def test_two_replays_stand_beside_each_other(look: Any, site: Any) -> None:
    watched = look()
    page = watched.open(url("compare"))
    page.fill("input[name=a]", "first")
    page.fill("input[name=b]", "second")
    page.keyboard.press("Enter")
    page.wait_for_selector(".pairs")
    assert "better" in page.inner_text("#compared")
    page.click(".pairs a >> nth=0")
    page.wait_for_selector("#replay .columns > section >> nth=1")
    assert page.locator(".columns .run").all_inner_texts() == ["first", "second"]
    left, right = (page.locator(".columns > section").nth(n).bounding_box() for n in (0, 1))
    assert left["y"] == right["y"]
    assert left["x"] < right["x"]


WRITER = """
import sys, time
from agentgym_core.store import Run
from agentgym_testing.trajectories import _episode
with Run.create(sys.argv[1]) as run:
    run.annotate(status="running")
    print("open", flush=True)
    for number, line in enumerate(sys.stdin):
        run.append(_episode(line.strip(), 1.0, started=time.time()))
        print("written", flush=True)
"""


def test_a_run_of_another_process_is_followed_to_its_end(look: Any, serving: Any, tmp_path: Path) -> None:
    with serving(tmp_path, WorkbenchSettings(port=0)) as bench:
        watched = look(bench.address)
        page = watched.open("/")
        page.wait_for_selector(".live.on")
        assert "There is no run in this folder yet" in page.inner_text("#list")
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "theirs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdin is not None
        assert writer.stdout is not None
        with writer:
            page.wait_for_selector("text=theirs")
            page.click("text=theirs")
            page.wait_for_selector(".live.on")
            for name in ("walrus", "zebra"):
                writer.stdin.write(f"{name}\n")
                writer.stdin.flush()
                page.wait_for_selector(f"#latest >> text={name}")
            assert page.inner_text("#state") == "running"
            assert page.locator("#figures .card b").all_inner_texts()[2] == "2"
            writer.kill()
        page.reload()
        assert "zebra" in page.inner_text("#latest")
        page.wait_for_selector(".live.on")
    page.wait_for_selector(".live.off")
    assert "zebra" in page.inner_text("#latest")
    watched.errors = [each for each in watched.errors if "ERR_" not in each]


def test_a_run_of_80_000_steps(own: Own, tmp_path: Path) -> None:
    with Run.create(tmp_path / "large") as run:
        for number in range(990):
            run.append(_episode(f"t{number}", 1.0, rounds=40, text="a"))
        run.append(_episode("long", 1.0, rounds=40_400, text="b"))
    with own(tmp_path) as (bench, watched):
        bench.settle()
        (state,) = bench.index.runs.values()
        assert state.tally.rounds == 80_000
        page = watched.open(url("run", state.id, "episodes", q="seen 40399"))
        page.click("tr[data-row] a")
        page.wait_for_selector(".turn.current")
        assert page.inner_text(".turn.current header b") == "turn 40400"
        page.goto(bench.address + url("run", state.id, "episode", 991))
        page.wait_for_selector("button.more")
        assert page.locator(".turn").count() == 150
        page.click("button.more")
        assert page.locator(".turn").count() == 300
        page.keyboard.press("ArrowRight")
        assert page.locator(".turn").count() == 1


def test_of_a_text_of_megabytes_the_rest_is_shown_where_it_is_asked_for(own: Own, tmp_path: Path) -> None:
    made = _episode("huge", 1.0)
    text = "x" * 99_999 + "\U0001f600" + " and " * 40_000 + "needle"
    with Run.create(tmp_path / "run") as run:
        run.append(
            evolve(made, messages=(*made.messages[:-2], evolve(made.messages[-2], content=text), made.messages[-1]))
        )
    with own(tmp_path) as (bench, watched):
        bench.settle()
        page = watched.open(url("run", bench.id("run"), "episode", 1))
        long = "[...document.querySelectorAll('#replay pre')].map((each) => each.textContent.length).sort((a, b) => b - a)[0]"
        assert page.evaluate(long) == 99_999
        assert page.inner_text("button.rest") == "Show 200,008 more characters"
        page.click("button.rest")
        assert page.evaluate(long) == 300_007
        assert page.locator("button.rest").count() == 0
        page = watched.open(url("run", bench.id("run"), "episode", 1, q="needle"))
        assert page.inner_text("#replay mark") == "needle"


def arrived(page: Any, selector: str) -> None:
    """Wait for a page that has something, and until it takes keys: its scripts run after all of it is there."""
    page.wait_for_selector(selector)
    page.wait_for_load_state()


def test_an_episode_is_played_with_keys(own: Own, door: str, tmp_path: Path) -> None:
    with own(tmp_path) as (_, watched):
        page = watched.open("/play")
        page.click("text=door")
        page.fill("input[name=task]", "train-1")
        page.click("button.primary")
        arrived(page, ".buttons")
        frame = page.frame_locator("iframe.drawn")
        assert frame.locator("p").inner_text() == "a door, and silence"
        page.keyboard.press("1")
        arrived(page, "text=turn 2 of 4")
        assert "knock" in page.inner_text("#talk")
        page.fill("input[name=typed]", "kick it")
        page.keyboard.press("Enter")
        arrived(page, "text=turn 3 of 4")
        page.keyboard.press("?")
        arrived(page, "text=An expert would")
        page.keyboard.press("2")
        page.wait_for_selector("text=with a score of 1.0 after 3 turns")
        page.click("text=See the run that keeps it")
        page.wait_for_selector("#latest a")
        page.click("#latest a >> nth=0")
        page.wait_for_selector("#replay iframe.seen")
        assert page.frame_locator("#replay iframe.seen >> nth=1").locator("p").inner_text() == "a door, and knock"
        watched.errors = [each for each in watched.errors if "sandboxed" not in each]


def test_an_environment_that_draws_pictures_is_seen_while_it_is_played(
    own: Own, door: str, axe: Any, tmp_path: Path
) -> None:
    with own(tmp_path) as (_, watched):
        page = watched.open("/play?environment=door")
        page.locator("summary", has_text="settings").click()
        page.fill("[name=config]", '{"picture": true}')
        page.click("button.primary")
        for turn in (1, 2):
            arrived(page, f"text=turn {turn} of 4")
            assert page.evaluate("document.querySelector('img.drawn').naturalWidth") == 3
            assert axe(page) == []
            page.keyboard.press("1")
        page.set_viewport_size(SIZES["narrow"])
        arrived(page, "text=turn 3 of 4")
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["narrow"]["width"]


def test_offline_pages_are_accessible_and_ask_nothing(chromium: Any, axe: Any, tmp_path: Path) -> None:
    from agentgym_core.evaluation.report import summarize

    items = [hostile(), _episode("plain", 1.0), _episode("long", 0.0, rounds=200)]
    write_view(tmp_path / "view.html", [("one", items), ("two", items)], title="quiet")
    (tmp_path / "report.html").write_text(report_page(summarize(items)), encoding="utf-8")
    for name in ("view.html", "report.html"):
        for scheme in ("light", "dark"):
            context = chromium.new_context(color_scheme=scheme, viewport=SIZES["wide"])
            page = context.new_page()
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto((tmp_path / name).as_uri())
            assert axe(page) == [], (name, scheme)
            assert page.title() != "owned"
            assert asked == [(tmp_path / name).as_uri()]
            context.close()
