"""Real episodes of the maze through vLLM, in process and through its server: what is drawn is what the model would draw."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from agentgym_core.errors import ConfigError
from agentgym_core.policy import Request
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice, Sampling
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import Message, Outcome, Trajectory
from agentgym_policy_vllm.config import VllmConfig
from agentgym_policy_vllm.policy import VllmPolicy

NEEDS = ("vllm", "torch", "peft", "agentgym_policy_transformers", "agentgym_env_maze")
LACKING = [name for name in NEEDS if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(LACKING), reason=f"needs {', '.join(LACKING)}: make test-vllm"),
    # vLLM and what it imports warn of each other.
    pytest.mark.filterwarnings("ignore"),
]

SAMPLING = Sampling(temperature=1.0, max_tokens=12)
GREEDY = Sampling(temperature=0.0, max_tokens=12)


@frozen
class Models:
    """Two models of one architecture and tokenizer, and two adapters of the first."""

    one: Path
    two: Path
    adapters: tuple[Path, Path]


def jobs(count: int) -> list[Job]:
    from agentgym_core.environments import resolve_environment

    source = resolve_environment("maze")
    return [Job(source, task) for task in list(source.tasks("train"))[:count]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    import peft
    import torch
    import transformers

    from agentgym_policy_transformers.new_model import make_model

    home = tmp_path_factory.mktemp("models")
    with Run.create(home / "run", new_manifest()) as run:
        collect(jobs(12), "expert", RolloutSettings(), run=run)
    made = Models(home / "one", home / "two", (home / "first", home / "second"))
    make_model("tiny", [home / "run"], made.one, seed=0)
    make_model("tiny", [home / "run"], made.two, seed=1)
    for seed, folder in enumerate(made.adapters):
        torch.manual_seed(seed)
        shape = peft.LoraConfig(r=4, lora_alpha=64, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
        peft.get_peft_model(transformers.AutoModelForCausalLM.from_pretrained(made.one), shape).save_pretrained(folder)
    return made


@pytest.fixture(scope="module")
def policy(models: Models) -> Iterator[VllmPolicy]:
    made = VllmPolicy(VllmConfig(model=str(models.one), eager=True, cache_gib=1, batch_limit=16, context_tokens=2048))
    yield made
    asyncio.run(made.close())


def settings(**changes: Any) -> RolloutSettings:
    return RolloutSettings(**{"max_rounds": 4, "sampling": SAMPLING, **changes})


def plain(folder: Path, adapter: Path | None = None) -> Any:
    """A model as its files are, in float32."""
    import peft
    import torch
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.eval() if adapter is None else peft.PeftModel.from_pretrained(model, adapter).eval()


def check_exact(model: Any, trajectories: Sequence[Trajectory]) -> int:
    """Compares every log-probability with a plain forward pass over the ids that the tokens add up to; how many there were."""
    import torch

    compared = 0
    for trajectory in trajectories:
        ids: list[int] = []
        for turn in trajectory.turns:
            assert turn.tokens is not None
            ids = [] if turn.tokens.fresh else ids
            ids += turn.tokens.prompt
            assert turn.usage.prompt_tokens == len(ids)
            start = len(ids)
            ids += turn.tokens.sampled
            with torch.inference_mode():
                logits = model(input_ids=torch.tensor([ids])).logits[0].float().log_softmax(-1)
            expected = [float(logits[start + number - 1, token]) for number, token in enumerate(turn.tokens.sampled)]
            assert turn.tokens.logprobs == pytest.approx(expected, abs=1e-3)
            compared += len(expected)
    return compared


def drawn(trajectories: Sequence[Trajectory]) -> list[list[tuple[Any, ...]]]:
    tokens = [[turn.tokens for turn in each.turns] for each in sorted(trajectories, key=lambda t: t.key.task)]
    return [[(each.prompt, each.sampled, each.fresh) for each in turns if each is not None] for turns in tokens]


def test_episodes_in_process(policy: VllmPolicy, models: Models) -> None:
    summary = collect(jobs(8), policy, settings())
    assert summary.outcomes.keys() <= {Outcome.TRUNCATED, Outcome.SOLVED, Outcome.FAILED}
    assert check_exact(plain(models.one), summary.trajectories) > 100
    for trajectory in summary.trajectories:
        assert [turn.tokens.fresh for turn in trajectory.turns if turn.tokens] == [True, False, False, False]
        assert {turn.weights_version for turn in trajectory.turns} == {policy.weights_digest()}
    assert not policy._episodes


def test_the_same_tokens_as_through_transformers(policy: VllmPolicy, models: Models) -> None:
    choice = ComponentChoice("transformers", {"model": str(models.one), "device": "cpu"})
    ours = collect(jobs(6), policy, settings(sampling=GREEDY)).trajectories
    theirs = collect(jobs(6), choice, settings(sampling=GREEDY)).trajectories
    assert drawn(ours) == drawn(theirs)


def request(sampling: Sampling, seed: int = 7) -> Request:
    from agentgym_core.actions import Grammar

    messages = (Message("user", "Where is the goal?"),)
    return Request(messages, f"alone {seed}", 0, seed, sampling, Grammar(()))


def test_a_seed_decides_what_is_drawn(policy: Any) -> None:
    one, same, other = (asyncio.run(policy.act(request(SAMPLING, seed))) for seed in (7, 7, 2**62 + 8))
    assert one.tokens == same.tokens
    assert one.tokens.sampled != other.tokens.sampled


def test_a_reply_ends_at_its_length_or_at_a_stop_string(policy: Any) -> None:
    long = asyncio.run(policy.act(request(evolve(GREEDY, max_tokens=5))))
    assert (len(long.tokens.sampled), long.finish_reason) == (5, "length")
    assert long.tokens.sampled[-1] not in policy._ends
    words = long.text[2:4]
    cut = asyncio.run(policy.act(request(evolve(GREEDY, max_tokens=5, stop=(words,)))))
    assert cut.finish_reason == "stop"
    assert cut.text == long.text[: long.text.find(words)]
    assert cut.tokens.sampled == long.tokens.sampled[: len(cut.tokens.sampled)]
    assert words in policy.tokenizer.decode(cut.tokens.sampled)


def test_a_cancelled_reply_is_aborted(policy: Any) -> None:
    async def main() -> Any:
        asking = asyncio.create_task(policy.act(request(evolve(SAMPLING, max_tokens=1500), seed=1)))
        await asyncio.sleep(0.2)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return await policy.act(request(SAMPLING, seed=2))

    assert asyncio.run(main()).tokens.sampled
    assert not policy._engine._llm.output_processor.has_unfinished_requests()


def test_an_episode_longer_than_the_context_is_truncated(models: Models, policy: VllmPolicy) -> None:
    (first,) = collect(jobs(1), policy, settings(max_rounds=1)).trajectories
    limit, policy.context_tokens = policy.context_tokens, first.usage.prompt_tokens + 100
    try:
        (cut,) = collect(jobs(1), policy, settings(max_rounds=15)).trajectories
    finally:
        policy.context_tokens = limit
    assert (cut.outcome, cut.truncation) == (Outcome.TRUNCATED, "context")


def test_weights_and_adapters_that_change(policy: Any, models: Models, tmp_path: Path) -> None:
    versions = [policy.weights_digest()]

    def check(folder: Path, adapter: Path | None) -> None:
        summary = collect(jobs(4), policy, settings())
        assert check_exact(plain(folder, adapter), summary.trajectories) > 50
        assert {turn.weights_version for t in summary.trajectories for turn in t.turns} == {policy.weights_digest()}
        versions.append(policy.weights_digest())

    # The engine has no room for adapters, so the first one starts it anew; the second one is only loaded.
    asyncio.run(policy.load(models.adapters[0]))
    engine = policy._engine
    check(models.one, models.adapters[0])
    asyncio.run(policy.load(models.adapters[1]))
    assert policy._engine is engine
    check(models.one, models.adapters[1])

    other = tmp_path / "other"
    shutil.copytree(models.one, other)
    told = json.loads((other / "config.json").read_text(encoding="utf-8"))
    (other / "config.json").write_text(json.dumps(told | {"model_type": "llama"}), encoding="utf-8")
    with pytest.raises(ConfigError, match="another architecture"):
        asyncio.run(policy.load(other))
    assert policy.weights_digest() == versions[-1]

    in_place = engine.reloads
    asyncio.run(policy.load(models.two))
    assert (policy._engine is engine) == in_place
    check(models.two, None)
    assert len(set(versions)) == 4


@pytest.fixture(scope="module")
def server(models: Models, policy: VllmPolicy) -> Iterator[str]:
    """The address of `vllm serve`, when it answers; the engine in process has ended before."""
    asyncio.run(policy.close())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = Path(sys.executable).with_name("vllm")
    words = ["serve", str(models.one), "--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(port)]
    words += ["--max-model-len", "2048", "--max-num-seqs", "16", "--dtype", "float32", "--enforce-eager"]
    words += ["--kv-cache-memory-bytes", str(2**30)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [str(command), *words], stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(30)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Any) -> None:
    """Until a server says that it is well."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(1)
    log.seek(0)
    pytest.fail(f"vllm serve is not up: {log.read()[-3000:].decode(errors='replace')}")


