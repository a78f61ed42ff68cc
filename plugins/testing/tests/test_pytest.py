"""The kit as a plugin author meets it: a subclass or one line in a conftest, under pytest itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentgym_testing import CHECKS

HERE = Path(__file__).resolve().parent


@pytest.fixture
def run_pytest(announced: Path, tmp_path: Path) -> object:
    """Runs pytest in a project of its own that has the given files."""

    def run(files: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rsf", *arguments]
        path = os.pathsep.join((str(announced), str(HERE)))
        environment = {**os.environ, "PYTHONPATH": path}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200, check=False
        )

    return run


SUBCLASS = """
from agentgym_testing import EnvironmentConformance

class TestLock(EnvironmentConformance):
    environment = {id!r}
    config = {config!r}
"""


def test_a_subclass_runs_every_check_as_a_test(run_pytest: object) -> None:
    done = run_pytest({"tests/test_lock.py": SUBCLASS.format(id="lock", config={"strikes": 2})}, "-vv")  # type: ignore[operator]
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"::TestLock::test_{name} " in done.stdout for name in CHECKS), done.stdout


def test_one_line_in_a_conftest_runs_the_kit(run_pytest: object) -> None:
    done = run_pytest({"tests/conftest.py": 'agentgym_conformance = ["lock", "wrong.reset_gives_text"]\n'})  # type: ignore[operator]
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"1 failed, {2 * len(CHECKS) - 1} passed" in done.stdout, done.stdout
    assert "wrong.reset_gives_text: the first observation of task 'train-0' is empty" in done.stdout
    assert "tests/conftest.py::TestWrongResetGivesText::test_reset_gives_text" in done.stdout


def test_the_line_may_give_configurations(run_pytest: object) -> None:
    line = 'agentgym_conformance = {"lock": {"strikes": 2}, "wrong.reset_gives_text": {"strike": 2}}\n'
    done = run_pytest({"tests/conftest.py": line})  # type: ignore[operator]
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{len(CHECKS)} passed, {len(CHECKS)} errors" in done.stdout, done.stdout
    assert "config.strike: unknown key, did you mean 'strikes'?" in done.stdout


def test_a_conftest_that_names_no_list_is_a_usage_error(run_pytest: object) -> None:
    done = run_pytest({"tests/conftest.py": 'agentgym_conformance = "lock"\n'})  # type: ignore[operator]
    assert done.returncode != 0
    assert "must be a list of ids" in done.stdout + done.stderr


def test_an_unknown_id_is_one_clear_error(run_pytest: object) -> None:
    done = run_pytest({"tests/test_lock.py": SUBCLASS.format(id="lokc", config=None)})  # type: ignore[operator]
    assert done.returncode == 1
    assert "no environment is called 'lokc'" in done.stdout
    assert "did you mean 'lock'" in done.stdout


def test_what_needs_something_missing_is_skipped_with_its_reason(run_pytest: object) -> None:
    done = run_pytest({"tests/conftest.py": 'agentgym_conformance = ["lock.needy"]\n'})  # type: ignore[operator]
    assert done.returncode == 0, done.stdout
    assert "lock.needy needs no-such-tool- (run: get no-such-tool)" in done.stdout
    assert f"{len(CHECKS)} skipped" in done.stdout


def test_a_configuration_mistake_names_the_key(run_pytest: object) -> None:
    done = run_pytest({"tests/test_lock.py": SUBCLASS.format(id="lock", config={"strike": 2})})  # type: ignore[operator]
    assert done.returncode == 1
    assert "config.strike: unknown key, did you mean 'strikes'?" in done.stdout


def test_the_pytest_plugin_imports_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import agentgym_testing.plugin;"
        "print(*(set(sys.modules) - before - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {name for name in done.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names}
    assert ours == {"agentgym_testing", "agentgym_testing.plugin"}
