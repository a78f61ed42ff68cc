"""Where WebArena and WebArena-Verified disagree about the same 812 tasks, counted from the files of the package `webarena-verified`.

Each reference answer of WebArena's tasks of information is given to WebArena-Verified's evaluator, in a list and as one text. Run, where
the package is installed: python benchmarks/env_webarena_verified.py
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentgym_env_webarena.official import files, task
from agentgym_env_webarena.official.sites import PUBLIC
from agentgym_env_webarena.official.verified import Verdict

_VISIT = {
    "request": {"url": PUBLIC["homepage"], "method": "GET", "headers": []},
    "response": {"status": 200, "headers": [], "redirectURL": "", "content": {}},
}


def main() -> int:
    """Count and print."""
    first, second = files.records("webarena"), files.records("webarena-verified")
    ours = {number: task.read("webarena", record) for number, record in first.items()}
    theirs = {number: task.read("webarena-verified", record) for number, record in second.items()}
    pairs = [(ours[number], theirs[number]) for number in sorted(ours)]
    print("intents in other words:", sum(one.intent.strip() != other.intent.strip() for one, other in pairs))
    print("other first pages:", sum(one.start != other.start for one, other in pairs))
    print("kinds, WebArena / WebArena-Verified:", dict(Counter(f"{one.kind} / {other.kind}" for one, other in pairs)))
    print("what is expected of tasks that WebArena calls impossible, and of others:")
    for (impossible, status), number in sorted(
        Counter((_impossible(first[n]), _status(second[n])) for n in first).items()
    ):
        print(f"  {'impossible' if impossible else 'possible'}: {status}: {number}")
    refused = _refused(first, second)
    for kind, (total, numbers) in refused.items():
        print(f"{kind}: {len(numbers)} of {total} reference answers are wrong to WebArena-Verified: {numbers}")
    return 0


def _refused(first: Mapping[int, Any], second: Mapping[int, Any]) -> dict[str, tuple[int, list[int]]]:
    """The tasks, by kind of comparison, whose reference answer WebArena-Verified's evaluator does not take."""
    judge = Verdict(PUBLIC)
    found: dict[str, tuple[int, list[int]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.har"
        trace.write_text(json.dumps({"log": {"entries": [_VISIT]}}), encoding="utf-8")
        for number in sorted(first):
            if (
                first[number]["eval"]["eval_types"] != ["string_match"]
                or _impossible(first[number])
                or len(second[number]["eval"]) > 1
            ):
                continue
            references = first[number]["eval"]["reference_answers"]
            kind = next(iter(references))
            wanted = references[kind] if isinstance(references[kind], list) else [references[kind]]
            held = [
                judge.holds(second[number], _answer(second[number], data), trace)[0]
                for data in (wanted, [", ".join(wanted)])
            ]
            total, numbers = found.get(kind, (0, []))
            found[kind] = (total + 1, numbers if any(held) else [*numbers, number])
    return found


def _answer(record: Mapping[str, Any], data: list[Any]) -> str:
    said = {"task_type": record["eval"][0]["expected"]["task_type"], "status": "SUCCESS", "retrieved_data": data}
    return json.dumps(said | {"error_details": None})


def _impossible(record: Mapping[str, Any]) -> bool:
    return (record["eval"]["reference_answers"] or {}).get("fuzzy_match") == "N/A"


def _status(record: Mapping[str, Any]) -> str:
    return str(record["eval"][0]["expected"]["status"])


if __name__ == "__main__":
    sys.exit(main())
