"""The table "environment x face x version of the other side's client": runs the tests of its cells, and writes what they said.

Each cell is a test of tests/peers/test_cells.py: an expert's episode through that face, whose score must arrive. The status is 1 where one
failed.
"""

from __future__ import annotations

import argparse
import datetime
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import peers
from faces import FACES
from workspace import ROOT

TESTS = ROOT / "tests" / "peers" / "test_cells.py"
_EXTRAS = re.compile(r"\[.*\]")
_CELL = re.compile(r"\[(.+)-([a-z]+)\]$")
"""The end of a test's name: the other side's environment, and ours."""

_MEANING = """A cell is a test: an expert's episode, played by the other side's own client in the version that is named, whose score is
the one that our judge gives the same actions. `not here` is an engine or a client that was not installed. An engine that the other
side's own Python lacks (ALFWorld's and ScienceWorld's under inspect_ai, verifiers and NeMo Gym) is played there by its address at our
server. NeMo Gym plays in Python 3.13.
Made by `make test-peers`."""

_BESIDE = """## What else was checked, by tests beside the cells

- **OpenEnv**: every message of its protocol, and `openenv validate --url` as a command (plugins/bridge_openenv). Of the 32 tests in
  OpenEnv's repository that speak with a server, 31 pass at ours, where `AGENTGYM_OPENENV` names a checkout; the other one wants a tool's
  result to be an object, and here it is the observation, a text (plugins/bridge_openenv/tests/test_their_tests.py). **Other people's
  servers and environments as ours**: OpenEnv's by `openenv+ws://`, Gymnasium's, and verifiers' tasksets with one seat, all under the
  conformance kit.
- **verifiers**: `vf-eval` and our judge say the same of the same episodes, in two action formats; its environment server and its client
  for training, which prime-rl uses, get one branch an episode with exactly the ids that were sampled; its own taskset of OpenEnv
  servers plays ours; `vf-validate` plays the expert (plugins/bridge_verifiers).
- **inspect_ai**: the same agreement of judges (plugins/bridge_inspect).
- **Harbor** 0.26: its models and those rules of `harbor lint` that need no Docker take the folders; game, agent's command, solution and
  test are run together without containers (plugins/bridge_harbor).
- **NeMo Gym** 0.7, where there is the Python 3.13.14 or newer that it wants (seen with 3.13.15; elsewhere its tests are passed over):
  `gym env validate` finds nothing wrong, and a whole `gym eval run`, with its own agent, model server and collector, earns and does what
  our judge says of the same replies, in two action formats (plugins/bridge_nemo). The cells are one such run, of a server that plays the
  environment which a row names. No cluster of Ray is started for it, and the servers share one virtual environment.

## What is not covered

- **prime-rl** is on no package index. The configuration in plugins/bridge_verifiers/README.md was read by the parser of its `rl`
  command (prime-rl-configs 0.4.0, from its repository at 559b447) by hand; nothing was trained, which wants a GPU.
- **AsyncGRPO** of TRL 1.16.0 cannot be made without CUDA: its constructor asks `torch.cuda.get_device_name`, its rollout worker wants
  vLLM, and its forward pass flash-attention's kernels. Tested is the worker, told that vLLM is there: in a process of its own it plays
  mazes by our pickled factory against an endpoint of ids, and the rewards and advantages of its groups are right.
- **Containers**: no image of Harbor's folders was built, and `harbor lint`'s rules of compose files want the Docker CLI.
- **agentenv-framework** (Scale AI's; it has no client of AgentGym's servers) deploys every environment by Docker behind a gateway; what
  it speaks is the Model Context Protocol 1.x, whose row stands above.
- Cells marked `not here`, and every Python but the one named."""


def weights() -> list[str]:
    """What announcing each face costs a Python: the modules that it loads, of which none is the other side's."""
    lines = ["| announcing a face | modules | processor time, ms |", "|---|---|---|"]
    for name in sorted(path.name for path in (ROOT / "plugins").glob("bridge_*")):
        module = f"agentgym_{name}"
        found = subprocess.run(
            [sys.executable, "-c", _WEIGH, module], capture_output=True, text=True, check=False, cwd=ROOT
        )
        if found.returncode == 0:
            lines.append(f"| {name} | {found.stdout.strip()} |")
    return lines


_WEIGH = """
import importlib, importlib.util, sys, time
before, start = len(sys.modules), time.process_time()
name = sys.argv[1]
importlib.import_module(name)
if importlib.util.find_spec(f"{name}.plugin"):
    importlib.import_module(f"{name}.plugin")
print(len(sys.modules) - before, "|", round(1000 * (time.process_time() - start)))
"""


def measured(only: str) -> dict[tuple[str, str], str]:
    """What became of each cell: `yes`, `no`, or why it was passed over."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS), f"--junitxml={report}"]
        subprocess.run([*words, *(["-k", only] if only else [])], cwd=ROOT, check=False)
        # It was written by the line above.
        cases = ElementTree.parse(report).iter("testcase")  # noqa: S314
        found = {}
        for case in cases:
            match = _CELL.search(case.get("name", ""))
            if match is not None:
                found[match[1], match[2]] = _said(case)
        return found


def _said(case: ElementTree.Element) -> str:
    skipped = case.find("skipped")
    if skipped is not None:
        return "not here"
    return "no" if case.find("failure") is not None or case.find("error") is not None else "yes"


def table(cells: dict[tuple[str, str], str], names: dict[str, tuple[str, str]]) -> str:
    """The page."""
    environments = sorted({environment for _, environment in cells})
    lines = [
        "# Each environment under each face",
        "",
        f"{datetime.datetime.now(datetime.UTC).date()}, Python {sys.version_info.major}.{sys.version_info.minor}. {_MEANING}",
        "",
        "| face, client | version | " + " | ".join(environments) + " |",
        "|---|---|" + "---|" * len(environments),
    ]
    for name in dict.fromkeys(name for name, _ in cells):
        peer = name.split()[0]
        version = _EXTRAS.sub("", (peers.head(peer)["asks"] or [peer])[0])
        row = [cells.get((name, environment), "") for environment in environments]
        lines.append(f"| {names[name][0]} | {version} | " + " | ".join(row) + " |")
    return "\n".join([*lines, "", *weights(), "", _BESIDE]) + "\n"


def main() -> int:
    """Run the cells and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="the page (default: standard output)")
    parser.add_argument("--only", default="", help="cells by pytest's -k")
    arguments = parser.parse_args()
    cells = measured(arguments.only)
    page = table(cells, FACES)
    if arguments.out is None:
        print(page)
    else:
        arguments.out.write_text(page, encoding="utf-8")
    return int("no" in cells.values())


if __name__ == "__main__":
    sys.exit(main())
