"""Which seeds make good tasks: writes `skipped.json`, with the engine that is installed.

Left out are layouts that stand in a split already (so that a small level has fewer tasks than others), that cannot be solved (some engine
levels draw such), and that the planner needs more than twenty actions for. Files of published items, where given, are kept whole.

Run: python survey.py [babyai_test.json babyai_train.json]
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from agentgym_core.types import digest
from agentgym_data import read_items
from agentgym_env_babyai.game import Game
from agentgym_env_babyai.levels import LEVELS, decode
from agentgym_env_babyai.planner import Stuck, next_action
from agentgym_env_babyai.tasks import BOUNDS, LIMITS, ROUNDS, first_seed

TARGET = Path(__file__).parent / "src" / "agentgym_env_babyai" / "skipped.json"


def content(game: Game) -> str:
    """A digest of all that decides an episode."""
    env = game.env
    inside = [thing.contains.color for thing in env.grid.grid if thing is not None and thing.contains is not None]
    held = env.carrying and [env.carrying.type, env.carrying.color]
    place = [int(env.agent_pos[0]), int(env.agent_pos[1]), int(env.agent_dir)]
    return digest([env.grid.encode().tolist(), place, env.mission, held, inside])


def rounds(game: Game, limit: int = ROUNDS) -> int:
    """How many actions the planner takes to solve it: more than the limit where it does not."""
    for count in range(1, limit + 1):
        try:
            answer = game.take(next_action(game.env, game.offers))
        except Stuck:
            break
        if answer.reward > 0:
            return count
        if answer.terminated or answer.truncated:
            break
    return limit + 1


def study(job: tuple[str, str]) -> list[tuple[int, str, bool]]:
    """The seeds of a level for a split, as many as it needs: seed, content, and whether it can be solved in time."""
    level, split = job
    found: list[tuple[int, str, bool]] = []
    if split == "official":
        seeds = iter(range(BOUNDS[level][1]))
        wanted = BOUNDS[level][1] + 1
    else:
        seeds = iter(range(first_seed(split, level), first_seed(split, level) + 1_000))
        wanted = LIMITS[split] * 6 // 5
    good: set[str] = set()
    for seed in seeds:
        game = Game(level, seed)
        print_ = content(game)
        solved = rounds(game) <= ROUNDS
        found.append((seed, print_, solved))
        if solved:
            good.add(print_)
        if len(good) >= wanted:
            break
    return found


def main(test: str = "", train: str = "") -> None:
    """Study all levels on two processes, then choose."""
    jobs = [(level, "official") for level in BOUNDS] + [(level, s) for s in LIMITS for level in LEVELS]
    with ProcessPoolExecutor(2) as pool:
        studies = dict(zip(jobs, pool.map(study, jobs), strict=True))
    published = {
        split: {decode(int(item.id.rpartition("_")[2])) for item in read_items(path, environment="babyai")}
        for split, path in (("agenteval", test), ("agenttraj", train))
        if path
    }
    seen: dict[str, str] = {}
    same: dict[str, str] = {}
    skipped: dict[str, dict[str, list[int]]] = {split: {} for split in ("agenteval", "agenttraj", *LIMITS)}
    fewer: dict[str, dict[str, int]] = {split: {} for split in LIMITS}
    found = {
        (level, seed): print_ for (level, s), rows in studies.items() if s == "official" for seed, print_, _ in rows
    }
    for split in published:
        for level, seed in sorted(published[split]):
            first = seen.setdefault(found[level, seed], f"{level}-{seed}")
            if first != f"{level}-{seed}":
                same[f"{level}-{seed}"] = first
    kept = {pair for pairs in published.values() for pair in pairs}
    for split in skipped:
        for (level, studied), rows in studies.items():
            if studied != ("official" if split.startswith("agent") else split):
                continue
            taken = 0
            for seed, print_, solved in rows:
                if taken == LIMITS.get(split):
                    break
                if split.startswith("agent") and (seed >= BOUNDS[level][0]) != (split == "agenteval"):
                    continue
                if (level, seed) in kept and split.startswith("agent"):
                    if not solved:
                        print(f"published, and not solved in {ROUNDS} rounds: {level} {seed}", file=sys.stderr)
                elif not solved or print_ in seen:
                    skipped[split].setdefault(level, []).append(seed)
                else:
                    seen[print_] = f"{level}-{seed}"
                    taken += 1
            if taken < LIMITS.get(split, 0):
                fewer[split][level] = taken
    TARGET.write_text(json.dumps({"fewer": fewer, "same": same, "skipped": skipped}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
