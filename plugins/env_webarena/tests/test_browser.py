"""In the browser: what leaves it, what is shared, what hangs, and what dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import AgentGymError
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout import RolloutSettings, collect
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run
from agentgym_core.types import Action, Step
from agentgym_env_webarena.environment import Host
from agentgym_env_webarena.tasks import ids

SOURCE = resolve_environment("webarena")
GRAMMAR = Grammar(SOURCE.description.actions)


@pytest.fixture
def episode(host: Host) -> Iterator[GuardedEnvironment]:
    with GuardedEnvironment(SOURCE, host) as instance:
        instance.reset(ResetRequest(task="webarena-shop_buy-0", seed=0))
        yield instance


def act(instance: GuardedEnvironment, text: str) -> Step:
    return instance.step(GRAMMAR.action(text)).step


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8000/",
        "http://localhost/",
        "https://example.com/",
        "http://10.0.0.1/",
        "http://other.test/",
        "file:///etc/passwd",
        "data:text/html,Tillmart",
        "chrome://version",
        "view-source:http://shop.test/",
    ],
)
def test_nothing_but_the_sites_can_be_reached(episode: GuardedEnvironment, address: str) -> None:
    seen = act(episode, f"goto [{address}]").observation
    assert "root:" not in seen
    assert "Tillmart" not in seen.split("URL:")[0] or "Only addresses that begin with" in seen


def test_tabs(episode: GuardedEnvironment) -> None:
    assert "Tab 1 (current)" in act(episode, "new_tab").observation
    act(episode, "goto [http://wiki.test/]")
    assert "Openshelf" in act(episode, "none").observation
    assert "Tab 0 (current): Welcome - Tillmart" in act(episode, "tab_focus [0]").observation
    assert "There is no tab 7." in act(episode, "tab_focus [7]").observation
    assert "Tab 1" not in act(episode, "close_tab").observation
    assert "Tab 0 (current)" in act(episode, "close_tab").observation


def test_what_is_not_there_is_told(episode: GuardedEnvironment) -> None:
    assert "There is no element [9999] on this page." in act(episode, "click [9999]").observation
    assert "That cannot be done" in act(episode, "press [NoSuchKey]").observation


def test_history_and_scrolling(episode: GuardedEnvironment) -> None:
    first = act(episode, "none").observation
    act(episode, "goto [http://shop.test/orders]")
    assert act(episode, "go_back").observation.split("PREVIOUS")[0] == first.split("PREVIOUS")[0]
    assert "My orders - Tillmart" in act(episode, "go_forward").observation
    assert act(episode, "scroll [down]").observation


def test_a_page_with_a_script_that_never_ends_is_closed(host: Host) -> None:
    source = resolve_environment("webarena", {"seconds": 3})
    with GuardedEnvironment(source, host) as instance:
        instance.reset(ResetRequest(task="webarena-shop_buy-0", seed=0))
        tabs = instance.environment._tabs  # type: ignore[attr-defined]
        host.browser.run(tabs.page.evaluate("() => { setTimeout(() => { for (;;) {} }, 0) }"), 5)
        with pytest.raises(AgentGymError):
            act(instance, "none")
    with GuardedEnvironment(SOURCE, host) as instance:
        assert instance.reset(ResetRequest(task="webarena-shop_buy-0", seed=0)).step.observation


def test_episodes_side_by_side_are_as_alone(host: Host) -> None:
    tasks = ids("eval")[:4]

    def played(instances: list[GuardedEnvironment]) -> list[list[str]]:
        answers = [
            instance.reset(ResetRequest(task=task, seed=0, needs=frozenset({"expert"})))
            for instance, task in zip(instances, tasks, strict=True)
        ]
        texts = [[answer.step.observation] for answer in answers]
        while any(answer.expert is not None and not answer.step.ended for answer in answers):
            for at, answer in enumerate(answers):
                if answer.expert is not None and not answer.step.ended:
                    answers[at] = instances[at].step(GRAMMAR.action(answer.expert.action))
                    texts[at].append(answers[at].step.observation)
        assert [answer.step.score for answer in answers] == [1.0] * len(tasks)
        return texts

    together = [GuardedEnvironment(SOURCE, host) for _ in tasks]
    try:
        side_by_side = played(together)
    finally:
        for instance in together:
            instance.close()
    with GuardedEnvironment(SOURCE, host) as alone:
        assert [played_alone(alone, task) for task in tasks] == side_by_side


def played_alone(instance: GuardedEnvironment, task: str) -> list[str]:
    answer = instance.reset(ResetRequest(task=task, seed=0, needs=frozenset({"expert"})))
    texts = [answer.step.observation]
    while answer.expert is not None and not answer.step.ended:
        answer = instance.step(GRAMMAR.action(answer.expert.action))
        texts.append(answer.step.observation)
    return texts


def test_episodes_that_start_together_have_contexts_of_their_own(host: Host) -> None:
    async def together() -> list[Any]:
        await host.browser.prepared({})
        return await asyncio.gather(*(host.browser.prepared({}) for _ in range(4)))

    contexts = host.browser.run(together(), 60)
    assert len({id(context) for context in contexts}) == 4


def test_a_browser_that_dies_is_a_fault_and_the_next_episode_has_another() -> None:
    with SOURCE.cls.engine(SOURCE.config) as host:
        with GuardedEnvironment(SOURCE, host) as instance:
            instance.reset(ResetRequest(task="webarena-shop_buy-0", seed=0))
            children = subprocess.run(
                ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=True
            ).stdout
            drivers = [line.split()[0] for line in children.splitlines() if "playwright" in line]
            below = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", ",".join(drivers)], capture_output=True, text=True, check=True
            ).stdout
            for pid in below.split():
                os.kill(int(pid), signal.SIGKILL)
            with pytest.raises(AgentGymError):
                act(instance, "click [3]")
        with GuardedEnvironment(SOURCE, host) as instance:
            assert "Tillmart" in instance.reset(ResetRequest(task="webarena-shop_buy-0", seed=0)).step.observation


def test_a_picture_of_the_page(host: Host) -> None:
    with GuardedEnvironment(SOURCE, host) as instance:
        instance.reset(ResetRequest(task="webarena-shop_buy-0", seed=0))
        picture = instance.environment.render()
        assert isinstance(picture, bytes)
        assert picture.startswith(b"\x89PNG")


def test_screenshots_are_kept_beside_each_turn(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", {}) as run:
        jobs = Jobs.of(SOURCE, "eval", limit=1)
        settings = RolloutSettings(pictures=True, max_rounds=2)
        collect(jobs, ComponentChoice("expert"), settings, run=run)
        (trajectory,) = run.trajectories()
        names = trajectory.info["pictures"].values()
        pictures = [(run.folder / "attachments" / name).read_bytes() for name in names]
    assert len(pictures) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_the_window_shows_less_and_scrolling_shows_more(host: Host) -> None:
    source = resolve_environment("webarena", {"viewport": True})
    with GuardedEnvironment(source, host) as instance:
        instance.reset(ResetRequest(task="webarena-wiki_open-0", seed=0))
        above = instance.step(
            Action(text="goto [http://wiki.test/recent]", name="goto", arguments={"url": "http://wiki.test/recent"})
        ).step.observation
        below = instance.step(GRAMMAR.action("scroll [down]")).step.observation
    assert "Next page" not in above
    assert "Next page" in below
