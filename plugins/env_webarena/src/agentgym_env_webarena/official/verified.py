"""The evaluators of WebArena-Verified, asked through its package: the agent's answer, and what the browser sent and got."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from agentgym_core.errors import ComponentUnavailable, EnvironmentFault
from agentgym_env_webarena.official.files import HINT

INSTRUCTION = """
Stop with your answer as one JSON object with the keys task_type (RETRIEVE where something is to be found out, MUTATE where something is \
to be changed, NAVIGATE where a page is to be opened), status (SUCCESS, or NOT_FOUND_ERROR, PERMISSION_DENIED_ERROR, \
ACTION_NOT_ALLOWED_ERROR, DATA_VALIDATION_ERROR or UNKNOWN_ERROR), retrieved_data (a list of what was asked for, numbers as numbers; \
null where nothing was) and error_details (null, or why it could not be done)."""


_ANSWERS = "AgentResponseEvaluator"
_ERROR = "error"


class Verdict:
    """Judges tasks for sites at given addresses.

    :raises ComponentUnavailable: the package is not installed.
    """

    def __init__(self, addresses: Mapping[str, str]) -> None:
        try:
            from webarena_verified.api.internal.evaluator import WebArenaVerifiedEvaluator
            from webarena_verified.types.config import WebArenaVerifiedConfig
            from webarena_verified.types.eval import TaskEvalContext
            from webarena_verified.types.task import WebArenaVerifiedTask
            from webarena_verified.types.tracing import NetworkTrace
        except ImportError as error:
            raise ComponentUnavailable(f"webarena: the evaluators are not installed: {error}", hint=HINT) from None
        # It tells of every task that it judges.
        logging.getLogger("WebArena-Verified").setLevel(logging.CRITICAL)
        table = {"environments": {site: {"urls": [address]} for site, address in addresses.items()}}
        self._config = WebArenaVerifiedConfig.model_validate(table)
        # Its reader takes nothing but the whole file; a task is enough to judge it.
        self._judge = WebArenaVerifiedEvaluator(config=self._config, reader=None)
        self._context, self._task, self._trace = TaskEvalContext, WebArenaVerifiedTask, NetworkTrace

    def holds(self, record: Mapping[str, Any], answer: str, trace: Path) -> tuple[bool, dict[str, str]]:
        """Whether a task was done, and each evaluator's verdict.

        :param record: the task, as its file has it. :param trace: the episode's requests, as a HAR file.
        :raises EnvironmentFault: an evaluator failed, and not for the answer.
        """
        result = self._ask(record, answer, trace)
        told = {f"{at} {one.evaluator_name}": str(one.status) for at, one in enumerate(result.evaluators_results)}
        if str(result.status) == _ERROR and not self._is_the_answers(record, result, trace):
            problems = [result.error_msg, *(one.error_msg for one in result.evaluators_results)]
            number, words = record["task_id"], "; ".join(str(each) for each in problems if each)
            raise EnvironmentFault(f"webarena: WebArena-Verified could not judge task {number}: {words}")
        return result.score == 1.0, told

    def _ask(self, record: Mapping[str, Any], answer: str, trace: Path) -> Any:
        return self._judge.evaluate_task(
            context=self._context(
                task=self._task.model_validate(record),
                agent_response_raw=answer,
                network_trace=self._trace.from_content(trace),
                config=self._config,
            )
        )

    def _is_the_answers(self, record: Mapping[str, Any], result: Any, trace: Path) -> bool:
        """Whether an error is the answer's: the evaluators fail on some wrong answers, such as data where none are expected. The same
        requests with the reference for an answer then have no error."""
        failed = [one.evaluator_name for one in result.evaluators_results if str(one.status) == _ERROR]
        if not failed or set(failed) != {_ANSWERS}:
            return False
        expected = next(one["expected"] for one in record["eval"] if one["evaluator"] == _ANSWERS)
        return str(self._ask(record, json.dumps(expected), trace).status) != _ERROR


@cache
def verdict(addresses: tuple[tuple[str, str], ...]) -> Verdict:
    """The judge for addresses, made once."""
    return Verdict(dict(addresses))
