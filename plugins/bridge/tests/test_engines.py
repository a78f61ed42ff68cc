"""Versions of engines: what is installed is filled in, what is not is refused."""

from __future__ import annotations

from importlib import metadata

import pytest

from agentgym_bridge.engines import installed_engine

ONE, TWO = metadata.version("pluggy"), metadata.version("pydantic")
BOTH = f"pluggy {ONE}, pydantic {TWO}"


@pytest.mark.parametrize("engine", ["", ONE])
def test_one_package_is_its_version(engine: str) -> None:
    assert installed_engine(engine, "pluggy") == ONE


@pytest.mark.parametrize("engine", ["", BOTH])
def test_several_are_named(engine: str) -> None:
    assert installed_engine(engine, "pluggy", "pydantic") == BOTH


def test_without_the_package_there_is_still_a_configuration() -> None:
    assert installed_engine("", "no-such-engine") == "not installed"


@pytest.mark.parametrize(
    ("engine", "packages", "told"),
    [
        ("0.1", ("pluggy",), f"those of pluggy 0.1, here is pluggy {ONE}: pip install pluggy==0.1"),
        (
            f"pluggy 0.1, pydantic {TWO}",
            ("pluggy", "pydantic"),
            f"those of pluggy 0.1, pydantic {TWO}, here is {BOTH}: pip install pluggy==0.1 pydantic=={TWO}",
        ),
        ("2.0", ("no-such-engine",), "here is no-such-engine not installed: pip install no-such-engine==2.0"),
    ],
)
def test_another_version_is_refused_with_the_command_for_it(engine: str, packages: tuple[str, ...], told: str) -> None:
    with pytest.raises(ValueError, match="pip install") as refused:
        installed_engine(engine, *packages)
    assert told in str(refused.value)
