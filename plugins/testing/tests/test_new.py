"""`agentgym new KIND`: what it writes can be built, installed, listed and tested at once, and is little to understand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentgym_core.cli import main
from agentgym_testing import CHECKS, AlgorithmConformance, PolicyConformance, RewardConformance
from agentgym_testing.new import KINDS


def lines_to_understand(path: Path) -> list[str]:
    """Lines that are neither blank nor a comment nor a one-line docstring."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line and not line.startswith(("#", '"""'))]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    assert main(["new", "env", "my_game", "--out", str(tmp_path / "out")]) == 0
    return tmp_path / "out" / "agentgym-env-my-game"


def test_it_is_at_most_ten_lines_of_python_and_ten_of_pyproject(written: Path) -> None:
    sources = sorted((written / "src").rglob("*.py"))
    assert [path.name for path in sources] == ["__init__.py", "environment.py", "plugin.py"]
    assert sum(len(lines_to_understand(path)) for path in sources) <= 10
    assert len(lines_to_understand(written / "pyproject.toml")) <= 10
    assert len(lines_to_understand(written / "tests" / "conftest.py")) == 1


def test_nothing_is_left_of_the_templates(written: Path) -> None:
    files = [path for path in written.rglob("*") if path.is_file()]
    assert len(files) == 7
    for path in files:
        assert "{{" not in path.read_text() + str(path.relative_to(written)), path


OTHERS = sorted(set(KINDS) - {"env"})


def installed(folder: Path, site: Path) -> dict[str, str]:
    """The variables of a process that finds the new plugin, which pip built and installed."""
    pytest.importorskip("hatchling", reason="hatchling builds the new plugin")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    command += ["--disable-pip-version-check", "--target", str(site), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return {**os.environ, "PYTHONPATH": str(site), "AGENTGYM_STRICT": "1"}


def passed(folder: Path, variables: dict[str, str]) -> int:
    """How many of the new plugin's own tests pass; none may fail."""
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout
    return int(done.stdout.rpartition(" passed")[0].split()[-1])


@pytest.mark.parametrize("kind", OTHERS)
def test_every_kind_installs_and_its_tests_pass_at_once(kind: str, tmp_path: Path) -> None:
    assert main(["new", kind, "of_mine", "--out", str(tmp_path)]) == 0
    (folder,) = tmp_path.iterdir()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert [path for path in files if "{{" in path.read_text() + str(path.relative_to(folder))] == []
    suite = {"policy": PolicyConformance, "reward": RewardConformance, "algorithm": AlgorithmConformance}.get(kind)
    checks = [name for name in dir(suite) if name.startswith("test_")] if suite else []
    assert passed(folder, installed(folder, tmp_path / "site")) == len(checks) + 1


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_to_be_understood_is_short(kind: str, tmp_path: Path) -> None:
    main(["new", kind, "of_mine", "--out", str(tmp_path)])
    (folder,) = tmp_path.iterdir()
    sources = sorted((folder / "src").rglob("*.py"))
    assert sum(len(lines_to_understand(path)) for path in sources) <= 45


def test_it_installs_and_its_tests_pass_at_once(written: Path, tmp_path: Path) -> None:
    environment = installed(written, tmp_path / "site")
    assert passed(written, environment) > len(CHECKS) // 2

    code = "import sys; from agentgym_core.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "show", "my_game", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    facts = json.loads(done.stdout)
    assert facts["distribution"] == "agentgym-env-my-game"
    assert facts["description"]["splits"] == {"train": 8, "eval": 4}

    code = (
        "from agentgym_core.rollout import make_environment\n"
        "with make_environment('my_game') as game:\n"
        "    number = game.reset('train-3').split()[-1].rstrip('.')\n"
        "    print(game.step('12').score, game.step(number).score)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["0.0", "1.0"], done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "",
        "My_Game",
        "my-game",
        "3d",
        "_x",
        "x_",
        "a__b",
        "../../x",
        "/etc/x",
        "a b",
        "é",
        "x" * 41,
        "a.b",
        "a:b",
        "a\n",
    ],
)
def test_a_bad_name_gets_one_line_and_writes_nothing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "env", name, "--out", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("agentgym: ")
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_bad_name_comes_with_a_better_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["new", "env", "My-Game 2", "--out", str(tmp_path)])
    assert "such as 'my_game_2'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "name"),
    [("env", "maze"), ("env", "sciworld"), ("policy", "expert"), ("algorithm", "bc"), ("placement", "inline")],
)
def test_a_taken_id_is_refused(kind: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", kind, name, "--out", str(tmp_path)]) == 2
    assert "is taken" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    game = written / "src" / "agentgym_env_my_game" / "environment.py"
    game.write_text("# months of work\n")
    assert main(["new", "env", "my_game", "--out", str(written.parent)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert game.read_text() == "# months of work\n"


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["new", "env", "my_game", "--out", str(tmp_path / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["none", "true", "class", "import", "a", "x1", "test", "agentgym"])
def test_names_that_mean_something_in_python_are_fine(name: str, tmp_path: Path) -> None:
    assert main(["new", "env", name, "--out", str(tmp_path)]) == 0
    for path in tmp_path.rglob("*.py"):
        compile(path.read_text(), str(path), "exec")