def test_episodes_through_the_server(server: str, models: Models) -> None:
    choice = ComponentChoice("openai", {"base_url": server, "model": "tiny", "return_token_ids": True})
    summary = collect(jobs(6), choice, settings())
    assert summary.outcomes.keys() <= {Outcome.TRUNCATED, Outcome.SOLVED, Outcome.FAILED}
    assert check_exact(plain(models.one), summary.trajectories) > 100
    greedy = collect(jobs(4), choice, settings(sampling=GREEDY)).trajectories
    local = ComponentChoice("transformers", {"model": str(models.one), "device": "cpu"})
    theirs = collect(jobs(4), local, settings(sampling=GREEDY, max_rounds=1)).trajectories
    assert [turns[:1] for turns in drawn(greedy)] == drawn(theirs)


def test_the_command_of_the_readme(server: str, tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("agentgym")
    words = ["collect", "maze", "--policy", "openai", "--split", "eval", "--limit", "2", "--rounds", "2"]
    for choice in (f"base_url={server}", "model=tiny", "return_token_ids=true"):
        words += ["--policy-config", choice]
    words += ["--out", str(tmp_path / "served")]
    done = subprocess.run([str(command), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    trajectories = list(Run.open(tmp_path / "served").trajectories())
    assert len(trajectories) == 2
    assert all(turn.tokens is not None for each in trajectories for turn in each.turns)
