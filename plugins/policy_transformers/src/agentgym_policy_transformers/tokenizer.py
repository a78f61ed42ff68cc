"""A tokenizer made from texts: a word, a number or a sign is one token, and whatever is unknown is spelled."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

PAD, START, END = "<|pad|>", "<|im_start|>", "<|im_end|>"

TEMPLATE = (
    "{%- if tools %}<|im_start|>tools\n{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}<|im_end|>\n{% endif %}"
    "{%- for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
    "{%- for call in message.tool_calls or [] %}"
    '<tool_call>{"name": {{ call.function.name | tojson }}, "arguments": {{ call.function.arguments }}}</tool_call>'
    "{%- endfor %}<|im_end|>\n{% endfor %}"
    "{%- if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Turns between start and end marks, each with its role on the first line."""

PIECES = r" ?\p{L}+(?:['_]\p{L}+)*| ?\p{N}+|\n+| ?[^\s\p{L}\p{N}]|\s"
"""What is a token where it is known: a word or a number or a sign, with the blank before it; line ends; a blank."""

_SUBWORDS = 128


def train_tokenizer(texts: Iterable[str], size: int, *, max_length: int = 4096, at_least: int = 2) -> Any:
    """A fast tokenizer of at most `size` tokens with a chat template. The same texts in the same order give the same tokenizer.

    All 256 bytes are in it, so that any text encodes and decodes to itself; then some parts of words, for words never seen; then
    whole pieces that stand in the texts `at_least` times, the commonest first.
    """
    import transformers
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    split = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(piece for piece, _ in split.pre_tokenize_str(text))
    # Roles stand in every prompt, in whatever texts were at hand.
    counts.update(dict.fromkeys(("system", "user", "assistant", "tool"), at_least))
    special = [PAD, START, END]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    start = Tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=min(size, len(alphabet) + _SUBWORDS),
        initial_alphabet=alphabet,
        special_tokens=[],
        show_progress=False,
        min_frequency=at_least,
    )
    # Every word once: its parts should serve words that were never seen, not the commonest again.
    start.train_from_iterator((piece for piece in sorted(counts) if len(piece) > 1), trainer)

    learned = json.loads(start.to_str())["model"]
    pieces = [*special, *sorted(learned["vocab"], key=learned["vocab"].get)]
    known = set(pieces)
    for piece, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        if len(pieces) >= size or count < at_least:
            break
        if piece not in known:
            known.add(piece)
            pieces.append(piece)
    tokenizer = Tokenizer(
        models.BPE(
            vocab={piece: number for number, piece in enumerate(pieces)},
            merges=[tuple(pair) for pair in learned["merges"]],
            ignore_merges=True,
        )
    )
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    fast: Any = transformers.PreTrainedTokenizerFast
    return fast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[START],
        chat_template=TEMPLATE,
        model_max_length=max_length,
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )
