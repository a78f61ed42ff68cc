"""The blocking face of the loop, for scripts and notebooks."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
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

    async def play(policy: Policy, name: str) -> Summary:
        policy_id_ = policy_id or name
        return await rollout(jobs, policy, settings, policy_id=policy_id_, run=run, on_episode=on_episode, keep=keep)

    async def main() -> Summary:
        if isinstance(policy, Policy):
            return await play(policy, type(policy).__name__)
        choice = ComponentChoice(policy) if isinstance(policy, str) else policy
        async with made_policy(choice) as own:
            return await play(own, policy_name(choice, own))

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
    cancel: list[Callable[[], object]] = []

    async def cancellable() -> T:
        task = asyncio.current_task()
        assert task is not None
        cancel.append(partial(asyncio.get_running_loop().call_soon_threadsafe, task.cancel))
        return await main()

    outcome: Future[T] = Future()

    def work() -> None:
        try:
            # asyncio handles Ctrl-C only where Python's own handler stands, which is not the case here.
            outcome.set_result(asyncio.run(cancellable()))
        except BaseException as error:
            outcome.set_exception(error)

    with _interrupts(cancel):
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            work()
        else:
            # A notebook's loop runs in this thread and cannot be entered again, so a thread with a loop of its own does the work.
            threading.Thread(target=work, name="agentgym-collect", daemon=True).start()
        try:
            return outcome.result()
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


@contextmanager
def _interrupts(cancel: Sequence[Callable[[], object]]) -> Iterator[None]:
    """The first Ctrl-C cancels what runs, so that it can end in good order; the second kills every host and raises."""
    # What Ctrl-C does:
    #   before it runs         raise at once: nothing has to end in good order
    #   first press            cancel it: episodes are cut, stored, and hosts closed
    #   second press           kill every host and raise KeyboardInterrupt where the main thread stands
    # Signal handlers run in the main thread only, so elsewhere the default behaviour stays; so does a handler of the program's own.
    pressed = 0

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed += 1
        if pressed == 1 and cancel:
            cancel[0]()
            return
        from agentgym_core.rollout.placements.worker_client import kill_processes

        kill_processes()
        raise KeyboardInterrupt

    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
