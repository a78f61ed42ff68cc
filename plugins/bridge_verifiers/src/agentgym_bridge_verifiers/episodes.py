"""Episodes of verifiers, one after the other, in a thread of their own: what the model is asked comes out, and replies go in."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import secrets
import threading
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import verifiers.v1 as vf
from aiohttp import web
from attrs import Factory, frozen

from agentgym_core.errors import EnvironmentFault


@frozen
class Ended:
    """How an episode ended. `reward` is None where it could not be scored; `words` say why, or what stopped it."""

    reward: float | None
    words: str
    cut: bool = False
    metrics: Mapping[str, float] = Factory(dict)


class Episodes:
    """Plays tasks with one environment of verifiers. Calls block; each may take `seconds`.

    The model is an endpoint on this machine, under an address that nobody can guess.
    """

    def __init__(self, config: Any, seconds: float) -> None:
        self._config = config
        self._seconds = seconds
        self._told: queue.SimpleQueue[str | Ended] = queue.SimpleQueue()
        self._reply: asyncio.Future[str] | None = None
        self._episode: asyncio.Task[None] | None = None
        self._stack = contextlib.AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._env: Any = None
        self._context: Any = None

    def begin(self, task: Any) -> str | Ended:
        """Start an episode in place of any that runs: what the model is asked first."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop.run_forever, name="verifiers", daemon=True)
            self._thread.start()
            self._run(self._open())
        self._run(self._drop())
        self._told = queue.SimpleQueue()
        self._run(self._start(task, self._told))
        return self._next()

    def answer(self, text: str) -> str | Ended:
        """Give the model's reply: what it is asked next, or how the episode ended."""
        reply = self._reply
        assert reply is not None

        def give() -> None:
            if not reply.done():
                reply.set_result(text)

        self._loop.call_soon_threadsafe(give)
        return self._next()

    def close(self) -> None:
        """End what runs. Twice is fine."""
        if self._loop.is_closed():
            return
        if self._thread is not None:
            with contextlib.suppress(Exception):
                self._run(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(self._seconds)

    def _next(self) -> str | Ended:
        try:
            return self._told.get(timeout=self._seconds)
        except queue.Empty:
            raise EnvironmentFault(f"no word from verifiers within {self._seconds:g} s") from None

    async def _open(self) -> None:
        self._env = vf.load_environment(self._config)
        secret = secrets.token_urlsafe(24)
        app = web.Application(client_max_size=2**30)
        app.router.add_post(f"/{secret}/v1/chat/completions", self._asked)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        client = vf.EvalClientConfig(base_url=f"http://127.0.0.1:{port}/{secret}/v1", api_key_var="NO_KEY")
        self._context = vf.ModelContext(client=client, model="agentgym", sampling=vf.SamplingConfig())
        await self._stack.enter_async_context(self._env.serving())

    async def _start(self, task: Any, told: queue.SimpleQueue[str | Ended]) -> None:
        self._episode = asyncio.create_task(self._play(task, told))

    async def _play(self, task: Any, told: queue.SimpleQueue[str | Ended]) -> None:
        try:
            (slot,) = self._env.slots(task)
            episode = await self._env.run_slot(slot, self._context)
            told.put(ended(episode))
        except Exception as error:
            told.put(Ended(None, f"{type(error).__name__}: {error}"))

    async def _drop(self) -> None:
        task, self._episode = self._episode, None
        if self._reply is not None:
            self._reply.cancel()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _end(self) -> None:
        await self._drop()
        with contextlib.suppress(Exception):
            await self._stack.aclose()
        # Connections that were answered no more are still waited for by whoever serves them.
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.get_running_loop().shutdown_default_executor()

    async def _asked(self, request: web.Request) -> web.Response:
        body = await request.json()
        self._reply = asyncio.get_running_loop().create_future()
        self._told.put(asked(body["messages"]))
        text = await self._reply
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        answer = {"id": "agentgym", "object": "chat.completion", "created": 0, "model": "agentgym"}
        return web.json_response({**answer, "choices": [choice], "usage": usage})


def asked(messages: Sequence[Mapping[str, Any]]) -> str:
    """What was said since the model spoke last."""
    start = max((place for place, each in enumerate(messages, 1) if each["role"] == "assistant"), default=0)
    return "\n\n".join(_text(each.get("content")) for each in messages[start:])


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text") or f"[{part.get('type')}]") for part in content)
    return str(content or "")


def ended(episode: Any) -> Ended:
    """What an episode of verifiers came to."""
    errors = [*episode.errors, *(error for trace in episode.traces for error in trace.errors)]
    if errors or not episode.ok:
        return Ended(None, "; ".join(f"{error.type}: {error.message}" for error in errors)[:2000] or "it failed")
    (trace,) = episode.traces
    stop = str(trace.stop_condition or "")
    metrics = {name: float(value) for name, value in trace.metrics.items() if isinstance(value, (int, float))}
    return Ended(float(trace.reward), stop, trace.is_timeout or stop.startswith("max_"), metrics)
