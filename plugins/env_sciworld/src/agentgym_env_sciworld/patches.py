"""What is changed in the simulator's classes, and why. Nothing is written into the installed package: the changed classes stand before
its JAR on the class path, in a folder of their own. A class that is not what is expected here stays as it is.

Objects: the simulator keeps its objects in hash sets, and objects without a hash code of their own are hashed by a number that
the JVM draws. The order of such a set, and with it the order in which heat flows, would depend on what the JVM did before. So they are
hashed by the number that the simulator itself gives each of them.

Words: for each object in sight, several times a step, the simulator splits the same names into words, with a regular expression that it
compiles anew. Nothing but the name decides the words, so they are remembered.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from agentgym_env_sciworld.classfile import ClassFile

OBJECT = "scienceworld/struct/EnvObject"
PARSER = "scienceworld/input/InputParser$"
WORDS = "agentgymWords"
"""The static field of the parser for a java.util.concurrent.ConcurrentHashMap of words by name."""

_TOKENIZE = ("tokenize", "(Ljava/lang/String;)[Ljava/lang/String;")
_MAP = "java/util/concurrent/ConcurrentHashMap"


def hashed_by_number(data: bytes) -> bytes | None:
    """The class of objects with `hashCode()` made of `uuid()`; None where it has one already, or no number."""
    file = ClassFile(data)
    if file.has("hashCode", "()I") or not file.has("uuid", "()J"):
        return None
    number = file.method(file.this, "uuid", "()J")
    # aload_0; invokevirtual uuid; l2i; ireturn
    file.add_method("hashCode", "()I", b"\x2a\xb6" + struct.pack(">H", number) + b"\x88\xac", stack=2, locals=1)
    return file.write()


def remembering_words(data: bytes) -> bytes | None:
    """The parser with a `tokenize` that looks into a map first; None where it has no such method."""
    file = ClassFile(data)
    if not file.has(*_TOKENIZE):
        return None
    file.rename(*_TOKENIZE, "agentgymTokenize")
    file.add_static_field(WORDS, f"L{_MAP};")
    words = struct.pack(">H", file.field(file.this, WORDS, f"L{_MAP};"))
    owner = file.named(_MAP)
    get = struct.pack(">H", file.method(owner, "get", "(Ljava/lang/Object;)Ljava/lang/Object;"))
    put = struct.pack(">H", file.method(owner, "put", "(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;"))
    slow = struct.pack(">H", file.method(file.this, "agentgymTokenize", _TOKENIZE[1]))
    texts = struct.pack(">H", file.named("[Ljava/lang/String;"))
    code = b"".join(
        (
            b"\xb2" + words + b"\x2b\xb6" + get,  # 0: getstatic words; aload_1; invokevirtual get
            b"\xc0" + texts + b"\x4d",  # 7: checkcast String[]; astore_2
            b"\x2c\xc7" + struct.pack(">h", 18),  # 11: aload_2; ifnonnull 30
            b"\x2a\x2b\xb6" + slow + b"\x4d",  # 15: aload_0; aload_1; invokevirtual slow; astore_2
            b"\xb2"
            + words
            + b"\x2b\x2c\xb6"
            + put
            + b"\x57",  # 21: getstatic; aload_1; aload_2; invokevirtual put; pop
            b"\x2c\xb0",  # 30: aload_2; areturn
        )
    )
    # One frame, where the jump lands: the same locals and one more, of type String[].
    frames = struct.pack(">HBHB", 1, 252, 30, 7) + texts
    file.add_method(*_TOKENIZE, code, stack=3, locals=3, frames=frames)
    return file.write()


def changed_classes(jar: Path) -> Mapping[str, bytes]:
    """The changed classes of a simulator's JAR, by their file names.

    :raises OSError, KeyError, zipfile.BadZipFile, NotAClass: it is not the simulator's JAR.
    """
    changed = {}
    with zipfile.ZipFile(jar) as archive:
        for name, change in ((OBJECT, hashed_by_number), (PARSER, remembering_words)):
            data = change(archive.read(f"{name}.class"))
            if data is not None:
                changed[f"{name}.class"] = data
    return changed
