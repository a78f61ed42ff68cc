"""The engine behind an environment is a part of what is played: its version stands in the configuration, which refuses others."""

from __future__ import annotations

from importlib import metadata
from typing import ClassVar

import pytest

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError

OTHER = "0.0.0"


class EngineConformance:
    """Subclass it and name the environment with the packages of its engine.

    :cvar environment: its id.
    :cvar packages: the packages whose versions its field `engine` holds, by the names by which pip knows them.
    :cvar draws: whether the engine makes the tasks too, so that those of another version have other fingerprints.
    """

    environment: ClassVar[str] = ""
    packages: ClassVar[tuple[str, ...]] = ()
    draws: ClassVar[bool] = True

    def named(self, versions: dict[str, str]) -> str:
        """What the field `engine` holds where these versions are installed."""
        told = [f"{name} {version}" for name, version in versions.items()]
        return ", ".join(told) if len(told) > 1 else told[0].partition(" ")[2]

    def test_the_engine_stands_in_the_configuration_its_digest_and_the_description(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of another version all of them are others; ids are the same."""
        now = resolve_environment(self.environment)
        assert now.config_values["engine"] == self.named({name: metadata.version(name) for name in self.packages})
        assert self._resolved(now.config_values["engine"]).config_digest == now.config_digest
        real = metadata.version
        monkeypatch.setattr(metadata, "version", lambda name: OTHER if name in self.packages else real(name))
        other = resolve_environment(self.environment)
        assert other.config_values["engine"] == self.named(dict.fromkeys(self.packages, OTHER))
        assert other.config_values["engine"] in other.description.version
        assert now.config_digest != other.config_digest
        for split in now.splits:
            one, two = now.tasks(split)[0], other.tasks(split)[0]
            assert one.id == two.id
            assert (one.fingerprint != two.fingerprint) is self.draws

    def test_an_engine_that_is_not_here_is_refused_with_the_command_that_installs_it(self) -> None:
        """Nothing is played under the name of a version that another one played."""
        command = " ".join(["pip install", *(f"{name}=={OTHER}" for name in self.packages)])
        with pytest.raises(ConfigError, match=command.replace(".", r"\.")):
            self._resolved(self.named(dict.fromkeys(self.packages, OTHER)))

    def _resolved(self, engine: str) -> EnvironmentSource:
        return resolve_environment(self.environment, {"engine": engine})
