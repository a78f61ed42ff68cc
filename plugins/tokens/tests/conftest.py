"""A small tokenizer and five chat templates of the kinds that models use, written for these tests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import pytest

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
THINKING = (
    "{% for m in messages %}"
    "{% if m.role == 'assistant' and not loop.last %}"
    "<|im_start|>assistant\n{{ m.content.split('</think>')[-1].lstrip('\n') }}<|im_end|>\n"
    "{% else %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA2 = (
    "{% for m in messages %}{% if m.role == 'user' %}<s>[INST] {{ m.content }} [/INST]"
    "{% elif m.role == 'assistant' %} {{ m.content }} </s>"
    "{% else %}{{ raise_exception('only user and assistant') }}{% endif %}{% endfor %}"
)
LLAMA3 = (
    "<|begin_of_text|>{% for m in messages %}<|start_header_id|>{{ m.role }}"
    "<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
GEMMA = (
    "<bos>{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}"
    "\n{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
MISTRAL = (
    "<s>{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }}[/INST]"
    "{% else %} {{ m.content }}</s>{% endif %}{% endfor %}"
)
HEADERS_ONLY = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"

TEMPLATES = {
    "chatml": CHATML,
    "thinking": THINKING,
    "llama2": LLAMA2,
    "llama3": LLAMA3,
    "gemma": GEMMA,
    "mistral": MISTRAL,
}
SPECIAL = (
    "<|im_start|>",
    "<|im_end|>",
    "<s>",
    "</s>",
    "<|begin_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<bos>",
    "<start_of_turn>",
    "<end_of_turn>",
)
_SPLIT = re.compile("(" + "|".join(re.escape(token) for token in SPECIAL) + ")")
_WORD = re.compile(r"\s?\w+|\s|[^\w\s]")


class WordTokenizer:
    """Words with the blank before them are tokens, so that cutting a text in another place tokenises differently."""

    def __init__(self, template: str) -> None:
        self.chat_template = template
        self._words: list[str] = list(SPECIAL)
        self._ids = {word: number for number, word in enumerate(self._words)}
        self.all_special_ids = list(range(len(SPECIAL)))
        environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
        environment.globals["raise_exception"] = _refuse
        self._template = environment.from_string(template)

    def apply_chat_template(self, conversation: Sequence[Mapping[str, Any]], **settings: Any) -> str:
        assert settings["tokenize"] is False
        return self._template.render(messages=conversation, **settings)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        ids = []
        for part in _SPLIT.split(text):
            for word in [part] if part in SPECIAL else _WORD.findall(part):
                if word not in self._ids:
                    self._ids[word] = len(self._words)
                    self._words.append(word)
                ids.append(self._ids[word])
        return ids

    def decode(self, ids: Sequence[int], **settings: Any) -> str:
        shown = range(len(SPECIAL) if settings.get("skip_special_tokens") else 0, len(self._words))
        return "".join(self._words[token] for token in ids if token in shown)


def _refuse(message: str) -> None:
    raise ValueError(message)


@pytest.fixture(params=sorted(TEMPLATES))
def tokenizer(request: pytest.FixtureRequest) -> WordTokenizer:
    return WordTokenizer(TEMPLATES[request.param])


@pytest.fixture(scope="session")
def make_tokenizer() -> Any:
    return lambda name: WordTokenizer(TEMPLATES.get(name, HEADERS_ONLY if name == "headers_only" else name))
