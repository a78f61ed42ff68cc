"""Picks any of the available actions: a floor that an agent has to beat."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Message

_WORD = re.compile(r"[^\W_]+(?:['_-][^\W_]+)*")


class RandomPolicy(Policy):
    """Draws uniformly from the available actions with the request's seed.

    Where the environment lists none, it draws one of the declared actions and fills the parameters with words of the last
    observation; without declarations it says one to three such words. The same request gets the same reply in every process.
    """

    needs = frozenset({"available_actions"})

    async def act(self, request: Request) -> Reply:
        """A random action in the action format of the episode."""
        generator = random.Random(request.seed)
        if request.available_actions:
            return request.write(generator.choice(list(request.available_actions)))
        return request.write(_invent(generator, request))


def _invent(generator: random.Random, request: Request) -> str:
    words = _words(request.messages)
    # A renderer that knows the declarations is the grammar; the interface asks only for `render`.
    actions: Sequence[ActionSpec] = getattr(request.renderer, "actions", ())
    if not actions:
        return _phrase(generator, words)
    spec = generator.choice(list(actions))
    arguments = {
        parameter.name: _value(generator, parameter, words)
        for parameter in spec.parameters
        if parameter.required or generator.random() < 0.5
    }
    canonical = getattr(request.renderer, "canonical", None)
    if canonical is None:
        return _fill(spec, arguments)
    return str(canonical(spec.name, arguments))


def _words(messages: Sequence[Message]) -> list[str]:
    last = next((message.content for message in reversed(messages) if message.role in ("user", "tool")), "")
    return sorted(set(_WORD.findall(last))) or ["look"]


def _phrase(generator: random.Random, words: Sequence[str]) -> str:
    return " ".join(generator.choice(words) for _ in range(generator.randint(1, 3)))


def _value(generator: random.Random, parameter: Parameter, words: Sequence[str]) -> Any:
    if parameter.choices:
        return generator.choice(list(parameter.choices))
    match parameter.type:
        case "integer":
            return generator.randint(0, 9)
        case "number":
            return generator.randint(0, 99) / 10
        case "boolean":
            return generator.random() < 0.5
        case "array":
            return [generator.choice(words)]
        case "object":
            return {}
        case "null":
            return None
        case _:
            return _phrase(generator, words)


def _fill(spec: ActionSpec, arguments: Mapping[str, Any]) -> str:
    text = spec.text if spec.text is not None else " ".join((spec.name, *(f"{{{name}}}" for name in arguments)))
    for name, value in arguments.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
