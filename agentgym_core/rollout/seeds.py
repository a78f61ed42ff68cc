"""Seeds that depend on names, not on order: the same in every process and on every machine."""

from __future__ import annotations

from hashlib import blake2b


def derive(*parts: str | int) -> int:
    """A seed in [0, 2**31) from what it is for. Parts cannot run into each other."""
    # Each part carries its length, so that ("a", "bc") and ("ab", "c") differ. Surrogates pass: ids come from files.
    text = "\x1f".join(f"{len(str(part))}:{part}" for part in parts)
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big") >> 1


def episode_seed(run_seed: int, environment: str, task: str, sample: int) -> int:
    """The seed of one episode: what its environment is reset with, and what the seeds of its requests come from."""
    return derive("episode", run_seed, environment, task, sample)


def turn_seed(seed: int, turn: int) -> int:
    """The seed of one request of the episode that has `seed`."""
    # The finalizer of SplitMix64 (Steele, Lea and Flood 2014) over seed and turn: neighbouring turns get unrelated seeds.
    # Not a hash as in `derive`, since this runs once for every request. The shift by 33 leaves 31 bits, as APIs want.
    mixed = (seed * 0x9E3779B97F4A7C15 + (turn + 1) * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return (mixed ^ (mixed >> 31)) >> 33
