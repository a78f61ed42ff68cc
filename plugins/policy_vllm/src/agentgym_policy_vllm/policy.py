"""The policy: conversations in, replies out, with the ids that were read and drawn."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import define

from agentgym_core.errors import ConfigError, PolicyFault, StoreError
from agentgym_core.policy import Reply, Request, TrainablePolicy
from agentgym_core.types import Message
from agentgym_policy_vllm import files
from agentgym_policy_vllm.config import VllmConfig
from agentgym_policy_vllm.engine import Adapter, Engine, Loop, VllmEngine
from agentgym_tokens import ConversationHistory, Turn, reply_grammar, write_folder
from agentgym_tokens.gate import Gate

Start = Callable[[VllmConfig, Path, int], Awaitable[Engine]]


@define(eq=False)
class _Episode:
    """What is kept of an episode: its ids, and what was shown and said last. Keys and values are the engine's affair."""

    ids: list[int]
    past: ConversationHistory | None = None


class VllmPolicy(TrainablePolicy):
    """A causal language model in vLLM's asynchronous engine. Requests that wait are batched; prefixes are computed once.

    Log-probabilities are those of the model itself: at temperature 1 and without top-p, whatever the sampling.

    :param start: starts another engine than vLLM's own.
    :param tokenizer: use this one and not the model's.
    :raises ConfigError: the model cannot be loaded or used; the message says why.
    """

    def __init__(self, config: VllmConfig, *, start: Start = VllmEngine.start, tokenizer: Any = None) -> None:
        config.refuse_tool_choice("vllm")
        self.config = config
        self._start = start
        self._folder = files.folder_of(config.model, config.revision)
        self._adapter: Adapter | None = None
        self._adapters = 0
        if config.adapter:
            self._adapter = self._number(Path(config.adapter))
        self._rank = self._rank_for(self._adapter)
        self.tokenizer = _tokenizer(self._folder, config) if tokenizer is None else tokenizer
        self._conversations = config.conversations(self.tokenizer, files.end_ids(self._folder))
        self._ends = sorted(self._conversations.ends)
        self._digest = files.digest_of(self._folder, self.tokenizer, self._decides(), self._place())
        self._episodes: dict[str, _Episode] = {}
        self._gate = Gate()
        self._loop: Loop | None = Loop()
        try:
            self._engine = self._loop.wait(self._started(self._folder, self._adapter, self._rank))
        except BaseException:
            self._loop.stop()
            raise
        self.context_tokens = config.context_tokens or self._engine.context_tokens

    async def act(self, request: Request) -> Reply:
        """Answer one conversation.

        :raises ContextOverflow: it no longer fits the model. :raises PolicyFault: there is no reply; the message says why.
        """
        async with self._gate.request():
            if self._loop is None:
                raise PolicyFault("the policy is closed", hint="make a new one")
            before = self._episodes.get(request.episode) if request.turn else None
            past, ids = (before.past, before.ids) if before else (None, [])
            turn = Turn.begin(self._conversations, request, past, ids, self.context_tokens)
            episode = before or self._episodes.setdefault(request.episode, _Episode([]))
            version = self._digest
            drawn = await self._loop.do(
                self._engine.draw(
                    turn.prompt.ids,
                    request.sampling,
                    limit=turn.limit,
                    seed=request.seed,
                    ends=self._ends,
                    adapter=self._adapter,
                    **({"grammar": self._grammar(request)} if self.config.constrain else {}),
                )
            )
            # Only what was heard is history: a reply that failed or was cancelled leaves the episode as it was.
            reply, episode.past = turn.end(drawn.sampled, drawn.logprobs, drawn.reason, version)
            episode.ids = [*turn.prompt.ids, *drawn.sampled]
            return reply

    async def end(self, episode: str) -> None:
        """Forget an episode."""
        self._episodes.pop(episode, None)

    def count_tokens(self, messages: Sequence[Message]) -> int | None:
        """The length of a conversation with the beginning of the next answer; None where the template refuses it."""
        return self._conversations.count(messages)

    def weights_digest(self) -> str:
        """A digest of weights, adapter, tokenizer and chat template, made from the files."""
        return self._digest

    async def load(self, path: Path) -> None:
        """Take the weights, or the adapter, of a folder, when every request in flight is answered. Episodes go on.

        Weights are put in place on a GPU; on a CPU, and where that fails, the engine starts anew. So it does for the first adapter, and
        for one of a higher rank than there is room for.

        :raises ConfigError: it holds another architecture, or nothing; the weights stay as they were.
        """
        async with self._gate.alone():
            if self._loop is None:
                raise PolicyFault("the policy is closed", hint="make a new one")
            if files.is_adapter(path):
                await self._load_adapter(self._loop, path)
            else:
                await self._load_model(self._loop, files.checked(path))

    async def save(self, path: Path) -> None:
        """Write the model, or the adapter where there is one, and the tokenizer; what was there before is replaced when all is written.

        :raises StoreError: it cannot be written, or the files that the weights came from have changed; what was there before is whole.
        """
        async with self._gate.alone():
            await asyncio.to_thread(self._save, Path(path))

    async def close(self) -> None:
        """End the engine and free its memory."""
        loop, self._loop = self._loop, None
        self._episodes.clear()
        if loop is not None:
            try:
                await loop.do(self._engine.close())
            finally:
                await asyncio.to_thread(loop.stop)

    async def _load_model(self, loop: Loop, folder: Path) -> None:
        await asyncio.to_thread(files.check_same, self._folder, folder)
        digest = await asyncio.to_thread(files.digest_of, folder, self.tokenizer, self._decides())
        if not await self._reloaded(loop, folder):
            await self._restart(loop, folder, None)
        self._folder, self._adapter, self._digest = folder, None, digest

    async def _reloaded(self, loop: Loop, folder: Path) -> bool:
        if not self._engine.reloads:
            return False
        try:
            await loop.do(self._engine.reload(folder))
        except Exception:
            return False
        return True

    async def _load_adapter(self, loop: Loop, path: Path) -> None:
        adapter = self._number(path)
        digest = await asyncio.to_thread(files.digest_of, self._folder, self.tokenizer, self._decides(), adapter.folder)
        rank = self._rank_for(adapter)
        if rank > self._rank:
            await self._restart(loop, self._folder, adapter)
        else:
            try:
                await loop.do(self._engine.add(adapter))
            except Exception as error:
                raise _misfit(adapter, error) from error
        self._adapter, self._digest = adapter, digest

    async def _restart(self, loop: Loop, folder: Path, adapter: Adapter | None) -> None:
        """A new engine; where it does not start, one as it was before."""
        rank = max(self._rank, self._rank_for(adapter))
        await loop.do(self._engine.close())
        try:
            self._engine = await loop.do(self._started(folder, adapter, rank))
        except Exception:
            self._engine = await loop.do(self._started(self._folder, self._adapter, self._rank))
            raise
        self._rank = rank

    async def _started(self, folder: Path, adapter: Adapter | None, rank: int) -> Engine:
        engine = await self._start(self.config, folder, rank)
        if adapter is not None:
            try:
                await engine.add(adapter)
            except Exception as error:
                await engine.close()
                raise _misfit(adapter, error) from error
        return engine

    def _save(self, path: Path) -> None:
        if files.digest_of(self._folder, self.tokenizer, self._decides(), self._place()) != self._digest:
            raise StoreError(
                f"the weights that run came from {str(self._place() or self._folder)!r}, and its files are others now",
                hint="keep checkpoints where they are while a policy runs them",
            )
        write_folder(path, self._write)

    def _write(self, folder: Path) -> None:
        shutil.copytree(self._place() or self._folder, folder)
        self.tokenizer.save_pretrained(folder)

    def _decides(self) -> dict[str, Any]:
        return {"template": self.config.rendering(), "dtype": self.config.dtype, **self.config.drawing()}

    def _grammar(self, request: Request) -> str:
        return reply_grammar(request.renderer, self.config.thought_characters).gbnf

    def _place(self) -> Path | None:
        return self._adapter.folder if self._adapter is not None else None

    def _number(self, path: Path) -> Adapter:
        folder = files.checked(path, files.ADAPTER)
        # Cached prefixes belong to an adapter's number, so none comes twice.
        self._adapters += 1
        return Adapter(self._adapters, folder)

    def _rank_for(self, adapter: Adapter | None) -> int:
        asked = self.config.lora_rank or 0
        return asked if adapter is None else max(asked, files.lora_rank(adapter.folder))


def _misfit(adapter: Adapter, error: Exception) -> ConfigError:
    words = str(error).strip().splitlines()[:1]
    return ConfigError(
        f"adapter {str(adapter.folder)!r} does not fit the model: {''.join(words) or type(error).__name__}",
        hint="load the model that it was trained on",
    )


def _tokenizer(folder: Path, config: VllmConfig) -> Any:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=config.trust_remote_code)
    except Exception as error:
        words = str(error).strip().splitlines()[:1]
        raise ConfigError(
            f"the tokenizer of {config.model!r} cannot be loaded: {''.join(words) or type(error).__name__}",
            hint="save one there: tokenizer.save_pretrained(...)",
        ) from error
