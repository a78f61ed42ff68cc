"""A turn of an episode, for policies that draw ids: from a request to the prompt, and from what was drawn to the reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from attrs import frozen

from agentgym_core.errors import ContextOverflow
from agentgym_core.policy import Reply, Request
from agentgym_core.types import Tokens, Usage
from agentgym_tokens.conversation import Conversations, Prompt
from agentgym_tokens.history import ConversationHistory


@frozen
class Turn:
    """A request on its way to a model: its prompt, and how many tokens the reply may have (`limit`)."""

    request: Request
    prompt: Prompt
    limit: int
    _conversations: Conversations

    @classmethod
    def begin(
        cls,
        conversations: Conversations,
        request: Request,
        past: ConversationHistory | None,
        ids: Sequence[int],
        context_tokens: int | None,
    ) -> Self:
        """The turn that a request asks for.

        :param past: what the episode was shown and said before, if anything. :param ids: its ids.
        :param context_tokens: how many tokens the model reads, reply included; None where nothing bounds it.
        :raises ContextOverflow: the prompt fills the context. :raises PolicyFault: the template makes nothing of the conversation.
        """
        prompt = conversations.ask(past, ids, request.messages, request.tools)
        return cls(request, prompt, room(len(prompt.ids), request.sampling.max_tokens, context_tokens), conversations)

    def end(
        self, sampled: Sequence[int], logprobs: Sequence[float], reason: str, version: str
    ) -> tuple[Reply, ConversationHistory]:
        """The reply that was drawn, and what the episode's next turn goes on from.

        :param logprobs: one for each id. :param reason: why drawing ended. :param version: the digest of the weights that drew.
        """
        prompt = self.prompt
        past = self._conversations.record_completion(prompt, sampled, self.request.sampling.stop)
        text, calls, thought = self._conversations.reply(prompt, past)
        reply = Reply(
            text,
            calls,
            thought,
            tokens=Tokens(prompt.new, tuple(sampled), tuple(logprobs), prompt.fresh),
            usage=Usage(len(prompt.ids), len(sampled)),
            finish_reason=reason,
            weights_version=version,
        )
        return reply, past


def room(prompt_tokens: int, wanted: int, context_tokens: int | None) -> int:
    """How many tokens a reply may have.

    :raises ContextOverflow: the prompt fills the context already.
    """
    if context_tokens is None:
        return wanted
    if prompt_tokens >= context_tokens:
        raise ContextOverflow(
            f"the conversation has {prompt_tokens} tokens and the model reads {context_tokens}",
            hint="lower max_rounds, or raise context_tokens where the model can read more",
        )
    return min(wanted, context_tokens - prompt_tokens)
