"""Repeats what was written down: for tests, benchmarks and replays."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from agentgym_core.config import ComponentConfig
from agentgym_core.errors import PolicyFault
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.types import digest

Script = tuple[str, ...]


class ScriptedConfig(ComponentConfig):
    """Exactly one source of a script, and what happens after its last entry."""

    actions: Script = ()
    """Canonical texts for every episode, written in its action format."""

    replies: Script = ()
    """Replies for every episode, sent as they are."""

    cues: dict[str, Script] = Field(default_factory=dict)
    """Actions by a text that stands in the opening messages of the episode; the first that fits."""

    episodes: tuple[Script, ...] = ()
    """Actions by the order in which episodes first ask: fixed only where they are played one after the other."""

    at_end: Literal["loop", "fault"] = "loop"
    """After the last entry begin again, or end the episode as a policy fault."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("actions", "replies", "cues", "episodes") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of actions, replies, cues and episodes, not {' and '.join(given) or 'none'}"
            )
        return self


class ScriptedPolicy(Policy):
    """Answers turn n with entry n of its script. Deterministic."""

    def __init__(self, config: ScriptedConfig) -> None:
        self.config = config
        self._fixed: Script | None = config.actions or config.replies or None
        self._scripts: dict[str, Script] = {}
        self._begun = 0
        # Rendering costs more than all the rest of a scripted turn; renderers are few and live as long as the run.
        self._rendered: dict[int, tuple[object, dict[str, Reply]]] = {}

    async def act(self, request: Request) -> Reply:
        """The entry of this turn.

        :raises PolicyFault: the script has ended (with `at_end = "fault"`), or there is none for this episode.
        """
        script = self._fixed
        if script is None:
            script = self._scripts.get(request.episode)
            if script is None:
                script = self._scripts[request.episode] = self._choose(request)
        turn = request.turn
        if turn >= len(script):
            if self.config.at_end == "fault" or not script:
                raise PolicyFault(
                    f"the script has {len(script)} entries, and episode {request.episode} asks for turn {turn}",
                    hint='lengthen it, lower the number of rounds, or set at_end = "loop"',
                )
            turn %= len(script)
        return self._reply(request, script[turn])

    async def end(self, episode: str) -> None:
        """Forget which script the episode had."""
        self._scripts.pop(episode, None)

    def weights_digest(self) -> str:
        """A digest of the script: another script is another policy."""
        return digest(self.config.model_dump(mode="json"))

    def _reply(self, request: Request, entry: str) -> Reply:
        if self.config.replies:
            return Reply(entry)
        renderer = request.renderer
        known = self._rendered.get(id(renderer))
        if known is None or known[0] is not renderer:
            if len(self._rendered) >= 256:
                self._rendered.clear()
            known = self._rendered[id(renderer)] = (renderer, {})
        reply = known[1].get(entry)
        if reply is None:
            reply = request.write(entry)
            if len(known[1]) < 65_536:
                known[1][entry] = reply
        return reply

    def _choose(self, request: Request) -> Script:
        if self.config.episodes:
            index, self._begun = self._begun, self._begun + 1
            if index >= len(self.config.episodes) and self.config.at_end == "fault":
                raise PolicyFault(
                    f"there are {len(self.config.episodes)} scripts, and episode {request.episode} is the next one",
                    hint='write more of them, or set at_end = "loop"',
                )
            return self.config.episodes[index % len(self.config.episodes)]
        opening = "\n".join(message.content for message in request.messages if message.role != "assistant")
        for cue, script in self.config.cues.items():
            if cue in opening:
                return script
        raise PolicyFault(
            f"no cue of the script stands in the opening of episode {request.episode}",
            hint='add one; the empty cue "" fits every episode',
        )
