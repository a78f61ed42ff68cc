"""The digest of weights: of what is in them and in which order, and of nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_tokens import digest
from agentgym_tokens.digest import digest_of_parts

Parts = Sequence[tuple[str, bytes]]
PARTS = st.lists(st.tuples(st.text(max_size=4), st.binary(max_size=40)), max_size=8)


def plainly(head: bytes, parts: Parts, piece: int) -> str:
    """The same in one thread, as its documentation says it."""
    found = hashlib.blake2b(head, digest_size=8)
    for name, data in parts:
        found.update(name.encode())
        for start in range(0, max(1, len(data)), piece):
            found.update(hashlib.sha256(data[start : start + piece]).digest())
    return found.hexdigest()


@given(
    head=st.binary(max_size=8),
    parts=PARTS,
    piece=st.integers(1, 50),
    threads=st.integers(1, 9),
    ahead=st.integers(0, 3),
)
def test_it_is_what_one_thread_finds(head: bytes, parts: Parts, piece: int, threads: int, ahead: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "PIECE", piece)
        patch.setattr(digest, "_AHEAD", ahead)
        patch.setattr(digest.os, "cpu_count", lambda: threads)
        assert digest_of_parts(head, parts) == plainly(head, parts, piece)


def test_it_is_the_same_as_ever() -> None:
    """Runs keep it with each turn: another digest of the same weights would say that others played."""
    big = bytes(range(256)) * 40_000
    assert (
        digest_of_parts(b"head", [("a (2,) float32", b"12345678"), ("b", big), ("c (0,)", b"")]) == "68b716082b6c94bf"
    )


@given(parts=PARTS.filter(lambda parts: any(data for _, data in parts)), data=st.data())
def test_a_byte_that_differs_changes_it(parts: Parts, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([at for at, (_, held) in enumerate(parts) if held]))
    name, held = parts[place]
    at = data.draw(st.integers(0, len(held) - 1))
    changed = [*parts]
    changed[place] = (name, held[:at] + bytes([held[at] ^ 1]) + held[at + 1 :])
    assert digest_of_parts(b"", changed) != digest_of_parts(b"", parts)


def test_what_goes_wrong_in_between_is_told() -> None:
    def parts() -> object:
        yield "a", b"1"
        raise OSError("the file is gone")

    with pytest.raises(OSError, match="the file is gone"):
        digest_of_parts(b"", parts())  # type: ignore[arg-type]
