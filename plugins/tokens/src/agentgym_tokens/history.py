"""What a conversation's next prompt is compared with: whether it goes on from what was read and said."""

from __future__ import annotations

from attrs import frozen


@frozen
class ConversationHistory:
    """What an episode's next prompt is compared with: the text of the prompt before, the answer to it, and the text of the token that
    ended that, if any. `raw` is the answer with the special tokens in it."""

    shown: str
    said: str
    closed: str
    raw: str

    def continued(self, text: str, end: str) -> str | None:
        """What a new prompt adds to what a model has seen and said; None where the template changed either.

        :param text: the new prompt. :param end: what the template puts after an answer.
        """
        # The new prompt must be: the old prompt, the answer, its end, and then something new. Only that something is tokenised;
        # the ids before it stay those that were sampled. Tokenising the answer again could give other ids for the same text,
        # and the learner would train on tokens that the policy never drew.
        if not text.startswith(self.shown):
            return None
        tail = text[len(self.shown) :].lstrip()
        said = next((said for said in (self.raw.strip(), self.said.strip()) if tail.startswith(said)), None)
        if said is None:
            return None
        rest = tail[len(said) :]
        # White space around an answer is the template's taste; what was sampled stands.
        bare = rest.lstrip()
        if self.closed:
            return bare[len(self.closed) :] if bare.startswith(self.closed) else None
        return rest if not end.strip() or bare.startswith(end.strip()) else None
