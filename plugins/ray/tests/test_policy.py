"""A policy as replicas: sticky episodes, replies as from the policy itself, and what happens when a replica is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="ray is not installed: make test-ray")

import ray

from agentgym_core import ActionSpec
from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError, InfrastructureFault, UnknownComponent
from agentgym_core.policy import Request
from agentgym_core.registry import make
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice, Sampling
from agentgym_core.types import Message, Outcome
from agentgym_ray.config import RayPolicyConfig
from agentgym_ray.policy import RayPolicy
from agentgym_ray.weights import receive, send

pytestmark = [pytest.mark.usefixtures("cluster"), pytest.mark.filterwarnings("default::ResourceWarning")]


SAMPLING = Sampling(temperature=0.0, max_tokens=8)


def replicas(count: int, id: str, **config: Any) -> RayPolicy:
    return RayPolicy(RayPolicyConfig(replicas=count, num_cpus=0.1, policy=ComponentChoice(id, config)))


def ask(policy: RayPolicy, episode: str, sampling: Sampling = SAMPLING) -> Any:
    request = Request([Message("user", "?")], episode, 0, 0, sampling, renderer=Grammar([ActionSpec("wait")]))
    return policy.act(request)


def test_replicas_play_as_the_policy_itself_does() -> None:
    maze = resolve_environment("maze")
    jobs = [Job(maze, task) for task in list(maze.tasks("train"))[:20]]
    settings = RolloutSettings(concurrency=8)
    choice = ComponentChoice("ray", {"replicas": 2, "num_cpus": 0.1, "policy": "expert"})
    here, there = (
        sorted(collect(jobs, each, settings, keep=True).trajectories, key=lambda episode: episode.key.task)
        for each in (ComponentChoice("expert"), choice)
    )
    assert [[turn.action for turn in each.turns] for each in here] == [
        [turn.action for turn in each.turns] for each in there
    ]
    assert {each.outcome for each in there} == {Outcome.SOLVED}


def test_episodes_stay_with_their_replica_and_spread_evenly() -> None:
    async def main() -> None:
        async with replicas(2, "null") as policy:
            for turn in range(2):
                await asyncio.gather(*(ask(policy, f"e{number}") for number in range(10)))
                placed = dict(policy._placed)
                assert [replica.episodes for replica in policy._replicas] == [5, 5], turn
            await ask(policy, "e3")
            assert policy._placed == placed
            for number in range(10):
                await policy.end(f"e{number}")
            assert [replica.episodes for replica in policy._replicas] == [0, 0]

    asyncio.run(main())


def test_a_lost_replica_is_told_and_replaced() -> None:
    async def main() -> None:
        async with replicas(2, "null") as policy:
            await asyncio.gather(ask(policy, "one"), ask(policy, "two"))
            lost = policy._placed["one"]
            ray.kill(lost.actor)
            with pytest.raises(InfrastructureFault, match="a replica of the policy is lost: ActorDiedError"):
                await ask(policy, "one")
            with pytest.raises(InfrastructureFault, match="is lost"):
                await ask(policy, "one")
            await ask(policy, "two")
            await policy.end("one")
            await asyncio.gather(*policy._tasks)
            assert lost not in policy._replicas
            await ask(policy, "one")

    asyncio.run(main())


@pytest.mark.parametrize(
    ("id", "config", "error"), [("nobody", {}, UnknownComponent), ("scripted", {"action": 1}, ConfigError)]
)
def test_a_policy_that_cannot_be_made_is_told_as_here(id: str, config: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        make("policy", "ray", {"num_cpus": 0.1, "policy": {"id": id, "config": config}})


def test_weights_that_a_policy_does_not_take_are_told() -> None:
    async def main() -> None:
        async with replicas(1, "null") as policy:
            with pytest.raises(ConfigError, match="has no 'load' for weights"):
                await policy.load(Path("nowhere"))
            await ask(policy, "on it goes")

    asyncio.run(main())


def test_tensors_go_through_the_store_as_they_are() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed: make setup-learn")
    layer = torch.nn.Linear(3, 2).to(torch.bfloat16)
    there = receive(ray.get(send({"layer": layer, "more": [torch.arange(5), "words"]})))
    assert torch.equal(there["layer"].weight, layer.weight)
    assert there["layer"].bias.dtype == torch.bfloat16
    assert there["more"][0].tolist() == [0, 1, 2, 3, 4]
    assert there["more"][1] == "words"


def test_learned_weights_reach_every_replica_past_the_disk(tmp_path: Path) -> None:
    """The replicas answer as the model does that was given to them, and say so by its digest."""
    why = "the policy transformers is not installed: make setup-learn"
    transformers = pytest.importorskip("transformers", reason=why)
    pytest.importorskip("agentgym_policy_transformers", reason=why)
    from agentgym_core.algorithm import LoadedModel
    from agentgym_policy_transformers.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(["You are here. Where do you go? Action: wait"] * 3, 300)

    def model(seed: int) -> Any:
        transformers.set_seed(seed)
        sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
        config = transformers.Qwen3Config(
            **sizes, num_key_value_heads=1, head_dim=8, vocab_size=len(tokenizer), eos_token_id=2
        )
        return transformers.Qwen3ForCausalLM(config)

    inner = {"model": str(tmp_path / "nowhere"), "device": "cpu", "threads": 1}
    config = RayPolicyConfig(replicas=2, num_cpus=0.1, policy=ComponentChoice("transformers", inner))

    async def main() -> None:
        policy = RayPolicy.from_weights(config, LoadedModel(model(1), tokenizer))
        assert policy is not None
        async with policy:
            before = policy.weights_digest()
            await policy.take(model(2))
            assert policy.weights_digest() != before
            replies = [await ask(policy, f"e{number}") for number in range(2)]
            assert {reply.weights_version for reply in replies} == {policy.weights_digest()}
            here = make("policy", "transformers", inner, learned=LoadedModel(model(2), tokenizer))
            assert here.weights_digest() == policy.weights_digest()
            await here.close()
            assert replies[0].tokens == replies[1].tokens
            ray.kill(policy._placed["e0"].actor)
            with pytest.raises(InfrastructureFault):
                await ask(policy, "e0")
            await policy.end("e0")
            await asyncio.gather(*policy._tasks)
            # What took its place has the weights that came last.
            again = [await ask(policy, f"again{number}") for number in range(2)]
            assert [reply.tokens for reply in again] == [reply.tokens for reply in replies]

    asyncio.run(main())
