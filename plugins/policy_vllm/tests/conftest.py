"""Model folders of a few bytes, a tokenizer of characters, and an engine that says what it is told to: no vLLM, no torch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.policy import Reply, Request
from agentgym_core.settings import Sampling
from agentgym_core.types import Message
from agentgym_policy_vllm.config import VllmConfig
from agentgym_policy_vllm.engine import Adapter, Drawn
from agentgym_policy_vllm.policy import VllmPolicy

START, END = "\x01", "\x02"


class Characters:
    """A character is a token, its code point the id; two control characters mark where a turn begins and ends."""

    all_special_ids = (1, 2)
    eos_token_id = 2
    chat_template = "start role newline content end"

    def __init__(self, rewrites: bool = False) -> None:
        self.rewrites = rewrites

    def apply_chat_template(self, conversation: Sequence[Mapping[str, Any]], **settings: Any) -> str:
        text = ""
        for number, row in enumerate(conversation):
            old = self.rewrites and row["role"] == "assistant" and number < len(conversation) - 1
            text += f"{START}{row['role']}\n{row['content'][-1:] if old else row['content']}{END}"
        return text + (f"{START}assistant\n" if settings["add_generation_prompt"] else "")

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        return [ord(sign) for sign in text]

    def decode(self, ids: Sequence[int], **settings: Any) -> str:
        return "".join(chr(token) for token in ids if token > 2 or not settings.get("skip_special_tokens"))

    def get_vocab(self) -> dict[str, int]:
        return {chr(code): code for code in range(128)}

    def save_pretrained(self, folder: Path) -> None:
        (folder / "tokenizer.json").write_text("{}", encoding="utf-8")


class FakeEngine:
    """Says `says` and remembers what it was asked."""

    def __init__(self, folder: Path, rank: int) -> None:
        self.context_tokens: int | None = 400
        self.folder, self.rank = folder, rank
        self.asked: list[tuple[list[int], Adapter | None, int, int]] = []
        self.added: list[Adapter] = []
        self.grammars: list[str] = []
        self.says = "ok"
        self.reason = "stop"
        self.hold: asyncio.Event | None = None
        self.reached: Callable[[], None] = lambda: None
        self.cancelled = 0
        self.closed = False
        self.reloads = True
        self.breaks = False
        self.refuses: Exception | None = None

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
        assert not self.closed
        self.grammars.append(grammar)
        self.asked.append((list(ids), adapter, limit, seed))
        assert list(ends) == [2]
        if self.hold is not None:
            self.reached()
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        sampled = [ord(sign) for sign in self.says][:limit] + ([2] if self.reason == "stop" else [])
        return Drawn(tuple(sampled), tuple(-0.5 for _ in sampled), self.reason)

    async def reload(self, folder: Path) -> None:
        assert self.reloads
        if self.breaks:
            raise RuntimeError("the loader cannot do that")
        self.folder = folder

    async def add(self, adapter: Adapter) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.added.append(adapter)

    async def close(self) -> None:
        self.closed = True


def write_safetensors(path: Path, tensors: Mapping[str, tuple[tuple[int, ...], bytes]]) -> None:
    """A safetensors file of float32 tensors, given as shape and bytes."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name, (shape, data) in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [place, place + len(data)]}
        place += len(data)
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + b"".join(data for _, data in tensors.values()))


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """A model folder; `fill` is the byte that its weights consist of."""

    def make(name: str = "model", fill: int = 0, kind: str = "qwen3", shape: tuple[int, ...] = (2, 2)) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"model_type": kind, "eos_token_id": 2}), encoding="utf-8")
        size = 4
        for side in shape:
            size *= side
        write_safetensors(folder / "model.safetensors", {"a": (shape, bytes([fill]) * size), "b": ((1,), b"1234")})
        return folder

    return make


@pytest.fixture
def make_adapter(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str = "adapter", rank: int = 4, fill: int = 0) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": rank}), encoding="utf-8")
        write_safetensors(folder / "adapter_model.safetensors", {"lora_A": ((1,), bytes([fill]) * 4)})
        return folder

    return make


class Played:
    """A policy over engines that say what they are told, and every engine that it started."""

    def __init__(self, config: VllmConfig, tokenizer: Any) -> None:
        self.engines: list[FakeEngine] = []
        self.fails: Exception | None = None
        self.policy = VllmPolicy(config, start=self._start, tokenizer=tokenizer)

    async def _start(self, config: VllmConfig, folder: Path, rank: int) -> FakeEngine:
        if self.fails is not None:
            error, self.fails = self.fails, None
            raise error
        engine = FakeEngine(folder, rank)
        self.engines.append(engine)
        return engine

    @property
    def engine(self) -> FakeEngine:
        return self.engines[-1]


@pytest.fixture
def play(make_folder: Callable[..., Path]) -> Any:
    made: list[Played] = []

    def make(*, model: Path | None = None, rewrites: bool = False, **settings: Any) -> Played:
        config = VllmConfig(model=str(model or make_folder()), **settings)
        made.append(Played(config, Characters(rewrites)))
        return made[-1]

    yield make
    for each in made:
        asyncio.run(each.policy.close())


class Episode:
    """A conversation that goes on turn by turn."""

    def __init__(self, policy: VllmPolicy, name: str = "e", **sampling: Any) -> None:
        self.policy, self.name = policy, name
        self.sampling = Sampling(**{"max_tokens": 20, **sampling})
        self.messages = [Message("user", "first")]
        self.replies: list[Reply] = []

    def request(self) -> Request:
        turn = len(self.replies)
        return Request(tuple(self.messages), self.name, turn, 1000 + turn, self.sampling, Grammar(()))

    async def turn(self) -> Reply:
        reply = await self.policy.act(self.request())
        self.replies.append(reply)
        self.messages += [Message("assistant", reply.text), Message("user", f"seen {len(self.replies)}")]
        return reply

    def ids(self) -> list[int]:
        """Every id of the conversation as the replies' tokens give it."""
        ids: list[int] = []
        for reply in self.replies:
            assert reply.tokens is not None
            ids = [] if reply.tokens.fresh else ids
            ids += [*reply.tokens.prompt, *reply.tokens.sampled]
        return ids


@pytest.fixture
def episode() -> type[Episode]:
    return Episode
