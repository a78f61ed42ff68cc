"""Fetching the official games: from a server of the test's own."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from agentgym_core.errors import ComponentUnavailable
from agentgym_env_alfworld.official import root_of
from agentgym_env_alfworld.pull import pull


def archive(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def served() -> Callable[..., object]:
    """Serves one answer for as long as the context lasts: its address."""

    @contextmanager
    def served(body: bytes, status: int = 200) -> Iterator[str]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/games.zip"
            finally:
                server.shutdown()
                thread.join()

    return served


def test_games_are_unpacked_and_the_rest_is_left(served: Callable[..., object], tmp_path: Path) -> None:
    files = {
        "json_2.1.1/train/a-A-None-B-1/trial_1/game.tw-pddl": "{}",
        "json_2.1.1/valid_seen/a-A-None-B-1/trial_2/game.tw-pddl": "{}",
        "json_2.1.1/train/notes.txt": "x",
    }
    with served(archive(files)) as address:  # type: ignore[attr-defined]
        told = pull(tmp_path, address)
    assert told.startswith("2 game files are in ")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["game.tw-pddl"] * 2
    assert root_of(tmp_path) == tmp_path / "json_2.1.1"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"not a zip", 200, "is no archive"),
        (b"", 200, "is no archive"),
        (b"gone", 404, "cannot be fetched"),
        (archive({"../out/game.tw-pddl": "{}"}), 200, "is no archive"),
        (archive({"/out/game.tw-pddl": "{}"}), 200, "is no archive"),
    ],
)
def test_what_cannot_be_had_is_a_clear_error(
    served: Callable[..., object], tmp_path: Path, body: bytes, status: int, says: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with served(body, status) as address, pytest.raises(ComponentUnavailable, match=says) as caught:  # type: ignore[attr-defined]
        pull(folder, address)
    assert "by hand" in caught.value.hint
    assert list(tmp_path.rglob("game.tw-pddl")) == []


def test_no_server_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ComponentUnavailable, match="cannot be fetched"):
        pull(tmp_path, "http://127.0.0.1:9/games.zip")
