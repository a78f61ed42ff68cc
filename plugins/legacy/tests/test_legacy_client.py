"""Servers of AgentGym's own dialect as environments: ours with --dialect legacy, and stubs that misbehave."""

from __future__ import annotations

import json
import pickle
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import (
    CapacityReached,
    ConfigError,
    EnvironmentFault,
    EpisodeStateError,
    InfrastructureFault,
    TaskNotFound,
)
from agentgym_core.placement import TimeLimits
from agentgym_core.registry import make
from agentgym_core.rollout import Job, RolloutSettings, collect, make_environment
from agentgym_core.settings import ComponentChoice
from agentgym_core.specs import LegacyProfile
from agentgym_core.types import Outcome, Trajectory
from agentgym_legacy.protocol import LegacyProtocol
from agentgym_legacy.source import LegacySource

pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")


@pytest.fixture
def maze(server: Callable[..., Any]) -> Any:
    return server(resolve_environment("maze"), dialects=("legacy",))


def played(trajectory: Trajectory) -> Any:
    turns = [(turn.action, turn.observation, turn.score, turn.terminated) for turn in trajectory.turns]
    return trajectory.key.task, trajectory.outcome, trajectory.score, trajectory.opening, turns


def test_whole_episodes_are_those_of_the_plugin(maze: Any) -> None:
    here = resolve_environment("maze")
    there = LegacySource([f"legacy+http://127.0.0.1:{maze.port}/legacy/maze"])
    assert [task.id for task in there.tasks("agenteval")] == [task.id for task in here.tasks("agenteval")]
    assert there.config_digest != here.config_digest
    runs = []
    for source in (here, there):
        jobs = [Job(source, task, sample) for task in source.tasks("agenteval") for sample in range(2)]
        policy = make("policy", "random")
        summary = collect(jobs, policy, RolloutSettings(concurrency=6), policy_id="random", keep=True)
        runs.append(sorted(map(played, summary.trajectories)))
    assert runs[0] == runs[1]
    assert {outcome for _, outcome, *_ in runs[0]} >= {Outcome.SOLVED, Outcome.TRUNCATED}
    assert maze.sessions == 0
    assert maze.app.served["maze"].counters.opened <= 6


def test_a_solved_episode_by_calls(maze: Any) -> None:
    with make_environment(f"legacy+http://127.0.0.1:{maze.port}#maze", needs=()) as game:
        with pytest.raises(TaskNotFound, match="lmrlgym_maze_0"):
            game.reset("train-0")
        assert "position 5, 6" in game.reset("lmrlgym_maze_16")
        for _ in range(2):
            assert game.step("move down").score == 0.0
        step = game.step("move down")
        assert (step.score, step.terminated, step.info["raw_reward"]) == (1.0, True, 1.0)
        with pytest.raises(EpisodeStateError):
            game.step("move up")
        assert game.reset("lmrlgym_maze_3")


def test_available_actions_come_by_their_own_route(server: Callable[..., Any]) -> None:
    pytest.importorskip("agentgym_env_wordle", reason="the plugin env_wordle is not installed")
    live = server(resolve_environment("wordle"), dialects=("legacy",))
    with make_environment(f"legacy+http://127.0.0.1:{live.port}/legacy/wordle") as game:
        game.reset("lmrlgym_wordle_4")
        words = game.available_actions()
        assert words
        assert all(len(word.replace(" ", "")) == 5 for word in words)
        assert not game.step(words[0]).terminated


def test_a_source_is_carried_whole() -> None:
    source = LegacySource(["legacy+http://127.0.0.1:1#maze"], {"max_steps": 7})
    again = pickle.loads(pickle.dumps(source))
    assert (again.urls, again.config_values, again.description) == (
        source.urls,
        source.config_values,
        source.description,
    )


def test_where_the_plugin_knows_no_task_of_the_servers_all_numbers_are_a_split_held_out() -> None:
    pytest.importorskip("agentgym_env_todo", reason="the plugin env_todo is not installed")
    source = LegacySource(["legacy+http://127.0.0.1:1#todo"])
    assert dict(source.splits) == {"numbered": 155}
    assert "numbered" in source.description.evaluation
    tasks = source.tasks("numbered")
    assert [tasks[0].id, tasks[154].id, tasks[0].split] == ["todo_0", "todo_154", "numbered"]
    assert "numbered" not in LegacySource(["legacy+http://127.0.0.1:1#maze"]).splits


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("legacy+http://127.0.0.1:1", "which environment"),
        ("legacy+http://127.0.0.1:1#maze;legacy+http://127.0.0.1:2#wordle", "different environments"),
        ("legacy+http://#maze", "no address"),
    ],
)
def test_an_address_that_names_nothing_says_what_to_write(address: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says), make_environment(address) as game:
        game.reset("lmrlgym_maze_1")


