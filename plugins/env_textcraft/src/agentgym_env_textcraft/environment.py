"""TextCraft behind the interface."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym_core.environment import Description, Environment
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_env_textcraft.config import TextCraftConfig
from agentgym_env_textcraft.game import Game
from agentgym_env_textcraft.page import page
from agentgym_env_textcraft.suggestions import suggestions
from agentgym_env_textcraft.tasks import Opening, catalogue, tasks_of

INSTRUCTION = """\
You craft items in Minecraft. Each task shows a list of crafting commands and names one item as the goal; the task is done as soon as \
that item has been crafted.
Items that no command crafts can be had for the asking, in any number: get them. Items that a command crafts have to be crafted, by that \
command word for word, once all its ingredients are in the inventory. A command gives as many items as it says: repeat it for more.
Some ingredients are generic, such as "planks" or "wool": name one kind instead, such as "oak planks" or "red wool", all of the same kind.
Not every command shown is needed."""

ACTIONS = (
    ActionSpec(
        "get",
        (
            Parameter("count", type="integer", description="how many"),
            Parameter("item", description="the item's name, such as iron nugget", pattern=r"[a-z][a-z ]*"),
        ),
        "Take items that cannot be crafted into the inventory.",
        text="get {count} {item}",
    ),
    ActionSpec(
        "craft",
        (
            Parameter(
                "target",
                description="count and item as the crafting command has them, such as 1 iron helmet",
                pattern=r"(?:[0-9]+ )?[a-z][a-z ]*",
            ),
            Parameter(
                "ingredients",
                description="counts and items, such as 2 stick, 3 iron ingot",
                pattern=r"[0-9]+ [a-z ]+(?:, ?[0-9]+ [a-z ]+)*",
            ),
        ),
        "Run one of the crafting commands.",
        text="craft {target} using {ingredients}",
    ),
    ActionSpec(
        "inventory",
        (),
        "Look at what is in the inventory.",
        text="inventory",
        aliases=("check inventory", "check the inventory", "look at the inventory"),
    ),
)


class TextCraftEnvironment(Environment):
    """One episode: `Game` keeps the rules, a task's `data` the goal and the commands shown."""

    config: TextCraftConfig

    def __init__(self, config: TextCraftConfig, engine: object = None) -> None:
        super().__init__(config, engine)
        self._opening: Opening | None = None
        self._game: Game | None = None

    @classmethod
    def tasks(cls, config: TextCraftConfig, split: str) -> Sequence[Task]:
        return tasks_of(config, split)

    @classmethod
    def describe(cls, config: TextCraftConfig) -> Description:
        return Description(
            instruction=INSTRUCTION,
            actions=ACTIONS,
            splits={name: len(tasks) for name, tasks in catalogue(config).items()},
            evaluation=("eval",),
            max_rounds=config.rounds,
            reset_seconds=30.0,
            step_seconds=5.0,
            expert_score=1.0,
            random_ceiling=_random_ceiling(config),
            version=f"textcraft {config.engine}" if config.engine else "recipes of the data pack",
        )

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Start a task. A seed changes nothing: what is drawn for a goal is part of the task."""
        opening: Opening = task.data
        self._opening = opening
        self._game = Game(opening.rules.reader, opening.listing.goal)
        return opening.text

    def step(self, action: Action) -> Step:
        game = self._playing
        observation, valid = game.execute(action.text)
        reached = game.reached
        return Step(
            observation,
            1.0 if reached else 0.0,
            terminated=reached,
            success=reached,
            info=_VALID if valid else _INVALID,
        )

    def available_actions(self) -> list[str]:
        """Sensible commands: those shown, gets of what they ask for, and a look at the inventory."""
        assert self._opening is not None
        return list(suggestions(self._opening.rules.book, self._opening.listing))

    def expert(self) -> ExpertAction | None:
        game = self._playing
        assert self._opening is not None
        return self._opening.rules.planner.move(game.goal, game.inventory)

    def render(self) -> str | None:
        return None if self._game is None else page(self._game.goal, self._game.inventory)

    def snapshot(self) -> tuple[dict[str, int], bool]:
        return dict(self._playing.inventory), self._playing.reached

    def restore(self, handle: tuple[dict[str, int], bool]) -> None:
        inventory, self._playing.reached = handle
        self._playing.inventory = dict(inventory)

    @property
    def _playing(self) -> Game:
        assert self._game is not None, "core resets before it steps"
        return self._game


_VALID = {"valid": True}
_INVALID = {"valid": False}


def _random_ceiling(config: TextCraftConfig) -> float:
    """Chance reaches shallow goals: about one in six as usual, most of them given time and nothing to be distracted by."""
    usual = TextCraftConfig()
    return 0.5 if config.distractors >= usual.distractors and config.rounds <= usual.rounds else 1.0
