#!/usr/bin/env bash
# gymnasium 1.4.0: AsyncVectorEnv in its default mode (shared_memory=True) never hands on what an environment with a Text observation says.
#
# The observation that `reset` and `step` return is what the memory held before the first reset: the first character of the space's set,
# as often as the space is long. Numbers are seen through a view of the memory, a Text is read out of it once, when the vector is made.
# Nothing is raised or warned; the texts do lie in the memory. With shared_memory=False they arrive.
#
# Prints, and exits with 0 as long as it is so:
#   gymnasium 1.4.0
#   shared memory   : ('aaaaaa', 'aaaaaa') then ('aaaaaa', 'aaaaaa')
#   no shared memory: ('hello', 'hello') then ('world', 'world')
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q gymnasium==1.4.0 2>/dev/null
cat > "$folder/program.py" <<'PROGRAM'
import string

import gymnasium
from gymnasium.spaces import Discrete, Text
from gymnasium.vector import AsyncVectorEnv


class Speaker(gymnasium.Env):
    observation_space = Text(6, charset=string.ascii_lowercase)
    action_space = Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return "hello", {}

    def step(self, action):
        return "world", 0.0, False, False, {}


def heard(shared):
    vector = AsyncVectorEnv([Speaker, Speaker], shared_memory=shared)
    first, _ = vector.reset(seed=0)
    then = vector.step(vector.action_space.sample())[0]
    vector.close()
    return tuple(first), tuple(then)


if __name__ == "__main__":
    print("gymnasium", gymnasium.__version__)
    one, other = heard(True), heard(False)
    print("shared memory   :", *one[:1], "then", *one[1:])
    print("no shared memory:", *other[:1], "then", *other[1:])
    assert one == (("aaaaaa",) * 2,) * 2 and other == (("hello",) * 2, ("world",) * 2)
PROGRAM
"$folder/venv/bin/python" "$folder/program.py"
