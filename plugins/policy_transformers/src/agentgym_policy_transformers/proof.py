"""A proof, made when a model is loaded, that its cache gives what a plain forward pass gives."""

from __future__ import annotations

import torch

from agentgym_core.errors import ConfigError
from agentgym_policy_transformers.cache import Held
from agentgym_policy_transformers.engine import Engine

_LENGTHS = ((3, 4), (1, 2))


def prove(engine: Engine) -> None:
    """Read a few tokens in two parts, two rows of different lengths at once, and compare with reading them whole.

    A model that does not stand prompts one behind another gets them side by side.

    :raises ConfigError: the model takes no cache of this kind, or answers differently with it.
    """
    try:
        _prove(engine)
    except ConfigError:
        if not engine.passes.packs:
            raise
        engine.passes.packs = False
        _prove(engine)


def _prove(engine: Engine) -> None:
    model = engine.model
    size = int(model.config.get_text_config().vocab_size)
    rows = [[(7 * place + 3 * row + 1) % size for place in range(sum(lengths))] for row, lengths in enumerate(_LENGTHS)]
    held = [Held(ids) for ids in rows]
    cache = engine.cache
    try:
        with torch.inference_mode():
            whole = [
                model(input_ids=torch.tensor([ids], device=engine.device), use_cache=False).logits[0, -1]
                for ids in rows
            ]
        cache.bring_forward(held)
        cache.reserve(0, max(len(ids) for ids in rows) + 8)
        engine.forward([(0, 0), (1, 0)], [ids[:first] for ids, (first, _) in zip(rows, _LENGTHS, strict=True)])
        found = engine.forward(
            [(row, first) for row, (first, _) in enumerate(_LENGTHS)],
            [ids[first:] for ids, (first, _) in zip(rows, _LENGTHS, strict=True)],
        )
    except (TypeError, ValueError, RuntimeError, IndexError, AttributeError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unfit(engine, f"fails with a cache of its own for every episode: {reason}") from error
    finally:
        cache.clear()
    exact = torch.stack([row.to(found.device) for row in whole]).float()
    scale = float(exact.abs().max()) or 1.0
    tolerance = 1e-3 if model.dtype == torch.float32 else 0.1
    apart = float((exact - found.float()).abs().max()) / scale
    if not apart <= tolerance:
        raise _unfit(
            engine, f"answers differently with a cache of its own for every episode (by {apart:.1e} of its logits)"
        )


def _unfit(engine: Engine, why: str) -> ConfigError:
    kind = engine.model.config.model_type
    return ConfigError(
        f"a model of type {kind!r} {why}",
        hint="serve the model (vllm serve, transformers serve) and use the policy 'openai'",
    )
