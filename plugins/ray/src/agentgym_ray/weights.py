"""Weights on their way through the object store: once into it, and mapped, not copied, by every replica of a node."""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import ray
from ray import cloudpickle


def send(model: Any) -> Any:
    """Put an object that holds tensors into the object store, whole and with one copy of each tensor's bytes; the reference to it.

    It is one object of the store: an object for each tensor takes twice the time.
    """
    buffers: list[pickle.PickleBuffer] = []
    file = io.BytesIO()
    _Pickler(file, protocol=5, buffer_callback=buffers.append).dump(model)
    return ray.put((file.getvalue(), [np.frombuffer(buffer.raw(), dtype=np.uint8) for buffer in buffers]))


def receive(sent: tuple[bytes, Sequence[Any]]) -> Any:
    """The object again, of the value of what `send` gave. Its tensors lie in the store's memory: copy what is to change."""
    head, arrays = sent
    return pickle.loads(head, buffers=arrays)  # noqa: S301 - made by `send` of the owner


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Writes tensors as NumPy arrays, whose bytes stay out of the pickle."""

    def reducer_override(self, value: Any) -> Any:
        import torch

        if isinstance(value, torch.Tensor):
            plain = value.detach().cpu().contiguous()
            # NumPy has no bfloat16: bytes and the name of the type are sent.
            flat = plain.reshape(-1).view(torch.uint8).numpy()
            grown = isinstance(value, torch.nn.Parameter)
            return _tensor, (flat, str(plain.dtype).removeprefix("torch."), tuple(plain.shape), grown)
        return super().reducer_override(value)


def _tensor(flat: Any, dtype: str, shape: tuple[int, ...], parameter: bool) -> Any:
    import warnings

    import torch

    with warnings.catch_warnings():
        # torch says that the array cannot be written to: that is so.
        warnings.simplefilter("ignore", UserWarning)
        tensor = torch.from_numpy(np.asarray(flat)).view(getattr(torch, dtype)).reshape(shape)
    return torch.nn.Parameter(tensor, requires_grad=False) if parameter else tensor
