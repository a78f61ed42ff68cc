"""Holds the size of core: what `scripts/ratchet.toml` limits may get better, and never worse.

`ratchet.py` measures this checkout and fails where a limit is passed. `--beside FOLDER` shows another checkout's figures too, `--tighten`
writes today's figures into the limits that they are better than.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from attrs import frozen
from packaging.requirements import Requirement
from workspace import ROOT

LIMITS = Path(__file__).resolve().parent / "ratchet.toml"
LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.COMMENT}
FSTRING = {getattr(tokenize, name, -1): step for name, step in (("FSTRING_START", 1), ("FSTRING_END", -1))}
"""From Python 3.12 on, an f-string is many tokens; it counts as one, as it did before."""


@frozen
class Rule:
    """One figure: `limit` is what may not be passed today, `target` where it is to go. `at_most` says which way is worse."""

    name: str
    about: str
    limit: float
    target: float
    at_most: bool

    def holds(self, figure: float) -> bool:
        """Whether a figure is within the limit."""
        return figure <= self.limit if self.at_most else figure >= self.limit

    def reached(self, figure: float) -> bool:
        """Whether a figure has got to the target."""
        return figure <= self.target if self.at_most else figure >= self.target

    def tighter(self, figure: float) -> float:
        """The limit that this figure allows: no tighter than the target, since what is reached may be used."""
        return min(self.limit, max(figure, self.target)) if self.at_most else max(self.limit, min(figure, self.target))


def rules(file: Path = LIMITS) -> list[Rule]:
    """The rules of a file."""
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return [
        Rule(name, row["about"], row["most" if "most" in row else "least"], row["target"], "most" in row)
        for name, row in table.items()
    ]


def tokens(text: str) -> int:
    """The tokens of a module, without comments, blank lines and layout. An f-string is one."""
    count = depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        step = FSTRING.get(token.type, 0)
        if depth == 0 and token.type not in LAYOUT:
            count += 1
        depth += step
    return count


def public(tree: ast.AST) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public classes and functions of a module, and of its public classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from public(node)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a module outside of functions: what its import runs, and what only type checkers read."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from at_import(child)


def in_circles(trees: dict[str, ast.Module]) -> int:
    """How many modules are left once those are taken away, again and again, that import no other one or that no other one imports.

    It is 0 exactly where no imports go in a circle. Imports for types count, those inside of functions do not.
    """
    imports: dict[str, set[str]] = {}
    for name, tree in trees.items():
        named = set[str]()
        for node in at_import(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {f"{node.module}.{alias.name}" for alias in node.names}
                named |= {each if each in trees else node.module for each in names}
            elif isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
        imports[name] = (named & set(trees)) - {name}
    while True:
        wanted = set().union(*imports.values())
        kept = {
            name: found & set(imports) for name, found in imports.items() if found & set(imports) and name in wanted
        }
        if len(kept) == len(imports):
            return len(kept)
        imports = kept


def private(path: Path) -> bool:
    """Whether a module, or a package that it stands in, is marked as private by its name (PEP 8)."""
    return any(part.startswith("_") and part != "__init__.py" for part in path.parts)


def installed_mib(names: list[str]) -> float:
    """What requirements of core and all that they require take on disk in this Python, in MiB. Optional ones are left out."""
    todo, seen, size = list(names), set[str](), 0
    while todo:
        requirement = Requirement(todo.pop())
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        size += sum(file.size or 0 for file in found.files or ())
        todo += found.requires or ()
    return size / 2**20


def measure(root: Path) -> dict[str, float]:
    """Every figure of the core of a checkout, by the name of its rule."""
    core = root / "agentgym_core"
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(core.rglob("*.py"))}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    names = [node for tree in trees.values() for node in public(tree)]
    documented = sum(ast.get_docstring(node) is not None for node in [*names, *trees.values()])
    lines = {path: len(text.splitlines()) for path, text in texts.items()}
    comments = sum(
        token.type == tokenize.COMMENT
        for text in texts.values()
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
    )
    hooks = [path for path in texts if path.name == "hookspecs.py"]
    required = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    own = sum(path.stat().st_size for path in core.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {
        "tokens": sum(tokens(text) for text in texts.values()),
        "lines": sum(lines.values()),
        "files": len(texts),
        "longest_file": max(lines.values()),
        "modules_in_circles": in_circles(
            {
                ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): trees[path]
                for path in trees
            }
        ),
        "public_classes": len(
            {
                node.name
                for path, tree in trees.items()
                if not private(path.relative_to(core))
                for node in public(tree)
                if isinstance(node, ast.ClassDef)
            }
        ),
        "docstrings_percent": round(100 * documented / (len(names) + len(trees)), 2),
        "comment_lines_percent": round(100 * comments / sum(lines.values()), 2),
        "hooks": sum(node.name.startswith("agentgym_") for path in hooks for node in public(trees[path])),
        "hard_dependencies": len(required),
        "installed_mib": round(own / 2**20 + installed_mib(required), 1),
        "tokens_per_line": round(
            sum(tokens(text) for text in texts.values())
            / sum(bool(line.strip()) for text in texts.values() for line in text.splitlines()),
            2,
        ),
    }


def tighten(file: Path, figures: dict[str, float]) -> list[str]:
    """Write better limits into a file, leaving the rest as it stands. Returns the names of those that changed."""
    text, changed = file.read_text(encoding="utf-8"), []
    for rule in rules(file):
        limit = rule.tighter(figures[rule.name])
        if limit != rule.limit:
            key = "most" if rule.at_most else "least"
            text = re.sub(rf"(?ms)(^\[{rule.name}\]$.*?^{key} = )[0-9.]+", rf"\g<1>{limit}", text)
            changed.append(rule.name)
    file.write_text(text, encoding="utf-8")
    return changed


def table(here: dict[str, float], beside: dict[str, float] | None) -> str:
    """The figures with their limits and targets, a rule a line."""
    rows = [["", "other", "here", "limit", "target", ""]]
    for rule in rules():
        figure = here[rule.name]
        word = "TOO MUCH" if rule.at_most else "TOO LITTLE"
        verdict = word if not rule.holds(figure) else "target reached" if rule.reached(figure) else ""
        other = f"{beside[rule.name]:,}" if beside else ""
        rows.append([rule.name, other, f"{figure:,}", f"{rule.limit:,}", f"{rule.target:,}", verdict])
    return "\n".join(f"{row[0]:22}{row[1]:>10}{row[2]:>10}{row[3]:>10}{row[4]:>10}  {row[5]}".rstrip() for row in rows)


def main() -> int:
    """Print the table; the exit status is 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beside", type=Path, metavar="FOLDER", help="another checkout, measured beside this one")
    parser.add_argument("--tighten", action="store_true", help="write better limits into scripts/ratchet.toml")
    arguments = parser.parse_args()
    here = measure(ROOT)
    print(table(here, measure(arguments.beside) if arguments.beside else None))
    if arguments.tighten:
        print(f"tightened: {', '.join(tighten(LIMITS, here)) or 'nothing'}")
    broken = [rule for rule in rules() if not rule.holds(here[rule.name])]
    for rule in broken:
        print(f"{rule.name} is {here[rule.name]:,}, its limit {rule.limit:,}: {rule.about}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
