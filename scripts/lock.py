"""Writes constraints/dev.txt: one set of versions in which core, the light plugins and the tools of development are known to work.

Versions only, for every Python and system that is supported; no address of any index. `pip install -c constraints/dev.txt ...` uses it.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from lowest import OLDEST, direct
from workspace import ROOT, manifests

OUT = ROOT / "constraints" / "dev.txt"
HEAD = "# Made by `make lock`: versions that work together. Use: pip install -c constraints/dev.txt ...\n"


def main() -> int:
    """Resolve and write."""
    wanted = [str(item) for items in direct().values() for item in items]
    wanted += [text for manifest in manifests() for group in manifest.groups.values() for text in group]
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    command = [str(uv), "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-emit-index-url"]
    command += ["--universal", "--python-version", OLDEST, "-"]
    done = subprocess.run(command, input="\n".join(wanted), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"uv finds no versions that go together:\n{done.stderr}")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(HEAD + done.stdout, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
