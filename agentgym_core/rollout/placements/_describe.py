"""The program that another Python runs to tell what its environments are: one question in, one answer out."""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec

from agentgym_core.environments.described import DescribeResponse, TaskRows, about, task_rows
from agentgym_core.environments.source import local_source
from agentgym_core.errors import AgentGymError
from agentgym_core.rollout.faults import message_of, traceback_of, type_of
from agentgym_core.rollout.placements._protocol import MAGIC, CallError, CallResult, DescribeRequest, encode, frame


def answer(question: DescribeRequest) -> DescribeResponse | TaskRows:
    """What this Python knows of one of its environments."""
    source = local_source(question.id, question.config)
    return task_rows(source, question.split) if question.split else about(source)


def main() -> None:
    """Answer the question on standard input."""
    output = os.dup(1)
    os.dup2(2, 1)
    body: Any = None
    problem = None
    try:
        body = answer(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=DescribeRequest))
        data = encode(body)
    except Exception as error:
        hint = error.hint if isinstance(error, AgentGymError) else ""
        problem = CallError(type(error).__name__, type_of(error), message_of(error), hint, traceback_of(error))
        data = b"\xc0"
    with os.fdopen(output, "wb") as file:
        file.write(MAGIC + frame(CallResult(0, msgspec.Raw(data), problem)))


if __name__ == "__main__":
    main()
