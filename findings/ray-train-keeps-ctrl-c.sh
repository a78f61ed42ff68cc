#!/usr/bin/env bash
# ray 2.60.0 (Ray Train) on Linux: after `fit()` has returned, Ctrl-C does nothing twice, and the third time ends the program as a success.
#
# In the main thread `fit()` puts a handler of its own in the place of Python's and never puts the old one back. The training is over, and the
# handler still counts for it: KeyboardInterrupt is never raised again in this process, and the third Ctrl-C is `sys.exit(0)`, so that a shell
# (`train_and_evaluate && publish`) goes on. Whoever does more after a training in the same process should keep `signal.getsignal(signal.SIGINT)`
# and set it again, or call `fit()` in another thread.
#
# Prints, and exits with 0 as long as it is so:
#   ray 2.60.0
#   handler before: default_int_handler
#   handler after : sigint_handler
#   three times Ctrl-C: nothing, nothing, SystemExit(0)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "ray[train]==2.60.0" 2>/dev/null
cat > "$folder/program.py" <<'PROGRAM'
import os
import signal
import sys

import ray
from ray.train import RunConfig, ScalingConfig
from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer  # the base of TorchTrainer and the others


def handler():
    return signal.getsignal(signal.SIGINT).__name__


def press():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException as error:
        return repr(error)
    return "nothing"


print("ray", ray.__version__)
ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
before = handler()
print("handler before:", before)
DataParallelTrainer(
    lambda: None, scaling_config=ScalingConfig(num_workers=1), run_config=RunConfig(storage_path=sys.argv[1])
).fit()
after = handler()
print("handler after :", after)
pressed = [press() for _ in range(3)]
print("three times Ctrl-C:", ", ".join(pressed), flush=True)
so = (before, after, *pressed) == ("default_int_handler", "sigint_handler", "nothing", "nothing", "SystemExit(0)")
os._exit(not so)
PROGRAM
RAY_USAGE_STATS_ENABLED=0 "$folder/venv/bin/python" "$folder/program.py" "$folder/storage" 2>/dev/null
