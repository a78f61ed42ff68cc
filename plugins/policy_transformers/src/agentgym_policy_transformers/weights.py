"""The weights that a policy plays with, and how others take their place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from agentgym_core.errors import ConfigError
from agentgym_policy_transformers import loading
from agentgym_policy_transformers.config import TransformersConfig


class Weights:
    """A model, and an adapter in it where there is one. Nothing here waits for replies that are being made: the policy does.

    :param model: use this model and not the one that the configuration names.
    :raises ConfigError: the model or the adapter cannot be loaded.
    """

    def __init__(self, config: TransformersConfig, model: Any = None) -> None:
        self._config = config
        self.model: Any = loading.load_model(config) if model is None else model
        self._adapted: Any = loading.load_adapter(self.model, config.adapter) if config.adapter else None
        self._digest = ""

    def digest(self, tokenizer: Any) -> str:
        """A digest of weights, adapter, tokenizer and chat template; made once for as long as the weights stay."""
        if not self._digest and self.model is not None:
            self._digest = loading.digest_of(self.model, tokenizer, self._config.decides(), self._adapted)
        return self._digest

    def read(self, place: str) -> Callable[[], None]:
        """Read a folder's weights or adapter, beside these; the call that is returned puts them in place of these.

        :raises ConfigError: there are none; the call, where they are of another architecture, and nothing has changed.
        """
        if (Path(place) / loading.ADAPTER).is_file():
            return lambda: self._put_adapter(place)
        new = loading.load_model(self._config, place, device=torch.device("cpu"))
        return lambda: self._put(new, f"checkpoint {place!r}")

    def called(self, digest: str) -> None:
        """What the digest of these weights is, where somebody else has found it."""
        self._digest = digest

    def copy(self, model: Any) -> None:
        """Take the weights of a model in memory; with this very model, they have changed.

        :raises ConfigError: it is of another architecture.
        """
        if model is not self.model:
            self._put(model, "the model in memory")
        self._digest = ""

    def write(self, folder: Path, tokenizer: Any) -> None:
        """Save the adapter where there is one, else the model, and the tokenizer."""
        with loading.quiet():
            (self._adapted or self.model).save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    def drop(self) -> None:
        """Free them."""
        self.model = self._adapted = None

    def _put(self, model: Any, whose: str) -> None:
        if self._adapted is not None:
            self.model = self._adapted.unload()
            self._adapted = None
        loading.copy_weights(self.model, model, whose)
        self._digest = ""

    def _put_adapter(self, place: str) -> None:
        if self._adapted is None:
            self._adapted = loading.load_adapter(self.model, place)
        else:
            old = self._adapted.active_adapter
            new = "second" if old != "second" else "first"
            try:
                loading.add_adapter(self._adapted, place, new)
            except ConfigError:
                self._adapted.set_adapter(old)
                raise
            self._adapted.set_adapter(new)
            self._adapted.delete_adapter(old)
            self._adapted.eval().requires_grad_(False)
        self._digest = ""
