"""vLLM's asynchronous engine, and the thread that it lives in."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from attrs import frozen

from agentgym_core.errors import ConfigError, PolicyFault
from agentgym_core.settings import Sampling
from agentgym_policy_vllm.config import VllmConfig

T = TypeVar("T")
_PATIENCE = 10.0
"""Seconds that the engine's processes have to end by themselves."""
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)


@frozen
class Adapter:
    """A LoRA adapter by a number that no other one has had in this engine."""

    number: int
    folder: Path


@frozen
class Drawn:
    """What an engine drew: ids, the log-probability of each, and `stop` or `length`."""

    sampled: tuple[int, ...]
    logprobs: tuple[float, ...]
    reason: str


class Engine(Protocol):
    """What the policy uses of an engine; everything runs in the thread of its loop."""

    context_tokens: int | None
    reloads: bool
    """Whether weights can be put in place of others."""

    async def draw(
        self,
        ids: Sequence[int],
        sampling: Sampling,
        *,
        limit: int,
        seed: int,
        ends: Sequence[int],
        adapter: Adapter | None,
        grammar: str = "",
    ) -> Drawn:
        """Draw a reply, by a grammar in GBNF where there is one; when it is cancelled, the engine stops drawing."""

    async def reload(self, folder: Path) -> None:
        """Put the weights of a folder in place of those that are there, and forget what was computed with the old ones."""

    async def add(self, adapter: Adapter) -> None:
        """Load an adapter."""

    async def close(self) -> None:
        """Free everything."""


class Loop:
    """An event loop in a thread of its own: an engine belongs to one loop, and rollouts come with a loop each."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vllm", daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work there and block until it is done."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work there and wait for it; a cancelled wait cancels the work."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def stop(self) -> None:
        """End the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)
        if not self._thread.is_alive() and not self._loop.is_closed():
            self._loop.close()


class VllmEngine:
    """A running AsyncLLM."""

    def __init__(self, llm: Any, cuts: Mapping[str, Any] = MappingProxyType({})) -> None:
        from vllm.platforms import current_platform

        self._llm = llm
        self._cuts = dict(cuts)
        self._numbers = itertools.count(1)
        self.context_tokens: int | None = int(llm.model_config.max_model_len)
        # On a CPU, layers compute with packed copies of their weights, which vLLM's reload_weights leaves as they were.
        self.reloads = not current_platform.is_cpu()

    @classmethod
    async def start(cls, config: VllmConfig, folder: Path, rank: int) -> VllmEngine:
        """Load a model; with a rank above 0 there is room for adapters.

        :raises ConfigError: vLLM does not take it; the message says why.
        """
        # Nothing about a run is sent to anyone, and only what went wrong is printed, unless somebody has chosen otherwise.
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
        try:
            from vllm.engine.arg_utils import AsyncEngineArgs
            from vllm.v1.engine.async_llm import AsyncLLM

            cuts = {"min_p": config.min_p, **({"top_k": config.top_k} if config.top_k else {})}
            return cls(AsyncLLM.from_engine_args(AsyncEngineArgs(**_arguments(config, folder, rank))), cuts)
        except Exception as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            reason = lines[0] if lines else type(error).__name__
            raise ConfigError(
                f"vLLM does not start with model {str(folder)!r}: {reason if len(reason) <= 300 else reason[:300] + ' ...'}",
                hint="set VLLM_LOGGING_LEVEL=INFO to see what it does; context_tokens and cache_gib bound its memory",
            ) from error

    async def draw(
        self,
        ids: Sequence[int],
        sampling: Sampling,
        *,
        limit: int,
        seed: int,
        ends: Sequence[int],
        adapter: Adapter | None,
        grammar: str = "",
    ) -> Drawn:
        """Draw a reply.

        :raises PolicyFault: the engine has died, or gave the reply up.
        """
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        parameters = SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=limit,
            stop=list(sampling.stop),
            stop_token_ids=list(ends),
            seed=seed % 2**63,
            # Of the sampled token alone, before temperature and top-p.
            logprobs=0,
            output_kind=RequestOutputKind.FINAL_ONLY,
            **self._cuts,
            **_structured(grammar),
        )
        last: Any = None
        name = f"reply-{next(self._numbers)}"
        prompt = {"type": "token", "prompt_token_ids": list(ids)}
        try:
            async for each in self._llm.generate(prompt, parameters, name, lora_request=_lora(adapter)):
                last = each
        except asyncio.CancelledError:
            raise
        except Exception as error:
            words = str(error).strip().splitlines()[:1]
            dead = bool(getattr(self._llm, "errored", False))
            raise PolicyFault(
                f"vLLM {'has died' if dead else 'made no reply'}: {type(error).__name__}: {''.join(words)}",
                hint="its log says why: set VLLM_LOGGING_LEVEL=INFO; lower cache_gib or batch_limit where memory ran out",
            ) from error
        if last is None or not last.outputs or last.outputs[0].finish_reason not in ("stop", "length"):
            reason = last.outputs[0].finish_reason if last is not None and last.outputs else "nothing"
            raise PolicyFault(f"vLLM gave the reply up ({reason})", hint="play the episode again")
        output = last.outputs[0]
        sampled = tuple(int(token) for token in output.token_ids)
        logprobs = tuple(float(row[token].logprob) for token, row in zip(sampled, output.logprobs or (), strict=True))
        return Drawn(sampled, logprobs, output.finish_reason)

    async def reload(self, folder: Path) -> None:
        """Put the weights of a folder in place of those that are there."""
        await self._llm.collective_rpc("reload_weights", kwargs={"weights_path": str(folder)})
        if not await self._llm.reset_prefix_cache():
            raise RuntimeError("the cache of prefixes could not be emptied")

    async def add(self, adapter: Adapter) -> None:
        """Load an adapter."""
        await self._llm.add_lora(_lora(adapter))

    async def close(self) -> None:
        """End the engine's processes."""
        self._llm.shutdown(timeout=_PATIENCE)


def _arguments(config: VllmConfig, folder: Path, rank: int) -> dict[str, Any]:
    from vllm.platforms import current_platform

    found: dict[str, Any] = {
        "model": str(folder),
        "dtype": "float32" if config.dtype == "auto" and current_platform.is_cpu() else config.dtype,
        "max_num_seqs": config.batch_limit,
        "enable_prefix_caching": True,
        "enforce_eager": config.eager,
        "tensor_parallel_size": config.tensor_parallel,
        "trust_remote_code": config.trust_remote_code,
        "logprobs_mode": "raw_logprobs",
        "disable_log_stats": True,
    }
    if config.context_tokens is not None:
        found["max_model_len"] = config.context_tokens
    if config.cache_gib is not None:
        found["kv_cache_memory_bytes"] = config.cache_gib * 2**30
    if rank:
        room = next((size for size in _RANKS if size >= rank), rank)
        found |= {"enable_lora": True, "max_lora_rank": room, "max_loras": 1}
    return found | config.engine


def _structured(grammar: str) -> dict[str, Any]:
    if not grammar:
        return {}
    from vllm.sampling_params import StructuredOutputsParams

    return {"structured_outputs": StructuredOutputsParams(grammar=grammar)}


def _lora(adapter: Adapter | None) -> Any:
    if adapter is None:
        return None
    from vllm.lora.request import LoRARequest

    return LoRARequest(f"adapter-{adapter.number}", adapter.number, str(adapter.folder))
