"""`grpo` against TRL's GRPOTrainer: the same mazes, model, seeds and settings, each training in a process of its own, sides in turns.

Both start from one tiny model that was cloned from an expert; both have the same tasks in the same order, group size, tokens a reply,
optimiser, clip and averaging over tokens, no KL, and one thread. Before curves are compared, what has to be equal is shown to be: the ids
of prompts, and the gradient and loss of one step on the same sampled episodes. Time is that of the whole training; imports, and the load
of the model where TRL wants one, are not counted.

    python benchmarks/grpo_trl.py [--seeds 5] [--steps 9] [--keep docs/results/grpo.json]

Every seed is a round of both sides. What the file `--keep` holds is not run again; `--start FOLDER` keeps the model for another time. It
needs `pip install trl==1.16.0 jmespath`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _figures import HEADER, Figure, in_a_process, row
from _grpo import Setup, Start, difference, pairs, read_runs, third, write_runs
from _grpo_sides import check, make_start, ours, theirs
from attrs import asdict

CLONING = 300
SIDES = ("grpo", "trl")


def apart(start: Start, setup: Setup, side: str, seed: int) -> dict[str, Any]:
    """A training, or the check, in a process of its own, on one thread."""
    words = [str(start.folder), start.digest, asdict(setup), side, seed]
    return in_a_process(__file__, words, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")


def one(folder: str, digest: str, given: dict[str, Any], side: str, seed: int) -> dict[str, Any]:
    """What `apart` asks a process for."""
    import torch
    import transformers

    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    start, setup = Start(Path(folder), digest), Setup(**given)
    with tempfile.TemporaryDirectory() as place:
        if side == "check":
            return check(start, setup, Path(place))
        found = (ours if side == "grpo" else theirs)(start, setup, seed, Path(place))
    return {"side": side, "seed": seed, "start": digest, **found}


def measure(
    seeds: int, setup: Setup, keep: Path, start_folder: Path | None = None, equal: bool = True
) -> Iterator[Figure]:
    """What has to be equal, then the curves and the times."""
    runs = read_runs(keep, setup)
    with tempfile.TemporaryDirectory() as place:
        start = start_in(start_folder or Path(place))
        if equal:
            found = apart(start, setup, "check", 0)
            yield Figure("prompts that differ", found["prompts"], "", 0)
            yield Figure("answers of tools that differ", found["answers"], "", 0)
            yield Figure("gradient of one step: ||difference|| / ||TRL's||", found["gradient"], "", 1e-4)
            yield Figure("loss of one step: difference", found["loss"], "", 1e-4)
        for seed in range(seeds):
            if any(a["seed"] == seed for a, _ in pairs(runs)):
                continue
            # Who goes first changes, so that what the machine does meanwhile falls on both.
            for side in SIDES if seed % 2 == 0 else SIDES[::-1]:
                this = (side, seed, start.digest)
                if not any((each["side"], each["seed"], each["start"]) == this for each in runs):
                    runs.append(apart(start, setup, side, seed))
                    write_runs(keep, setup, runs)
    yield from figures(runs)


def start_in(folder: Path) -> Start:
    """The start that a folder holds, or a new one in it."""
    folder.mkdir(parents=True, exist_ok=True)
    start = Start.of(folder)
    return start if start.digest else make_start(folder, CLONING)


def figures(runs: list[dict[str, Any]]) -> Iterator[Figure]:
    """What the runs say."""
    both = pairs(runs)
    if not both:
        return
    mean, half = difference([third(a["rewards"]) - third(b["rewards"]) for a, b in both])
    for place, side in enumerate(("grpo", "GRPOTrainer")):
        made = [pair[place] for pair in both]
        yield Figure(f"{side}: reward, first iteration", statistics.fmean(each["rewards"][0] for each in made), "")
        yield Figure(f"{side}: reward, last third", statistics.fmean(third(each["rewards"]) for each in made), "")
        yield Figure(f"{side}: sampled tokens", statistics.median(sum(each["tokens"]) for each in made), "tokens")
        for name in ("wall", "processor"):
            yield Figure(f"{side}: {name} time", statistics.median(each[name] for each in made), "s")
    yield Figure(f"reward, last third: ours less TRL's, {len(both)} seeds", mean, "")
    yield Figure("half of its 95 % interval", half, "")
    for name in ("wall", "processor"):
        yield Figure(
            f"{name} time against GRPOTrainer", statistics.median(a[name] / b[name] for a, b in both), "x", 0.8
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="each a training of both sides")
    parser.add_argument("--steps", type=int, default=Setup().iterations, help="iterations of a training")
    parser.add_argument("--rate", type=float, default=Setup().rate, help="the optimiser's")
    parser.add_argument("--keep", type=Path, default=Path(__file__).parents[1] / "docs/results/grpo.json")
    parser.add_argument("--start", type=Path, help="a folder to make the start in, or that has it from another time")
    parser.add_argument("--no-check", action="store_true", help="leave out what has to be equal")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(*json.loads(arguments.one))))
        return
    print(HEADER, file=sys.stderr)
    setup = Setup(iterations=arguments.steps, rate=arguments.rate)
    for figure in measure(arguments.seeds, setup, arguments.keep, arguments.start, not arguments.no_check):
        print(row("grpo_trl", figure), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
