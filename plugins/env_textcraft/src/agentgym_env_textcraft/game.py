"""One episode of TextCraft: a goal, an inventory, and what commands do to it."""

from __future__ import annotations

from agentgym_env_textcraft.commands import Craft, Get, Look, Reader
from agentgym_env_textcraft.recipes import display

EMPTY = "Inventory: You are not carrying anything."


class Game:
    """The state of an episode. Nothing that is typed raises."""

    def __init__(self, reader: Reader, goal: str) -> None:
        self.goal = goal
        self.inventory: dict[str, int] = {}
        self.reached = False
        self._read = reader.read

    def execute(self, text: str) -> tuple[str, bool]:
        """Run one command.

        :return: the observation, and whether the command did what it says.
        """
        command = self._read(text)
        if isinstance(command, Get):
            self.inventory[command.item] = self.inventory.get(command.item, 0) + command.count
            return command.reply, True
        if isinstance(command, Craft):
            return self._craft(command)
        if isinstance(command, Look):
            return self._look(), True
        return command.reply, False

    def _craft(self, command: Craft) -> tuple[str, bool]:
        held = self.inventory
        for item, count in command.inputs.items():
            if item not in held or held[item] < count:
                return f"Could not find enough items to craft {command.item}", False
        recipe = command.recipe
        if recipe is None:
            return command.invalid, False
        for item, count in command.inputs.items():
            held[item] -= count
            if not held[item]:
                del held[item]
        held[recipe.item] = held.get(recipe.item, 0) + recipe.count
        self.reached = self.reached or recipe.item == self.goal
        return f"Crafted {recipe.count} {recipe.item}", True

    def _look(self) -> str:
        if not self.inventory:
            return EMPTY
        # The original ends the line with a blank.
        return "Inventory: " + "".join(f"[{display(item)}] ({count}) " for item, count in self.inventory.items())
