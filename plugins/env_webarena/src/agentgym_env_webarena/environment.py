"""Web tasks behind the environment interface."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from agentgym_core.environment import Description, Environment
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_env_webarena import tasks as _tasks
from agentgym_env_webarena.actions import ACTIONS
from agentgym_env_webarena.browser import HINT, BrowserHost, find_chromium, playwrights_own
from agentgym_env_webarena.config import WebArenaConfig
from agentgym_env_webarena.expert import expert_move
from agentgym_env_webarena.forward import Forwarder
from agentgym_env_webarena.gate import Gate
from agentgym_env_webarena.objective import Move, Objective
from agentgym_env_webarena.official.sites import PUBLIC, Sites
from agentgym_env_webarena.official.verified import INSTRUCTION as ANSWER
from agentgym_env_webarena.official.world import OfficialWorld
from agentgym_env_webarena.own import OwnWorld
from agentgym_env_webarena.session import PageHangs, Tabs
from agentgym_env_webarena.sites import web
from agentgym_env_webarena.tree import Element
from agentgym_env_webarena.world import Host, World

INSTRUCTION = """\
You are to do a task on web sites, with a browser. You see the open tabs and the accessibility tree of the page in front: a line \
for each element, with its number in brackets, its role and its name. Then come the address, the objective and what you did before.
Act on elements by their numbers, which hold for the page that you see. One action at a time.
{where} You are signed in everywhere.
When the objective is reached, stop; where it asks for something, stop with the answer and nothing else."""


LONGEST = 20_000
"""Characters of an action that is carried out: what is typed comes back with every later page."""


class WebArenaEnvironment(Environment):
    """Do a task on web sites. The score is 0 until `stop`, then 1 where everything that the task asks for is so."""

    config: WebArenaConfig
    _tabs: Tabs | None = None
    _world: World | None = None
    _own: AbstractContextManager[Host] | None = None

    @classmethod
    def tasks(cls, config: WebArenaConfig, split: str) -> Sequence[Task]:
        return _tasks.tasks(config, split)

    @classmethod
    def describe(cls, config: WebArenaConfig) -> Description:
        own = config.tasks == "own"
        where = "http://home.test/" if own else PUBLIC["homepage"]
        return Description(
            instruction=INSTRUCTION.replace("{where}", f"All sites can be reached from {where}.")
            + (ANSWER if config.tasks == "webarena-verified" else ""),
            actions=ACTIONS,
            splits=_tasks.splits(config),
            evaluation=_tasks.evaluation(config),
            max_rounds=25,
            reset_seconds=2 * config.seconds,
            step_seconds=2 * config.seconds if own else 8 * config.seconds,
            expert_score=1.0 if own else None,
            random_ceiling=0.05,
            version=f"sites {web.VERSION}" if own else config.tasks,
        )

    @classmethod
    @contextmanager
    def engine(cls, config: WebArenaConfig) -> Iterator[Host]:
        """A Chromium and a server of the sites for all episodes of this host."""
        if config.tasks == "own":
            with Gate(web.apps()) as gate, BrowserHost(gate.address) as browser:
                yield Host(browser, gate)
        else:
            hosts = Sites.configured(config.addresses).hosts | frozenset(config.allow)
            with Forwarder(hosts) as proxy, BrowserHost(proxy.address) as browser:
                yield Host(browser, down=proxy.mark)

    @classmethod
    def doctor(cls) -> list[tuple[str, bool, str]]:
        """Which browser is used."""
        found = find_chromium() or playwrights_own()
        fine = found is not None and shutil.which(found) is not None
        return [(f"Chromium: {found or 'none on the PATH, and none of Playwright'}", fine, HINT)]

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Open a browser's context with a copy of every site of its own. The task decides everything: `seed` changes nothing."""
        self._leave()
        host = self._host()
        if isinstance(task.data, Objective):
            self._world = OwnWorld(host, task.data)
            self._plan: Sequence[Move] | None = task.data.plan
        else:
            self._world = OfficialWorld(host, self.config, task.data)
            self._plan = None
        self._intent = task.data.intent
        self._before = "None"
        host.browser.run(self._start(self._world), self.config.seconds)
        return self._look()

    def step(self, action: Action) -> Step:
        """Take one action. What cannot be done changes nothing and is told."""
        if action.name == "stop":
            return self._judge(str(action.arguments.get("answer") or ""))
        expected = self.expert()
        self._before, problem = self._act(action)
        if self._plan is not None:
            # An expert goes on where its own move was made; elsewhere it does not know the way.
            self._plan = self._plan[1:] if expected is not None and expected.action == action.text else None
        return Step(self._look(problem))

    def available_actions(self) -> list[str]:
        """A click on each element that can be clicked, and what needs no element."""
        roles = ("link", "button", "checkbox", "radio", "tab", "menuitem")
        assert self._tabs is not None
        clicks = [f"click [{each.id}]" for each in self._tabs.tree.elements.values() if each.role in roles]
        return [*clicks, "go_back", "go_forward", "new_tab", "close_tab", "scroll [down]", "scroll [up]", "stop []"]

    def expert(self) -> ExpertAction | None:
        if not self._plan or self._tabs is None:
            return None
        return expert_move(self._tabs.tree, self._plan[0])

    def render(self) -> bytes | None:
        """The tab in front as PNG."""
        return None if self._tabs is None else self._host().browser.run(self._tabs.screenshot(), self.config.seconds)

    def close(self) -> None:
        self._leave()
        own, self._own = self._own, None
        if own is not None:
            own.__exit__(None, None, None)
            self.engine_handle = None

    def _host(self) -> Host:
        if self.engine_handle is None:
            self._own = self.engine(self.config)
            self.engine_handle = self._own.__enter__()
        host: Host = self.engine_handle
        return host

    def _leave(self) -> None:
        tabs, self._tabs = self._tabs, None
        world, self._world = self._world, None
        try:
            if tabs is not None:
                self._host().browser.run(tabs.close(), self.config.seconds)
        finally:
            if world is not None:
                world.close()

    async def _start(self, world: World) -> None:
        context, addresses = await world.open()
        self._tabs = Tabs(context, viewport=self.config.viewport)
        await self._tabs.start(addresses)

    def _look(self, problem: str = "") -> str:
        assert self._tabs is not None
        assert self._world is not None
        seen = self._host().browser.run(self._tabs.observe(), self.config.seconds)
        self._world.looked(seen)
        told = f"\n{problem}" if problem else ""
        return self._world.shown(
            f"OBSERVATION:\n{seen}\nURL: {self._tabs.page.url}\nOBJECTIVE: {self._intent}\nPREVIOUS ACTION: {self._before}{told}"
        )

    def _judge(self, answer: str) -> Step:
        assert self._tabs is not None
        assert self._world is not None
        done, found = self._world.judge(answer, self._tabs)
        return Step("The task is over.", float(done), terminated=True, success=done, info=dict(found))

    def _act(self, action: Action) -> tuple[str, str]:
        """What was done, as it is told afterwards, and what was wrong with it."""
        from playwright.async_api import Error

        tabs, world = self._tabs, self._world
        assert tabs is not None
        assert world is not None
        name, given = action.name, action.arguments
        target: Element | None = None
        if "id" in given:
            target = tabs.tree.elements.get(int(given["id"]))
            if target is None:
                return action.text, f"There is no element [{given['id']}] on this page."
        if len(action.text) > LONGEST:
            return f"{action.text[:100]}...", f"That cannot be done: it has more than {LONGEST:,} characters."
        told = f"{action.text} where [{target.id}] is {target.line}" if target else action.text
        try:
            return told, self._host().browser.run(
                _done(tabs, world, name, given, target, append=self.config.append), self.config.seconds
            )
        except PageHangs:
            self._host().browser.run(tabs.close_tab(), self.config.seconds)
            return told, "The page did not answer, and its tab was closed."
        except Error as error:
            return told, f"That cannot be done: {error.message.splitlines()[0]}"


async def _done(
    tabs: Tabs, world: World, name: str | None, given: object, target: Element | None, *, append: bool
) -> str:
    """Carry an action out; what is wrong with it, or an empty string."""
    assert isinstance(given, dict)
    match name:
        case "click" if target:
            await tabs.click(target)
        case "type" if target:
            await tabs.type(target, str(given["text"]), enter=str(given["enter"]) == "1", append=append)
        case "hover" if target:
            await tabs.hover(target)
        case "press":
            await tabs.press(str(given["keys"]))
        case "scroll":
            await tabs.scroll(given["direction"] == "down")
        case "new_tab":
            await tabs.new_tab()
        case "close_tab":
            await tabs.close_tab()
        case "tab_focus":
            return "" if await tabs.focus(int(given["index"])) else f"There is no tab {given['index']}."
        case "goto":
            return await tabs.goto(world.meant(str(given["url"])))
        case "go_back":
            await tabs.go_back()
        case "go_forward":
            await tabs.go_forward()
        case "none":
            pass
        case _:
            return "That is none of the actions."
    return ""
