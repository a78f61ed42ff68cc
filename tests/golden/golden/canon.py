"""Canonical forms: what of an episode or an answer must be the same in every build, and digests of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

VOLATILE = ("started", "seconds", "crc32")
"""Fields of an episode that say when and how fast it was played."""

VOLATILE_TURN = ("policy_seconds", "environment_seconds")
"""The same of a turn."""


def canonical(value: Any) -> str:
    """JSON with sorted keys and without spaces; 1 and 1.0 stay different."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha(value: Any, digits: int = 64) -> str:
    """The first digits of SHA-256 over the canonical form."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()[:digits]


def body(episode: Mapping[str, Any]) -> dict[str, Any]:
    """An episode without its times and without what names it: `id` and `key` are compared by themselves."""
    found = {name: value for name, value in episode.items() if name not in (*VOLATILE, "id", "key")}
    found["turns"] = [
        {name: value for name, value in turn.items() if name not in VOLATILE_TURN} for turn in episode.get("turns", [])
    ]
    if "fault" in found:
        # A traceback names files and lines.
        found["fault"] = {name: value for name, value in found["fault"].items() if name != "traceback"}
    return found


def parts(episode: Mapping[str, Any]) -> dict[str, Any]:
    """The body in the parts that are hashed one by one, so that a difference can be located."""
    whole = body(episode)
    found: dict[str, Any] = {}
    for name in ("messages", "turns"):
        found |= {f"{name}[{index}]": value for index, value in enumerate(whole.pop(name, []))}
    return {"rest": whole, **found}


def episode_record(episode: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an episode: its names in plain text, a digest of all the rest, and short ones of its parts."""
    key = episode["key"]
    return {
        "id": episode["id"],
        "task": key["task"],
        "seed": key["seed"],
        "sample": key.get("sample", 0),
        "outcome": episode["outcome"],
        "score": episode.get("score"),
        "turns": len(episode.get("turns", [])),
        "sha256": sha(body(episode)),
        "parts": " ".join(sha(part, 4) for part in parts(episode).values()),
    }


def case_key(episodes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What all keys of a case have in common: environment, configuration, policy, weights, sampling, format, prompt style."""
    own = ("task", "seed", "sample")
    found = {canonical({k: v for k, v in each["key"].items() if k not in own}) for each in episodes}
    (common,) = found
    value: dict[str, Any] = json.loads(common)
    return value


def first_difference(record: Mapping[str, Any], episode: Mapping[str, Any]) -> str:
    """Which part of an episode is no longer what was recorded, and what it says now."""
    now = parts(episode)
    before = str(record["parts"]).split()
    for (name, value), old in zip(now.items(), before, strict=False):
        if sha(value, 4) != old:
            return f"{name} is another; now: {canonical(value)[:600]}"
    return f"{len(before)} parts were recorded, there are {len(now)} now; the last: {canonical(list(now.values())[-1])[:300]}"


def tasks_record(tasks: Iterable[Any]) -> dict[str, Any]:
    """What is kept of a split: how many tasks, the first, the last, and a digest of all ids, kinds and fingerprints."""
    rows = [[task.id, task.kind, task.fingerprint] for task in tasks]
    return {"count": len(rows), "first": rows[0][0], "last": rows[-1][0], "sha256": sha(rows)}
