"""An expert that plans from the present inventory: first everything to get, then everything to craft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice, product
from math import ceil

from attrs import frozen

from agentgym_core.types import ExpertAction
from agentgym_env_textcraft.book import Book
from agentgym_env_textcraft.recipes import Recipe, display

_CHOICES = 64


@frozen
class Plan:
    """What is still to be done. `gets` maps base items to counts; `crafts` are commands in order, `uses` their ingredients."""

    gets: Mapping[str, int]
    crafts: tuple[str, ...]
    uses: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.gets) + len(self.crafts)


class Planner:
    """Plans for the goals of one book. A plan is a pure function of goal and inventory."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._cached = lru_cache(maxsize=8192)(self._plan)

    def plan(self, goal: str, inventory: Mapping[str, int]) -> Plan | None:
        """The shortest plan found, or None for a goal that cannot be crafted."""
        if goal not in self._book.recipes:
            return None
        return self._cached(goal, tuple(sorted((item, count) for item, count in inventory.items() if count)))

    def move(self, goal: str, inventory: Mapping[str, int]) -> ExpertAction | None:
        """The next thought and command towards the goal, or None where it cannot be crafted."""
        plan = self.plan(goal, inventory)
        if plan is None:
            return None
        opening = f"Goal: {display(goal)}."
        if not plan.gets:
            return ExpertAction(f"{opening} Missing: nothing. Next: {plan.crafts[0]}.", plan.crafts[0])
        item, count = next(iter(plan.gets.items()))
        missing = ", ".join(f"{count} {display(item)}" for item, count in plan.gets.items())
        user = next(craft for craft, uses in zip(plan.crafts, plan.uses, strict=True) if item in uses)
        return ExpertAction(f"{opening} Missing: {missing}. For: {user}.", f"get {count} {display(item)}")

    def _plan(self, goal: str, inventory: tuple[tuple[str, int], ...]) -> Plan:
        held = dict(inventory)
        plans = (_Draft(self._book, held, members).finish(goal) for members in self._choices(goal, held))
        return min(plans, key=len)

    def _choices(self, goal: str, held: Mapping[str, int]) -> Iterator[dict[str, str]]:
        """Which member may stand for each tag: the easiest, one that is needed anyway, or one that is held."""
        asked = self._names(goal, through_tags=True)
        tags = [tag for tag in self._book.members if tag in asked]
        named = self._names(goal, through_tags=False)
        options = []
        for tag in tags:
            members = self._book.members[tag]
            easiest = min(members, key=lambda item: (self._book.effort[item], item))
            likely = [item for item in members if item != easiest and (item in named or item in held)]
            options.append([easiest, *likely])
        for chosen in islice(product(*options), _CHOICES):
            yield dict(zip(tags, chosen, strict=True))

    def _names(self, goal: str, *, through_tags: bool) -> frozenset[str]:
        """Items and tags that the recipes on the way to the goal ask for."""
        seen: set[str] = set()
        waiting = [goal]
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            makers = self._book.makers(name) if through_tags else self._book.recipes.get(name, ())
            waiting.extend(part.item for recipe in makers for part in recipe.ingredients)
        return frozenset(seen)


class _Draft:
    """A plan in the making, over a copy of the inventory."""

    def __init__(self, book: Book, held: Mapping[str, int], members: dict[str, str]) -> None:
        self._book = book
        self._left = dict(held)
        self._members = members
        self._gets: dict[str, int] = {}
        self._crafts: list[str] = []
        self._uses: list[tuple[str, ...]] = []

    def finish(self, goal: str) -> Plan:
        """The plan whose last command crafts the goal, whatever is held of it."""
        self._left.pop(goal, None)
        self._provide(goal, 1)
        return Plan(self._gets, tuple(self._crafts), tuple(self._uses))

    def _provide(self, item: str, count: int) -> None:
        """Set so many of an item aside: from what is left, else by getting or crafting it."""
        taken = min(self._left.get(item, 0), count)
        self._left[item] = self._left.get(item, 0) - taken
        short = count - taken
        if not short:
            return
        if item in self._book.base:
            self._gets[item] = self._gets.get(item, 0) + short
            return
        recipes = self._book.recipes[item]
        recipe = recipes[0] if len(recipes) == 1 else min(recipes, key=lambda recipe: self._price(recipe, short))
        self._make(recipe, short)
        self._left[item] -= short

    def _price(self, recipe: Recipe, count: int) -> tuple[int, int, str]:
        """How many commands the plan would have if so many were made this way; then, the more it yields the better."""
        trial = _Draft(self._book, self._left, self._members)
        trial._gets = dict(self._gets)
        trial._make(recipe, count)
        return len(trial._gets) + len(trial._crafts), -recipe.count, recipe.line

    def _make(self, recipe: Recipe, count: int) -> None:
        for _ in range(ceil(count / recipe.count)):
            self._craft(recipe)

    def _craft(self, recipe: Recipe) -> None:
        chosen: dict[str, str] = {}
        for part in recipe.ingredients:
            members = self._book.members.get(part.item)
            if members is None:
                self._provide(part.item, part.count)
                continue
            ready = [item for item in members if self._left.get(item, 0) >= part.count]
            preferred = self._members[part.item]
            member = preferred if preferred in ready or not ready else ready[0]
            chosen[part.item] = member
            self._provide(member, part.count)
        self._crafts.append(recipe.command(chosen))
        self._uses.append(tuple(chosen.get(part.item, part.item) for part in recipe.ingredients))
        self._left[recipe.item] = self._left.get(recipe.item, 0) + recipe.count