def test_the_placement_alone_has_no_server() -> None:
    with (
        make_environment("maze", placement="legacy") as game,
        pytest.raises(ConfigError, match=r"legacy\+http://host:port#maze"),
    ):
        game.reset("lmrlgym_maze_1")


def test_a_token_is_sent_where_it_is_asked_for(server: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    live = server(resolve_environment("maze"), dialects=("legacy",), token="the-secret")
    address = f"legacy+http://127.0.0.1:{live.port}#maze"
    monkeypatch.setenv("LEGACY_TOKEN", "the-secret")
    with make_environment(address) as game, pytest.raises(ConfigError, match="token_env"):
        game.reset("lmrlgym_maze_1")
    with make_environment(address, placement=ComponentChoice("legacy", {"token_env": "LEGACY_TOKEN"})) as game:
        assert game.reset("lmrlgym_maze_1")


class Stub:
    """A server that answers as it is told: a status and a body, bytes as they are, or `drop`, `hang`."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            "create": {"id": 0},
            "reset": {"observation": "Go."},
            "step": {"observation": "Gone.", "reward": 0, "done": False},
            "close": True,
        }
        self.asked: list[tuple[str, Any]] = []
        self.let_go = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                verb = self.path.rpartition("/")[2]
                stub.asked.append((verb, json.loads(body)))
                answer = stub.answers[verb]
                if answer == "hang":
                    stub.let_go.wait(60)
                if answer in ("drop", "hang"):
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, content = answer if isinstance(answer, tuple) else (200, answer)
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-length", "13")
                self.end_headers()
                self.wfile.write(b'["move up"]  ')

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def address(self) -> str:
        return f"legacy+http://127.0.0.1:{self.server.server_port}#maze"

    def count(self, verb: str) -> int:
        return sum(name == verb for name, _ in self.asked)

    def end(self) -> None:
        self.let_go.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def stub() -> Iterator[Stub]:
    made = Stub()
    yield made
    made.end()


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"error": "something broke"}, EnvironmentFault),
        ({"error": "The id 0 is not valid."}, InfrastructureFault),
        ({"error": "The task with environment 0 has been deleted."}, InfrastructureFault),
        ((500, b"Internal Server Error"), EnvironmentFault),
        ((503, b""), CapacityReached),
        ((502, b"<html>"), InfrastructureFault),
        ((307, b""), EnvironmentFault),
        (b"not json", EnvironmentFault),
        (b"\xff\xfe", EnvironmentFault),
        (b"[" * 100_000, EnvironmentFault),
        ("a bare text", EnvironmentFault),
        ({"observation": 5, "reward": 0, "done": False}, EnvironmentFault),
        ({"observation": "x", "reward": "much", "done": False}, EnvironmentFault),
        ({"observation": "x", "reward": True, "done": False}, EnvironmentFault),
        (b'{"observation": "x", "reward": 1e999, "done": false}', EnvironmentFault),
        ({"observation": "x", "reward": 1, "done": 1}, EnvironmentFault),
        ({"observation": "x", "reward": 1}, EnvironmentFault),
        ("drop", InfrastructureFault),
    ],
)
def test_a_bad_answer_is_a_fault_and_never_a_score(stub: Stub, answer: Any, fault: type[Exception]) -> None:
    stub.answers["step"] = answer
    with make_environment(stub.address, needs=()) as game:
        game.reset("lmrlgym_maze_1")
        with pytest.raises(fault) as caught:
            game.step("move up")
        assert type(caught.value) is fault
        assert stub.count("step") == 1
        stub.answers["step"] = {"observation": "Gone.", "reward": 0, "done": False}
        game.reset("lmrlgym_maze_1")
        assert game.step("move up").observation == "Gone."


def test_a_server_that_does_not_answer_is_lost_in_time(stub: Stub) -> None:
    stub.answers["step"] = "hang"
    with make_environment(stub.address, needs=(), limits=TimeLimits(step=0.2)) as game:
        game.reset("lmrlgym_maze_1")
        with pytest.raises(InfrastructureFault, match=r"0\.2 s"):
            game.step("move up")
        assert stub.count("step") == 1


@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": True}, {"id": "0"}, [], 7, None])
def test_a_create_that_names_no_session_is_a_fault(stub: Stub, answer: Any) -> None:
    stub.answers["create"] = answer
    with make_environment(stub.address) as game, pytest.raises(EnvironmentFault, match="names no session"):
        game.reset("lmrlgym_maze_1")


def test_a_server_of_something_else_is_a_mistake_of_the_address(stub: Stub) -> None:
    stub.answers["create"] = (404, b"")
    with make_environment(stub.address) as game, pytest.raises(ConfigError, match="have a path"):
        game.reset("lmrlgym_maze_1")


def test_a_number_that_is_given_twice_is_not_played_twice(stub: Stub) -> None:
    source = LegacySource([stub.address])
    jobs = [Job(source, source.find(f"lmrlgym_maze_{n}")) for n in range(2)]
    settings = RolloutSettings(concurrency=2, max_rounds=3, attempts=1, max_failed_fraction=1.0)
    summary = collect(jobs, make("policy", "random"), settings, policy_id="random", keep=True)
    outcomes = [trajectory.outcome for trajectory in summary.trajectories]
    assert Outcome.ENVIRONMENT_FAULT not in outcomes
    assert stub.count("create") >= 1
    resets = [body["id"] for verb, body in stub.asked if verb == "reset"]
    assert len(resets) == outcomes.count(Outcome.TRUNCATED)


def test_the_rest_of_the_pool_plays_on_when_one_server_is_gone(maze: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = taken.getsockname()[1]
    source = LegacySource([f"legacy+http://127.0.0.1:{gone}#maze", f"legacy+http://127.0.0.1:{maze.port}#maze"])
    jobs = [Job(source, task) for task in source.tasks("agenteval")]
    summary = collect(jobs, make("policy", "random"), RolloutSettings(concurrency=4), policy_id="random", keep=True)
    assert {trajectory.outcome for trajectory in summary.trajectories} <= {Outcome.SOLVED, Outcome.TRUNCATED}


def test_bare_numbers_arrays_and_split_observations_are_read() -> None:
    profile = LegacyProfile(
        session="env_idx",
        created=(),
        reset=(("", "observation"), ("", "null")),
        step=(("goal", "observation:first"), ("state", "observation:rest"), ("reward", "score"), ("done", "done")),
        scale=100.0,
        says="Action: {action}",
        send=(("create", "id", 0),),
    )
    dialect = LegacyProtocol(profile, "there")
    assert dialect.body("create") == {"id": 0}
    assert dialect.body("step", 3, action=dialect.said("go")) == {"env_idx": 3, "action": "Action: go"}
    assert dialect.number(12) == 12
    assert dialect.shown("reset", ["Go.", None]).step.observation == "Go."
    answer = {"goal": "a", "state": "b\nc", "reward": 25, "done": True}
    assert dialect.shown("step", answer).step.score == 0.25
    assert dialect.shown("step", answer).step.observation == "a\nb\nc"
    for raw, score in ((-100, 0.0), (150, 1.0)):
        assert dialect.shown("step", {**answer, "reward": raw}).step.score == score


@pytest.mark.parametrize("id", ["todo", "bird"])
def test_servers_of_bare_numbers_are_played(server: Callable[..., Any], id: str) -> None:
    pytest.importorskip(f"agentgym_env_{id}", reason=f"the plugin env_{id} is not installed")
    live = server(resolve_environment(id), dialects=("legacy",))
    name = "todo_1" if id == "todo" else "sqlgym_1"
    with (
        make_environment(f"legacy+http://127.0.0.1:{live.port}/legacy/{id}", needs=()) as there,
        make_environment(id, needs=("expert",)) as here,
    ):
        assert there.source.find(name).split == ""
        assert there.reset(name) == here.reset(here.source.tasks("eval")[1])
        while (move := here.expert()) is not None:
            one, other = there.step(move.action), here.step(move.action)
            assert (one.observation, one.score, one.ended) == (other.observation, other.score, other.ended)
            if one.ended:
                break
        assert one.score == 1.0
