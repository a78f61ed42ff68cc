"""Checks of how instances live: they repeat, keep apart, can be closed, and leave nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from agentgym_core.environment import Environment
from agentgym_testing.check import CheckFailed, NotApplicable, check, require
from agentgym_testing.checks_announcement import child_environment
from agentgym_testing.records import Entry, compare
from agentgym_testing.subject import Subject


@check
def episodes_repeat(subject: Subject) -> None:
    """The same task, seed and actions give the same trajectory, whatever the instance played before."""
    subject.need_determinism()
    with subject.fresh() as environment:
        for task in subject.tasks:
            script = subject.unfinished_script(task)
            first = subject.play(environment, task, script)
            subject.play(environment, subject.tasks[-1], subject.unfinished_script(subject.tasks[-1])[:2])
            compare(first, subject.play(environment, task, script), f"{subject.id}: task {task.id!r}, played twice")


@check
def hash_seeds_do_not_matter(subject: Subject) -> None:
    """Another process with another PYTHONHASHSEED lists the same tasks in the same order, and plays the same trajectories."""
    subject.need_determinism()
    one, other = (in_another_process(subject, "replay", PYTHONHASHSEED=seed) for seed in ("1", "2"))
    compare(one.pop(), other.pop(), f"{subject.id}: the order of tasks under PYTHONHASHSEED=1 and 2")
    for task, first, second in zip(subject.tasks, one, other, strict=True):
        compare(first, second, f"{subject.id}: task {task.id!r} under PYTHONHASHSEED=1 and 2")


@check
def instances_keep_apart(subject: Subject) -> None:
    """Two instances, played in turns, each give what they give alone."""
    subject.need_determinism()
    if subject.source.spec.per_host < 2:
        raise NotApplicable("a host holds one instance (per_host is 1)")
    one, other = subject.tasks[0], subject.tasks[-1]
    alone = []
    for task in (one, other):
        with subject.fresh() as environment:
            alone.append(subject.play(environment, task, subject.script(task)))
    with subject.fresh() as left, subject.fresh() as right:
        together = _interleave(subject, left, right)
    for task, expected, found in zip((one, other), alone, together, strict=True):
        compare(expected, found, f"{subject.id}: task {task.id!r}, alone and beside another instance")


def _interleave(subject: Subject, left: Environment, right: Environment) -> tuple[list[Entry], list[Entry]]:
    scripts = [list(subject.script(task)) for task in (subject.tasks[0], subject.tasks[-1])]
    records = (subject.play(left, subject.tasks[0], ()), subject.play(right, subject.tasks[-1], ()))
    while any(scripts):
        for environment, script, record in zip((left, right), scripts, records, strict=True):
            if script:
                record.extend(subject.go_on(environment, [script.pop(0)]))
    return records


@check
def close_is_safe(subject: Subject) -> None:
    """An instance can be closed before its first episode, in the middle of one, and twice."""
    for played in (False, True):
        environment = subject.source.make(subject.engine)
        if played:
            environment.reset(subject.tasks[0], seed=0)
        for time in ("once", "twice"):
            try:
                environment.close()
            except Exception as error:
                raise CheckFailed(
                    f"{subject.id}: closing {'amid an episode' if played else 'a new instance'} {time} raises "
                    f"{type(error).__name__}: {error}"
                ) from error


@check
def nothing_is_left_behind(subject: Subject) -> None:
    """After closing, no thread and no process of the environment is alive."""
    left = in_another_process(subject, "leftovers")
    require(not left, f"{subject.id}: after close() and the end of engine() there are left: {', '.join(left)}")


@check
def render_is_escaped(subject: Subject) -> None:
    """A picture is HTML in which a policy's text is escaped, or a PNG, or nothing."""
    mark = "<script>alert(1)</script>"
    subject.shared.reset(subject.tasks[0], seed=0)
    for text in (None, mark):
        if text is not None:
            with suppress(Exception):
                subject.shared.step(subject.read(text))
        picture = subject.shared.render()
        if isinstance(picture, bytes):
            require(picture.startswith(b"\x89PNG"), f"{subject.id}: render() gives bytes that are not a PNG")
        elif picture is not None:
            require(isinstance(picture, str), f"{subject.id}: render() gives a {type(picture).__name__}")
            require(mark not in picture, f"{subject.id}: render() does not escape the policy's text: use html.escape")


@check
def snapshots_restore(subject: Subject) -> None:
    """Returning to a snapshot gives the same future."""
    cls = subject.source.cls
    if cls.snapshot is Environment.snapshot:
        raise NotApplicable("snapshot is left to core")
    for task in subject.tasks:
        script = subject.script(task)
        half = len(script) // 2
        with subject.fresh() as environment:
            environment.reset(task, seed=0)
            subject.go_on(environment, script[:half])
            handle = environment.snapshot()
            futures = []
            for _ in range(2):
                futures.append(subject.go_on(environment, script[half:]))
                environment.restore(handle)
            compare(futures[0], futures[1], f"{subject.id}: task {task.id!r}, after restoring a snapshot")


def in_another_process(subject: Subject, what: str, **variables: str) -> Any:
    """What the worker answers in a fresh Python."""
    order = {
        "environment": f"{subject.source.component.plugin.reference}:{subject.source.spec.id}",
        "config": subject.source.config_values,
        "what": what,
        "patience": subject.sizes.patience,
        "episodes": [[task.id, list(subject.script(task))] for task in subject.tasks],
    }
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "asked.json", Path(folder) / "answered.json"
        asked.write_text(json.dumps(order))
        done = subprocess.run(
            [sys.executable, "-P", "-m", "agentgym_testing.worker", str(asked), str(answered)],
            env=child_environment(**variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        if not answered.exists():
            raise CheckFailed(f"{subject.id}: a fresh Python could not play it: {done.stderr.strip()[-2000:]}")
        return json.loads(answered.read_text())
