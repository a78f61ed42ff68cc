"""Fetching the original's files, from a stand-in of their keeper: not verified on the official data."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentgym_core.errors import ComponentUnavailable
from agentgym_env_webshop import pull as module
from agentgym_env_webshop.pull import FILES, Remote, pull

ITEMS = b"[" + b'{"asin": "B1"},' * 20_000 + b'{"asin": "B2"}]'
KNOWN = b'{"B1": {}}'
REMOTE = (Remote("items.json", "one", 1_000_000, b"["), Remote("known.json", "two", 1_000, b"{"))


class Keeper(http.server.BaseHTTPRequestHandler):
    """Serves two files; `cut` ends the first after so many bytes, `ranges` says whether it goes on where one ended."""

    files: dict[str, bytes]
    cut = 0
    ranges = True
    asked: list[str]

    def do_GET(self) -> None:
        body = self.files.get(self.path.removeprefix("/"))
        wanted = self.headers.get("Range", "")
        self.asked.append(f"{self.path} {wanted}".strip())
        if body is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if start > len(body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start : start + self.cut] if self.cut else body[start:])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def keeper() -> Iterator[tuple[str, type[Keeper]]]:
    handler = type("Handler", (Keeper,), {"files": {"one": ITEMS, "two": KNOWN}, "asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{{id}}", handler
        server.shutdown()
        thread.join()


def test_files_are_fetched_once(keeper: tuple[str, type[Keeper]], tmp_path: Path) -> None:
    address, handler = keeper
    told = pull(tmp_path, "small", address, REMOTE)
    assert (tmp_path / "items.json").read_bytes() == ITEMS
    assert f"items={tmp_path / 'items.json'}" in told
    pull(tmp_path, "small", address, REMOTE)
    assert handler.asked == ["/one", "/two"]
    # A file that was changed is fetched again.
    (tmp_path / "known.json").write_bytes(b"{}")
    pull(tmp_path, "small", address, REMOTE)
    assert (tmp_path / "known.json").read_bytes() == KNOWN


@pytest.mark.parametrize("ranges", [True, False])
def test_what_was_cut_off_goes_on(keeper: tuple[str, type[Keeper]], tmp_path: Path, ranges: bool) -> None:
    address, handler = keeper
    handler.ranges, handler.cut = ranges, 100_000
    with pytest.raises(ComponentUnavailable, match="goes on with the same command"):
        pull(tmp_path, "small", address, REMOTE)
    assert not (tmp_path / "items.json").exists()
    handler.cut = 0
    pull(tmp_path, "small", address, REMOTE)
    assert (tmp_path / "items.json").read_bytes() == ITEMS
    assert handler.asked[1] == "/one bytes=100000-"


def test_a_part_of_something_longer_is_begun_anew(keeper: tuple[str, type[Keeper]], tmp_path: Path) -> None:
    (tmp_path / "items.json.part").write_bytes(b"x" * (len(ITEMS) + 1))
    pull(tmp_path, "small", keeper[0], REMOTE)
    assert (tmp_path / "items.json").read_bytes() == ITEMS


@pytest.mark.parametrize(
    ("content", "words"), [(b"<html>sign in</html>", "no JSON"), (b"[" * 2_000_000, "more than"), (None, "status 404")]
)
def test_what_is_something_else_is_told_and_not_kept(
    keeper: tuple[str, type[Keeper]], tmp_path: Path, content: bytes | None, words: str
) -> None:
    address, handler = keeper
    handler.files = {} if content is None else {"one": content}
    with pytest.raises(ComponentUnavailable, match=words) as caught:
        pull(tmp_path, "small", address, REMOTE)
    assert "items.json" in str(caught.value)
    assert not (tmp_path / "items.json").exists()


def test_a_keeper_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ComponentUnavailable, match="cannot be fetched"):
        pull(tmp_path, "small", "http://127.0.0.1:9/{id}", REMOTE)


def test_both_sizes_have_products_attributes_and_instructions() -> None:
    for files in FILES.values():
        assert [
            file.name.startswith(start)
            for file, start in zip(files, ("items_shuffle", "items_ins_v2", "items_human"), strict=True)
        ]
    assert "{id}" in module.ADDRESS
