"""What to do about a part of the project that is missing: a command that works on this machine, today.

No network is used, and no command names a distribution of this project where pip would look it up on a public index: anyone may
publish under such a name. Core was installed from somewhere: a checkout, a repository, a folder of wheels. The plugin is there too.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from agentgym_core._entry_points import direct_url
from agentgym_core.catalog import CatalogEntry, distribution_of


def install_hint(item: CatalogEntry) -> str:
    """What to do where a component is not installed, as a hint."""
    command = _command([*item.libraries, item.folder], _pip())
    if command:
        return f"run: {command}"
    return f"install {item.distribution} from where agentgym-core came from; it is on no public index"


def core_hint(python: str) -> str:
    """What to do where another Python lacks core and a plugin, as a hint."""
    command = _command([""], f"{shlex.quote(python)} -m pip")
    if command:
        return f"run: {command}, and install the environment's plugin there too"
    return f"install agentgym-core and the environment's plugin into {python}"


def _command(folders: list[str], pip: str) -> str:
    """The command that installs folders under `plugins` (core: an empty name) from where core came from; empty where that has not all."""
    here = Path(__file__).resolve().parent.parent
    if (here / "plugins").is_dir() and (here / "pyproject.toml").is_file():
        places = [_in_checkout(here, folder) for folder in folders]
    else:
        places = _from_origin(direct_url("agentgym-core"), folders)
    return f"{pip} install {' '.join(places)}" if places and all(places) else ""


def _from_origin(text: str | None, folders: list[str]) -> list[str]:
    """Each folder as an argument of pip, by what pip wrote down when it installed core (PEP 610); empty where it knows no place."""
    try:
        origin: dict[str, Any] = json.loads(text or "{}")
        url = str(origin.get("url", ""))
        vcs = origin.get("vcs_info")
        if isinstance(vcs, dict):
            source = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
            return [_in_repository(source, folder) for folder in folders]
    except (ValueError, KeyError, AttributeError):
        return []
    if urlsplit(url).scheme != "file":
        return []
    path = Path(unquote(urlsplit(url).path))
    if "dir_info" in origin:
        return [_in_checkout(path, folder) for folder in folders]
    return [_among_wheels(path.parent, folder) for folder in folders]


def _in_checkout(root: Path, folder: str) -> str:
    place = root / "plugins" / folder if folder else root
    return f"-e {shlex.quote(str(place))}" if (place / "pyproject.toml").is_file() else ""


def _in_repository(source: str, folder: str) -> str:
    part = f"#subdirectory=plugins/{folder}" if folder else ""
    return shlex.quote(f"{distribution_of(folder)} @ {source}{part}")


def _among_wheels(place: Path, folder: str) -> str:
    """By file, so that pip asks no index for it."""
    wheels = sorted(place.glob(f"{distribution_of(folder).replace('-', '_')}-*.whl"))
    return shlex.quote(str(wheels[-1])) if wheels else ""


def _pip() -> str:
    """Pip of this Python, whether or not its environment is the active one."""
    found = shutil.which("pip")
    if found and Path(found).parent.resolve() == Path(sys.executable).parent.resolve():
        return "pip"
    return f"{shlex.quote(sys.executable)} -m pip"
