"""What a user may set."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agentgym_core.config import ComponentConfig
from agentgym_env_webshop import generate
from agentgym_env_webshop.catalogue import Source
from agentgym_env_webshop.official import OfficialSource
from agentgym_env_webshop.own import OwnSource


class WebShopConfig(ComponentConfig):
    """Which products are sold, and how faithful the shop is to the original."""

    products: int = Field(default=10_000, ge=500, le=2_000_000)
    """Number of products of our own catalogue."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other products."""

    train: int = Field(default=6_000, ge=1)
    """Number of tasks in the split `train`, at most one for each of its products."""

    eval: int = Field(default=600, ge=1)
    """Number of tasks in the split `eval`, at most one for each of its products."""

    items: Path | None = None
    """Your copy of the original's products, `items_shuffle_1000.json` or `items_shuffle.json`, in place of our own catalogue."""

    attributes: Path | None = None
    """Your copy of the original's attributes and instructions for `items`: `items_ins_v2_1000.json` or `items_ins_v2.json`."""

    human: Path | None = None
    """Your copy of the original's instructions by people, `items_human_ins.json`, whose goals then take the place of the others."""

    download: Literal["small", "all"] = "small"
    """What `agentgym data pull webshop` fetches: the 1,000 products that AgentGym uses, or 1.18 million."""

    nouns: str = ""
    """A spaCy model that finds the nouns of the original's titles, such as `en_core_web_lg`, which the original uses; by default they are
    told by the words' form."""

    verbatim: bool = False
    """Pages and judgement as the original has them, its faults included."""

    cache: Path | None = None
    """Where built catalogues are kept; by default in AGENTGYM_CACHE or the user's cache folder."""

    @field_validator("items", "attributes", "human", "cache")
    @classmethod
    def _expand(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.items is None) != (self.attributes is None):
            raise ValueError("items and attributes belong together: give both files of the original, or neither")
        if self.human is not None and self.items is None:
            raise ValueError("human belongs to the original's products: give items and attributes as well")
        for path in (self.items, self.attributes, self.human):
            if path is not None and not path.is_file():
                raise ValueError(f"there is no file {path}")
        if self.items is None:
            for split in ("train", "eval"):
                most = len(generate.places(split, self.products))
                if getattr(self, split) > most:
                    raise ValueError(
                        f"{self.products:,} products give {most:,} tasks of {split!r}: take more products, or fewer tasks"
                    )
        return self

    @property
    def source(self) -> Source:
        """Where the catalogue comes from."""
        if self.items is not None and self.attributes is not None:
            return OfficialSource(self.items, self.attributes, self.nouns, self.human)
        return OwnSource(self.seed, self.products)
