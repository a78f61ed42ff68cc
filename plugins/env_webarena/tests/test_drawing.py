"""What templates draw tasks with leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import atexit, sqlite3

class Watched(sqlite3.Connection):
    closed = False
    def close(self):
        self.closed = True
        super().close()

opened, connect = [], sqlite3.connect
def watched(*words, **named):
    opened.append(connect(*words, factory=Watched, **named))
    return opened[-1]
sqlite3.connect = watched
# What is registered first is called last.
atexit.register(lambda: print(len(opened) > 0, all(each.closed for each in opened)))

from agentgym_env_webarena.objectives.drawing import Draw
Draw("some", 0).one("store", "SELECT name FROM products")
"""


def test_no_database_is_left_open_at_the_end_of_a_process() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
