"""A small model from nothing: a configuration, weights drawn from a seed, and a tokenizer made from trajectories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import frozen

from agentgym_core.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from agentgym_core.types import Trajectory


@frozen
class Size:
    """The shape of a model. `spread` is the standard deviation of its first weights: about 0.9 / sqrt(width), since what is common for
    wide models leaves narrow ones unable to learn to copy."""

    width: int
    layers: int
    heads: int
    keys: int
    inner: int
    spread: float
    vocabulary: int
    context: int


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "micro": Size(64, 2, 4, 4, 192, 0.11, 1024, 4096),
        "tiny": Size(128, 2, 4, 4, 384, 0.08, 1536, 4096),
        "small": Size(256, 4, 4, 4, 1024, 0.056, 4096, 8192),
        "medium": Size(512, 12, 8, 4, 1536, 0.04, 16384, 8192),
    }
)


@frozen
class NewModelFiles:
    """What was made."""

    folder: Path
    parameters: int
    vocabulary: int
    texts: int
    tokens_per_text: float
    spelled: float
    """The share of pieces of the texts that are no token of their own."""


def make_model(
    like: str, data: Sequence[Path], out: Path, *, seed: int = 0, vocabulary: int | None = None
) -> NewModelFiles:
    """As `make_model_of`, from the texts of run folders and AgentTraj files.

    :raises StoreError: data cannot be read, or the model written.
    """
    episodes = (episode for place in data for episode in episodes_of(place))
    return make_model_of(like, episodes, out, seed=seed, vocabulary=vocabulary)


def make_model_of(
    like: str, episodes: Iterable[Trajectory], out: Path, *, seed: int = 0, vocabulary: int | None = None
) -> NewModelFiles:
    """Make a model and its tokenizer, and write both to a folder that AutoModelForCausalLM and AutoTokenizer read.

    :param like: `micro`, `tiny`, `small` or `medium`.
    :param episodes: what was said and shown in them makes the tokenizer.
    :raises ConfigError: there is no such size, or the episodes hold no text. :raises StoreError: the model cannot be written.
    """
    import torch
    import transformers

    from agentgym_policy_transformers.tokenizer import END, PAD, train_tokenizer

    if like not in SIZES:
        raise ConfigError(f"there is no size {like!r}", hint=f"sizes: {', '.join(SIZES)}")
    size = SIZES[like]
    if vocabulary is not None and vocabulary < 512:
        raise ConfigError("a vocabulary has at least 512 tokens: bytes and parts of words are among them")
    texts = [text for episode in episodes for text in texts_of(episode)]
    if not texts:
        raise ConfigError(
            "the data hold no text to make a tokenizer of", hint="collect some: agentgym collect ENV --out RUN"
        )
    tokenizer = train_tokenizer(texts, vocabulary or size.vocabulary, max_length=size.context)
    pad, end = tokenizer.convert_tokens_to_ids([PAD, END])
    library: Any = transformers
    config = library.Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.keys,
        head_dim=size.width // size.heads,
        intermediate_size=size.inner,
        max_position_embeddings=size.context,
        initializer_range=size.spread,
        tie_word_embeddings=True,
        pad_token_id=pad,
        eos_token_id=end,
        bos_token_id=None,
    )
    before = torch.random.get_rng_state()
    try:
        torch.manual_seed(seed)
        model: Any = library.Qwen3ForCausalLM(config)
    finally:
        torch.random.set_rng_state(before)
    model.generation_config = library.GenerationConfig(eos_token_id=end, pad_token_id=pad)
    write_whole(out, model, tokenizer)
    pieces = whole = ids = 0
    for text in texts[:2000]:
        found = len(tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(text))
        encoded = len(tokenizer.encode(text, add_special_tokens=False))
        pieces, ids = pieces + found, ids + encoded
        whole += max(0, encoded - found)
    sample = min(len(texts), 2000)
    return NewModelFiles(out, model.num_parameters(), len(tokenizer), len(texts), ids / sample, whole / max(1, ids))


def episodes_of(place: Path) -> Iterable[Trajectory]:
    """The episodes of a run folder or of an AgentTraj file, in order.

    :raises StoreError: it cannot be read.
    """
    from agentgym_core.store import Run
    from agentgym_data import AgentTrajReader

    if not place.exists():
        raise StoreError(f"there is no run or file {str(place)!r}", hint="collect one: agentgym collect ENV --out RUN")
    return Run.open(place).trajectories() if place.is_dir() else AgentTrajReader(place)


def texts_of(episode: Trajectory) -> Iterator[str]:
    """What was shown and said in an episode, in order."""
    for message in episode.messages:
        yield message.content
        for call in message.tool_calls:
            yield call.arguments


def write_whole(folder: Path, model: Any, tokenizer: Any) -> None:
    """Write a model beside its place and put it there when it is whole.

    :raises StoreError: there is something already, or it cannot be written.
    """
    import shutil

    from agentgym_policy_transformers.loading import quiet

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{str(folder)!r} is there already and not empty", hint="choose another --out, or remove it")
    draft = folder.with_name(f".{folder.name}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(draft, ignore_errors=True)
        with quiet():
            model.save_pretrained(draft)
        tokenizer.save_pretrained(draft)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as error:
        raise StoreError(f"{folder}: the model cannot be written: {error}", hint="free some space") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
