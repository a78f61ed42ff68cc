"""A Java class file with one more method: how the simulator's objects come to be hashed by their own number.

The simulator keeps its objects in hash sets, and objects without a hash code of their own are hashed by a number that the JVM draws:
the order of such a set, and with it the order in which heat flows, would depend on what the JVM did before. Nothing is written
into the installed package: the changed class stands before it on the class path.
"""

from __future__ import annotations

import struct

_SIZES = {3: 5, 4: 5, 5: 9, 6: 9, 7: 3, 8: 3, 9: 5, 10: 5, 11: 5, 12: 5, 15: 4, 16: 3, 17: 5, 18: 5, 19: 3, 20: 3}
_WIDE = (5, 6)
_NAME, _DESCRIPTOR = b"hashCode", b"()I"
_CODE = b"\x2a\xb6%b\x88\xac"
"""aload_0; invokevirtual (the getter); l2i; ireturn."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.texts: dict[int, bytes] = {}
        self.count = self.u2(8)
        at, number = 10, 1
        while number < self.count:
            tag = data[at]
            if tag == 1:
                length = self.u2(at + 1)
                self.texts[number] = data[at + 3 : at + 3 + length]
                at += 3 + length
            else:
                at += _SIZES[tag]
            number += 2 if tag in _WIDE else 1
        self.pool_end = at

    def u2(self, at: int) -> int:
        return int.from_bytes(self.data[at : at + 2], "big")

    def u4(self, at: int) -> int:
        return int.from_bytes(self.data[at : at + 4], "big")

    def after_member(self, at: int) -> int:
        attributes = self.u2(at + 6)
        at += 8
        for _ in range(attributes):
            at += 6 + self.u4(at + 2)
        return at


def with_hash_code(data: bytes, getter: str) -> bytes | None:
    """The class with `hashCode()` as what `getter`, a method that gives a long, gives.

    None where the class has a hash code already, or no such getter: then it needs no change, or is not what was expected.
    """
    reader = _Reader(data)
    at = reader.pool_end + 6
    at += 2 + 2 * reader.u2(at)
    fields = reader.u2(at)
    at += 2
    for _ in range(fields):
        at = reader.after_member(at)
    methods_at, methods = at, reader.u2(at)
    at += 2
    names = set()
    for _ in range(methods):
        names.add((reader.texts[reader.u2(at + 2)], reader.texts[reader.u2(at + 4)]))
        at = reader.after_member(at)
    if (_NAME, _DESCRIPTOR) in names or (getter.encode(), b"()J") not in names:
        return None
    new, first = _constants(reader, getter)
    code = _CODE.replace(b"%b", struct.pack(">H", first + 3))
    body = struct.pack(">HHI", 2, 1, len(code)) + code + struct.pack(">HH", 0, 0)
    method = struct.pack(">HHHH", 1, first + 4, first + 5, 1) + struct.pack(">HI", first + 6, len(body)) + body
    return b"".join(
        (
            data[:8],
            struct.pack(">H", first + 7),
            data[10 : reader.pool_end],
            new,
            data[reader.pool_end : methods_at],
            struct.pack(">H", methods + 1),
            data[methods_at + 2 : at],
            method,
            data[at:],
        )
    )


def _constants(reader: _Reader, getter: str) -> tuple[bytes, int]:
    first = reader.count
    this = reader.u2(reader.pool_end + 2)

    def text(value: bytes) -> bytes:
        return struct.pack(">BH", 1, len(value)) + value

    return (
        text(getter.encode())
        + text(b"()J")
        + struct.pack(">BHH", 12, first, first + 1)
        + struct.pack(">BHH", 10, this, first + 2)
        + text(_NAME)
        + text(_DESCRIPTOR)
        + text(b"Code"),
        first,
    )
