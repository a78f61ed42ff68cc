"""Makes docs/gallery.md: every environment of the paper's fourteen, each with one episode that its expert played just now.

An environment whose engine is not installed here keeps the episode that the page has. `gallery.py ENV ...` plays only these again.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from pathlib import Path

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.types import Outcome, Trajectory

PAGE = Path(__file__).resolve().parent.parent / "docs" / "gallery.md"
ENVIRONMENTS = (
    *("webshop", "webarena", "maze", "wordle", "alfworld", "sciworld", "babyai", "textcraft"),
    *("weather", "movie", "academia", "sheet", "todo", "bird"),
)
HEAD = """<!-- Made by `python scripts/gallery.py` from episodes that were played: play them again. -->

# A gallery of the environments

The fourteen environments of the paper, each with one episode as its expert played it: a short one of the first
held-out tasks. What follows `>` is the agent's move, the lines below it are what the environment answered, and `[...]`
stands where a long answer is cut. A test plays them again and holds them against this page.

To play one yourself: `agentgym play maze`; to see all of it: `agentgym show maze`. What each needs to be installed:
[the list](../README.md#what-is-here).

{links}
"""
TASKS = 4
"""So many tasks are played, and the solved episode with the fewest turns is shown."""
TURNS = 12
LINES, WIDTH = 14, 116


def played(source: EnvironmentSource) -> Trajectory:
    """A solved episode of the expert, as short as there is among the first held-out tasks.

    :raises LookupError: there is none.
    """
    split = "eval" if "eval" in source.splits else list(source.splits)[-1]
    jobs = [Job(source, task) for task in list(source.tasks(split))[:TASKS]]
    done = collect(jobs, "expert", RolloutSettings(max_failed_fraction=1.0, concurrency=1), keep=True).trajectories
    solved = [item for item in done if item.outcome is Outcome.SOLVED]
    if not solved:
        raise LookupError(
            f"{source.spec.id}: the expert solved none of {len(done)} tasks: {[item.fault for item in done]}"
        )
    return min(solved, key=lambda item: len(item.turns))


def head() -> str:
    """What stands above the episodes."""
    return HEAD.format(links=" \u00b7 ".join(f"[{name}](#{name})" for name in ENVIRONMENTS))


def section(source: EnvironmentSource, episode: Trajectory) -> str:
    """A heading, what it is, and the episode."""
    lines = [f"## {source.spec.id}\n", f"{source.spec.summary[:1].upper()}{source.spec.summary[1:]}.\n"]
    turns, page = len(episode.turns), f"../plugins/env_{source.spec.id}/README.md"
    lines.append(
        f"Task `{episode.key.task}`: {turns} turn{'s' * (turns != 1)}, score {episode.score:g}. [All about it]({page}).\n"
    )
    talk = [*cut(episode.opening), ""]
    for turn in episode.turns[:TURNS]:
        talk += [f"> {line}" for line in cut(turn.action or "(unread)")] + [*cut(turn.observation), ""]
    if turns > TURNS:
        talk.append(f"[{turns - TURNS} more turns]")
    lines.append("```text\n" + "\n".join(line.rstrip() for line in talk).rstrip() + "\n```\n")
    return "\n".join(lines)


def cut(text: str) -> list[str]:
    """A text as lines that fit a page, and that close no block of code."""
    lines = [
        part
        for line in text.replace("```", "'''").strip().splitlines()
        for part in (textwrap.wrap(line, WIDTH, replace_whitespace=False, drop_whitespace=False) or [""])
    ]
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], "[...]"]


def moves(text: str) -> list[str]:
    """What was done in a section, and what it came to."""
    return re.findall(r"(?m)^(?:> .*|Task .*)$", text)


def kept(page: str) -> dict[str, str]:
    """The sections that a page has, by environment."""
    parts = re.split(r"(?m)^## (\w+)$", page)
    return {name: f"## {name}{body}".rstrip() + "\n" for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def main() -> int:
    """Play, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "only", nargs="*", metavar="ENV", help="play only these again (default: all that are installed)"
    )
    parser.add_argument("--page", type=Path, default=PAGE, help="the page, where it is another one")
    arguments = parser.parse_args()
    sections = kept(arguments.page.read_text(encoding="utf-8")) if arguments.page.exists() else {}
    missing = []
    for name in ENVIRONMENTS:
        if arguments.only and name not in arguments.only:
            continue
        try:
            source = resolve_environment(name)
            sections[name] = section(source, played(source))
            print(f"{name}: played", flush=True)
        except AgentGymError as error:
            print(f"{name}: not played: {error.message}", file=sys.stderr, flush=True)
            if name not in sections:
                missing.append(name)
    text = "\n".join([head(), *(sections[name] for name in ENVIRONMENTS if name in sections)])
    arguments.page.write_text(text, encoding="utf-8")
    if missing:
        print(f"the page lacks {', '.join(missing)}", file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
