"""Java class files: reading one, and adding fields and methods to it."""

from __future__ import annotations

import struct

_SIZES = {3: 5, 4: 5, 5: 9, 6: 9, 7: 3, 8: 3, 9: 5, 10: 5, 11: 5, 12: 5, 15: 4, 16: 3, 17: 5, 18: 5, 19: 3, 20: 3}
_TEXT, _CLASS, _FIELD, _METHOD, _NAME_AND_TYPE = 1, 7, 9, 10, 12
_WIDE = (5, 6)


class NotAClass(ValueError):
    """These bytes are no class file that can be read."""


class ClassFile:
    """A class file in parts. Indices are those of its constant pool.

    :raises NotAClass: the bytes are something else.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            if data[:4] != b"\xca\xfe\xba\xbe":
                raise NotAClass("it does not start like a class file")
            self._read()
        except (IndexError, KeyError, struct.error) as error:
            raise NotAClass(f"it is cut short, or of an unknown kind: {error!r}") from error

    def _read(self) -> None:
        self._count = self._u2(8)
        self._texts: dict[int, bytes] = {}
        at, number = 10, 1
        while number < self._count:
            tag = self._data[at]
            if tag == _TEXT:
                length = self._u2(at + 1)
                self._texts[number] = self._data[at + 3 : at + 3 + length]
                at += 3 + length
            else:
                at += _SIZES[tag]
            number += 2 if tag in _WIDE else 1
        self._pool = self._data[10:at]
        self.this = self._u2(at + 2)
        start = at
        at += 6
        at += 2 + 2 * self._u2(at)
        self._head = self._data[start:at]
        self._fields, at = self._members(at)
        self._methods, at = self._members(at)
        self._tail = self._data[at:]

    def _members(self, at: int) -> tuple[list[bytes], int]:
        count = self._u2(at)
        at += 2
        members = []
        for _ in range(count):
            start = at
            attributes = self._u2(at + 6)
            at += 8
            for _ in range(attributes):
                at += 6 + self._u4(at + 2)
            members.append(self._data[start:at])
        return members, at

    def _u2(self, at: int) -> int:
        return int(struct.unpack_from(">H", self._data, at)[0])

    def _u4(self, at: int) -> int:
        return int(struct.unpack_from(">I", self._data, at)[0])

    def _find(self, name: str, descriptor: str) -> int | None:
        for number, member in enumerate(self._methods):
            _, name_at, descriptor_at = struct.unpack_from(">HHH", member)
            if (self._texts[name_at], self._texts[descriptor_at]) == (name.encode(), descriptor.encode()):
                return number
        return None

    def has(self, name: str, descriptor: str) -> bool:
        """Whether the class itself has a method."""
        return self._find(name, descriptor) is not None

    def _constant(self, tag: int, body: bytes) -> int:
        self._pool += bytes((tag,)) + body
        self._count += 1
        return self._count - 1

    def text(self, value: str) -> int:
        """A text in the pool."""
        index = self._constant(_TEXT, struct.pack(">H", len(value)) + value.encode())
        self._texts[index] = value.encode()
        return index

    def named(self, name: str) -> int:
        """A class in the pool."""
        return self._constant(_CLASS, struct.pack(">H", self.text(name)))

    def method(self, owner: int, name: str, descriptor: str) -> int:
        """A method of a class in the pool, to call it."""
        return self._member(_METHOD, owner, name, descriptor)

    def field(self, owner: int, name: str, descriptor: str) -> int:
        """A field of a class in the pool, to read it."""
        return self._member(_FIELD, owner, name, descriptor)

    def _member(self, tag: int, owner: int, name: str, descriptor: str) -> int:
        name_and_type = self._constant(_NAME_AND_TYPE, struct.pack(">HH", self.text(name), self.text(descriptor)))
        return self._constant(tag, struct.pack(">HH", owner, name_and_type))

    def rename(self, name: str, descriptor: str, new: str) -> None:
        """Give a method another name; who calls the old one gets what is added under it."""
        number = self._find(name, descriptor)
        if number is None:
            raise NotAClass(f"it has no method {name}{descriptor}")
        member = self._methods[number]
        self._methods[number] = member[:2] + struct.pack(">H", self.text(new)) + member[4:]

    def add_static_field(self, name: str, descriptor: str) -> None:
        """A public static field, null at first."""
        self._fields.append(struct.pack(">HHHH", 0x0009, self.text(name), self.text(descriptor), 0))

    def add_method(
        self, name: str, descriptor: str, code: bytes, *, stack: int, locals: int, frames: bytes = b""
    ) -> None:
        """A public method with its code; `frames` is the body of its stack map, where it has jumps."""
        attributes = b""
        if frames:
            attributes = struct.pack(">HI", self.text("StackMapTable"), len(frames)) + frames
        body = (
            struct.pack(">HHI", stack, locals, len(code))
            + code
            + struct.pack(">HH", 0, 1 if frames else 0)
            + attributes
        )
        head = struct.pack(">HHHH", 0x0001, self.text(name), self.text(descriptor), 1)
        self._methods.append(head + struct.pack(">HI", self.text("Code"), len(body)) + body)

    def write(self) -> bytes:
        """The class file as it is now."""
        return b"".join(
            (
                self._data[:8],
                struct.pack(">H", self._count),
                self._pool,
                self._head,
                struct.pack(">H", len(self._fields)),
                *self._fields,
                struct.pack(">H", len(self._methods)),
                *self._methods,
                self._tail,
            )
        )
