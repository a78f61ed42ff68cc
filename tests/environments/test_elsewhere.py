"""An environment that lives elsewhere is the one that was asked for, or is refused with what differs."""

from __future__ import annotations

import pickle
import re
import sys
from pathlib import Path

import pytest

from agentgym_core import RolloutSettings, collect, make_environment, resolve_environment
from agentgym_core.cli import main
from agentgym_core.cli.train import _split_reference
from agentgym_core.errors import AgentGymError, ConfigError, UnknownComponent
from agentgym_core.plugins import Plugins, installed, use_plugins
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.settings import ComponentChoice

PARTIAL = {"observability": "partial"}


@pytest.fixture
def remote(port: int) -> ComponentChoice:
    return ComponentChoice("remote", {"urls": [f"ws://127.0.0.1:{port}"]})


def _digests() -> tuple[str, str]:
    return resolve_environment("maze").config_digest, resolve_environment("maze", PARTIAL).config_digest


def test_an_id_at_a_server_of_another_configuration_is_refused_with_both_digests(remote: ComponentChoice) -> None:
    whole, partial = _digests()
    with pytest.raises(ConfigError, match=f"{whole}.*{partial}"):
        make_environment("maze", PARTIAL, remote)
    with make_environment("maze", {"observability": "full"}, remote) as maze:
        assert maze.source.config_digest == whole


def test_an_address_takes_the_servers_configuration_and_refuses_another(port: int) -> None:
    whole, partial = _digests()
    address = f"ws://127.0.0.1:{port}/maze"
    assert resolve_environment(address, {"observability": "full"}).config_digest == whole
    with pytest.raises(ConfigError, match=f"{whole}.*{partial}"):
        resolve_environment(address, PARTIAL)


def test_a_source_of_this_machine_is_compared_when_its_session_is_opened(remote: ComponentChoice) -> None:
    whole, partial = _digests()
    jobs = Jobs.of(resolve_environment("maze", PARTIAL), "train", limit=1)
    with pytest.raises(ConfigError, match=f"{whole}.*{partial}"):
        collect(jobs, "random", RolloutSettings(placement=remote))


def test_a_server_is_enough_where_the_plugin_is_not_installed(remote: ComponentChoice) -> None:
    plugins = [candidate for candidate in installed() if candidate.name != "env_maze"]
    use_plugins(Plugins(plugins, allow=None, block=frozenset(), strict=True))
    try:
        with pytest.raises(UnknownComponent):
            resolve_environment("maze")
        with make_environment("maze", placement=remote) as maze:
            assert maze.reset("maze-train-7x7-0")
        with pytest.raises(ConfigError, match="another configuration"):
            resolve_environment("maze", PARTIAL, remote)
    finally:
        use_plugins(None)


def test_what_is_described_only_crosses_borders(port: int) -> None:
    for reference in (f"ws://127.0.0.1:{port}/maze", f"python://{sys.executable}#maze"):
        source = resolve_environment(reference)
        again = pickle.loads(pickle.dumps(source))
        assert (again.config_digest, again.description) == (source.config_digest, source.description)
        assert again.find("maze-train-7x7-0") == source.find("maze-train-7x7-0")
        with pytest.raises(ConfigError, match="lives"):
            source.make()


def test_a_source_is_configured_once() -> None:
    pytest.importorskip("agentgym_env_maze")
    with pytest.raises(ConfigError, match="configured already"):
        resolve_environment(resolve_environment("maze"), PARTIAL)


def test_an_openenv_server_is_an_address_too() -> None:
    pytest.importorskip("agentgym_bridge_openenv", reason="the plugin bridge_openenv is not installed")
    source = resolve_environment("openenv+ws://127.0.0.1:1", {"train": 3})
    assert (source.spec.id, source.config_values["url"], source.splits["train"]) == ("openenv", "ws://127.0.0.1:1", 3)


def test_nothing_installed_knows_plain_http() -> None:
    with pytest.raises(UnknownComponent, match="http://") as refused:
        resolve_environment("http://127.0.0.1:8000/maze")
    assert "python://" in refused.value.hint


def test_a_file_says_which_table_names_a_server_of_another_configuration(
    port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        f'[rollout.placement]\nid = "remote"\nconfig.urls = ["ws://127.0.0.1:{port}"]\n[policies.any]\nid = "random"\n'
        '[[tasks.few]]\nenvironment = "maze"\nconfig.observability = "partial"\n'
        '[[stages]]\nname = "look"\nkind = "collect"\npolicy = "any"\ntasks = "few"\n'
    )
    assert main(["check", str(file)]) == 1
    said = capsys.readouterr().err
    assert re.search(r"run\.toml: tasks\.few\[0\]: .*another configuration", said)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("maze", ("maze", "", "")),
        ("maze:eval:3", ("maze", "eval", "3")),
        ("ws://host:8000/maze", ("ws://host:8000/maze", "", "")),
        ("ws://host:8000/maze:eval:3", ("ws://host:8000/maze", "eval", "3")),
        ("legacy+http://host:1#maze:eval", ("legacy+http://host:1#maze", "eval", "")),
        ("python:///a/python#maze:eval:1", ("python:///a/python#maze", "eval", "1")),
        ("env_maze:maze:eval:1", ("env_maze:maze", "eval", "1")),
    ],
)
def test_a_set_of_tasks_in_one_word(text: str, parts: tuple[str, str, str]) -> None:
    if text.startswith("env_maze:"):
        pytest.importorskip("agentgym_env_maze")
    assert _split_reference(text) == parts


def test_errors_are_of_this_project() -> None:
    for reference in ("python://", "python:///no/such/python#maze", "ws://127.0.0.1:1/maze", "://", ""):
        with pytest.raises(AgentGymError):
            resolve_environment(reference)
