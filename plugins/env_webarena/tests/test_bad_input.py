"""What goes wrong from outside: actions of megabytes, text that would be script, and browsers that die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import AgentGymError
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action, Step
from agentgym_env_webarena.environment import Host

SOURCE = resolve_environment("webarena")
HUGE = "x" * 10_000_000
SCRIPT = "<script>document.title = 'owned'</script>"


@pytest.fixture
def episode(host: Host) -> Iterator[GuardedEnvironment]:
    with GuardedEnvironment(SOURCE, host) as instance:
        instance.reset(ResetRequest(task="webarena-forum_publish-0", seed=0))
        yield instance


def act(instance: GuardedEnvironment, name: str, **arguments: object) -> Step:
    text = " ".join([name, *(f"[{value}]" for value in arguments.values())])
    return instance.step(Action(text=text, name=name, arguments=arguments)).step


def browsers() -> set[int]:
    """The first processes of the browsers below this one: a browser that was open before may start further ones of its own."""
    found = set()
    for each in psutil.Process().children(recursive=True):
        # One may end between the listing and the question.
        with suppress(psutil.NoSuchProcess):
            first = not any(word.startswith("--type=") for word in each.cmdline())
            if first and each.status() != psutil.STATUS_ZOMBIE and "chrom" in each.name():
                found.add(each.pid)
    return found


def test_an_action_of_megabytes_is_refused_and_not_repeated(episode: GuardedEnvironment) -> None:
    for name, arguments in (
        ("type", {"id": 3, "text": HUGE, "enter": "0"}),
        ("goto", {"url": f"http://shop.test/{HUGE}"}),
        ("press", {"keys": HUGE}),
    ):
        seen = act(episode, name, **arguments).observation
        assert "more than 20,000 characters" in seen
        assert len(seen) < 100_000
    assert act(episode, "stop", answer=HUGE).score == 0.0


def test_script_in_a_post_is_text(episode: GuardedEnvironment) -> None:
    act(episode, "goto", url="http://forum.test/submit")

    def number(role: str, name: str) -> int:
        elements = episode.environment._tabs.tree.elements.values()  # type: ignore[attr-defined]
        return next(int(each.id) for each in elements if (each.role, each.name) == (role, name))

    act(episode, "type", id=number("textbox", "Title"), text=SCRIPT, enter="0")
    act(episode, "type", id=number("textbox", "Text"), text=SCRIPT, enter="0")
    seen = act(episode, "click", id=number("button", "Publish")).observation
    assert SCRIPT in seen
    assert "(current): owned" not in seen


def test_a_browser_that_dies_is_one_fault_for_who_was_in_it_and_none_is_left_behind() -> None:
    before = browsers()
    with (
        SOURCE.cls.engine(SOURCE.config) as host,
        GuardedEnvironment(SOURCE, host) as one,
        GuardedEnvironment(SOURCE, host) as other,
    ):
        for instance in (one, other):
            instance.reset(ResetRequest(task="webarena-shop_buy-0", seed=0))
        for pid in browsers() - before:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with pytest.raises(AgentGymError):
            act(one, "none")
        # The other was in the same browser; its next episode has another one.
        assert "Tillmart" in other.reset(ResetRequest(task="webarena-shop_buy-0", seed=0)).step.observation
        assert act(other, "goto", url="http://wiki.test/").observation
    # A browser ends in parts, and one may be born while others end.
    ends = time.monotonic() + 20
    while (left := browsers() - before) and time.monotonic() < ends:
        with suppress(psutil.NoSuchProcess):
            psutil.wait_procs([psutil.Process(pid) for pid in left], timeout=1)
    assert left == set()
