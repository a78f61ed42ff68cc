"""What `openenv validate --url` finds at the server that the first argument names: 1 where every criterion is met."""

from __future__ import annotations

import sys
from typing import Any

from _told import play_all
from openenv.cli._validation import validate_running_environment


def play(episode: dict[str, Any]) -> float:
    """One environment."""
    # Five seconds for a page are too few on a machine that is busy with other work.
    report = validate_running_environment(f"{sys.argv[1]}/{episode['environment']}", timeout_s=120.0)
    assert report["passed"], [each for each in report["criteria"] if not each["passed"]]
    return 1.0


play_all(play)
