"""The catalogue on disk: built once, whole or not at all, and told what is wrong."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agentgym_core.errors import EnvironmentFault
from agentgym_env_webshop import catalogue as module
from agentgym_env_webshop.catalogue import Catalogue, open_catalogue
from agentgym_env_webshop.own import OwnSource

SOURCE = OwnSource(seed=3, number=500)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "webshop").iterdir() if path.suffix != ".lock")


def test_it_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_catalogue(SOURCE, tmp_path) as first:
        assert first.size == 500
        assert left(tmp_path) == [f"{module.FORMAT}-{SOURCE.key}"]
        monkeypatch.setattr(module, "_build", lambda *_: pytest.fail("built again"))
        with open_catalogue(SOURCE, tmp_path) as second:
            assert second.search("shorts") == first.search("shorts")
            assert second.product(7) == first.product(7)


@pytest.mark.parametrize("damage", ["index/meta.json", "products.sqlite", "index"])
def test_a_broken_one_is_built_again(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    open_catalogue(SOURCE, tmp_path).close()
    path = tmp_path / "webshop" / left(tmp_path)[0] / damage
    if path.is_dir():
        for file in path.iterdir():
            file.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with open_catalogue(SOURCE, tmp_path) as catalogue:
        assert catalogue.size == 500
    assert "is broken and is built again" in caplog.text


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), ValueError("cannot write")])
def test_a_full_disk_is_a_fault_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(module, "_fill", full)
    with pytest.raises(EnvironmentFault, match="cannot be kept") as caught:
        open_catalogue(SOURCE, tmp_path)
    assert "AGENTGYM_CACHE" in caught.value.hint
    assert left(tmp_path) == []


def test_a_folder_that_is_none_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "webshop").write_text("a file")
    with pytest.raises(EnvironmentFault, match="cannot be kept"):
        open_catalogue(SOURCE, tmp_path)


def test_two_processes_build_it_once(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from agentgym_env_webshop.catalogue import open_catalogue; "
        "from agentgym_env_webshop.own import OwnSource; "
        "print(open_catalogue(OwnSource(seed=3, number=500), Path(sys.argv[1])).search('shorts'))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate(timeout=120)[0] for process in running]
    assert told[0] == told[1] != "()\n"
    assert len(left(tmp_path)) == 1


def test_threads_share_one(catalogue: Catalogue) -> None:
    def ask(found: list[object]) -> None:
        found += [catalogue.product(place) for place in range(0, 600, 3)]
        found += [catalogue.search(f"shorts {number % 7}") for number in range(40)]

    results: list[list[object]] = [[] for _ in range(8)]
    threads = [threading.Thread(target=ask, args=(result,)) for result in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results[0]) == 240
    assert all(result == results[0] for result in results)


def test_a_product_is_found_by_its_id(catalogue: Catalogue) -> None:
    product = catalogue.product(41)
    assert catalogue.place(product.asin.lower()) == 41
    assert catalogue.place("b000000000") is None
    assert catalogue.place("' OR 1=1 --") is None
