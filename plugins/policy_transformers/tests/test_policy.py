"""What is kept, freed, loaded and saved; errors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from agentgym_core.errors import ConfigError, ContextOverflow, PolicyFault, StoreError
from agentgym_core.policy import Reply
from agentgym_policy_transformers.config import TransformersConfig
from agentgym_policy_transformers.policy import TransformersPolicy
from agentgym_tokens import precision


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def test_episodes_that_end_give_their_memory_back(make_policy: Callable[..., Any], player: Any) -> None:
    policy = make_policy()
    play = player(policy)
    play.turn([f"e{number}" for number in range(16)])
    full = policy.cache_bytes
    for number in range(14):
        run(policy.end(f"e{number}"))
    assert 0 < policy.cache_bytes <= full // 4
    run(policy.end("e14"))
    run(policy.end("e14"))
    run(policy.end("never heard of"))
    run(policy.end("e15"))
    assert policy.cache_bytes == 0
    assert not policy._episodes


def test_an_episode_cancelled_in_the_middle_of_a_reply_is_freed_and_harms_nobody(
    make_policy: Callable[..., Any], player: Any, check_exact: Any, monkeypatch: Any
) -> None:
    policy = make_policy()
    policy._engine.ends = frozenset()
    play = player(policy, temperature=0.0, max_tokens=100)
    reached, go_on = threading.Event(), threading.Event()
    decode = policy._engine._decode
    passes: list[int] = []

    def slowly(live: Any) -> Any:
        passes.append(len(live))
        if len(passes) == 5:
            reached.set()
            assert go_on.wait(20)
        return decode(live)

    monkeypatch.setattr(policy._engine, "_decode", slowly)

    async def main() -> Any:
        stays = asyncio.create_task(policy.act(play.request("stays")))
        goes = asyncio.create_task(policy.act(play.request("goes")))
        await asyncio.to_thread(reached.wait, 20)
        goes.cancel()
        await policy.end("goes")
        go_on.set()
        return await stays

    reply = run(main())
    assert len(reply.tokens.sampled) == 100
    # The one that nobody waits for is left alone soon.
    assert passes.count(2) < 20
    assert set(policy._episodes) == {"stays"}
    play.replies["stays"].append(reply)
    check_exact(play, "stays")
    run(policy.end("stays"))
    assert policy.cache_bytes == 0


def test_an_episode_that_is_played_again_starts_from_nothing(
    make_policy: Callable[..., Any], player: Any, check_exact: Any
) -> None:
    policy = make_policy()
    first, second = player(policy, temperature=0.0), player(policy, temperature=0.0, seed=5)
    first.turn(["a"])
    for _ in range(2):
        second.turn(["a"])
    check_exact(second, "a")
    assert second.replies["a"][0].tokens.fresh


def test_two_requests_of_one_episode_in_one_batch(make_policy: Callable[..., Any], player: Any) -> None:
    policy = make_policy()
    request = player(policy).request("a")
    one, two = policy.act_batch([request, request])
    assert one.text == two.text
    assert one.tokens == two.tokens
    run(policy.end("a"))
    assert policy.cache_bytes == 0


def test_a_conversation_that_outgrew_the_model(make_policy: Callable[..., Any], player: Any) -> None:
    policy = make_policy(context_tokens=120)
    play = player(policy, max_tokens=10)
    answers: list[Any] = []
    while not answers or isinstance(answers[0], Reply):
        answers = play.turn(["long"])
    assert isinstance(answers[0], ContextOverflow)
    longest = play.replies["long"][-1].usage
    assert longest.prompt_tokens + longest.completion_tokens <= 120
    # The neighbours of one that overflows are answered.
    mixed = policy.act_batch([play.request("long"), play.request("short")])
    assert isinstance(mixed[0], ContextOverflow)
    assert isinstance(mixed[1], Reply)


def test_the_context_is_the_models_own(make_policy: Callable[..., Any]) -> None:
    assert make_policy().context_tokens == 4096
    assert make_policy("gpt2", context_tokens=100).context_tokens == 100


@pytest.mark.parametrize(
    ("dtype", "longer", "told"),
    [("bfloat16", 6.0, True), ("float16", 6.0, True), ("bfloat16", 0.6, False), ("auto", 6.0, False)],
)
def test_a_dtype_that_is_slow_here_is_told_before_anything_is_played(
    make_policy: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    dtype: str,
    longer: float,
    told: bool,
) -> None:
    monkeypatch.setattr(precision, "_told", set())
    monkeypatch.setattr(precision, "times_as_long", lambda name, *, learns: longer)
    policy = make_policy(dtype=dtype)
    assert (f"transformers: dtype = {dtype} is slow on this processor" in capsys.readouterr().err) is told
    # What was set stays.
    assert policy.model.dtype == (torch.float32 if dtype == "auto" else getattr(torch, dtype))


def test_load_waits_for_replies_in_flight_and_episodes_go_on_with_the_new_weights(
    make_policy: Callable[..., Any], make_folder: Callable[..., Path], player: Any, monkeypatch: Any
) -> None:
    policy = make_policy()
    before = policy.weights_digest()
    play = player(policy, temperature=0.0)
    reached, go_on = threading.Event(), threading.Event()
    prefill = policy._engine._prefill

    def slowly(live: Any) -> Any:
        reached.set()
        assert go_on.wait(20)
        return prefill(live)

    monkeypatch.setattr(policy._engine, "_prefill", slowly)

    async def main() -> tuple[Reply, Reply]:
        first = asyncio.create_task(policy.act(play.request("a")))
        await asyncio.to_thread(reached.wait, 20)
        loading = asyncio.create_task(policy.load(make_folder(seed=1)))
        await asyncio.sleep(0)
        late = asyncio.create_task(policy.act(play.request("b")))
        await asyncio.sleep(0)
        assert not loading.done()
        go_on.set()
        replies = await first, await late
        await loading
        return replies

    old, new = run(main())
    assert old.weights_version == before
    assert new.weights_version == policy.weights_digest() != before
    fresh = make_policy(seed=1)
    assert policy.weights_digest() == fresh.weights_digest()
    assert new.text == player(fresh, temperature=0.0).turn(["b"])[0].text


def test_a_conversation_goes_on_exactly_after_load(
    make_policy: Callable[..., Any], make_folder: Callable[..., Path], player: Any, check_exact: Any
) -> None:
    policy = make_policy()
    play = player(policy, temperature=0.0)
    play.turn(["a"])
    run(policy.load(make_folder(seed=1)))
    play.turn(["a"])
    assert not play.replies["a"][1].tokens.fresh
    second = play.replies["a"][1].tokens
    with torch.inference_mode():
        ((ids, _, _),) = play.conversations("a")
        logits = policy.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
    assert logits[-len(second.sampled) - 1 : -1].argmax(-1).tolist() == list(second.sampled)


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_a_checkpoint_of_another_architecture_changes_nothing(
    family: str, make_policy: Callable[..., Any], make_folder: Callable[..., Path]
) -> None:
    policy = make_policy()
    before = policy.weights_digest()
    with pytest.raises(ConfigError, match="another architecture"):
        run(policy.load(make_folder(family)))
    policy._weights._digest = ""
    assert policy.weights_digest() == before


def test_a_checkpoint_of_another_shape_changes_nothing(
    make_policy: Callable[..., Any], tmp_path: Path, make_folder: Callable[..., Path]
) -> None:
    config = transformers.AutoConfig.from_pretrained(make_folder())
    config.intermediate_size = 40
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "other")
    policy = make_policy()
    before = policy.weights_digest()
    with pytest.raises(ConfigError, match="differ in name or shape"):
        run(policy.load(tmp_path / "other"))
    policy._weights._digest = ""
    assert policy.weights_digest() == before


def test_save_and_load_give_the_same_policy(make_policy: Callable[..., Any], tmp_path: Path) -> None:
    policy, other = make_policy(seed=1), make_policy(seed=0)
    run(policy.save(tmp_path / "kept"))
    run(other.load(tmp_path / "kept"))
    assert other.weights_digest() == policy.weights_digest()
    again = TransformersPolicy(TransformersConfig(model=str(tmp_path / "kept"), device="cpu"))
    assert again.weights_digest() == policy.weights_digest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]


def test_a_full_disk_leaves_what_was_saved_before(
    make_policy: Callable[..., Any], tmp_path: Path, monkeypatch: Any
) -> None:
    policy = make_policy()
    run(policy.save(tmp_path / "kept"))
    whole = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}

    def full(*args: Any, **settings: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(policy.tokenizer, "save_pretrained", full)
    with pytest.raises(StoreError, match="No space left"):
        run(policy.save(tmp_path / "kept"))
    assert {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()} == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept"]


def test_weights_in_memory_are_taken_over(make_policy: Callable[..., Any], player: Any) -> None:
    policy, trained = make_policy(), make_policy(seed=1)
    run(policy.take(trained.model))
    assert policy.weights_digest() == trained.weights_digest()
    policy.name_weights("told")
    assert policy.weights_digest() == "told"
    shared = TransformersPolicy(policy.config, model=trained.model, tokenizer=trained.tokenizer)
    before = shared.weights_digest()
    with torch.no_grad():
        trained.model.model.embed_tokens.weight.mul_(1.5)
    run(shared.take(trained.model))
    assert shared.weights_digest() != before
    with pytest.raises(ConfigError, match="another architecture"):
        run(policy.take(make_policy("llama").model))


def test_a_failing_pass_is_the_batchs_fault_and_the_next_one_is_right(
    make_policy: Callable[..., Any], player: Any, check_exact: Any, monkeypatch: Any
) -> None:
    policy = make_policy()
    play = player(policy, temperature=0.0)
    play.turn(["a", "b"])
    forward = policy._engine.forward

    def broken(*args: Any) -> Any:
        forward(*args)
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(policy._engine, "forward", broken)
        with pytest.raises(RuntimeError, match="out of memory"):
            play.turn(["a", "c"])
    for _ in range(2):
        play.turn(["a", "b", "c"])
    for name in ("b", "c"):
        check_exact(play, name)
    # What was sampled in the failed turn is nobody's history.
    check_exact(play, "a")


def test_a_closed_policy_says_so(make_policy: Callable[..., Any], player: Any) -> None:
    policy = make_policy()
    play = player(policy)
    play.turn(["a"])
    run(policy.close())
    run(policy.close())
    assert policy.cache_bytes == 0
    run(policy.end("a"))
    assert isinstance(play.turn(["a"])[0], PolicyFault)


def test_places_that_hold_no_model(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    file = tmp_path / "file"
    file.write_text("x")
    for place, words in (
        (tmp_path / "nowhere", "there is no folder"),
        (empty, "holds no model"),
        (file, "is a file"),
    ):
        with pytest.raises(ConfigError, match=words) as caught:
            TransformersPolicy(TransformersConfig(model=str(place)))
        assert caught.value.hint
    with pytest.raises(ConfigError, match="holds no adapter"):
        TransformersPolicy(TransformersConfig(model=str(make_folder()), adapter=str(empty)))
    with pytest.raises(ConfigError, match="cannot be used"):
        TransformersPolicy(TransformersConfig(model=str(make_folder()), device="abacus"))


def test_files_that_lack_weights(tmp_path: Path, make_folder: Callable[..., Path]) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    folder = tmp_path / "torn"
    shutil.copytree(make_folder(), folder)
    weights = load_file(folder / "model.safetensors")
    weights.pop("model.layers.1.mlp.up_proj.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ConfigError, match=r"lack 1 of the weights .* model.layers.1.mlp.up_proj.weight"):
        TransformersPolicy(TransformersConfig(model=str(folder), device="cpu"))
    (folder / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(ConfigError, match="cannot be loaded"):
        TransformersPolicy(TransformersConfig(model=str(folder), device="cpu"))


def test_a_model_with_other_state_than_keys_and_values_is_refused(
    make_policy: Callable[..., Any], tmp_path: Path, tokenizer: Any
) -> None:
    config = transformers.MambaConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, state_size=4)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "mamba")
    tokenizer.save_pretrained(tmp_path / "mamba")
    with pytest.raises(ConfigError, match=r"mamba.*cache|mamba.*keep more") as caught:
        TransformersPolicy(TransformersConfig(model=str(tmp_path / "mamba"), device="cpu", attention="eager"))
    assert "openai" in caught.value.hint
