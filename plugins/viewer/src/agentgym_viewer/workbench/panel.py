"""What another distribution adds to the page of a pipeline: announced as the extension `ui.NAME`, shown with the workbench's own parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from agentgym_viewer.page import Figure, Table

POINT = "ui."


@frozen
class Block:
    """A part of a page under a heading: texts first, then drawings beside each other, then tables."""

    title: str
    texts: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


@frozen
class Links:
    """Where things are shown.

    :param run: the page of a run by its folder, empty where the workbench has none there.
    :param episode: the replay of a run's episode by the run's folder and the episode's id, at a turn (from 0) where one is given.
    :param here: this page again, with what the panel is asked for.
    """

    run: Callable[[Path], str]
    episode: Callable[[Path, str, int | None], str]
    here: Callable[[Mapping[str, str]], str]


class Panel:
    """Derive from it and announce the class as the extension `ui.NAME`. It is made anew for every page, without arguments."""

    def show(self, folder: Path, query: Mapping[str, str], links: Links) -> Sequence[Block]:
        """What it has to say of a pipeline, from its folder and what the page is asked for; nothing where it is not concerned.

        :raises AgentGymError: it is concerned and cannot say it: the page shows why, and the rest of itself.
        """
        raise NotImplementedError
