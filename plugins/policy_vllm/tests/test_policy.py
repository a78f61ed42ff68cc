"""What is asked, said, kept and loaded: with an engine that says what it is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import ConfigError, ContextOverflow, PolicyFault, StoreError


def run(work: Any) -> Any:
    return asyncio.run(work)


def test_a_conversation_goes_on_with_the_ids_that_were_sampled(play: Any, episode: Any) -> None:
    game = play()
    one = episode(game.policy)
    for words in ("Thought: north", "go", "on"):
        game.engine.says = words
        # Each turn in an event loop of its own, as rollouts do.
        reply = run(one.turn())
        assert reply.text == words
        assert reply.tokens.sampled == (*map(ord, words), 2)
        assert len(reply.tokens.logprobs) == len(reply.tokens.sampled)
        assert reply.usage.completion_tokens == len(words) + 1
        assert one.ids()[: -len(reply.tokens.sampled)] == game.engine.asked[-1][0]
        assert reply.usage.prompt_tokens == len(game.engine.asked[-1][0])
    assert [reply.tokens.fresh for reply in one.replies] == [True, False, False]
    assert [seed for _, _, _, seed in game.engine.asked] == [1000, 1001, 1002]
    # What a tokenizer would make of the text is what was asked: nothing came twice, nothing is missing.
    assert (
        one.ids()[:-4]
        == game.policy._conversations.codec.encode(game.policy._conversations.template(()).prompt(one.messages[:-2]))[
            : len(one.ids()) - 4
        ]
    )


def test_a_template_that_rewrites_what_was_said_starts_afresh(play: Any, episode: Any) -> None:
    one = episode(play(rewrites=True).policy)
    for _ in range(3):
        run(one.turn())
    assert [reply.tokens.fresh for reply in one.replies] == [True, True, True]


def test_a_stop_string_is_in_the_ids_and_not_in_the_text(play: Any, episode: Any) -> None:
    game = play()
    game.engine.says, game.engine.reason = "go north\nObs", "stop"
    one = episode(game.policy, stop=("\nObs",))
    reply = run(one.turn())
    assert reply.text == "go north"
    assert "".join(map(chr, reply.tokens.sampled[:-1])) == "go north\nObs"


def test_a_reply_cut_by_its_length(play: Any, episode: Any) -> None:
    game = play()
    game.engine.says, game.engine.reason = "a long story", "length"
    one = episode(game.policy, max_tokens=6)
    reply = run(one.turn())
    assert (reply.text, reply.finish_reason) == ("a long", "length")
    assert game.engine.asked[0][2] == 6
    run(one.turn())
    # The template closes what was cut, so the conversation goes on.
    assert not one.replies[1].tokens.fresh
    assert one.ids()[: len(game.engine.asked[1][0])] == game.engine.asked[1][0]


def test_a_conversation_that_outgrew_the_model(play: Any, episode: Any) -> None:
    one = episode(play(context_tokens=80).policy)
    longest = 0

    def play_on() -> None:
        nonlocal longest
        for _ in range(20):
            reply = run(one.turn())
            longest = reply.usage.prompt_tokens + reply.usage.completion_tokens

    with pytest.raises(ContextOverflow, match="the model reads 80"):
        play_on()
    assert 0 < longest <= 81


def test_a_cancelled_request_stops_the_engine_and_leaves_the_episode_as_it_was(play: Any, episode: Any) -> None:
    game = play()
    one = episode(game.policy)
    run(one.turn())
    reached = threading.Event()

    async def main() -> None:
        game.engine.hold, game.engine.reached = asyncio.Event(), reached.set
        asking = asyncio.create_task(game.policy.act(one.request()))
        assert await asyncio.to_thread(reached.wait, 20)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        game.engine.hold = None
        reply = await one.turn()
        assert not reply.tokens.fresh

    run(main())
    assert game.engine.cancelled == 1
    assert game.engine.asked[-1][0] == game.engine.asked[-2][0]


def test_an_episode_that_ended_is_forgotten(play: Any, episode: Any) -> None:
    game = play()
    one = episode(game.policy)
    run(one.turn())
    run(game.policy.end("e"))
    run(game.policy.end("e"))
    assert not game.policy._episodes
    assert run(one.turn()).tokens.fresh


def test_load_waits_for_what_is_in_flight_and_holds_back_what_comes(
    play: Any, episode: Any, make_folder: Callable[..., Path]
) -> None:
    game = play()
    first, late = episode(game.policy, "first"), episode(game.policy, "late")
    old = game.policy.weights_digest()
    new = make_folder("new", fill=1)
    reached = threading.Event()

    async def main() -> tuple[Any, Any]:
        engine = game.engine
        engine.hold, engine.reached = asyncio.Event(), reached.set
        one = asyncio.create_task(first.turn())
        assert await asyncio.to_thread(reached.wait, 20)
        loading = asyncio.create_task(game.policy.load(new))
        await asyncio.sleep(0)
        two = asyncio.create_task(late.turn())
        await asyncio.sleep(0)
        assert not loading.done()
        assert len(engine.asked) == 1
        hold, engine.hold = engine.hold, None
        game.policy._loop._loop.call_soon_threadsafe(hold.set)
        replies = await one, await two
        await loading
        return replies

    one, two = run(main())
    assert one.weights_version == old
    assert two.weights_version == game.policy.weights_digest() != old
    assert game.engine.folder == new
    assert len(game.engines) == 1
    # Episodes go on under the new weights.
    assert not run(first.turn()).tokens.fresh


@pytest.mark.parametrize(("what", "value"), [("reloads", False), ("breaks", True)])
def test_where_weights_cannot_be_put_in_place_the_engine_starts_anew(
    what: str, value: bool, play: Any, make_folder: Any, episode: Any
) -> None:
    game = play()
    setattr(game.engine, what, value)
    new = make_folder("new", fill=1)
    run(game.policy.load(new))
    assert [engine.closed for engine in game.engines] == [True, False]
    assert game.engine.folder == new
    assert run(episode(game.policy).turn()).weights_version == game.policy.weights_digest()


def test_a_checkpoint_that_does_not_start_leaves_the_old_weights(play: Any, make_folder: Any, episode: Any) -> None:
    game = play()
    before, old = game.policy.weights_digest(), game.engine.folder
    game.engine.reloads = False
    game.fails = ConfigError("no memory")
    with pytest.raises(ConfigError, match="no memory"):
        run(game.policy.load(make_folder("new", fill=1)))
    assert game.engine.folder == old
    assert run(episode(game.policy).turn()).weights_version == before == game.policy.weights_digest()


@pytest.mark.parametrize(("kind", "shape"), [("llama", (2, 2)), ("qwen3", (2, 3))])
def test_a_checkpoint_of_another_architecture_changes_nothing(
    kind: str, shape: tuple[int, ...], play: Any, make_folder: Any
) -> None:
    game = play()
    before = game.policy.weights_digest()
    with pytest.raises(ConfigError, match="another architecture"):
        run(game.policy.load(make_folder("new", kind=kind, shape=shape)))
    assert game.policy.weights_digest() == before
    assert len(game.engines) == 1


def test_adapters_go_with_each_request_and_are_swapped(
    play: Any, make_adapter: Any, make_folder: Any, episode: Any
) -> None:
    game = play()
    plain = game.policy.weights_digest()
    one = episode(game.policy)
    run(one.turn())
    run(game.policy.load(make_adapter("first", rank=4)))
    # The engine had no room for adapters.
    assert [engine.rank for engine in game.engines] == [0, 4]
    run(one.turn())
    first = game.policy.weights_digest()
    run(game.policy.load(make_adapter("second", rank=2, fill=1)))
    run(one.turn())
    assert len(game.engines) == 2
    numbers = [adapter.number if adapter else None for _, adapter, _, _ in game.engine.asked]
    assert len(set(numbers)) == 2
    assert None not in numbers
    assert len({plain, first, game.policy.weights_digest()}) == 3
    run(game.policy.load(make_folder("whole", fill=3)))
    run(one.turn())
    assert game.engine.asked[-1][1] is None
    assert [reply.tokens.fresh for reply in one.replies] == [True, False, False, False]


def test_an_adapter_that_does_not_fit_changes_nothing(play: Any, make_adapter: Any) -> None:
    game = play(adapter=str(make_adapter("first")))
    before, old = game.policy.weights_digest(), game.policy._adapter
    assert game.engine.added == [old]
    game.engine.refuses = ValueError("no such layer")
    with pytest.raises(ConfigError, match=r"does not fit the model: no such layer"):
        run(game.policy.load(make_adapter("second", fill=1)))
    assert game.policy.weights_digest() == before
    assert game.policy._adapter == old


def test_what_is_saved_is_what_runs(play: Any, make_folder: Any, tmp_path: Path) -> None:
    game = play()
    run(game.policy.load(make_folder("new", fill=1)))
    run(game.policy.save(tmp_path / "kept"))
    again = play(model=tmp_path / "kept")
    assert again.policy.weights_digest() == game.policy.weights_digest()
    run(game.policy.save(tmp_path / "kept"))
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_weights_that_were_written_over_are_not_saved_as_those_that_run(
    play: Any, make_folder: Any, tmp_path: Path
) -> None:
    folder = make_folder("model")
    game = play(model=folder)
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[:-1] + b"!")
    with pytest.raises(StoreError, match="its files are others now"):
        run(game.policy.save(tmp_path / "kept"))
    assert not (tmp_path / "kept").exists()


def test_a_full_disk_leaves_what_was_saved_before(play: Any, tmp_path: Path, monkeypatch: Any) -> None:
    game = play()
    run(game.policy.save(tmp_path / "kept"))
    whole = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}

    def full(*args: Any, **settings: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(game.policy.tokenizer, "save_pretrained", full)
    with pytest.raises(StoreError, match="No space left"):
        run(game.policy.save(tmp_path / "kept"))
    assert {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()} == whole
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_closed_policy_says_so(play: Any, episode: Any) -> None:
    game = play()
    one = episode(game.policy)
    run(one.turn())
    run(game.policy.close())
    run(game.policy.close())
    assert game.engine.closed
    with pytest.raises(PolicyFault, match="closed"):
        run(one.turn())
    with pytest.raises(PolicyFault, match="closed"):
        run(game.policy.load(Path(game.policy.config.model)))


def test_an_engine_that_does_not_start_leaves_no_thread(play: Any, make_folder: Any) -> None:
    from agentgym_policy_vllm.config import VllmConfig
    from agentgym_policy_vllm.policy import VllmPolicy

    async def start(*args: Any) -> Any:
        raise ConfigError("vLLM does not start")

    before = threading.active_count()
    game = play()
    config = VllmConfig(model=game.policy.config.model)
    with pytest.raises(ConfigError, match="does not start"):
        VllmPolicy(config, start=start, tokenizer=game.policy.tokenizer)
    assert threading.active_count() == before + 1
