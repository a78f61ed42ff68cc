#!/usr/bin/env bash
# verifiers 0.4.0: a taskset's setting without a default cannot be given to vf-eval by its flag, only by a file.
#
# To show the taskset's own options, vf-eval first makes the taskset's configuration with nothing but its id, before it reads the other
# flags. Where a field of the `TasksetConfig` has no default that fails with "Field required", although `--env.taskset.level 3` stands on
# the command line; the same setting in a TOML file is taken. Who writes a taskset gives every field a default and refuses the empty one in
# `load()`.
#
# Prints, and exits with 0 as long as it is so:
#   verifiers 0.4.0, by flag: Field required
#   by file: taken
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q verifiers==0.4.0 2>/dev/null
cd "$folder"
cat > needs_level.py <<'PROGRAM'
import verifiers.v1 as vf

__all__ = ["NeedsLevelTaskset"]


class Data(vf.TaskData):
    pass


class NeedsLevelTask(vf.Task[Data]):
    pass


class Config(vf.TasksetConfig):
    level: int


class NeedsLevelTaskset(vf.Taskset[NeedsLevelTask, Config]):
    def load(self):
        return [NeedsLevelTask(Data(prompt=str(self.config.level)), self.config.task)]
PROGRAM
printf '[env.taskset]\nid = "needs_level"\nlevel = 3\n' > level.toml
export PYTHONPATH=$folder
judge() { venv/bin/vf-eval "$@" --dry-run --no-push --no-rich --output-dir "$folder/out" 2>&1; }
flag=$(judge needs_level --env.taskset.level 3 --run.name flag) && flag=taken || flag=$(grep -o "Field required" <<< "$flag" | head -1)
file=$(judge @ level.toml --run.name file) && file=taken || file=refused
echo "verifiers $(venv/bin/python -c 'from importlib.metadata import version; print(version("verifiers"))'), by flag: $flag"
echo "by file: $file"
[ "$flag" = "Field required" ] && [ "$file" = taken ]
