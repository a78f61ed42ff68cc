from __future__ import annotations

import asyncio
import fcntl
import io
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core import registry
from agentgym_core.errors import StopRun
from agentgym_core.policy import Request
from agentgym_core.terminal import plain
from agentgym_core.types import ExpertAction, Message
from agentgym_play.human import HumanPolicy

Ask = Callable[..., Request]


def play(lines: str, *requests: Request, **options: Any) -> tuple[list[str], str]:
    out = io.StringIO()
    policy = HumanPolicy(ask=io.StringIO(lines), out=out, **options)

    async def run() -> list[str]:
        return [(await policy.act(request)).text for request in requests]

    return asyncio.run(run()), out.getvalue()


def test_takes_what_is_typed(ask: Ask) -> None:
    assert play("\n  open door \n", ask())[0] == ["|open door"]


def test_takes_the_number_of_a_listed_action(ask: Ask) -> None:
    replies, shown = play("2\n", ask(available_actions=("look", "open door")))
    assert replies == ["|open door"]
    assert "   1  look\n   2  open door\n" in shown


@pytest.mark.parametrize("line", ["0", "3", "99", "-1", "²", "quit now"])
def test_what_is_no_number_of_the_list_is_an_action(ask: Ask, line: str) -> None:
    assert play(f"{line}\n", ask(available_actions=("look", "open door")))[0] == [f"|{line}"]


def test_an_action_of_the_environment_comes_before_a_command(ask: Ask) -> None:
    assert play("quit\n", ask(available_actions=("look", "quit")))[0] == ["|quit"]
    assert play("2\n", ask(available_actions=("2", "3")))[0] == ["|2"]


@pytest.mark.parametrize("lines", ["quit\n", "", "help\n", "EXIT\n"])
def test_quits_on_the_word_and_at_the_end_of_the_input(ask: Ask, lines: str) -> None:
    with pytest.raises(StopRun):
        play(lines, ask())


def test_shows_each_message_once_and_not_what_was_typed(ask: Ask) -> None:
    first = (Message("user", "RULES"), Message("assistant", "OK."), Message("user", "ROOM ONE"))
    second = (*first, Message("assistant", "TYPED"), Message("user", "ROOM TWO"))
    _, shown = play("a\nb\n", ask(messages=first), ask(messages=second, turn=1))
    assert [shown.count(word) for word in ("RULES", "OK.", "ROOM ONE", "TYPED", "ROOM TWO")] == [1, 0, 1, 0, 1]
    _, shown = play("a\nb\n", ask(messages=first), ask(messages=second, turn=1), opening=False)
    assert [shown.count(word) for word in ("RULES", "ROOM ONE", "ROOM TWO")] == [0, 1, 1]


def test_long_lists_are_cut_and_shown_whole_on_request(ask: Ask) -> None:
    actions = tuple(f"act{number}." for number in range(1, 31))
    _, shown = play("30\n", ask(available_actions=actions))
    assert "act20." in shown
    assert "act21." not in shown
    assert "10 more" in shown
    _, shown = play("actions\n30\n", ask(available_actions=actions))
    assert shown.count("act30.") == 1


def test_a_list_that_has_not_changed_is_not_shown_again(ask: Ask) -> None:
    same = {"available_actions": ("look", "open door")}
    replies, shown = play("1\n2\n1\n", ask(**same), ask(turn=1, **same), ask(turn=2, available_actions=("look",)))
    assert replies == ["|look", "|open door", "|look"]
    assert shown.count("1  look") == 2
    assert shown.count("the same 2 actions") == 1


def test_the_expert_is_asked_only_where_hints_are_on(ask: Ask) -> None:
    request = ask(expert=ExpertAction("the door is shut", "open door"))
    replies, shown = play("?\nwait\n", request, hints=True)
    assert replies == ["|wait"]
    assert "An expert would: open door  (the door is shut)" in shown
    assert play("?\n", request)[0] == ["|?"]
    assert "No expert knows" in play("?\nx\n", ask(), hints=True)[1]
    assert HumanPolicy(hints=True).needs == {"available_actions", "expert"}
    assert HumanPolicy().needs == {"available_actions"} == set(registry.spec("policy", "human").needs)


def test_text_cannot_take_over_the_terminal(ask: Ask) -> None:
    _, shown = play(
        "a\n", ask(messages=(Message("user", "\x1b]0;owned\x07 \x1b[2Jé\tü\n漢"),), available_actions=("\x1b[1m",))
    )
    assert "\x1b" not in shown
    assert "é\tü\n漢" in shown
    assert plain("a\rb") == "a␍b"


def test_a_terminal_that_is_waited_for_lets_others_go_on_and_can_be_interrupted(ask: Ask) -> None:
    leader, follower = pty.openpty()
    try:
        with os.fdopen(follower, "r") as terminal:
            policy = HumanPolicy(ask=terminal, out=io.StringIO())

            async def run() -> str:
                waiting = asyncio.create_task(policy.act(ask()))
                for _ in range(5):
                    await asyncio.sleep(0)
                assert not waiting.done()
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
                asking = asyncio.create_task(policy.act(ask()))
                os.write(leader, b"open door\n")
                return (await asking).text

            assert asyncio.run(run()) == "|open door"
    finally:
        os.close(leader)


TYPED = """
import asyncio
from agentgym_core import registry
from agentgym_core.errors import StopRun
from agentgym_play.human import HumanPolicy

try:
    print("GOT", repr(asyncio.run(HumanPolicy()._line("3/9 > "))))
except StopRun as stop:
    print("GOT", stop)
"""


MISSED = """
import readline, signal, sys, threading

def miss(main):
    # The hook's own frame is on top until the editor goes on, which waits for a key then.
    while sys._current_frames()[main].f_code.co_name != "_edited":
        pass
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

readline.set_pre_input_hook(lambda: threading.Thread(target=miss, args=[threading.main_thread().ident]).start())
"""


@pytest.mark.parametrize(
    ("keys", "got"),
    [
        (b"pen door" + b"\x1b[D" * 8 + b"o\n", "'open door'"),
        (b"open dooor\x7f\x7fr\n", "'open door'"),
        (b"\x04", "None"),
        (b"op\x03", "the person at the terminal quits"),
    ],
)
def test_a_line_is_edited_with_the_keys_of_a_terminal(keys: bytes, got: str) -> None:
    assert f"GOT {got}" in typed(TYPED, keys)


def test_ctrl_c_is_heard_of_where_it_does_not_interrupt_the_editors_waiting() -> None:
    assert "GOT the person at the terminal quits" in typed(MISSED + TYPED, b"op")


def typed(program: str, keys: bytes) -> str:
    """What a program shows at a terminal where keys are pressed."""
    pytest.importorskip("readline")
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", program],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    try:
        # Keys count from the moment at which the terminal hands them out one by one.
        while termios.tcgetattr(follower)[3] & termios.ICANON:
            pass
        shown = b""
        for key in (keys[:2], keys[2:]):
            os.write(leader, key)
            while key == keys[:2] and keys[2:] and keys[:2] not in shown:
                shown += os.read(leader, 1000)
        while b"GOT" not in shown or not shown.rstrip(b"\r").endswith(b"\n"):
            shown += os.read(leader, 1000)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(follower)
        os.close(leader)
    return shown.decode()
