"""The blocking face of the loop, for scripts and notebooks."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from agentgym_core.policy import Policy
from agentgym_core.registry import make, spec
from agentgym_core.rollout.loop import rollout
from agentgym_core.rollout.settings import Job, RolloutSettings, Summary
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Trajectory, digest

if TYPE_CHECKING:
    from agentgym_core.store import Run

T = TypeVar("T")


def collect(
    jobs: Iterable[Job],
    policy: Policy | ComponentChoice | str,
    settings: RolloutSettings | None = None,
    *,
    policy_id: str = "",
    run: Run | None = None,
    on_episode: Callable[[Trajectory], None] | None = None,
    keep: bool | None = None,
) -> Summary:
    """Play jobs and wait for the end; works in a script and inside a running event loop (a notebook) alike.

    :param policy: a policy (not closed), or its id, or id and configuration: then it is made for this call and closed after it.
    :param policy_id: how the policy is named in the episodes' keys; by default its id, or its class.
    :raises KeyboardInterrupt: Ctrl-C was pressed: episodes that had ended are kept, the others were cut. A second one ends it at once.
    :raises AgentGymError: as `rollout` says.
    """

    async def main() -> Summary:
        if isinstance(policy, Policy):
            name = policy_id or type(policy).__name__
            return await rollout(jobs, policy, settings, policy_id=name, run=run, on_episode=on_episode, keep=keep)
        choice = ComponentChoice(policy) if isinstance(policy, str) else policy
        async with made_policy(choice) as own:
            name = policy_id or policy_name(choice, own)
            return await rollout(jobs, own, settings, policy_id=name, run=run, on_episode=on_episode, keep=keep)

    return run_blocking(main)


def made_policy(choice: ComponentChoice) -> Policy:
    """A policy from its id and configuration."""
    policy: Policy = make("policy", choice.id, dict(choice.config), where="policy")
    return policy


def policy_name(choice: ComponentChoice, policy: Policy) -> str:
    """How a policy is named in the keys of episodes: its canonical id.

    A digest of its configuration is added where it has one and the policy has no digest of its own for what decides its answers:
    otherwise a run could not go on after a change of, say, a time limit.
    """
    canonical = str(spec("policy", choice.id).canonical)
    bare = not choice.config or policy.weights_digest()
    return canonical if bare else f"{canonical}:{digest(dict(choice.config))[:8]}"


def run_blocking(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, in this thread or, where a loop runs here already, in another one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run_here(main)
    # A notebook's loop runs in this thread and cannot be entered again, so a thread with a loop of its own does the work.
    result: list[T] = []
    raised: list[BaseException] = []

    def work(ready: Callable[[asyncio.AbstractEventLoop, asyncio.Task[T]], None]) -> None:
        async def wrapped() -> T:
            task = asyncio.current_task()
            assert task is not None
            ready(asyncio.get_running_loop(), task)
            return await main()

        try:
            result.append(asyncio.run(wrapped()))
        except BaseException as error:
            raised.append(error)

    with _interrupts() as ready:
        thread = threading.Thread(target=work, args=(ready,), name="agentgym-collect", daemon=True)
        thread.start()
        thread.join()
    if raised:
        if isinstance(raised[0], asyncio.CancelledError):
            raise KeyboardInterrupt
        raise raised[0]
    return result[0]


def _run_here(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with _interrupts() as ready:

        async def wrapped() -> T:
            task = asyncio.current_task()
            assert task is not None
            ready(asyncio.get_running_loop(), task)
            return await main()

        try:
            # The runner installs a handler of its own only where the default one stands, which is not the case here.
            with asyncio.Runner() as runner:
                return runner.run(wrapped())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


@contextmanager
def _interrupts() -> Iterator[Callable[[asyncio.AbstractEventLoop, asyncio.Task[Any]], None]]:
    """The first Ctrl-C cancels a task, so that it can end in good order; the second kills every host and raises."""
    # What Ctrl-C does:
    #   before the task runs   raise at once: nothing has to end in good order
    #   first press            cancel the task: episodes are cut, stored, and hosts closed
    #   second press           kill every host and raise KeyboardInterrupt where the main thread stands
    # Signal handlers run in the main thread only, so elsewhere the default behaviour stays.
    target: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []
    pressed = 0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed += 1
        if pressed == 1 and target:
            loop, task = target[0]
            loop.call_soon_threadsafe(task.cancel)
            return
        from agentgym_core.rollout.placements._worker_client import kill_processes

        kill_processes()
        raise KeyboardInterrupt

    def ready(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        target.append((loop, task))

    if threading.current_thread() is not threading.main_thread():
        yield ready
        return
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        # The program has its own handler for Ctrl-C.
        yield ready
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield ready
    finally:
        signal.signal(signal.SIGINT, before)
