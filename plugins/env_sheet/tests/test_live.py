"""The live backend against a stand-in that speaks the API: what it does, what it leaves alone, and how it fails."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError, EnvironmentFault, InfrastructureFault, StoreError
from agentgym_core.rollout import RolloutSettings, collect
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import encode
from agentgym_core.types import Outcome, Step
from agentgym_env_sheet.environment import SheetEnvironment
from agentgym_env_sheet.families import FAMILIES
from agentgym_testing.players import play_expert

pytest.importorskip("gspread", reason="gspread is not installed")
BUSY = {"error": {"code": 403, "message": "Quota exceeded", "errors": [{"reason": "userRateLimitExceeded"}]}}


def made(source: EnvironmentSource) -> SheetEnvironment:
    """A bare instance."""
    environment = source.make()
    assert isinstance(environment, SheetEnvironment)
    return environment


def call(environment: SheetEnvironment, source: EnvironmentSource, name: str, /, **arguments: Any) -> Step:
    """One call of a tool."""
    grammar = Grammar(source.description.actions)
    return environment.step(grammar.action(grammar.canonical(name, arguments)))


@pytest.mark.parametrize("number", range(len(FAMILIES)))
def test_both_backends_answer_alike_and_the_expert_solves_every_kind(
    number: int, google: Any, live: dict[str, Any]
) -> None:
    source, local = resolve_environment("sheet", live), resolve_environment("sheet")
    with made(source) as there, made(local) as here:
        played = [play_expert(local, f"sheet-train-{number}", environment=environment) for environment in (here, there)]
    assert played[0] == played[1]
    assert (played[1][-1][1].score, played[1][-1][1].success) == (1.0, True)
    assert google.left() == set(), "the spreadsheet is still there"


def test_nothing_else_in_the_account_is_read_or_changed(google: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("sheet", live)
    with made(source) as environment:
        play_expert(source, "sheet-train-0", environment=environment)
        assert call_refused(environment, source, "open_sheet", name="private")
    assert not [request for request in google.requests if "private" in request.path]
    assert google.count("GET", "/drive/v3/files") == 0
    assert google.files["private"].book.names == ["Sheet1"]


def call_refused(environment: SheetEnvironment, source: EnvironmentSource, name: str, /, **arguments: Any) -> str:
    """A call of an episode of its own that is refused, and its words."""
    environment.reset(source.find("sheet-train-1"), seed=0)
    step = call(environment, source, name, **arguments)
    assert step.info["ok"] is False
    return step.observation


def test_what_google_refuses_is_told(google: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("sheet", live)
    with made(source) as environment:
        task = source.find("sheet-train-0")
        environment.reset(task, seed=0)
        call(environment, source, "open_sheet", name=task.data.start.names[0])
        google.fail(
            "POST", ":batchUpdate", status=400, body=json.dumps({"error": {"message": "That cell is protected"}})
        )
        step = call(environment, source, "update_cell", position="A2", value=1)
        assert (step.info["ok"], "That cell is protected" in step.observation) == (False, True)
        after = call(environment, source, "update_cell", position="A2", value=1)
        assert after.info["ok"] is True


def test_a_quota_is_waited_out_whatever_its_status(google: Any, live: dict[str, Any]) -> None:
    headers = {"Retry-After": "0"}
    google.fail("POST", ":batchUpdate", status=403, headers=headers, body=json.dumps(BUSY), times=2)
    google.fail("POST", "/drive/v3/files", status=429, headers=headers)
    google.fail("GET", "includeGridData", status=503, headers=headers, body="busy")
    google.fail("GET", "includeGridData", status=200, body='{"sheets": [')
    google.fail("DELETE", "/drive/v3/files", status=500, headers=headers, body="oops")
    source = resolve_environment("sheet", {**live, "live": {**live["live"], "patience": 2.0}})
    with made(source) as environment:
        assert play_expert(source, "sheet-train-0", environment=environment)[-1][1].score == 1.0
    assert google.planned == []
    assert google.left() == set()


def test_a_403_of_a_token_is_said_at_once(google: Any, live: dict[str, Any]) -> None:
    google.fail("POST", "/drive/v3/files", status=403, body=json.dumps({"error": {"message": "insufficient scopes"}}))
    source = resolve_environment("sheet", live)
    with made(source) as environment, pytest.raises(ConfigError, match="refuses the token of GOOGLE_SHEETS_TOKEN"):
        environment.reset(source.find("sheet-train-0"), seed=0)
    assert len(google.requests) == 1


def test_a_401_is_said_at_once_and_keeps_the_token(
    google: Any, live: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_SHEETS_TOKEN", "wrong-token-2718")
    source = resolve_environment("sheet", live)
    with made(source) as environment, pytest.raises(ConfigError) as caught:
        environment.reset(source.find("sheet-train-0"), seed=0)
    assert "(401" in str(caught.value)
    assert "wrong-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"status": 500, "body": "oops"}, "500: oops"),
        ({"status": 429, "headers": {"Retry-After": "3600"}}, "too many requests"),
        ({"status": 200, "body": "<html>maintenance</html>"}, "not JSON"),
        ({"status": 200, "body": '{"properties": {"title": "x"}}'}, "no spreadsheet"),
        ({"status": 404, "body": '{"error": {}}'}, "404"),
        ({"hang": True}, "no reply within"),
    ],
)
def test_a_service_that_stays_away_is_an_infrastructure_fault(
    google: Any, live: dict[str, Any], plan: dict[str, Any], words: str
) -> None:
    settings = {**live["live"], "seconds": 0.3, "attempts": 2, "patience": 1.5}
    source = resolve_environment("sheet", {**live, "live": settings})
    with made(source) as environment:
        environment.reset(source.find("sheet-train-0"), seed=0)
        google.fail("GET", "includeGridData", times=2, **plan)
        with pytest.raises(InfrastructureFault, match=words):
            call(environment, source, "list_sheets")
        google.planned.clear()
        google.released.set()
    assert google.left() == set()


def test_what_may_have_been_done_is_not_done_twice(google: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("sheet", {**live, "live": {**live["live"], "seconds": 0.3}})
    with made(source) as environment:
        task = source.find("sheet-train-0")
        environment.reset(task, seed=0)
        call(environment, source, "open_sheet", name=task.data.start.names[0])
        before = google.count("POST", ":batchUpdate")
        google.fail("POST", ":batchUpdate", hang=True, done=True)
        with pytest.raises(InfrastructureFault, match="failed once"):
            call(environment, source, "insert_rows", values_list=[["x"]], row_idx=2)
        google.released.set()
        assert google.count("POST", ":batchUpdate") == before + 1
    assert google.left() == set()


def test_a_workbook_that_the_account_does_not_take_is_a_fault_that_says_why(google: Any, live: dict[str, Any]) -> None:
    google.fail("POST", ":batchUpdate", status=400, body='{"error": {"message": "too many cells"}}')
    source = resolve_environment("sheet", live)
    with made(source) as environment, pytest.raises(EnvironmentFault, match="too many cells"):
        environment.reset(source.find("sheet-train-0"), seed=0)
    assert google.left() == set()


def test_a_missing_token_says_what_to_do(live: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_SHEETS_TOKEN")
    source = resolve_environment("sheet", live)
    with made(source) as environment, pytest.raises(ConfigError, match="export GOOGLE_SHEETS_TOKEN="):
        environment.reset(source.find("sheet-train-0"), seed=0)


def test_what_cannot_be_deleted_is_named_and_spoils_nothing(
    google: Any, live: dict[str, Any], caplog: pytest.LogCaptureFixture, token: str
) -> None:
    source = resolve_environment("sheet", {**live, "live": {**live["live"], "attempts": 1}})
    with caplog.at_level(logging.DEBUG), made(source) as environment:
        assert play_expert(source, "sheet-train-0", environment=environment)[-1][1].score == 1.0
        (id,) = google.left()
        google.fail("DELETE", id, status=500, body=f"token {token} broke")
    assert f"the spreadsheet {id} is left at Google" in caplog.text
    assert token not in caplog.text
    assert google.left() == {id}


def test_a_rollout_tries_lost_services_again(google: Any, live: dict[str, Any], token: str) -> None:
    source = resolve_environment("sheet", {**live, "live": {**live["live"], "attempts": 1}})
    google.fail("GET", "includeGridData", status=502, body=f"{token} upstream")
    settings = RolloutSettings(concurrency=4, max_failed_fraction=1.0, placement=ComponentChoice("thread"))
    summary = collect(Jobs.of(source, "train", limit=4), "expert", settings, keep=True)
    assert [episode.outcome for episode in summary.trajectories] == [Outcome.SOLVED] * 4
    assert google.planned == []
    assert google.left() == set()


def test_the_token_is_in_no_trajectory(google: Any, live: dict[str, Any], token: str, tmp_path: Path) -> None:
    settings = {**live["live"], "attempts": 1, "recordings": str(tmp_path), "mode": "record"}
    source = resolve_environment("sheet", {**live, "live": settings})
    google.fail("POST", ":batchUpdate", status=500, body=f"no {token}")
    choice = RolloutSettings(concurrency=2, attempts=1, max_failed_fraction=1.0)
    summary = collect(Jobs.of(source, "train", limit=4), "expert", choice, keep=True)
    assert Outcome.INFRASTRUCTURE_FAULT in [episode.outcome for episode in summary.trajectories]
    kept = b"".join(encode(episode) for episode in summary.trajectories)
    kept += b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert token.encode() not in kept
    assert token not in repr(source.config)
    assert "Bearer" not in kept.decode()


def test_what_was_recorded_plays_again_offline(
    google: Any, live: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def source(mode: str) -> EnvironmentSource:
        settings = {**live["live"], "recordings": str(tmp_path), "mode": mode}
        return resolve_environment("sheet", {**live, "live": settings})

    tasks = [f"sheet-train-{number}" for number in (0, 3, 8, 19)]
    with made(source("record")) as environment:
        played = [play_expert(source("record"), task, seed=3, environment=environment) for task in tasks]
    asked = len(google.requests)
    monkeypatch.delenv("GOOGLE_SHEETS_TOKEN")
    with made(source("replay")) as environment:
        assert [play_expert(source("replay"), task, seed=3, environment=environment) for task in tasks] == played
        with pytest.raises(StoreError, match="no recording of"):
            environment.reset(source("replay").find("sheet-train-0"), seed=4)
        # Other actions than those that were recorded have no reply: never a wrong one.
        task = source("replay").find("sheet-train-0")
        environment.reset(task, seed=3)
        call(environment, source("replay"), "open_sheet", name=task.data.start.names[0])
        with pytest.raises(EnvironmentFault, match="has no reply to"):
            call(environment, source("replay"), "update_cell", position="B2", value="another")
    assert len(google.requests) == asked


def test_a_live_spreadsheet_needs_a_thread_and_is_not_deterministic(live: dict[str, Any]) -> None:
    assert resolve_environment("sheet").description.deterministic
    source = resolve_environment("sheet", live)
    assert not source.description.deterministic
    assert source.description.placement == "thread"


def test_settings_that_make_no_sense_are_refused() -> None:
    for values in (
        {"live": {"mode": "reuse", "recordings": "somewhere"}},
        {"live": {"mode": "record"}},
        {"workbook": "book.xlsx"},
        {"live": {"token_variable": "not a name"}},
    ):
        with pytest.raises(ConfigError):
            resolve_environment("sheet", values)
    source = resolve_environment("sheet", {"backend": "live", "live": {"base_url": "http://sheets.example"}})
    with made(source) as environment, pytest.raises(AgentGymError):
        environment.reset(source.find("sheet-train-0"))
