"""BrowserGym 0.14.3 on the pages of benchmarks/env_webarena.py; run by it, in a Python of BrowserGym's own."""

from __future__ import annotations

import json
import sys
import time

import playwright.sync_api as api

SETUP = json.loads(sys.stdin.readline())
_launch = api.BrowserType.launch


def _launched(self, **options):  # type: ignore[no-untyped-def]
    """BrowserGym names no program, and starts a second browser for its chat."""
    arguments = [*(options.pop("args", None) or []), "--no-sandbox"]
    return _launch(self, **{**options, "executable_path": SETUP["chromium"], "args": arguments})


api.BrowserType.launch = _launched

from browsergym.core.action.highlevel import HighLevelActionSet  # noqa: E402
from browsergym.core.env import BrowserEnv  # noqa: E402
from browsergym.core.task import AbstractBrowserTask  # noqa: E402


class Task(AbstractBrowserTask):
    """Opens a page and never ends."""

    def __init__(self, seed: int, start: str = "", cookies: tuple = ()) -> None:
        super().__init__(seed)
        self.start, self.cookies = start, cookies
        self.viewport = {"width": 1280, "height": 720}
        self.slow_mo, self.timeout = 0, 10_000

    def setup(self, page):  # type: ignore[no-untyped-def]
        """Sign in, and load the first page."""
        page.context.add_cookies(list(self.cookies))
        page.goto(self.start)
        return "Do it.", {}

    def validate(self, page, chat_messages):  # type: ignore[no-untyped-def]
        """Nothing is judged."""
        return 0.0, False, "", {}

    def teardown(self) -> None:
        """Nothing is left."""


def bid_of(tree, role: str, name: str, nth: int) -> str:  # type: ignore[no-untyped-def]
    """The element's mark in the accessibility tree, or an empty text."""
    found = [
        node["browsergym_id"]
        for node in tree["nodes"]
        if node.get("role", {}).get("value") == role
        and str(node.get("name", {}).get("value", "")).strip() == name
        and node.get("browsergym_id")
        and not node.get("ignored")
    ]
    return str(found[nth]) if nth < len(found) else ""


def play(task: dict, token: str) -> int:
    """The moves of a task; how many they were."""
    environment = BrowserEnv(
        Task,
        task_kwargs={"start": task["start"], "cookies": SETUP["cookies"]},
        pre_observation_delay=0.0,
        action_mapping=HighLevelActionSet(["bid"]).to_python_code,
        pw_chromium_kwargs={"proxy": {"server": SETUP["proxy"], "bypass": "<-loopback>"}},
        pw_context_kwargs={"extra_http_headers": {SETUP["header"]: token}},
    )
    try:
        seen, _ = environment.reset(seed=0)
        for verb, role, name, text, nth in task["moves"]:
            bid = bid_of(seen["axtree_object"], role, name, nth)
            while not bid:
                # Without its delay it looks before the next page is there.
                time.sleep(0.02)
                seen = environment._get_obs()
                bid = bid_of(seen["axtree_object"], role, name, nth)
            if verb == "click":
                action = f"click({bid!r})"
            elif role == "combobox":
                action = f"select_option({bid!r}, {text!r})"
            else:
                action = f"fill({bid!r}, {text!r})"
            seen, _, _, _, _ = environment.step(action)
            # Its actions may take half a second: on a busy machine they are done and said to be late.
            if seen["last_action_error"] and "Timeout" not in seen["last_action_error"]:
                raise RuntimeError(f"{action}: {seen['last_action_error']}")
        return len(task["moves"])
    finally:
        environment.close()


print("ready", flush=True)
for line in sys.stdin:
    begun, steps = time.perf_counter(), 0
    for task, token in zip(SETUP["tasks"], json.loads(line), strict=True):
        steps += play(task, token)
    print(json.dumps({"seconds": time.perf_counter() - begun, "steps": steps, "ended": 0.0}), flush=True)
