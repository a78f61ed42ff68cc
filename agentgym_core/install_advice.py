"""Which command installs a component of the project that is not there: one that works on this machine, today.

Nothing is asked of a network. Core was installed from somewhere: a checkout, a repository, a folder of wheels. The plugin is there too.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from agentgym_core.catalog import Entry
from agentgym_core.plugins import direct_url


def install_command(item: Entry) -> str:
    """The command that installs a component, from where core itself came from."""
    here = Path(__file__).resolve().parent.parent
    if (here / "plugins").is_dir() and (here / "pyproject.toml").is_file():
        return _from_checkout(here, item)
    origin = direct_url("agentgym-core")
    return _from_origin(origin, item) or f"{_pip()} install {item.distribution}"


def _from_origin(text: str | None, item: Entry) -> str:
    """From what pip wrote down when it installed core (PEP 610); empty where it came from an index by name."""
    try:
        origin: dict[str, Any] = json.loads(text or "{}")
        url = str(origin.get("url", ""))
        vcs = origin.get("vcs_info")
        if isinstance(vcs, dict):
            source = f"{item.distribution} @ {vcs['vcs']}+{url}@{vcs['commit_id']}#subdirectory=plugins/{item.folder}"
            return f"{_pip()} install {shlex.quote(source)}"
    except (ValueError, KeyError, AttributeError):
        return ""
    if urlsplit(url).scheme != "file":
        return ""
    path = Path(unquote(urlsplit(url).path))
    if "dir_info" in origin:
        return _from_checkout(path, item) if path.is_dir() else ""
    if any(path.parent.glob(f"{item.distribution.replace('-', '_')}-*.whl")):
        return f"{_pip()} install --find-links {shlex.quote(str(path.parent))} {item.distribution}"
    return ""


def _from_checkout(root: Path, item: Entry) -> str:
    folder = root / "plugins" / item.folder
    if (folder / "pyproject.toml").is_file():
        return f"{_pip()} install -e {shlex.quote(str(folder))}"
    # An older checkout: the plugin came later.
    return f"git -C {shlex.quote(str(root))} pull && {_pip()} install -e {shlex.quote(str(folder))}"


def _pip() -> str:
    """Pip of this Python, whether or not its environment is the active one."""
    found = shutil.which("pip")
    if found and Path(found).parent.resolve() == Path(sys.executable).parent.resolve():
        return "pip"
    return f"{shlex.quote(sys.executable)} -m pip"
