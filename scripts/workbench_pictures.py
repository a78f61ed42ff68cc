"""Takes the pictures of docs/workbench.md: plays a few runs, serves them, and photographs every page with Chromium.

Run from the root of a checkout: python scripts/workbench_pictures.py [--folder RUNS]. What a folder holds that is named is shown too: the
pictures in the documentation were taken over one with a seed of examples/experiment.toml.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "pictures"
SIZE: Any = {"width": 1240, "height": 800}
PLAYED = (
    ("expert", ["maze", "wordle", "--policy", "expert", "--limit", "30", "--pictures"]),
    ("chance", ["maze", "wordle", "--policy", "random", "--limit", "30"]),
)
LARGEST = 200_000
"""Bytes of a picture."""


def main() -> int:
    """Play, serve, photograph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="a folder of runs to show; a temporary one where left out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary) / "runs"
        for name, words in PLAYED:
            if not (folder / name).exists():
                command = [
                    sys.executable,
                    "-m",
                    "agentgym_core",
                    "collect",
                    *words,
                    "--out",
                    str(folder / name),
                    "--json",
                ]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        serve = [sys.executable, "-m", "agentgym_core", "ui", str(folder), "--port", "0"]
        server = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            found = re.search(r"(http://\S+?)/ ", server.stdout.readline())
            assert found is not None
            photograph(found[1])
        finally:
            server.terminate()
            server.wait(30)
    return 0


def photograph(address: str) -> None:
    """Take every picture."""
    from playwright.sync_api import sync_playwright

    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        light, dark = (browser.new_context(viewport=SIZE, color_scheme=each).new_page() for each in ("light", "dark"))
        narrow = browser.new_context(viewport={"width": 360, "height": 720}, color_scheme="light").new_page()
        for page in (light, dark, narrow):
            page.set_default_timeout(120_000)
        light.goto(address)
        light.wait_for_selector(".live.on")
        # Everything is read.
        light.wait_for_selector(".reading", state="detached")
        take(light, "workbench-runs")
        runs = {link.inner_text(): str(link.get_attribute("href")) for link in light.query_selector_all(".runs th a")}
        pipe = light.query_selector("a.pipe")
        stages = None if pipe is None else pipe.get_attribute("href")
        light.goto(address + runs["chance"])
        light.wait_for_selector("text=95 % intervals")
        take(light, "workbench-run")
        light.goto(f"{address}/compare?a=expert&b=chance")
        take(light, "workbench-compare")
        dark.goto(f"{address}{runs['expert']}/episode/1")
        dark.wait_for_selector("iframe.seen")
        dark.wait_for_timeout(500)
        take(dark, "workbench-replay")
        narrow.goto(address)
        take(narrow, "workbench-narrow")
        play(light, address)
        if stages:
            light.goto(address + stages)
            take(light, "workbench-pipeline")
            light.goto(f"{address}/search?q=invalid")
            named = [each for name, each in runs.items() if "evaluate" in name]
            if named:
                dark.goto(f"{address}{named[0]}/episode/1/tokens")
                take(dark, "workbench-tokens")
                light.goto(f"{address}{named[0]}/unread")
                take(light, "workbench-unread")
        browser.close()


def play(page: Any, address: str) -> None:
    """Two turns of an episode."""
    page.goto(f"{address}/play?environment=maze")
    page.fill("input[name=task]", "maze-train-7x7-0")
    page.click("button.primary")
    page.wait_for_selector(".buttons")
    page.click(".buttons button >> nth=2")
    page.wait_for_selector("text=turn 2 of")
    page.wait_for_timeout(500)
    take(page, "workbench-play")
    page.click(".side button")
    page.wait_for_selector(".ending")


def take(page: Any, name: str) -> None:
    """One picture, small enough for a repository."""
    path = OUT / f"{name}.png"
    page.wait_for_timeout(300)
    page.screenshot(path=path)
    assert path.stat().st_size < LARGEST, f"{path} has {path.stat().st_size} bytes"


if __name__ == "__main__":
    sys.exit(main())
