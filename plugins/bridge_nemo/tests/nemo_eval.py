"""Runs where NeMo Gym is: its `gym` command, with two things otherwise.

It starts a cluster of Ray, which none of these servers asks for anything: here none is started, nor another's one joined. And it makes a
virtual environment for each server, from an index: here all stand in this very one.
"""

from __future__ import annotations

import runpy
import shlex
import sys
from pathlib import Path
from typing import Any

from nemo_gym import server_utils

SERVER = "--server"
"""Before the file of a server: this is run for it."""


def launch(folder: Path, config: Any, name: str, entrypoint: Path) -> str:
    """The command that starts a server."""
    words = [sys.executable, __file__, SERVER, str(folder.absolute() / entrypoint)]
    return f"cd {shlex.quote(str(folder))} && exec {shlex.join(words)}"


def main() -> None:
    """Run the command, or a server of it."""
    server_utils.initialize_ray = lambda: None
    if sys.argv[1] == SERVER:
        sys.argv = [sys.argv[2]]
        # As a script has it: its own folder first.
        sys.path[0] = str(Path(sys.argv[0]).parent)
        runpy.run_path(sys.argv[0], run_name="__main__")
        return
    from nemo_gym.cli import env
    from nemo_gym.cli.main import main as gym

    env.initialize_ray = lambda: None
    env._server_launch_command = launch
    sys.argv[0] = "gym"
    gym()


if __name__ == "__main__":
    main()
