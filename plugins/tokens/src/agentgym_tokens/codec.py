"""Between rendered text and ids, without a template: what a tokenizer calls special, and how a text is encoded behind another one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


class Codec:
    """A tokenizer, for text that a chat template has rendered: nothing is added to it, and nothing is cleaned up.

    :param special: ids that are special tokens beside those that the tokenizer knows as such.
    """

    def __init__(self, tokenizer: Any, special: Iterable[int] = ()) -> None:
        self._tokenizer = tokenizer
        tokens = getattr(tokenizer, "added_tokens_decoder", {})
        self.added = frozenset(tokens)
        """The tokens that were added to the vocabulary, special or not."""
        # Named ones are not all: many families only mark the token that ends a turn as special.
        marked = (id for id, token in tokens.items() if token.special)
        self.special = frozenset([*tokenizer.all_special_ids, *marked, *special])

    def encode(self, text: str) -> list[int]:
        """The ids of rendered text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False)) if text else []

    def encode_after(self, before: str, text: str) -> list[int]:
        """The ids of a text as they stand behind another one: some tokenizers begin every text with a blank."""
        for context in (before, "\n", ""):
            head = self.encode(context)
            ids = self.encode(context + text)
            # Where a token reaches over the seam, the policy has read what stands before it apart from the rest, and so is this.
            if ids[: len(head)] == head:
                break
        return ids[len(head) :]

    def decode(self, ids: Sequence[int], *, special: bool = False) -> str:
        """The text of what was sampled, without special tokens unless they are asked for."""
        return str(
            self._tokenizer.decode(list(ids), skip_special_tokens=not special, clean_up_tokenization_spaces=False)
        )

    def spell(self, id: int) -> str:
        """The text of one token."""
        return str(self._tokenizer.decode([id]))

    def without_special(self, text: str) -> str:
        """A text without the special tokens that stand in it, and without blanks around it."""
        ids = self.encode(text.strip())
        return self.decode(ids).strip() if self.special & set(ids) else text.strip()
