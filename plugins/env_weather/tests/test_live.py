"""The live backend against a stand-in that speaks the services' shape: what it asks, what it keeps, and how it fails."""

from __future__ import annotations

import json
import logging
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError, ConfigError, EnvironmentFault, InfrastructureFault, StoreError
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.store import encode
from agentgym_core.types import Outcome, Step
from agentgym_env_weather.backend import RAIN, TEMPERATURE, Refused
from agentgym_env_weather.families import FAMILIES
from agentgym_env_weather.local import LocalBackend
from agentgym_env_weather.openmeteo import OpenMeteo
from agentgym_testing.players import play_expert
from agentgym_tools.config import LiveSettings

KEY = "stub-key-27182818"


def backend(stub: Any, **settings: Any) -> OpenMeteo:
    """A bare backend on the stand-in, on a day on which the archive ends in 2025."""
    return OpenMeteo(LiveSettings(base_url=f"{stub.url}/v1", **settings), "test", lambda: date(2025, 6, 20))


def play(source: EnvironmentSource, task: str) -> list[Step]:
    """The expert's episode."""
    return [step for _, step in play_expert(source, task)]


@pytest.mark.parametrize("number", range(len(FAMILIES)))
def test_the_expert_solves_every_kind_of_task_on_the_service(number: int, stub: Any, live: dict[str, Any]) -> None:
    last = play(resolve_environment("weather", live), f"weather-train-{number}")[-1]
    assert (last.score, last.success) == (1.0, True)
    assert stub.asked, "nothing was asked of the service"


def test_answers_are_those_of_the_service_and_not_ours(stub: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("weather", live)
    task = "weather-train-2"  # the highest temperature of a span
    assert float(play(source, task)[-1].observation) == pytest.approx(source.find(task).data.aim.answer + 1)


def test_each_request_is_made_once(stub: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("weather", live)
    play(source, "weather-train-10")
    asked = len(stub.asked)
    assert len({(service, json.dumps(query)) for service, query in stub.asked}) == asked
    play(source, "weather-train-10")
    assert len(stub.asked) == asked


def test_live_tasks_lie_where_the_air_is_known(live: dict[str, Any]) -> None:
    source = resolve_environment("weather", live)
    assert all("2023-02-01" <= task.data.today < "2026" for task in source.tasks("eval")[:40])
    assert source.description.deterministic is False
    assert source.description.placement == "thread"


def test_archive_and_forecast_are_chosen_by_the_present_day(stub: Any) -> None:
    asked = backend(stub)
    asked.daily(1.0, 2.0, "2025-06-01", "2025-06-13", RAIN, ahead=True)
    asked.daily(1.0, 2.0, "2025-06-10", "2025-06-14", RAIN, ahead=False)
    assert [service for service, _ in stub.asked] == ["archive", "forecast"]
    assert stub.asked[0][1] == {
        "latitude": "1.0", "longitude": "2.0", "start_date": "2025-06-01", "end_date": "2025-06-13", "timezone": "GMT", "daily": "rain_sum",
    }  # fmt: skip


def test_what_is_shown_has_the_fields_of_ours(stub: Any) -> None:
    asked = backend(stub)
    shown = asked.daily(40.0, -3.0, "2024-05-01", "2024-05-02", TEMPERATURE, ahead=False).shown
    ours = LocalBackend().daily(40.0, -3.0, "2024-05-01", "2024-05-02", TEMPERATURE, ahead=False).shown
    assert list(shown) == list(ours)
    assert shown["daily_units"] == ours["daily_units"]
    assert (
        asked.dust(40.0, -3.0, "2024-05-01", "2024-05-02").shown
        == LocalBackend().dust(40.0, -3.0, "2024-05-01", "2024-05-02").shown
    )
    assert asked.places("Madrid") == LocalBackend().places("Madrid")
    assert asked.postal_code("10001") == LocalBackend().postal_code("10001")
    assert asked.elevation(40.0, -3.0) == LocalBackend().elevation(40.0, -3.0) + 1


def test_nothing_found_is_no_fault(stub: Any) -> None:
    assert backend(stub).places("Nowhereville") == []
    assert backend(stub).postal_code("00000") == []


def test_a_refusal_with_its_reason_reaches_the_policy(stub: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("weather", live)
    grammar = Grammar(source.description.actions)
    with source.make() as environment:
        environment.reset(source.find("weather-train-1"), seed=0)
        stub.fail("GET", "/archive", status=400, body='{"error": true, "reason": "start_date is out of range"}')
        where = {"latitude": 1, "longitude": 1, "start_date": "2022-01-01", "end_date": "2022-01-02"}
        text = grammar.canonical("get_historical_temp", where)
        step = environment.step(grammar.action(text))
        assert (step.observation, step.info["ok"]) == ("Error: start_date is out of range", False)
        asked = len(stub.asked)
        assert environment.step(grammar.action(text)).observation == step.observation
        assert len(stub.asked) == asked, "a refusal is kept like any answer"


@pytest.mark.parametrize("body", ["", "<html>no</html>", '{"error": true}', "[]"])
def test_a_refusal_without_a_reason_is_told_as_it_is(stub: Any, body: str) -> None:
    stub.fail("GET", "/archive", status=404, body=body)
    with pytest.raises(Refused) as caught:
        backend(stub).daily(1.0, 1.0, "2024-01-01", "2024-01-01", RAIN, ahead=False)
    assert str(caught.value) == (body or "Open-Meteo refuses it (404)")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, "no", "refuses"),
        (403, '{"reason": "The API key is invalid"}', "refuses the token of METEO_KEY"),
        (403, '{"reason": "Your plan\'s monthly quota is used up"}', "a limit of the account is reached"),
    ],
)
def test_only_the_user_can_mend_a_token_or_a_quota(
    stub: Any, monkeypatch: pytest.MonkeyPatch, status: int, body: str, words: str
) -> None:
    monkeypatch.setenv("METEO_KEY", KEY)
    stub.fail("GET", "/search", status=status, body=f"{body} {KEY}")
    with pytest.raises(ConfigError, match=words) as caught:
        backend(stub, token_variable="METEO_KEY").places("Oslo")
    assert KEY not in str(caught.value)
    assert stub.asked[0][1]["apikey"] == KEY


