"""Spaces of texts, and how vectorised environments carry them between processes.

Gymnasium's `Text` is a set of strings over a few characters up to a length, and its shared memory has a cell for each character of that
length. What an environment says is Unicode, short as a rule and of no fixed bound.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from ctypes import c_char
from typing import Any, overload

import gymnasium
import numpy
from gymnasium.spaces import Text
from gymnasium.vector.utils import create_shared_memory, read_from_shared_memory, write_to_shared_memory

from agentgym_core.actions import Grammar
from agentgym_core.specs import ActionSpec, Parameter

LONGEST = 1_000_000
"""How many characters a text may have, and in shared memory how many bytes as UTF-8."""

_PRINTABLE = "".join(map(chr, range(32, 127))) + "\n\t"
_LENGTH_BYTES = 8
_WORDS = ("apple", "box", "door", "key", "lamp", "red", "small", "table")


class Words(Text):
    """Any text without halves of characters, of at most `max_length` characters.

    The characters that `Text` asks for are those of `sample` alone, which draws a line of up to eighty.
    """

    def __init__(self, max_length: int = LONGEST, *, seed: int | numpy.random.Generator | None = None) -> None:
        super().__init__(max_length, min_length=0, charset=_PRINTABLE, seed=seed)

    def contains(self, x: Any) -> bool:
        """Whether it is such a text."""
        return isinstance(x, str) and len(x) <= self.max_length and _whole(x)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A line of printable characters. `mask` and, where Gymnasium has it (1.1), `probability` are those of `Text`."""
        if probability is not None:
            return str(super().sample(mask, probability))
        return str(super().sample(mask or (int(self.np_random.integers(min(self.max_length, 80) + 1)), None)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.max_length})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self).get("max_length") == vars(other).get("max_length")

    __hash__ = None  # type: ignore[assignment]


class Actions(Words):
    """Texts of actions. Any text is one, for an environment answers what makes no sense; `sample` draws from those that have a form.

    :param actions: what can be done.
    """

    def __init__(
        self,
        actions: Sequence[ActionSpec],
        max_length: int = LONGEST,
        *,
        seed: int | numpy.random.Generator | None = None,
    ) -> None:
        super().__init__(max_length, seed=seed)
        self.actions = tuple(actions)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """An action with some arguments, in its canonical text.

        :param mask: the texts to choose from, such as `info["available_actions"]`. :param probability: their probabilities, with `mask`.
        """
        if mask:
            return str(mask[int(self.np_random.choice(len(mask), p=probability))])
        action = self.actions[int(self.np_random.integers(len(self.actions)))]
        arguments = {parameter.name: self._argument(parameter) for parameter in action.parameters}
        return Grammar(self.actions).canonical(action.name, arguments)

    def _argument(self, parameter: Parameter) -> Any:
        if parameter.choices:
            return parameter.choices[int(self.np_random.integers(len(parameter.choices)))]
        number = int(self.np_random.integers(10))
        word = _WORDS[int(self.np_random.integers(len(_WORDS)))]
        drawn = {"integer": number, "number": number / 2, "boolean": number % 2 == 0, "array": [], "object": {}}
        return drawn.get(parameter.type, word)

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and isinstance(other, Actions) and self.actions == other.actions

    __hash__ = None


class SharedTexts(Sequence[str]):
    """The texts that lie in shared memory now: a copy of it is a tuple, which stays as it is."""

    def __init__(self, memory: Any, count: int) -> None:
        self._memory = memory
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        if not -self._count <= index < self._count:
            raise IndexError(index)
        data = memoryview(self._memory.get_obj()).cast("B")
        start = index % self._count * (len(data) // self._count)
        length = int.from_bytes(data[start : start + _LENGTH_BYTES], "little")
        return bytes(data[start + _LENGTH_BYTES : start + _LENGTH_BYTES + length]).decode()

    def __iter__(self) -> Iterator[str]:
        return (self[index] for index in range(self._count))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __deepcopy__(self, memo: Any) -> tuple[str, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return repr(tuple(self))


# Gymnasium reads a Text's shared memory once, when it is empty, and hands that on at every step (AsyncVectorEnv, 1.0 to 1.4). So what is
# given to it here is a view. A text lies as its length, eight bytes, and its UTF-8.
@create_shared_memory.register(Words)
def _create(space: Words, n: int = 1, ctx: Any = multiprocessing) -> Any:
    return ctx.Array(c_char, n * (space.max_length + _LENGTH_BYTES))


@read_from_shared_memory.register(Words)
def _read(space: Words, shared_memory: Any, n: int = 1) -> SharedTexts:
    return SharedTexts(shared_memory, n)


@write_to_shared_memory.register(Words)
def _write(space: Words, index: int, value: str, shared_memory: Any) -> None:
    text = value.encode()
    if len(text) > space.max_length:
        raise gymnasium.error.Error(
            f"a text of {len(text):,} bytes does not fit in the {space.max_length:,} of shared memory: make_vec(..., "
            "vector_kwargs={'shared_memory': False}), or give the environment another `longest`"
        )
    data = memoryview(shared_memory.get_obj()).cast("B")
    start = index * (space.max_length + _LENGTH_BYTES)
    data[start : start + _LENGTH_BYTES] = len(text).to_bytes(_LENGTH_BYTES, "little")
    data[start + _LENGTH_BYTES : start + _LENGTH_BYTES + len(text)] = text


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
