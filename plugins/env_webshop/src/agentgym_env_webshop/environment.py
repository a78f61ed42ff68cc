"""The web shop behind the environment interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from agentgym_core.environment import Description, Environment
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_env_webshop import tasks as _tasks
from agentgym_env_webshop.catalogue import Catalogue, open_catalogue
from agentgym_env_webshop.config import WebShopConfig
from agentgym_env_webshop.expert import expert_move
from agentgym_env_webshop.shop import Visit

INSTRUCTION = """\
You are a customer of a web shop and are asked to buy one product. The instruction says what it must be, which options to choose and \
what it may cost.
Search for it, open products, read their description and features, click the options, and buy the right one with "Buy Now": that \
ends the visit.
Search words are up to you; you can click only what the page shows: buttons, products by their id, values of options.
A product that is nearly right, or has the wrong options, earns part of the score."""

ACTIONS = (
    ActionSpec(
        "search",
        (Parameter("keywords", description="words to search for"),),
        "Search the shop for products.",
        text="search[{keywords}]",
    ),
    ActionSpec(
        "click",
        (Parameter("value", description="a button, a product's id or an option's value that the page shows"),),
        "Click something on the page.",
        text="click[{value}]",
    ),
)


@frozen
class _State:
    visit: Visit
    seen: frozenset[str]


class WebShopEnvironment(Environment):
    """Buy what an instruction asks for. The score is that of the purchase, from 0 to 1, and 0 before it."""

    config: WebShopConfig
    _state: _State
    _own: Catalogue | None = None

    @classmethod
    def tasks(cls, config: WebShopConfig, split: str) -> Sequence[Task]:
        return _tasks.tasks(config, split)

    @classmethod
    def describe(cls, config: WebShopConfig) -> Description:
        return Description(
            instruction=INSTRUCTION,
            actions=ACTIONS,
            splits=_tasks.splits(config),
            evaluation=_tasks.EVALUATION,
            max_rounds=10 if config.items else 15,
            # The first one may build the catalogue: minutes for a million products.
            reset_seconds=1800.0 if config.items or config.products > 100_000 else 120.0,
            step_seconds=30.0,
            # People ask for options that no product of theirs has.
            expert_score=None if config.human else 1.0,
            # The original takes an option for another whose words are among its own: chance does better there.
            random_ceiling=0.6 if config.verbatim else 0.35,
            version=config.source.key,
        )

    @classmethod
    @contextmanager
    def engine(cls, config: WebShopConfig) -> Iterator[Catalogue]:
        """The catalogue: opened once for all episodes of a host, and built first where it is not there."""
        with open_catalogue(config.source, config.cache) as catalogue:
            yield catalogue

    @classmethod
    def pull(cls, config: WebShopConfig, folder: Path) -> str:
        """Fetch the original's files into a folder."""
        from agentgym_env_webshop.pull import pull

        return pull(folder, config.download)

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Enter the shop. The task decides everything: `seed` changes nothing."""
        catalogue = self._catalogue()
        self._state = _State(Visit(catalogue, catalogue.goal(task.data), self.config.verbatim), frozenset())
        return self._state.visit.view.text

    def step(self, action: Action) -> Step:
        """Search or click. What the page does not have changes nothing."""
        visit = self._state.visit
        following = _taken(visit, action)
        if following is None:
            return Step(visit.view.text if self.config.verbatim else f"{visit.view.text}\n{_refusal(visit)}")
        same = following.place is not None and following.place == visit.place
        self._state = _State(following, (self._state.seen | {following.tab}) if same else frozenset())
        verdict = following.verdict
        if verdict is None:
            return Step(following.view.text)
        return Step(
            following.view.text,
            verdict.score,
            terminated=True,
            success=verdict.score == 1,
            info={
                "type": verdict.type,
                "attributes": verdict.attributes,
                "options": verdict.options,
                "price": verdict.price,
            },
        )

    def available_actions(self) -> list[str]:
        """Every click that the page offers; where there is a search bar, a search for the instruction."""
        visit = self._state.visit
        clicks = [f"click[{text}]" for text in visit.view.clickables]
        return [f"search[{visit.goal.instruction.lower()}]", *clicks] if visit.view.search else clicks

    def expert(self) -> ExpertAction | None:
        return expert_move(self._state.visit, self._state.seen)

    def render(self) -> str:
        """The page as HTML, its buttons those of a form."""
        return self._state.visit.view.html()

    def close(self) -> None:
        """Let go of a catalogue of one's own; the host's stays open."""
        own, self._own = self._own, None
        if own is not None:
            own.close()

    def _catalogue(self) -> Catalogue:
        if isinstance(self.engine_handle, Catalogue):
            return self.engine_handle
        if self._own is None:
            self._own = open_catalogue(self.config.source, self.config.cache)
        return self._own

    def snapshot(self) -> _State:
        return self._state

    def restore(self, handle: _State) -> None:
        self._state = handle


def _taken(visit: Visit, action: Action) -> Visit | None:
    """What an action leads to, or None where it is none or the page does not have it."""
    if action.name == "search" and "keywords" in action.arguments:
        return visit.search(str(action.arguments["keywords"]))
    if action.name == "click" and "value" in action.arguments:
        return visit.click(str(action.arguments["value"]))
    return None


def _refusal(visit: Visit) -> str:
    clickables = visit.view.clickables
    shown = ", ".join(clickables[:12]) + (f" and {len(clickables) - 12} more" if len(clickables) > 12 else "")
    return f"Nothing happened: that is neither search[...] nor a click on what the page has: {shown or 'a search bar'}."
