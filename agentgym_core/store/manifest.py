"""What a run was made with: `manifest.json`, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agentgym_core.errors import StoreError

log = logging.getLogger(__name__)

SCHEMA_VERSION = 1
"""The layout of a run folder that this core reads and writes."""

MANIFEST = "manifest.json"
TRAJECTORIES = "trajectories.jsonl"

# Names that end in a word for a secret: `api_key`, `openai_api_key`, `access_token`, and `token` by itself. Not any name
# with "token" in it: `max_tokens` and `token_budget` must stay readable, since resume compares them.
_SECRET = re.compile(
    r"(?:^|_)(?:api_?key|password|passwd|secret|authorization|(?:access|auth|bearer|refresh)_token)$|^token$", re.I
)


def new_manifest(
    *,
    components: Mapping[str, str] | None = None,
    configuration: Mapping[str, Any] | None = None,
    seeds: Mapping[str, int] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A manifest of this moment, on this machine, with the versions of core and of every plugin that is loaded.

    :param components: what each part is, by canonical id, such as `{"environment": "maze-v1"}`.
    :param configuration: the resolved configuration, as JSON values. Values under keys that name a secret are masked.
    :param seeds: every seed that the user or the program chose.
    :param more: further entries of the caller.
    """
    from agentgym_core._entry_points import distribution_versions
    from agentgym_core.plugins import plugins

    loaded = plugins()
    names = {"agentgym-core", *(row.distribution for row in loaded.rows if row.state == "ok" and row.distribution)}
    return {
        "schema_version": SCHEMA_VERSION,
        "id": secrets.token_hex(8),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "distributions": distribution_versions(sorted(names)),
        "plugin_failures": [
            {name: getattr(row, name) for name in ("name", "distribution", "version", "state", "error")}
            for row in loaded.failures
        ],
        "components": dict(components or {}),
        "configuration": mask_secrets(dict(configuration or {})),
        "seeds": dict(seeds or {}),
        **more,
    }


def mask_secrets(value: Any) -> Any:
    """`value` with what stands under a key that names a secret replaced by `***`."""
    if isinstance(value, Mapping):
        return {
            key: "***" if item and isinstance(key, str) and _SECRET.search(key) else mask_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [mask_secrets(item) for item in value]
    return value


def read_manifest(folder: Path, *, lenient: bool = False) -> dict[str, Any]:
    """The manifest of a run folder.

    :param lenient: where it is gone and episodes are there, warn and give an empty one.
    :raises StoreError: there is none, it cannot be read, or a newer core wrote it.
    """
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        if (folder / TRAJECTORIES).exists():
            lost = f"{folder}: its {MANIFEST} is gone: what made its episodes (policy, settings, seeds, versions) is not known"
            if lenient:
                log.warning("%s; the episodes are read as they are", lost)
                return {}
            raise StoreError(
                lost, hint="put it back from a copy; or write a new one: the same collect or eval with --resume"
            ) from None
        what = "is no run: it has no manifest.json" if folder.is_dir() else "is no run folder: there is no such folder"
        raise StoreError(f"{folder}: {what}", hint="make one with: agentgym collect, or agentgym import") from None
    except NotADirectoryError:
        raise StoreError(f"{folder}: is a file, not a run folder", hint="files are read by: agentgym import") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(
            f"{path}: not valid JSON: {error}", hint="restore the file, the episodes beside it are untouched"
        ) from error
    version = found.get("schema_version") if isinstance(found, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise StoreError(f"{path}: not the manifest of a run: it has no schema_version")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path}: written in layout {version}, this agentgym-core reads up to {SCHEMA_VERSION}",
            hint="read it with the agentgym-core that wrote it, or a newer one",
        )
    return dict(found)


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Replace the manifest of a run folder at once: a crash leaves the old one or the new one.

    :raises StoreError: it holds what JSON cannot, or the disk is full.
    """
    from agentgym_core.store.codec import plain

    text = json.dumps(plain(dict(manifest), "manifest"), indent=2, ensure_ascii=True) + "\n"
    write_whole(folder / MANIFEST, text.encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a crash.

    :raises StoreError: the folder cannot be written to, or the disk is full.
    """
    temporary = ""
    try:
        # Write aside, force to disk, rename, force the folder: `os.replace` is atomic, so a reader finds the old file or the
        # new one. Without the last step a power cut could undo the rename.
        handle, temporary = create_beside(path)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise StoreError(
            f"{path}: cannot be written: {error.strerror}", hint="free some space or choose another folder"
        ) from error


def create_beside(path: Path) -> tuple[int, str]:
    """A new file beside `path`, to be moved there: its descriptor and name. Its mode is what the umask leaves, as for any other file."""
    temporary = f"{path.parent / f'.{path.name}.{secrets.token_hex(4)}'}"
    return os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), temporary


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files of killed processes beside `path`. Only the writer may call it: it would delete another writer's file."""
    for left in path.parent.glob(f".{path.name}.*"):
        with contextlib.suppress(OSError):
            left.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
