"""How values look in a notebook: as the pages of agentgym-viewer where it is installed, otherwise as their plain text."""

from __future__ import annotations

from html import escape
from importlib import import_module

from agentgym_core.errors import AgentGymError


class Shown:
    """A value that a notebook shows drawn: the extension `html.render` is called with it, and returns HTML without a script."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        try:
            # By name: what finds extensions stands on the values.
            drawn: str = import_module("agentgym_core.registry").extension("html.render")(self)
        except AgentGymError:
            return f"<pre>{escape(repr(self))}</pre>"
        return drawn
