"""Plays recorded actions in a Python of its own, for checks that compare processes: `worker ASKED.json ANSWERED.json`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from agentgym_testing.records import Entry, ended
from agentgym_testing.subject import Sizes, Subject


def replay(subject: Subject, episodes: list[tuple[str, list[str]]]) -> list[list[Entry]]:
    """A record for each episode, all on one instance; the task itself comes first."""
    records = []
    for id, actions in episodes:
        task = subject.source.find(id)
        played = subject.play(subject.shared, task, ())
        if not ended(played[0]):
            played += [["available", subject.shared.available_actions()], *subject.go_on(subject.shared, actions)]
        records.append([["task", task.id, task.kind, task.fingerprint], *played])
    return records


def listing(subject: Subject) -> list[Entry]:
    """The first tasks of every split, in their order."""
    splits = subject.description.splits
    return [[split, *(task.id for task in subject.source.tasks(split)[:100])] for split in splits]


def leftovers(subject: Subject, episodes: list[tuple[str, list[str]]]) -> list[str]:
    """The threads and processes that are alive after an episode, `close` and the end of the engine."""
    before = _alive()
    with subject, subject.fresh() as environment:
        task, actions = episodes[0]
        subject.play(environment, subject.source.find(task), actions)
    deadline = time.monotonic() + subject.sizes.patience
    while (left := _alive() - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    return sorted(left)


def _alive() -> set[str]:
    threads = {f"thread {thread.name!r}" for thread in threading.enumerate()}
    return threads | {f"process {child}" for child in _children()}


def _children() -> set[str]:
    listed = Path("/proc/self/task")
    if listed.is_dir():
        children: set[str] = set()
        for task in listed.iterdir():
            try:
                found = (task / "children").read_text().split()
            except OSError:
                continue
            children.update(f"{child} ({_command(child)})" for child in found if not _is_zombie(child))
        return children
    pgrep = shutil.which("pgrep")
    if pgrep is None:
        return set()
    with subprocess.Popen([pgrep, "-P", str(os.getpid())], stdout=subprocess.PIPE, text=True) as asking:
        output, _ = asking.communicate()
        return {child for child in output.split() if child != str(asking.pid)}


def _command(child: str) -> str:
    try:
        return Path(f"/proc/{child}/comm").read_text().strip()
    except OSError:
        return "gone"


def _is_zombie(child: str) -> bool:
    try:
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def main(arguments: list[str]) -> int:
    """Read what is asked, answer it, and leave at once: what is left behind must not hold the process."""
    asked, answered = (Path(argument) for argument in arguments)
    order: dict[str, Any] = json.loads(asked.read_text())
    subject = Subject(order["environment"], order["config"], sizes=Sizes(patience=order["patience"]))
    if order["what"] == "leftovers":
        answer: Any = leftovers(subject, order["episodes"])
    else:
        with subject:
            answer = [*replay(subject, order["episodes"]), listing(subject)]
    partial = answered.with_suffix(".part")
    partial.write_text(json.dumps(answer))
    partial.replace(answered)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
