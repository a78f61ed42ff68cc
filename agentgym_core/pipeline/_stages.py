"""What a stage leaves behind: a folder with its result, written last, so that a stage is either done or not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentgym_core.errors import StoreError
from agentgym_core.store.manifest import write_whole
from agentgym_core.types import digest

RESULT = "result.json"


class StageFolder:
    """The folder of one stage. `made_from` is a digest of everything that decides its result."""

    def __init__(self, root: Path, name: str, made_from: Mapping[str, Any]) -> None:
        self.path = root / "stages" / name
        self.name = name
        self.digest = digest(made_from)

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
        write_whole(self.path / "made_from", f"{self.digest}\n".encode())

    def save(self, result: Mapping[str, Any]) -> None:
        """Write the result: from now on the stage is done."""
        text = json.dumps({"result": result}, indent=2, allow_nan=False)
        write_whole(self.path / RESULT, f"{text}\n".encode())

    def _check_marker(self) -> None:
        marker = self.path / "made_from"
        if marker.exists() and marker.read_text(encoding="utf-8").strip() != self.digest:
            raise StoreError(
                f"stage {self.name!r} in {self.path} was made from other settings or other earlier stages",
                hint="choose another folder, or remove this stage's folder to do it again",
            )
