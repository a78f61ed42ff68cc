#!/usr/bin/env bash
# tensorboard 2.20.0: two event files that one process begins in the same second in one folder can be read in the wrong order.
#
# A folder's files are read in the order of their names: second, host, process, counter. The counter is compared as text, so that the
# eleventh file of a process (10) comes before the tenth (9), and the reader gives the points of what was written first last.
#
# Prints, and exits with 0 as long as it is so:
#   files 8 and 9 : steps [1, 2]
#   files 9 and 10: steps [2, 1]
#   files 9 and 10, a second apart: steps [1, 2]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tensorboard==2.20.0 'setuptools<81' 2>/dev/null
cat >"$folder/write.py" <<'PROGRAM'
import sys
import time

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter


def written(place, step):
    value = Summary.Value(tag="score", simple_value=1.0)
    writer = EventFileWriter(place)
    writer.add_event(Event(wall_time=time.time(), step=step, summary=Summary(value=[value])))
    writer.close()


def next_second():
    time.sleep(1.05 - time.time() % 1)


place, before, how = sys.argv[1], int(sys.argv[2]), sys.argv[3]
for number in range(before):
    written(place + "-others", number)
next_second()
written(place, 1)
if how == "apart":
    next_second()
written(place, 2)
PROGRAM
for row in "a 8 together" "b 9 together" "c 9 apart"; do
  read -r name before how <<<"$row"
  "$folder/venv/bin/python" "$folder/write.py" "$folder/$name" "$before" "$how" 2>/dev/null
done
"$folder/venv/bin/python" - "$folder" 2>/dev/null <<'PROGRAM'
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def steps(place):
    found = EventAccumulator(place)
    found.Reload()
    return [point.step for point in found.Scalars("score")]


seen = [steps(f"{sys.argv[1]}/{name}") for name in "abc"]
print(f"files 8 and 9 : steps {seen[0]}\nfiles 9 and 10: steps {seen[1]}\nfiles 9 and 10, a second apart: steps {seen[2]}")
sys.exit(seen != [[1, 2], [2, 1], [1, 2]])
PROGRAM
