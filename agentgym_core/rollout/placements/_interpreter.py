"""Environments that are installed for another Python: known here by what that Python says of them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from agentgym_core.environments.described import DescribedSource, DescribeResponse, TaskRows
from agentgym_core.environments.source import EnvironmentSource, local_source
from agentgym_core.errors import ComponentUnavailable, ConfigError
from agentgym_core.install_advice import core_hint
from agentgym_core.rollout.placements.worker_command import variables_for, worker_command
from agentgym_core.rollout.placements.worker_protocol import Call, CallResult, DescribeRequest, Unframer, frame
from agentgym_core.settings import ComponentChoice

T = TypeVar("T")

# A first start may compile a large environment's modules; reading its tasks may take as long again.
_SECONDS = 300.0
SCHEME = "python://"


def source(
    reference: str, config: Mapping[str, Any] | Any | None, settings: Mapping[str, Any], where: str = ""
) -> EnvironmentSource:
    """The environment of an address such as `python:///venv/bin/python#maze`, or of an id where the settings name a `python`.

    :raises UnknownComponent, ComponentUnavailable, ConfigError: it cannot be had.
    """
    python, id = str(settings.get("python", "")), reference
    if reference.startswith(SCHEME):
        python, _, id = reference.removeprefix(SCHEME).partition("#")
        if not python or not id:
            raise ConfigError(
                f"{reference}: it must name a Python and an environment", hint=f"write {SCHEME}/path/to/python#maze"
            )
    if not python:
        return local_source(id, config, where=where)
    return InterpreterSource(id, dict(config or {}), python)


class InterpreterSource(DescribedSource):
    """An environment of another interpreter: it lives in that Python's hosts only.

    :raises ConfigError: there is no such Python. :raises ComponentUnavailable: it cannot say what the environment is.
    """

    def __init__(self, id: str, config: Mapping[str, Any], python: str) -> None:
        self.python = python
        super().__init__(ask(python, DescribeRequest(id, config), DescribeResponse), f"in another Python ({python})")

    def __reduce__(self) -> tuple[Any, ...]:
        return (InterpreterSource, (self.spec.id, self.config_values, self.python))

    @property
    def home(self) -> ComponentChoice:
        """In hosts of that Python."""
        return ComponentChoice("process", {"python": self.python})

    def ask_tasks(self, split: str) -> TaskRows:
        """What that Python says."""
        return ask(self.python, DescribeRequest(self.spec.id, self.config_values, split), TaskRows)


def ask(python: str, question: DescribeRequest, kind: type[T]) -> T:
    """Ask another Python about its environments.

    :raises ConfigError: there is no such Python. :raises ComponentUnavailable: it has no agentgym-core. Else what it raised.
    """
    try:
        done = subprocess.run(
            worker_command(python),
            input=frame(Call(1, "describe", body=question)),
            capture_output=True,
            env=variables_for(foreign=True),
            timeout=_SECONDS,
            check=False,
        )
    except OSError as error:
        raise ConfigError(
            f"placement.python: {python!r} cannot be started: {error.strerror or error}",
            hint="give the path of a Python interpreter",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ComponentUnavailable(f"{python} did not say what {question.id!r} is within {_SECONDS:g} s") from error
    messages = Unframer(skip_to_magic=True).feed(done.stdout)
    if done.returncode != 0 or not messages:
        words = done.stderr.decode(errors="replace").strip()[-400:]
        raise ComponentUnavailable(
            f"{python} cannot describe {question.id!r}: {words}",
            hint=core_hint(python),
        )
    result = msgspec.msgpack.decode(messages[0], type=CallResult)
    if (problem := result.problem) is not None:
        raised = problem.known() or ComponentUnavailable(f"{problem.type}: {problem.message}", hint=problem.hint)
        raised.message = f"{python}: {raised.message}"
        raise raised
    return msgspec.msgpack.decode(result.body, type=kind)
