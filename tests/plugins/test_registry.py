"""From an id to an object: two claims, near misses, and what to install."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest

from agentgym_core.catalog import CATALOG
from agentgym_core.errors import AmbiguousComponent, ComponentUnavailable, ConfigError, UnknownComponent
from agentgym_core.plugins import Plugins
from agentgym_core.registry import lookup, make, missing, spec, specs
from agentgym_core.specs import API, EnvironmentSpec, Requirement, RewardSpec

Load = Callable[..., Plugins]
Run = Callable[..., subprocess.CompletedProcess[str]]


def test_two_claims_on_one_id_are_an_error_at_use_and_not_before(load: Load) -> None:
    loaded = load("duplicate_one", "duplicate_two")
    assert loaded.failures == []
    assert make("reward", "only-one") is not None
    with pytest.raises(AmbiguousComponent) as caught:
        make("reward", "twin")
    assert "dist-duplicate-one 1.0 and dist-duplicate-two 1.0" in caught.value.message
    assert "dist-duplicate-one:twin or dist-duplicate-two:twin" in caught.value.hint


def test_the_plugin_before_the_id_chooses(load: Load) -> None:
    load("duplicate_one", "duplicate_two")
    assert spec("reward", "duplicate_one:twin").summary == "of one"
    assert spec("reward", "duplicate_two:twin-v1").summary == "of two"
    assert spec("reward", "dist-duplicate-two:twin").summary == "of two"
    assert spec("reward", "dist-duplicate-two:duplicate_two:twin").summary == "of two"
    with pytest.raises(UnknownComponent):
        lookup("reward", "sound:twin")


def test_one_distribution_alone_claims_its_id(load: Load) -> None:
    load("duplicate_one", "duplicate_two", DISABLE="duplicate_two")
    assert spec("reward", "twin").summary == "of one"


def test_specs_come_sorted_whatever_the_order_of_plugins(load: Load) -> None:
    load("sound", "duplicate_two", "duplicate_one")
    ids = [item.id for item in specs("reward")]
    assert ids == sorted(ids)


def test_a_near_miss_is_suggested(load: Load) -> None:
    load("sound")
    with pytest.raises(UnknownComponent, match="did you mean 'sound'"):
        lookup("reward", "sonud")
    with pytest.raises(UnknownComponent, match="agentgym list"):
        lookup("reward", "xxxxxxxxxxxx")


def test_a_known_environment_that_is_not_installed_comes_with_its_command(load: Load) -> None:
    load("sound", PLUGINS="sound")
    for entry in CATALOG:
        with pytest.raises(UnknownComponent) as caught:
            lookup(entry.kind, entry.id)
        assert entry.distribution in caught.value.message
        assert re.match(r"run: .*pip install -e ", caught.value.hint)


def test_a_component_of_a_failed_plugin_repeats_its_failure(load: Load) -> None:
    load("import_error")
    with pytest.raises(ComponentUnavailable, match="a_module_that_is_not_there"):
        lookup("environment", "import_error")
    with pytest.raises(ComponentUnavailable, match="dist-import-error"):
        lookup("environment", "error")


def test_a_requirement_that_is_not_met_is_named_with_its_remedy(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    needy = RewardSpec(
        id="needy",
        target="agentgym_core.rewards.environment:EnvironmentReward",
        requires=(Requirement("executable", "no-such-tool-", "run: apt install no-such-tool"),),
    )
    loaded = load("sound")
    sound = next(item for item in loaded.announced["reward"] if item.spec.id == "sound")
    monkeypatch.setattr(loaded, "announced", {**loaded.announced, "reward": [type(sound)(sound.plugin, needy)]})
    with pytest.raises(ComponentUnavailable, match=r"'needy' \(dist-sound 1\.0\) needs no-such-tool- \(executable\)"):
        make("reward", "needy")


def test_missing_imports_nothing() -> None:
    import sys

    assert missing([Requirement("module", "this.that.other"), Requirement("module", "no_such_module_")]) != []
    assert missing([Requirement("module", "wave"), Requirement("executable", "sh")]) == []
    assert "wave" not in sys.modules


def test_a_target_that_is_not_there_is_unavailable_and_not_a_crash(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load("sound")
    sound = next(item for item in loaded.announced["reward"] if item.spec.id == "sound")
    for target in ("no_such_module_:Reward", "agentgym_core.rewards.environment:NoSuchName"):
        broken = RewardSpec(id="sound", target=target)
        monkeypatch.setattr(loaded, "announced", {**loaded.announced, "reward": [type(sound)(sound.plugin, broken)]})
        with pytest.raises(ComponentUnavailable, match="cannot be imported"):
            make("reward", "sound")


def test_a_configuration_mistake_has_the_path_that_was_typed(load: Load) -> None:
    load("sound")
    with pytest.raises(ConfigError, match=r"reward\.treshold: unknown key, did you mean 'threshold'\?"):
        make("reward", "binarize", {"treshold": 0.5}, where="reward")


def test_an_unknown_command_suggests_the_right_one(agentgym: Run) -> None:
    done = agentgym("plugns")
    assert done.returncode == 1
    assert "did you mean 'plugins'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("id", ["", "A", "a b", "a/b", "a:b", "-a", "a--b", "a.", "é", 3, None])
def test_a_spec_refuses_an_id_that_no_file_could_name(id: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        EnvironmentSpec(id=id, target="a:B")  # type: ignore[arg-type]


@pytest.mark.parametrize("target", ["", "a", "a:", ":B", "a:B.c", "a b:C", "a:B()", None])
def test_a_spec_refuses_a_target_that_cannot_be_imported(target: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        EnvironmentSpec(id="a", target=target)  # type: ignore[arg-type]


def test_a_spec_of_this_interface_is_the_default() -> None:
    assert EnvironmentSpec(id="a", target="a:B").api == API
    assert EnvironmentSpec(id="a", target="a:B", version=3).canonical == "a-v3"
