"""What a file is that is no JSON: recognised by its first bytes, with the command that makes it one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from agentgym_core.errors import StoreError

EXPECTED = "what is read here is a JSON list, JSON Lines or JSON objects, packed with gzip or not"

_TABULAR = (
    "write its rows as JSON Lines: python -c \"import pandas; pandas.read_{kind}('FILE').to_json('FILE.jsonl', "
    "orient='records', lines=True)\""
)
_PICKLE = "reading a pickle runs code, so none is read: write its records with json.dumps, one a line"
_RECODE = "write it as UTF-8: iconv -f UTF-16 -t UTF-8 {path} > FILE.jsonl"

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive", "unpack it: unzip {path}"),
    (b"PK\x05\x06", "an empty zip archive", "fetch it again"),
    (b"\x1f\x8b", "packed with gzip twice", "unpack it once: gunzip {path}"),
    (b"BZh", "packed with bzip2", "unpack it: bunzip2 {path}"),
    (b"\xfd7zXZ\0", "packed with xz", "unpack it: unxz {path}"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it: unzstd {path}"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it: 7z x {path}"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it: unrar x {path}"),
    (b"PAR1", "a Parquet file", _TABULAR.format(kind="parquet")),
    (b"ARROW1", "an Arrow file", _TABULAR.format(kind="feather")),
    (b"\xff\xff\xff\xff", "an Arrow stream", "load it with the library that wrote it, and write it as JSON Lines"),
    (b"SQLite format 3\0", "an SQLite database", "write its records as JSON Lines"),
    (b"%PDF-", "a PDF document", EXPECTED),
    (b"\x93NUMPY", "a NumPy array", EXPECTED),
    (b"\x89PNG\r\n", "a picture", EXPECTED),
    (b"\xff\xfe", "UTF-16 text", _RECODE),
    (b"\xfe\xff", "UTF-16 text", _RECODE),
    *((bytes([0x80, version]), "a Python pickle", _PICKLE) for version in (2, 3, 4, 5)),
)
"""How other formats begin, what they are called, and what to do about each."""

# A page in place of the data: what a browser saves, or a hub sends that asks for a password.
_PAGE = re.compile(r"<(?:!doctype html|html|head|body|\?xml)\b", re.IGNORECASE)
_POINTER = "version https://git-lfs.github.com/spec/"
# The head of a table: words with one and the same separator between them, on a line of their own.
_TABLE = re.compile(r'("?)[\w .-]+\1(?P<separator>[,;\t])[^{}\[\]\n]*\n')
# A dict as Python prints it: names in single quotes.
_PYTHON = re.compile(r"\[?\s*\{\s*'")


def refuse_foreign(path: Path, head: bytes) -> None:
    """Raise where the first bytes of a file, unpacked, are those of another format.

    :raises StoreError: it says which, and how to make JSON of it.
    """
    what, hint = _foreign(head)
    if what:
        raise StoreError(f"{path}: {what}", hint=hint.replace("{path}", shlex.quote(str(path))))


def _foreign(head: bytes) -> tuple[str, str]:
    for magic, name, hint in _MAGIC:
        if head.startswith(magic):
            return f"is {name}, not JSON", hint
    if head[257:262] == b"ustar":
        return "is a tar archive, not JSON", "unpack it: tar xf {path}"
    text = head.decode("utf-8-sig", "replace").lstrip()
    if not text:
        return "is empty", "fetch or write it again: it holds nothing"
    if "\0" in text:
        return "is not text: it holds NUL bytes", EXPECTED
    if text.startswith(_POINTER):
        return "is a Git LFS pointer, not the data", "fetch the data, in its repository: git lfs pull"
    if _PAGE.match(text):
        return (
            "is a web page, not JSON",
            "fetch the file itself: a hub shows a page under /blob/ and gives the data under /resolve/, and may ask to log in first",
        )
    if _PYTHON.match(text):
        return (
            "is written as Python prints it, which is not JSON: names stand in single quotes",
            "write it with json.dumps",
        )
    if _TABLE.match(text):
        return "is a table (CSV), not JSON", _TABULAR.format(kind="csv")
    return "", ""
