"""Training rows for TRL's SFTTrainer: conversations with the tools that were there, or token ids and labels."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from agentgym_bridge_trl.conversations import conversation_rows
from agentgym_core.config_errors import config_error
from agentgym_core.errors import ComponentUnavailable, ConfigError
from agentgym_core.store.manifest import write_whole
from agentgym_core.terminal import say
from agentgym_core.types import WeightedTrajectory
from agentgym_tokens import RowCounts, TemplateConfig, rows

IGNORED = -100


class SftConfig(TemplateConfig):
    """Without a model rows are conversations, which the trainer puts through its own template. With one they are token ids: how
    conversations become text there is what the policy that plays the result must say too."""

    model: str = Field(default="", description="a folder or hub id: its tokenizer, template and ends make token ids")
    revision: str | None = Field(default=None, description="the revision of a hub id")
    trust_remote_code: bool = Field(default=False, description="run code that comes with the model")
    max_length: int | None = Field(
        default=None,
        ge=2,
        description="longest row: it ends after the last turn that fits; SFTTrainer itself would cut in the middle, or drop it",
    )
    per_reply: bool = Field(
        default=False,
        description="a row a reply, without a model: for chat templates that do not mark what the assistant said",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        given = self.model_fields_set - {"model", "per_reply"}
        if not self.model and given:
            raise ValueError(f"{', '.join(sorted(given))}: only where token ids are made: name a model")
        if self.model and self.per_reply:
            raise ValueError("per_reply is for conversations: token ids need no marks")
        return self


def sft_rows(
    episodes: Iterable[WeightedTrajectory], config: SftConfig, *, counts: RowCounts | None = None
) -> Iterator[dict[str, list[int]]]:
    """Rows `{"input_ids", "labels"}`, the same that `bc` learns from; labels are -100 where nothing is learned.

    :raises ComponentUnavailable: transformers is not installed.
    :raises ConfigError: an episode has a weight that labels cannot hold, or the template cannot show what an agent did.
    """
    try:
        from transformers import AutoTokenizer, GenerationConfig
    except ImportError as error:
        raise ComponentUnavailable(
            "token ids need transformers, which is not installed", hint="run: pip install 'transformers>=5.10,<6'"
        ) from error
    load: Any = AutoTokenizer.from_pretrained
    at: dict[str, Any] = {"revision": config.revision or "main"}
    try:
        tokenizer = load(config.model, trust_remote_code=config.trust_remote_code, **at)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"model {config.model!r} has no tokenizer: {error}", hint="name a folder or a hub id"
        ) from error
    try:
        ends = GenerationConfig.from_pretrained(config.model, **at).eos_token_id
    except OSError:
        ends = None
    for row in rows(episodes, config.conversations(tokenizer, ends), max_length=config.max_length, counts=counts):
        if any(weight not in (0.0, 1.0) for weight in row.weights):
            raise ConfigError(
                f"labels cannot hold the weights of episode {row.trajectory}",
                hint="export from the stage before the weighing, or learn with bc",
            )
        labels = [id if on else IGNORED for id, on in zip(row.ids, row.mask, strict=True)]
        yield {"input_ids": list(row.ids), "labels": labels}


def export(episodes: Iterable[WeightedTrajectory], path: Path, **settings: Any) -> int:
    """Write a JSON Lines file that `datasets.load_dataset("json", ...)` reads, and return how many episodes gave rows.

    :param settings: those of `SftConfig`.
    :raises ConfigError, ComponentUnavailable: as `sft_rows` and `conversation_rows` say. :raises StoreError: the file cannot be written.
    """
    try:
        config = SftConfig(**settings)
    except ValidationError as error:
        raise config_error(error, "config", "trl", SftConfig) from error
    counts = RowCounts()
    if config.model:
        made: Iterable[dict[str, Any]] = sft_rows(episodes, config, counts=counts)
    else:
        made = conversation_rows(episodes, per_reply=config.per_reply, counts=counts)
    lines = [json.dumps(row, separators=(",", ":")) for row in made]
    if not lines:
        raise ConfigError("no episode gave a row", hint="look at what was left out, and at max_length")
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())
    left = "".join(f"; {number} {note}" for note, number in sorted({**counts.excluded, **counts.notes}.items()))
    if config.model:
        told = (
            f"{counts.tokens} tokens, {counts.trained} of them learned; {counts.truncated} cut, "
            f"{counts.rewritten} begun by a rewritten prompt{left}"
        )
    else:
        how = "completion_only_loss" if config.per_reply else "assistant_only_loss"
        told = f"conversations; train with SFTConfig({how}=True){left}"
    say(f"trl: {counts.rows} rows, {told}", file=sys.stderr)
    return counts.trajectories - sum(counts.excluded.values())
