"""Workers: shared, replaced when one is lost, and never left behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import msgspec
import psutil
import pytest

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.pool import Pool

LIMITS = BirdConfig().limits
GYM = "bundled:gym"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
HUGE = ENDLESS.replace("COUNT(*)", "DISTINCT hex(zeroblob(9000)) || i") + " LIMIT 1 OFFSET 900000"


def limited(**changes: object) -> closing[Pool]:
    """A pool under other limits."""
    return closing(Pool(msgspec.structs.replace(LIMITS, **changes)))


def pids(pool: Pool) -> list[int]:
    return [worker.pid for worker in pool.idle]


def has_ended(pid: int) -> bool:
    """Wait until a process is gone. It may be so already, and then its number is unknown."""
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(timeout=30)
    return not psutil.pid_exists(pid)


def test_one_worker_serves_one_query_after_another(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pids(pool) == []
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    local = pool.run(GYM, "SELECT datetime('2020-01-01', 'localtime')", show=1)
    assert local.rows == [("2020-01-01 00:00:00",)], "the same everywhere"
    (pid,) = pids(pool)
    if sys.platform == "linux":
        assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0), "no file can grow"
        assert resource.prlimit(pid, resource.RLIMIT_AS) == (LIMITS.space, LIMITS.space)
    for number in range(3):
        assert pool.run(GYM, f"SELECT {number}", show=1).rows == [(number,)]
    assert pids(pool) == [pid]
    pool.close()
    pool.close()
    assert has_ended(pid)
    with pytest.raises(EnvironmentFault, match="closed"):
        pool.run(GYM, "SELECT 1")


def test_a_query_that_runs_on_is_a_fault_and_others_go_on() -> None:
    with limited(instructions=10**15, seconds=2.0) as pool:
        assert pool.excess(GYM, "SELECT 1", "t") == ""
        (first,) = pids(pool)
        with pytest.raises(EnvironmentFault, match=r"did not end within 2 seconds"):
            pool.run(GYM, ENDLESS)
        assert has_ended(first)
        # The new worker has no reference yet.
        result = pool.run(GYM, "SELECT 1", reference="SELECT 1")
        assert result.measures is not None
        assert result.measures["match"] is True
        assert pids(pool) != [first]


def test_a_worker_that_was_killed_is_told_and_replaced(pool: Pool) -> None:
    pool.run(GYM, "SELECT 1")
    os.kill(pids(pool)[0], signal.SIGKILL)
    with pytest.raises(EnvironmentFault, match="SIGKILL"):
        pool.run(GYM, "SELECT '\x1b[31m'")
    assert pool.run(GYM, "SELECT 2", show=1).rows == [(2,)]


def test_the_limit_of_the_system_on_memory_is_a_fault() -> None:
    with limited(heap=4 << 30, space=400 << 20) as pool:
        with pytest.raises(EnvironmentFault, match=r"all memory|its worker ended"):
            pool.run(GYM, HUGE)
        assert pool.run(GYM, "SELECT 1", show=1).rows == [(1,)]


def test_threads_share_the_workers() -> None:
    with closing(Pool(LIMITS, most=2)) as pool, ThreadPoolExecutor(8) as threads:

        def ask(number: int) -> bool:
            result = pool.run(GYM, f"SELECT {number}, 'x'", show=1, reference="SELECT 7")
            return result.rows == [(number, "x")] and result.measures is not None

        assert all(threads.map(ask, range(320)))
        started = pids(pool)
        assert 1 <= len(started) <= 2
    assert all(has_ended(pid) for pid in started)


PARENT = f"""
import sys
from agentgym_env_bird.config import BirdConfig
from agentgym_env_bird.pool import Pool
pool = Pool(BirdConfig(instructions=10**15, seconds=600).limits)
pool.run({GYM!r}, "SELECT 1")
print(pool.idle[0].pid, flush=True)
if "endless" in sys.argv:
    pool.run({GYM!r}, {ENDLESS!r})
sys.stdin.read()
"""


@pytest.mark.parametrize("doing", ["endless", "nothing"])
def test_no_worker_outlives_a_parent_that_is_killed(doing: str) -> None:
    command = [sys.executable, "-c", PARENT, doing]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    assert has_ended(worker)


def test_a_forked_process_starts_workers_of_its_own(pool: Pool) -> None:
    pool.run(GYM, "SELECT 1")
    before = pids(pool)
    child = os.fork()
    if child == 0:
        fine = pool.run(GYM, "SELECT 2", show=1).rows == [(2,)] and pids(pool) != before
        pool.close()
        os._exit(0 if fine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert pool.run(GYM, "SELECT 3", show=1).rows == [(3,)]
    assert pids(pool) == before
