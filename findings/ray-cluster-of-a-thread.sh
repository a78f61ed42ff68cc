#!/usr/bin/env bash
# ray 2.60.0 on Linux: a cluster that `ray.init()` starts ends with the thread that called it, while the process and its other threads go on.
#
# Its servers are children with the kernel's parent-death signal, which is sent when the thread that started them ends and not when the process
# does. An `asyncio.to_thread(ray.init)` or a web server's worker thread works at first; when the pool gives the thread up, the servers are gone.
# `ray.is_initialized()` says True all the same; a minute later the driver is ended by Ray ("Failed to connect to GCS within 60 seconds").
#
# Prints, and exits with 0 as long as it is so:
#   ray 2.60.0
#   while the thread lives : gcs_server runs True, is_initialized True
#   when the thread is over: gcs_server runs False, is_initialized True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ray==2.60.0 psutil==7.2.2 2>/dev/null
cat > "$folder/program.py" <<'PROGRAM'
import os
import threading

import psutil
import ray


def server_of(process):
    return next(each for each in process.children(recursive=True) if "gcs_server" in each.name())


def start():
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    started.set()
    leave.wait()


started, leave = threading.Event(), threading.Event()
thread = threading.Thread(target=start)
thread.start()
started.wait()
server = server_of(psutil.Process())
print("ray", ray.__version__)
print("while the thread lives : gcs_server runs", server.is_running(), end=", ")
print("is_initialized", ray.is_initialized())
leave.set()
thread.join()
psutil.wait_procs([server], timeout=30)
runs = server.is_running() and server.status() != psutil.STATUS_ZOMBIE
print("when the thread is over: gcs_server runs", runs, end=", ")
print("is_initialized", ray.is_initialized(), flush=True)
os._exit(runs or not ray.is_initialized())
PROGRAM
RAY_USAGE_STATS_ENABLED=0 "$folder/venv/bin/python" "$folder/program.py" 2>/dev/null
