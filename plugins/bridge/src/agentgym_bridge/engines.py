"""Engines of other projects behind an environment of ours: which versions play, as a part of its configuration."""

from __future__ import annotations

from importlib import metadata


def installed_engine(engine: str, *packages: str) -> str:
    """The versions of an engine's packages that are installed: what the field `engine` of a configuration holds.

    Another version may draw or play the same tasks otherwise. In the configuration, the version makes another digest, so that episodes
    of both are neither mixed nor compared. Nothing is imported.

    :param engine: what was configured; empty for whatever is installed.
    :param packages: the names by which pip knows them.
    :return: of one package its version, such as `3.2.1`; of several also their names, such as `alfworld 0.4.2, textworld 1.7.0`.
    :raises ValueError: other versions were configured; it names the command that installs them.
    """
    named = ", ".join(f"{package} {_version(package)}" for package in packages)
    installed = named if len(packages) > 1 else _version(*packages)
    if engine in ("", installed):
        return installed
    wanted = engine if len(packages) > 1 else f"{packages[0]} {engine}"
    command = " ".join(["pip install", *(each.replace(" ", "==") for each in wanted.split(", "))])
    raise ValueError(f"these tasks are those of {wanted}, here is {named}: {command}")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
