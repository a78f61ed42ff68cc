"""A plugin that fails in any way is a row in the list, and the others live on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from agentgym_core import RewardSpec, hookimpl
from agentgym_core.errors import AmbiguousComponent, PluginError
from agentgym_core.plugins import Candidate, Plugins, use_plugins
from agentgym_core.registry import lookup

Load = Callable[..., Plugins]
Run = Callable[..., subprocess.CompletedProcess[str]]

# name: state, stage, what the row must say
BROKEN = {
    "import_error": ("failed", "load", "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
    "exits_at_import": ("failed", "load", "SystemExit: no licence found"),
    "speechless_error": ("failed", "load", "SpeechlessError"),
    "newer_api": ("incompatible", "announce", "'from-the-future' speaks interface 99, this agentgym-core speaks 1"),
    "unknown_hook": ("incompatible", "register", "'agentgym_teleporters'"),
    "unknown_argument": ("failed", "register", "colour"),
    "unmarked_hook": ("failed", "register", "agentgym_environments without @hookimpl"),
    "announcing_wrapper": ("failed", "register", "agentgym_rewards is a wrapper"),
    "old_wrapper": ("failed", "register", "agentgym_run_started is an old-style wrapper"),
    "coroutine_hook": ("failed", "register", "agentgym_run_started is a coroutine function"),
    "generator_hook": ("failed", "register", "agentgym_run_finished is a generator"),
    "hook_raises": ("failed", "announce", "agentgym_rewards raised KeyError: 'settings'"),
    "hook_exits": ("failed", "announce", "agentgym_environments raised SystemExit: 3"),
    "hook_rubbish": ("failed", "announce", "agentgym_environments must return a list of EnvironmentSpec"),
    "wrong_kind": ("failed", "announce", "agentgym_environments must return a list of EnvironmentSpec"),
    "bad_id": ("failed", "announce", "'Not An Id!'"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_plugin_is_a_row_and_a_sound_one_lives(load: Load, name: str) -> None:
    loaded = load(name, "sound")
    rows = {row.name: row for row in loaded.rows}
    state, stage, words = BROKEN[name]
    assert (rows[name].state, rows[name].stage) == (state, stage)
    assert words in rows[name].error
    assert rows[name].distribution == f"dist-{name.replace('_', '-')}"
    assert rows[name].version == "1.0"
    assert rows[name].hint
    assert rows[name].components == ()
    assert rows["sound"].state == rows["core"].state == "ok"
    assert all(item.plugin.name != name for items in loaded.announced.values() for item in items)
    assert "sound" in [item.spec.id for item in loaded.announced["reward"]]


def test_all_at_once_leave_core_and_the_sound_one(load: Load) -> None:
    loaded = load(*BROKEN, "sound")
    assert {row.name for row in loaded.failures} == set(BROKEN)
    assert "expert" in [item.spec.id for item in loaded.announced["policy"]]


def test_the_command_shows_every_row_and_fails(agentgym: Run) -> None:
    done = agentgym("plugins", "--json", plugins=(*BROKEN, "sound"))
    assert done.returncode == 1
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert {name: rows[name]["state"] for name in BROKEN} == {name: state for name, (state, _, _) in BROKEN.items()}
    assert rows["sound"]["components"] == ["reward:sound"]
    lines = [line for line in done.stderr.splitlines() if line.startswith("agentgym: plugin ")]
    assert len(lines) == len(done.stderr.splitlines()) == len(BROKEN), done.stderr


def test_a_broken_plugin_breaks_no_other_command(agentgym: Run) -> None:
    done = agentgym("list", "rewards", plugins=("import_error", "hook_exits", "sound"))
    assert done.returncode == 0
    assert "sound" in done.stdout
    assert "Traceback" not in done.stderr


def test_what_a_plugin_logs_at_import_is_printed_like_everything_else(agentgym: Run) -> None:
    done = agentgym("plugins", plugins=("logs_at_import",))
    assert "with care" in done.stderr
    assert "\x1b" not in done.stderr


def test_strict_mode_raises_and_names_the_plugin(load: Load) -> None:
    with pytest.raises(
        PluginError, match=r"plugin 'hook_raises' \(dist-hook-raises 1\.0\): agentgym_rewards raised KeyError"
    ):
        load("hook_raises", STRICT="1")


def test_strict_mode_is_one_line_on_the_command_line(agentgym: Run) -> None:
    done = agentgym("list", plugins=("import_error",), STRICT="1")
    assert done.returncode == 1
    assert done.stderr.startswith("agentgym: plugin 'import_error' (dist-import-error 1.0): ModuleNotFoundError")
    assert "Traceback" not in done.stderr


def test_strict_mode_is_content_with_sound_plugins(load: Load) -> None:
    assert {row.state for row in load("sound", STRICT="1").rows} == {"ok"}


def test_the_block_list_leaves_a_plugin_out_unloaded(load: Load) -> None:
    loaded = load("exits_at_import", "sound", DISABLE="exits_at_import, another")
    rows = {row.name: row for row in loaded.rows}
    assert rows["exits_at_import"].state == "disabled"
    assert loaded.failures == []
    assert rows["sound"].state == "ok"


def test_the_allow_list_keeps_core_and_what_it_names(load: Load) -> None:
    loaded = load("import_error", "duplicate_one", "sound", PLUGINS="dist-sound")
    assert {row.name for row in loaded.rows if row.state == "ok"} == {"core", "sound"}
    assert {row.state for row in loaded.rows} == {"ok", "disabled"}


def test_the_block_list_wins_over_the_allow_list(load: Load) -> None:
    loaded = load("sound", PLUGINS="dist-sound", DISABLE="sound")
    assert {row.name for row in loaded.rows if row.state == "ok"} == {"core"}


def test_an_empty_allow_list_leaves_core_alone(load: Load) -> None:
    assert {row.name for row in load("sound", PLUGINS="").rows if row.state == "ok"} == {"core"}


def stand_in(name: str, distribution: str) -> Candidate:
    """A plugin with a reward of its own, as a distribution would announce it under any name that it likes."""

    class Announcer:
        @hookimpl
        def agentgym_rewards(self) -> list[RewardSpec]:
            return [RewardSpec(id="shared", target="agentgym_core.rewards.environment:EnvironmentReward")]

    return Candidate(name, Announcer, distribution, "1.0")


def admitted(*candidates: Candidate, monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for key, value in variables.items():
        monkeypatch.setenv(f"AGENTGYM_{key}", value)
    return [row.reference for row in Plugins.from_environment(candidates).rows if row.state == "ok"]


@pytest.mark.parametrize(
    ("allowed", "let_in"),
    [
        ("", ["agentgym-core:core"]),
        ("env_maze", ["agentgym-core:core"]),
        ("core", ["agentgym-core:core"]),
        ("agentgym-env-maze", ["agentgym-core:core", "agentgym-env-maze:env_maze"]),
        ("AgentGym.env_maze", ["agentgym-core:core", "agentgym-env-maze:env_maze"]),
        ("agentgym-env-maze:env_maze", ["agentgym-core:core", "agentgym-env-maze:env_maze"]),
        ("agentgym-env-maze:other", ["agentgym-core:core"]),
        ("stranger", ["agentgym-core:core", "stranger:core", "stranger:env_maze"]),
    ],
)
def test_a_name_lets_no_stranger_in(allowed: str, let_in: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = [
        stand_in("core", "agentgym-core"),
        stand_in("core", "stranger"),
        stand_in("env_maze", "agentgym-env-maze"),
        stand_in("env_maze", "stranger"),
    ]
    assert admitted(*candidates, monkeypatch=monkeypatch, PLUGINS=allowed) == let_in


@pytest.mark.parametrize("left_out", ["env_maze", "stranger", "stranger:env_maze"])
def test_a_name_or_a_distribution_keeps_out(left_out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert admitted(stand_in("env_maze", "stranger"), monkeypatch=monkeypatch, DISABLE=left_out) == []


def test_plugins_of_one_name_are_told_apart() -> None:
    candidates = [stand_in("env_maze", "agentgym-env-maze"), stand_in("env_maze", "stranger")]
    use_plugins(Plugins(candidates, allow=None, block=frozenset(), strict=True))
    try:
        assert lookup("reward", "stranger:shared").plugin.distribution == "stranger"
        with pytest.raises(AmbiguousComponent) as caught:
            lookup("reward", "env_maze:shared")
        assert "agentgym-env-maze:shared or stranger:shared" in caught.value.hint
    finally:
        use_plugins(None)


def test_an_allow_list_that_names_nothing_says_so(agentgym: Run) -> None:
    done = agentgym("list", "rewards", PLUGINS="env_maze")
    assert done.stderr.count("no distribution env-maze has a plugin") == 1


def test_an_interrupt_while_loading_is_not_swallowed() -> None:
    def interrupted() -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Plugins([Candidate("slow", interrupted)], allow=None, block=frozenset(), strict=False)
