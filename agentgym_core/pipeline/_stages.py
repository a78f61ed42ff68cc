"""What a stage leaves behind: a folder with its result, written last, so that a stage is either done or not."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentgym_core.errors import StoreError
from agentgym_core.store.manifest import mask_secrets, write_whole
from agentgym_core.types import digest

STAGES = "stages"
RESULT = "result.json"
REPORT = "report.json"
RUN = "run"
_MARKER = "made_from"


class StageFolder:
    """The folder of one stage.

    :param made_from: everything that decides its result.
    :param prefix: the stages that it belongs to, such as `evolve/`.
    """

    def __init__(self, root: Path, name: str, made_from: Mapping[str, Any], prefix: str = "") -> None:
        self.path = root / STAGES / name
        self.name = f"{prefix}{name}"
        self._made_from = made_from

    def saved(self) -> Mapping[str, Any] | None:
        """The saved result, or None where the stage is not done.

        :raises StoreError: the result cannot be read, or it was made from other settings.
        """
        file = self.path / RESULT
        self._check_marker()
        if not file.exists():
            return None
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            result: Mapping[str, Any] = record["result"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"stage {self.name!r}: {file} cannot be read: {error}", hint="remove the stage's folder to do it again"
            ) from error
        return result

    def begin(self) -> None:
        """Make the folder and write down what the stage is made from."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_whole(self.path / _MARKER, f"{digest(self._made_from)}\n{self._words()}\n".encode())

    def save(self, result: Mapping[str, Any]) -> None:
        """Write the result: from now on the stage is done."""
        text = json.dumps({"result": result}, indent=2, allow_nan=False)
        write_whole(self.path / RESULT, f"{text}\n".encode())

    def _check_marker(self) -> None:
        marker = self.path / _MARKER
        if not marker.exists():
            return
        before, _, words = marker.read_text(encoding="utf-8").partition("\n")
        if before.strip() == digest(self._made_from):
            return
        # Folders of older versions hold the digest alone.
        changes = _changes(json.loads(words), json.loads(self._words())) if words else []
        told = "; ".join(changes[:_SHOWN]) + ("; ..." if len(changes) > _SHOWN else "")
        raise StoreError(
            f"stage {self.name!r} in {self.path} was made from other settings or other earlier stages"
            + (f": {told}" if told else ""),
            hint=f"choose another folder, or have it done again: --redo {self.name.partition('/')[0]}",
        )

    def _words(self) -> str:
        return json.dumps(mask_secrets(self._made_from), default=str)


_SHOWN = 5
_DIGESTS = {"data": "the trajectories it learns from", "items": "what earlier stages gave"}
"""What stands there as a digest alone."""


def _changes(before: Any, now: Any, path: str = "") -> list[str]:
    """What two records differ in, each as `path was A, is B`."""
    if path in _DIGESTS:
        return [f"{_DIGESTS[path]} changed"] if before != now else []
    if isinstance(before, dict) and isinstance(now, dict):
        pairs = {str(key): (before.get(key), now.get(key)) for key in {**before, **now}}
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = {str(index): pair for index, pair in enumerate(zip(before, now, strict=True))}
    else:
        words = [textwrap.shorten(json.dumps(value), 60) for value in (before, now)]
        return [f"{path} was {words[0]}, is {words[1]}"] if before != now else []
    return [line for key, pair in pairs.items() for line in _changes(*pair, f"{path}.{key}".lstrip("."))]
