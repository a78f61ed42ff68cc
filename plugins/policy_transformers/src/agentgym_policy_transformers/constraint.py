"""Replies that follow a grammar: which tokens may come next, by llguidance."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

import numpy
import torch
from torch import Tensor

from agentgym_core.errors import ComponentUnavailable, ConfigError
from agentgym_core.policy import Renderer
from agentgym_tokens.constraint import reply_grammar


class Constraint:
    """What makes a matcher for each reply. Grammars are compiled once: there is one for each set of actions and format.

    :param size: how many logits the model gives. :param ends: the ids that end a reply.
    :param thought_characters: how long a thought may be.
    :raises ComponentUnavailable: llguidance is not installed. :raises ConfigError: it cannot read the tokenizer.
    """

    def __init__(self, tokenizer: Any, size: int, ends: Collection[int], thought_characters: int) -> None:
        try:
            from llguidance.hf import from_tokenizer
        except ImportError as error:
            raise ComponentUnavailable(
                "constrain needs the package llguidance", hint="run: pip install 'llguidance>=1.3'"
            ) from error
        if not ends:
            raise ConfigError(
                "constrain: no token ends a reply", hint="use a tokenizer with an end token, or a template"
            )
        try:
            self._tokens = from_tokenizer(tokenizer, n_vocab=size, eos_token=sorted(ends))
        except ValueError as error:
            raise ConfigError(
                f"constrain: the tokenizer cannot be read: {error}", hint="use its fast form, with a tokenizer.json"
            ) from error
        self._ends = torch.tensor(sorted(ends))
        self._size = size
        self._thought_characters = thought_characters
        # A run has a handful of sets of actions, each one object; the least recently used goes first.
        self._compiled: Callable[[Any], str] = lru_cache(maxsize=256)(self._compile)

    def matcher(self, renderer: Renderer) -> Matcher:
        """What follows one reply in an episode's action format.

        :raises ConfigError: the format cannot be constrained here, or nothing says what the actions are.
        """
        from llguidance import LLMatcher

        made = LLMatcher(self._tokens, self._compiled(renderer))
        if made.is_error():
            raise ConfigError(
                f"constrain: {made.get_error()}"[:500],
                hint="report the environment's actions, or set constrain = false",
            )
        return Matcher(made, self._size, self._ends)

    def _compile(self, renderer: Renderer) -> str:
        from llguidance import LLMatcher
        from llguidance.gbnf_to_lark import gbnf_to_lark

        grammar = reply_grammar(renderer, self._thought_characters)
        return str(LLMatcher.grammar_from_lark(gbnf_to_lark(grammar.gbnf)))


class Matcher:
    """Follows one reply token by token."""

    def __init__(self, matcher: Any, size: int, ends: Tensor) -> None:
        self._matcher, self._ends = matcher, ends
        self._size = size

    def allowed(self) -> Tensor:
        """Which tokens may come next, shape (vocabulary,): at the end of the grammar only those that end a reply."""
        found = torch.zeros(self._size, dtype=torch.bool)
        if not self._matcher.is_stopped():
            # Not through llguidance.torch, which imports torch's compiler: seconds.
            bits = numpy.frombuffer(self._matcher.compute_bitmask(), dtype=numpy.uint8)
            found[:] = torch.from_numpy(numpy.unpackbits(bits, bitorder="little")[: self._size])
        found[self._ends] = self._matcher.is_accepting() or self._matcher.is_stopped()
        if not found.any():
            # A tokenizer that lacks the sign that must come: the reply ends, and is read as what it is.
            found[self._ends] = True
        return found

    def take(self, token: int) -> None:
        """Go on behind a token that was drawn."""
        if not self._matcher.is_stopped():
            self._matcher.consume_token(token)