@pytest.mark.parametrize(
    ("plan", "patience", "words"),
    [
        ({"status": 500, "body": "oops"}, 1.5, "500: oops"),
        ({"status": 429, "headers": {"Retry-After": "3600"}}, 1.5, "too many requests"),
        (
            {"status": 429, "body": '{"error": true, "reason": "Daily API request limit exceeded."}'},
            60.0,
            "Daily API request limit",
        ),
        (
            {"status": 429, "body": '{"error": true, "reason": "Minutely API request limit exceeded."}'},
            59.0,
            "Minutely",
        ),
        ({"status": 200, "body": "<html>maintenance</html>"}, 1.5, "not JSON"),
        ({"status": 200, "body": '{"daily": {"time": ["2024-01-01"]'}, 1.5, "not JSON"),
        ({"hang": True}, 1.5, "no reply within"),
    ],
)
def test_a_service_that_stays_away_is_an_infrastructure_fault(
    stub: Any, plan: dict[str, Any], patience: float, words: str
) -> None:
    stub.fail("GET", "/archive", times=4, **plan)
    with pytest.raises(InfrastructureFault, match=words):
        backend(stub, seconds=0.3, attempts=2, patience=patience).daily(
            1.0, 1.0, "2024-01-01", "2024-01-01", RAIN, ahead=False
        )


