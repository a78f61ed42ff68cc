"""An environment behind `agentgym serve`, played over every protocol: each must tell what the environment itself tells."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

import pytest
from attrs import frozen

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import TaskNotFound
from agentgym_core.registry import lookup, missing
from agentgym_core.specs import LegacyProfile
from agentgym_core.types import Step
from agentgym_testing.check import require

EXTRA = ("agentgym_bridge_http", "agentgym_bridge_openenv", "agentgym_remote", "agentgym_service")
_PROGRAM = "import sys; from agentgym_core.cli import main; sys.exit(main(sys.argv[1:]))"
_PATIENCE = 60.0


@frozen
class Episode:
    """What the expert's episode of a task is without a server: the opening, and every move with the step that it led to."""

    task: str
    opening: str
    moves: tuple[tuple[str, Step], ...]

    @property
    def score(self) -> float:
        """What it came to."""
        return self.moves[-1][1].score


class ServedConformance:
    """Subclass it and name the environment: a server of it is started, and the expert's episodes are played over it.

    :cvar tasks: their ids; by default the first two of the first evaluation split.
    :cvar number: the task that AgentGym's dialect is asked for, where the environment has a profile.
    """

    environment: ClassVar[str] = ""
    config: ClassVar[Mapping[str, Any]] = {}
    tasks: ClassVar[tuple[str, ...]] = ()
    number: ClassVar[int] = 0
    source: ClassVar[EnvironmentSource]
    port: ClassVar[int]
    _server: ClassVar[subprocess.Popen[str]]
    _episodes: ClassVar[dict[str, Episode]]

    @classmethod
    def setup_class(cls) -> None:
        """Start the server as a user does."""
        for name in EXTRA:
            pytest.importorskip(name, reason=f"{name} is not installed")
        spec = lookup("environment", cls.environment).spec
        lacking = missing(spec.requires)
        if lacking:
            pytest.skip(f"{cls.environment} needs {', '.join(item.name for item in lacking)}")
        cls.source = resolve_environment(cls.environment, cls.config)
        cls._episodes = {}
        options = [f"--config={key}={json.dumps(value)}" for key, value in cls.config.items()]
        options += ["--dialect", "legacy"] if getattr(spec, "legacy", None) is not None else []
        cls._server = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, "serve", cls.environment, "--expert", "--port=0", *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert cls._server.stdout is not None
        line = cls._server.stdout.readline()
        if "://" not in line:
            cls._end()
            pytest.fail(f"{cls.environment}: `agentgym serve` said {line!r}")
        cls.port = int(line.split("/ ")[0].rpartition(":")[2])

    @classmethod
    def teardown_class(cls) -> None:
        """End it."""
        if "_server" in cls.__dict__:
            cls._end()

    @classmethod
    def _end(cls) -> None:
        cls._server.send_signal(signal.SIGTERM)
        try:
            cls._server.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            cls._server.kill()
            cls._server.wait()
            raise
        finally:
            assert cls._server.stdout is not None
            cls._server.stdout.close()

    @classmethod
    def ids(cls) -> tuple[str, ...]:
        """The tasks that are played."""
        held_out = [name for name in cls.source.splits if name in cls.source.description.evaluation]
        return cls.tasks or tuple(task.id for task in cls.source.tasks(held_out[0])[:2])

    @classmethod
    def episode(cls, task: str) -> Episode:
        """The expert's episode without a server."""
        from agentgym_core.rollout import make_environment

        if task not in cls._episodes:
            moves: list[tuple[str, Step]] = []
            with make_environment(cls.source, needs=("expert",)) as game:
                opening = game.reset(task, seed=0)
                while not (moves and moves[-1][1].ended) and (move := game.expert()) is not None:
                    moves.append((move.action, game.step(move.action)))
            last = moves[-1][1] if moves else Step("")
            solved = last.success if last.success is not None else last.score == 1.0
            require(solved, f"{cls.environment}: the expert does not solve {task!r}")
            cls._episodes[task] = Episode(task, opening, tuple(moves))
        return cls._episodes[task]

    def http(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer of one request, which must succeed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read().decode()
            require(answer.status == 200, f"{method} {path}: {answer.status} {text[:500]}")
            return json.loads(text)
        finally:
            connection.close()

    def websocket(self, work: Callable[[Callable[[Any], Any]], None]) -> None:
        """Give `work` a function that sends a message of OpenEnv's and returns the reply."""
        from websockets.sync.client import connect

        with connect(f"ws://127.0.0.1:{self.port}/{self.environment}/ws", max_size=None) as socket:

            def ask(message: Any) -> Any:
                socket.send(json.dumps(message))
                reply = json.loads(socket.recv(timeout=_PATIENCE))
                require(reply["type"] != "error", f"{message} was answered by {reply}")
                return reply["data"]

            work(ask)

    def test_over_our_client(self) -> None:
        """A rollout over the server's address gives the expert's episodes."""
        from agentgym_core.environments import resolve_environment
        from agentgym_core.rollout import Job, RolloutSettings, collect

        source = resolve_environment(f"ws://127.0.0.1:{self.port}/{self.environment}", None, None)
        jobs = [Job(source, source.find(task)) for task in self.ids()]
        rounds = max(len(self.episode(task).moves) for task in self.ids())
        summary = collect(jobs, "expert", RolloutSettings(max_rounds=rounds), keep=True)
        found = {episode.key.task: episode for episode in summary.trajectories}
        for task in self.ids():
            expected, episode = self.episode(task), found[task]
            told = [(turn.action, turn.observation, turn.score) for turn in episode.turns]
            assert episode.opening == expected.opening
            assert told == [(action, step.observation, step.score) for action, step in expected.moves]
            assert episode.score == expected.score

    def test_over_the_papers_endpoints(self) -> None:
        """createEnv, reset, step, observation, available_actions and close, with the expert's moves in the replies."""
        at = f"/{self.environment}"
        for task in self.ids():
            expected = self.episode(task)
            id = self.http("POST", f"{at}/createEnv", {"needs": ["expert"]})["id"]
            shown = self.http("POST", f"{at}/reset", {"id": id, "task": task, "seed": 0})
            assert shown["observation"] == expected.opening
            listed = self.http("GET", f"{at}/available_actions?id={id}")["available_actions"]
            assert listed is None or isinstance(listed, list)
            for action, step in expected.moves:
                assert shown["expert"]["action"] == action
                shown = self.http("POST", f"{at}/step", {"id": id, "action": action})
                assert (shown["observation"], shown["reward"], shown["done"]) == (
                    step.observation,
                    step.score,
                    step.ended,
                )
            assert (shown["score"], shown["done"]) == (expected.score, True)
            assert self.http("GET", f"{at}/observation?id={id}")["observation"] == shown["observation"]
            self.http("POST", f"{at}/close", {"id": id})

    def test_over_openenvs_messages(self) -> None:
        """Rewards are what the score grew by: they sum to it."""

        def work(ask: Callable[[Any], Any]) -> None:
            for task in self.ids():
                expected, total = self.episode(task), 0.0
                data = ask({"type": "reset", "data": {"task": task, "seed": 0}})
                assert data["observation"]["text"] == expected.opening
                for action, step in expected.moves:
                    data = ask({"type": "step", "data": {"text": action}})
                    told = data["observation"]
                    assert (told["text"], told["score"], data["done"]) == (step.observation, step.score, step.ended)
                    total += data["reward"]
                assert data["done"]
                assert total == pytest.approx(expected.score)

        self.websocket(work)

    def test_over_tools(self) -> None:
        """The expert's moves as calls of tools, with their arguments by name."""
        grammar = Grammar(self.source.description.actions)

        def work(ask: Callable[[Any], Any]) -> None:
            def rpc(method: str, parameters: Any) -> Any:
                return ask(
                    {"type": "mcp", "data": {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}}
                )["result"]

            names = {tool["name"] for tool in rpc("tools/list", {})["tools"]}
            expected = self.episode(self.ids()[0])
            ask({"type": "reset", "data": {"task": expected.task, "seed": 0}})
            called: Any = None
            for text, step in expected.moves:
                action = grammar.action(text)
                assert action.name in names
                called = rpc("tools/call", {"name": action.name, "arguments": dict(action.arguments)})
                assert called["data"] == called["content"][0]["text"] == step.observation
                assert not called["is_error"]
            assert called["meta"]["agentgym"]["score"] == expected.score

        self.websocket(work)

    def test_over_agentgyms_dialect(self) -> None:
        """As AgentGym's own client would play it, field by field as the profile declares."""
        profile = getattr(self.source.spec, "legacy", None)
        if profile is None:
            pytest.skip(f"{self.environment} declares no profile")
        expected, at = self.episode(self._numbered(profile)), f"/legacy/{self.environment}"
        created = self.http(
            "POST", f"{at}/create", {key: value for verb, key, value in profile.send if verb == "create"}
        )
        id = created[{source: key for key, source in profile.created}["id"]] if profile.created else created
        more = {key: value for verb, key, value in profile.send if verb == "reset"}
        shown = self.http("POST", f"{at}/reset", {profile.session: id, profile.index: self.number, **more})
        self._same(profile.reset, shown, Step(expected.opening), 0.0, profile)
        before = 0.0
        for action, step in expected.moves:
            said = profile.says.replace("{action}", action)
            shown = self.http("POST", f"{at}/step", {profile.session: id, "action": said})
            self._same(profile.step, shown, step, before, profile)
            before = step.score
        assert before == expected.score
        assert self.http("POST", f"{at}/close", {profile.session: id}) is True

    def _numbered(self, profile: LegacyProfile) -> str:
        with suppress(TaskNotFound):
            if profile.task:
                return self.source.find(profile.task.replace("{index}", str(self.number))).id
        return self.source.tasks(profile.fallback)[self.number].id

    def _same(
        self, fields: tuple[tuple[str, str], ...], shown: Any, step: Step, before: float, profile: LegacyProfile
    ) -> None:
        if not fields:
            assert shown == step.observation
            return
        first, _, rest = step.observation.partition("\n")
        values = {
            "observation": step.observation,
            "observation:first": first,
            "observation:rest": rest,
            "score": pytest.approx(step.score * profile.scale),
            "increase": pytest.approx((step.score - before) * profile.scale),
            "done": step.ended,
        }
        for place, (key, source) in enumerate(fields):
            if source in values:
                assert shown[key if key else place] == values[source], source
