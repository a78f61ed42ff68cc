"""Make a small model from nothing, for a machine without a GPU: `agentgym model new --like tiny --data RUN --out DIR`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from agentgym_core.terminal import say
from agentgym_policy_transformers.new_model import SIZES, make_model


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    new = verbs.add_parser("new", help="random weights, and a tokenizer made from trajectories")
    new.add_argument(
        "--like", choices=tuple(SIZES), default="tiny", help="its size: about 0.2, 0.6, 5 or 45 million weights"
    )
    new.add_argument(
        "--data", nargs="+", required=True, type=Path, metavar="RUN", help="run folders and AgentTraj files"
    )
    new.add_argument("--out", required=True, type=Path, metavar="DIR", help="the folder to write to")
    new.add_argument("--seed", type=int, default=0, help="draws the weights (default: 0)")
    new.add_argument("--vocabulary", type=int, metavar="N", help="at most so many tokens (default: by size)")
    new.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Make it and say what it is."""
    made = make_model(
        arguments.like, arguments.data, arguments.out, seed=arguments.seed, vocabulary=arguments.vocabulary
    )
    if arguments.json:
        report = {
            "folder": str(made.folder),
            "parameters": made.parameters,
            "vocabulary": made.vocabulary,
            "texts": made.texts,
            "tokens_per_text": made.tokens_per_text,
            "spelled": made.spelled,
        }
        say(json.dumps(report, indent=2))
        return 0
    say(
        f"{made.folder}: {made.parameters / 1e6:.2f} million weights, {made.vocabulary} tokens from {made.texts} texts "
        f"({made.tokens_per_text:.0f} tokens a text; {made.spelled:.1%} of them spell words that are no token)"
    )
    say(f"  next: agentgym collect ENV --policy transformers --policy-config model={made.folder}")
    return 0
