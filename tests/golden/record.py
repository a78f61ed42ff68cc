"""Make the golden records with any Python that has this product installed, or show where two builds differ.

OLD/.venv/bin/python tests/golden/record.py episodes identity wire runs    # record on an old build
python tests/golden/record.py --episode maze-expert-react-eval             # one case in full, as JSON
python tests/golden/record.py --difference CASE --old OLD/.venv/bin/python # the same from two builds, as a diff
"""

from __future__ import annotations

import argparse
import difflib
import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from golden import house, old_runs
from golden.canon import body, tasks_record
from golden.cases import CONFIGS, Case, cases
from golden.dialogues import DIALECTS
from golden.playing import case_record, play
from golden.serving import converse, running

HERE = Path(__file__).resolve().parent
RECORDS = HERE / "records"


def record_episodes() -> None:
    """The episodes of every case whose environment is here; records of others stay as they are."""
    here = house.installed()
    for environment in CONFIGS:
        if environment not in here:
            print(f"episodes: {environment} is not installed: skipped")
            continue
        found = {}
        for case in cases():
            if case.environment == environment:
                print("episodes:", case.name, flush=True)
                found[case.name] = case_record(play(case))
        write(f"episodes-{environment}.json", found)


def record_identity() -> None:
    """Canonical ids, digests of configurations and tasks of every environment that is here."""
    here = house.installed()
    for environment, configs in CONFIGS.items():
        if environment not in here:
            print(f"identity: {environment} is not installed: skipped")
            continue
        print("identity:", environment, flush=True)
        rows = []
        for config in configs:
            canonical, digest, splits = house.identity(environment, config)
            tasks = {split: tasks_record(each) for split, each in splits.items()}
            rows.append({"config": config, "canonical": canonical, "digest": digest, "splits": tasks})
        write(f"identity-{environment}.json", rows)


def record_wire() -> None:
    """Every conversation of every dialect, with servers that have all of their environments."""
    with ExitStack() as stack:
        ports = {name: stack.enter_context(running(name, each[0])) for name, each in house.SERVERS.items()}
        for dialect, conversations in DIALECTS.items():
            found = {}
            for name, conversation in conversations().items():
                print("wire:", dialect, name, flush=True)
                answers = converse(ports[conversation["server"]], conversation)
                for exchange, answer in zip(conversation["exchanges"], answers, strict=True):
                    exchange["answer"] = answer
                found[name] = conversation
            write(f"wire-{dialect}.json", found)


def record_runs() -> None:
    """Run folders, and what this build says of them. New ones have new times: make them again only for a new reason."""
    folder = HERE / "old_runs"
    shutil.rmtree(folder, ignore_errors=True)
    old_runs.make(folder)
    write("old-runs.json", old_runs.judged(folder))


def write(name: str, value: Any) -> None:
    """A record, one entry a line, so that changes can be read."""
    RECORDS.mkdir(exist_ok=True)
    (RECORDS / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def whole(name: str) -> str:
    """The episodes of a case without their volatile fields, as indented JSON."""
    (case,) = [each for each in cases() if each.name == name] or _unknown(name)
    shown = [{"id": each["id"], "key": each["key"], **body(each)} for each in play(case)]
    return json.dumps(shown, indent=1, sort_keys=True, ensure_ascii=False)


def _unknown(name: str) -> list[Case]:
    sys.exit(f"there is no case {name!r}; the cases are: {', '.join(each.name for each in cases())}")


def difference(name: str, old: str) -> int:
    """Print how a case differs between the Python `old` and this one; 0 where it does not."""
    command = [old, str(Path(__file__).resolve()), "--episode", name]
    before = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout.splitlines()
    lines = list(difflib.unified_diff(before, whole(name).splitlines(), "old", "new", lineterm=""))
    print("\n".join(lines) or f"{name}: no difference")
    return 1 if lines else 0


def main() -> int:
    """Record, or show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    makers = {"episodes": record_episodes, "identity": record_identity, "wire": record_wire, "runs": record_runs}
    parser.add_argument("what", nargs="*", metavar="|".join(makers))
    parser.add_argument("--episode", metavar="CASE", help="play one case and print it whole")
    parser.add_argument("--difference", metavar="CASE", help="play one case on two builds and print the difference")
    parser.add_argument("--old", metavar="PYTHON", help="the Python of the other build")
    arguments = parser.parse_args()
    if arguments.episode:
        print(whole(arguments.episode))
        return 0
    if arguments.difference:
        if not arguments.old:
            parser.error("--difference needs --old PYTHON")
        return difference(arguments.difference, arguments.old)
    for name in arguments.what:
        makers[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