@pytest.mark.parametrize(
    "body",
    [
        "[]", "3", "null", '{"latitude": 1}', '{"daily": 3, "daily_units": {}}',
        '{"latitude": 1, "longitude": 1, "daily_units": {}, "daily": {"time": ["2024-01-01"], "rain_sum": [1, 2]}}',
        '{"latitude": 1, "longitude": 1, "daily_units": {}, "daily": {"time": ["2024-01-01"], "rain_sum": ["wet"]}}',
        '{"latitude": 1, "longitude": 1, "daily_units": {}, "daily": {"time": 5, "rain_sum": [1]}}',
        '{"latitude": "x", "longitude": 1, "daily_units": {}, "daily": {"time": ["2024-01-01"], "rain_sum": [1]}}',
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_a_fault_and_no_weather(stub: Any, body: str) -> None:
    stub.fail("GET", "/archive", body=body)
    with pytest.raises(InfrastructureFault, match="another shape"):
        backend(stub).daily(1.0, 1.0, "2024-01-01", "2024-01-01", RAIN, ahead=False)
    for service in ("search", "elevation", "air-quality"):
        stub.fail("GET", f"/{service}", body=body.replace("latitude", "lat"))
    with pytest.raises(InfrastructureFault, match="another shape"):
        backend(stub).elevation(1.0, 1.0)
    with pytest.raises(InfrastructureFault, match="another shape"):
        backend(stub).dust(1.0, 1.0, "2024-01-01", "2024-01-01")


@pytest.mark.parametrize("body", ["[]", '{"results": 3}', '{"results": [{"name": "x"}]}', '{"results": [3]}'])
def test_places_of_another_shape_are_a_fault(stub: Any, body: str) -> None:
    stub.fail("GET", "/search", body=body)
    with pytest.raises(InfrastructureFault, match="another shape"):
        backend(stub).places("Oslo")


def test_what_passes_is_waited_out(stub: Any, live: dict[str, Any]) -> None:
    stub.fail("GET", "/search", status=429, headers={"Retry-After": "0"}, times=2)
    stub.fail("GET", "/archive", status=503, headers={"Retry-After": "0"})
    assert play(resolve_environment("weather", live), "weather-train-2")[-1].score == 1.0
    assert stub.planned == []


def test_a_day_without_a_value_leaves_the_task_out(stub: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("weather", live)
    task = source.find("weather-train-12")  # a sum of rain
    stub.fail(
        "GET",
        "/archive",
        body='{"latitude": 1, "longitude": 1, "daily_units": {}, "daily": {"time": ["2024-01-01"], "rain_sum": [null]}}',
    )
    with source.make() as environment, pytest.raises(EnvironmentFault, match="no answer on the live service"):
        environment.reset(task, seed=0)


def test_other_episodes_go_on_when_one_is_lost(stub: Any, live: dict[str, Any]) -> None:
    source = resolve_environment("weather", {**live, "live": {**live["live"], "attempts": 1}})
    tasks = [source.find(f"weather-train-{number}") for number in (2, 3, 7)]
    stub.fail("GET", "/archive", status=500, body="oops")
    settings = RolloutSettings(attempts=1, max_failed_fraction=1.0)
    episodes = collect([Job(source, task) for task in tasks], "expert", settings, keep=True).trajectories
    outcomes = sorted(episode.outcome for episode in episodes)
    assert outcomes.count(Outcome.INFRASTRUCTURE_FAULT) == 1
    assert outcomes.count(Outcome.SOLVED) == 2


def test_a_live_run_is_replayed_offline(stub: Any, live: dict[str, Any], tmp_path: Path) -> None:
    kept = {**live["live"], "recordings": str(tmp_path)}
    ids = [f"weather-train-{number}" for number in range(0, 34, 3)]
    recorded = resolve_environment("weather", {"backend": "live", "live": {**kept, "mode": "record"}})
    played = {id: play(recorded, id) for id in ids}
    asked = len(stub.asked)
    replayed = resolve_environment("weather", {"backend": "live", "live": {**kept, "mode": "replay"}})
    assert {id: play(replayed, id) for id in ids} == played
    assert len(stub.asked) == asked, "a replay asked the service"
    with replayed.make() as environment, pytest.raises(StoreError, match="no recording"):
        environment.reset(replayed.find("weather-train-1"), seed=0)


def test_reuse_asks_only_what_is_not_kept(stub: Any, live: dict[str, Any], tmp_path: Path) -> None:
    settings = LiveSettings(base_url=f"{stub.url}/v1", recordings=tmp_path, mode="reuse")
    first = OpenMeteo(settings, "weather").places("Oslo")
    assert OpenMeteo(settings, "weather").places("Oslo") == first
    assert len(stub.asked) == 1


def test_the_key_appears_nowhere(
    stub: Any, live: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("METEO_KEY", KEY)
    settings = {**live["live"], "token_variable": "METEO_KEY", "recordings": str(tmp_path), "mode": "record"}
    source = resolve_environment("weather", {"backend": "live", "live": settings})
    stub.fail("GET", "/search", status=500, headers={"Retry-After": "0"}, body=f"for {KEY}")
    tasks = [source.find("weather-train-2")]
    (episode,) = collect([Job(source, task) for task in tasks], "expert", RolloutSettings(), keep=True).trajectories
    assert episode.outcome is Outcome.SOLVED
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert all(query["apikey"] == KEY for _, query in stub.asked)
    assert KEY.encode() not in written + encode(episode)
    assert KEY not in caplog.text + repr(source.config)


def test_without_a_key_its_lack_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, live: dict[str, Any]) -> None:
    monkeypatch.delenv("METEO_KEY", raising=False)
    source = resolve_environment("weather", {**live, "live": {**live["live"], "token_variable": "METEO_KEY"}})
    with source.make() as environment, pytest.raises(AgentGymError, match="METEO_KEY is not set") as caught:
        environment.reset(source.find("weather-train-2"), seed=0)
    assert "\n" not in str(caught.value.message)


def test_no_network_is_one_clear_line() -> None:
    settings = LiveSettings(base_url="http://127.0.0.1:9/v1", attempts=1)
    with pytest.raises(InfrastructureFault, match="no connection"):
        OpenMeteo(settings, "weather").places("Oslo")
