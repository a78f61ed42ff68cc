"""Asks the person at the terminal."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TextIO

from agentgym_core.errors import StopRun
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.terminal import say
from agentgym_core.types import ExpertAction
from agentgym_play.screen import begin_line, show

HELP = """\
Type an action as the environment spells it, or the number of one that is listed. There is more:
  actions  every action that is available now
  help     this page
  quit     stop; episodes that are finished are kept"""
HINT_HELP = "  ?        what an expert would do now"
LISTED = 20

_AGAIN = 0.05
"""Seconds after which Ctrl-C is sent again to an editor that has not heard of it."""


class HumanPolicy(Policy):
    """Shows the conversation and takes actions as they are typed, without any format around them.

    :param hints: offer the expert's move on `?`.
    :param opening: show the opening messages too; else an episode starts with its first observation.
    :param rounds: the limit on rounds, shown beside each line to type.
    :param ask, out: where lines come from and where they go; the terminal where left out, with the keys of readline where Python has it.
    """

    needs = frozenset({"available_actions"})

    def __init__(
        self,
        *,
        hints: bool = False,
        opening: bool = True,
        rounds: int | None = None,
        ask: TextIO | None = None,
        out: TextIO | None = None,
    ) -> None:
        if hints:
            self.needs = self.needs | {"expert"}
        self._hints = hints
        self._opening = opening
        self._rounds = rounds
        self._in = ask
        self._out = out
        self._shown: dict[str, int] = {}
        self._listed: tuple[str, ...] = ()
        # Two episodes at once must not talk over each other.
        self._floor = asyncio.Lock()

    async def act(self, request: Request) -> Reply:
        """What the person types, in the action format of the episode.

        :raises StopRun: the person quits, or the input has ended.
        """
        async with self._floor:
            self._show(request)
            return request.write(await self._choose(request))

    async def end(self, episode: str) -> None:
        """Forget how much of the conversation was shown."""
        self._shown.pop(episode, None)
        self._listed = ()

    def _show(self, request: Request) -> None:
        start = self._shown.get(request.episode, 0 if self._opening else len(request.messages) - 1)
        for message in request.messages[start:]:
            if message.role != "assistant":
                self._say(f"\n{message.content}")
        self._shown[request.episode] = len(request.messages)
        available = tuple(request.available_actions or ())
        if available and available == self._listed:
            self._say(f"\n  (the same {len(available)} actions as before: type actions)")
        elif available:
            self._list(available, LISTED)
        self._listed = available

    def _list(self, actions: Sequence[str], limit: int) -> None:
        self._say("")
        for number, action in enumerate(actions[:limit], 1):
            self._say(f"  {number:>2}  {action}")
        if len(actions) > limit:
            self._say(f"      ... and {len(actions) - limit} more: type actions")

    async def _choose(self, request: Request) -> str:
        available = list(request.available_actions or ())
        while True:
            line = await self._line("> " if self._rounds is None else f"{request.turn + 1}/{self._rounds} > ")
            if line is None:
                raise StopRun("the input has ended")
            # An environment may have an action of the same name as a command; then it is the action.
            match "" if line in available else line.lower():
                case "quit" | "exit":
                    raise StopRun("the person at the terminal quits")
                case "help":
                    self._say(HELP + (f"\n{HINT_HELP}" if self._hints else ""))
                case "actions":
                    self._list(available, len(available))
                    if not available:
                        self._say("This environment does not list its actions.")
                case "?" if self._hints:
                    self._hint(request.expert)
                case number if number.isdecimal() and 1 <= int(number) <= len(available):
                    return available[int(number) - 1]
                case _ if line:
                    return line
                case _:
                    pass

    def _hint(self, move: ExpertAction | None) -> None:
        if move is None:
            self._say("No expert knows what to do here.")
            return
        thought = f"  ({move.thought})" if move.thought else ""
        self._say(f"An expert would: {move.action}{thought}")

    async def _line(self, prompt: str) -> str | None:
        stream = self._in or sys.stdin
        say(prompt, end="", flush=True, file=self._out or sys.stdout)
        edited = _editing() and stream is sys.stdin and self._out is None and stream.isatty()
        if stream.isatty():
            # Waiting for the terminal on the event loop keeps Ctrl-C working and other episodes running. An editor takes over at the
            # first key, so the terminal must hand it out at once.
            loop, ready = asyncio.get_running_loop(), asyncio.Event()
            with _key_by_key(stream.fileno()) if edited else nullcontext():
                loop.add_reader(stream.fileno(), ready.set)
                try:
                    await ready.wait()
                finally:
                    loop.remove_reader(stream.fileno())
        if edited:
            return _edited(prompt)
        line = stream.readline()
        return line.strip() if line else None

    def _say(self, text: str) -> None:
        show(text, self._out)


def _editing() -> bool:
    try:
        import readline  # noqa: F401  input() uses it once it is imported
    except ImportError:
        return False
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _key_by_key(terminal: int) -> Iterator[None]:
    import termios
    import tty

    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _edited(prompt: str) -> str | None:
    """A line with arrow keys and the lines before; None at the end of the input.

    :raises StopRun: Ctrl-C was pressed.
    """
    try:
        with _interrupted_once():
            begin_line()
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                # Ctrl-C came after the first key and before this handler: the loop took note of it, and the editor would wait.
                raise KeyboardInterrupt
            return input(prompt).strip()
    except EOFError:
        return None
    except KeyboardInterrupt:
        raise StopRun("the person at the terminal quits") from None


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """Ctrl-C ends what runs within, once; the rollout's own handler would only take note of it, and the editor go on.

    The editor asks for signals only where one interrupts its waiting for a key: of one that comes just before it waits, or in another
    thread, it would hear at the next key. So it is sent again, to this thread, until it is heard.
    """
    heard = threading.Event()
    editor = threading.get_ident()
    told, ours = socket.socketpair()

    def hear(*_: object) -> None:
        if not heard.is_set():
            heard.set()
            raise KeyboardInterrupt

    def send_again() -> None:
        while number := told.recv(1):
            if number[0] == signal.SIGINT:
                while not heard.wait(_AGAIN):
                    signal.pthread_kill(editor, signal.SIGINT)
            elif loops >= 0:
                # The event loop hears of other signals when it runs again.
                with suppress(OSError):
                    os.write(loops, number)

    with told, ours:
        ours.setblocking(False)
        before = signal.signal(signal.SIGINT, hear)
        loops = signal.set_wakeup_fd(ours.fileno(), warn_on_full_buffer=False)
        watch = threading.Thread(target=send_again, name="agentgym-ctrl-c", daemon=True)
        watch.start()
        try:
            yield
        finally:
            heard.set()
            signal.set_wakeup_fd(loops)
            ours.shutdown(socket.SHUT_WR)
            watch.join()
            signal.signal(signal.SIGINT, before)
