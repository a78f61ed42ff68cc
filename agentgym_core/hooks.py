"""The marker with which a plugin implements a hook: the only import that a `plugin.py` needs besides `specs`."""

from __future__ import annotations

import pluggy

PROJECT = "agentgym"

hookimpl = pluggy.HookimplMarker(PROJECT)
hookspec = pluggy.HookspecMarker(PROJECT)
