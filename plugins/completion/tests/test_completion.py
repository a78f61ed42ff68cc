from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentgym_completion.command import whole_parser
from agentgym_core.cli import main
from agentgym_core.registry import specs

BASH = shutil.which("bash")
needs_bash = pytest.mark.skipif(BASH is None, reason="bash is not installed")


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "agentgym.bash"
    done = subprocess.run(
        [sys.executable, "-c", "from agentgym_core.cli import main; raise SystemExit(main())", "completion", "bash"],
        capture_output=True,
        text=True,
        check=True,
    )
    path.write_text(done.stdout)
    return path


def complete(script: Path, *words: str) -> set[str]:
    """What bash offers for the last of the words."""
    assert BASH is not None
    quoted = " ".join(f"'{word}'" for word in words)
    code = (
        f"source '{script}'\n"
        f"COMP_WORDS=(agentgym {quoted}); COMP_CWORD={len(words)}\n"
        "function=$(complete -p agentgym | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
        'COMPREPLY=(); "$function"; printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run([BASH, "--norc", "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@needs_bash
def test_the_bash_script_is_valid(script: Path) -> None:
    assert BASH is not None
    done = subprocess.run([BASH, "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@needs_bash
def test_bash_completes_commands_options_and_ids(script: Path) -> None:
    assert complete(script, "col") == {"collect"}
    assert complete(script, "") >= {"list", "play", "run", "view"}
    assert complete(script, "play", "--se") == {"--seed"}
    assert complete(script, "completion", "z") == {"zsh"}
    assert complete(script, "data", "ma") == {"make"}
    environments = {spec.id for spec in specs("environment")}
    for command in ("collect", "eval"):
        assert complete(script, command, "") >= environments
    assert complete(script, "show", "") >= {*environments, "expert", "binarize", "thread"}
    assert complete(script, "collect", "--policy", "ex") == {"expert"}
    assert complete(script, "collect", "--format", "js") == {"json"}


@pytest.mark.parametrize("shell", ["zsh", "fish", "tcsh"])
def test_other_shells_get_a_script_too(shell: str, capsys: Any) -> None:
    assert main(["completion", shell]) == 0
    assert "collect" in capsys.readouterr().out


def test_every_command_and_component_is_in_the_parser() -> None:
    commands = next(action for action in whole_parser()._actions if action.dest == "command")
    assert set(commands.choices or ()) == {spec.id for spec in specs("command")}


def test_a_command_that_cannot_be_loaded_does_not_take_the_others_along(monkeypatch: pytest.MonkeyPatch) -> None:
    import agentgym_core.cli.show

    def broken(parser: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(agentgym_core.cli.show, "configure", broken)
    commands = next(action for action in whole_parser()._actions if action.dest == "command")
    assert {"show", "list"} <= set(commands.choices or ())


def test_an_unknown_shell_is_a_usage_mistake(capsys: Any) -> None:
    assert main(["completion", "cmd"]) == 2
    assert "invalid choice: 'cmd'" in capsys.readouterr().err


def test_commands_can_follow_each_other_in_one_process(capsys: Any) -> None:
    whole_parser()
    assert main(["list", "rewards"]) == 0
    assert main(["list", "policies"]) == 0
    assert "expert" in capsys.readouterr().out
