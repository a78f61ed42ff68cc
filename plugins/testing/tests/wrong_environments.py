"""One wrong environment for each check of the kit: it breaks that promise and keeps all others.

`WRONG` maps a check to the class that fails it. The environment's id is `wrong.` and the check's name.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve
from lock import LETTERS, Lock, LockConfig, code_of, task_of
from msgspec.structs import replace
from pydantic import ConfigDict, field_validator

from agentgym_core import Action, Environment, ExpertAction, Step, Task, TaskList
from agentgym_core.types import digest

WRONG: dict[str, type[Environment]] = {}
CONFIGS: dict[str, type[LockConfig]] = {}
LEFT: list[subprocess.Popen[bytes]] = []


def fails(check: str, **description: Any) -> Any:
    def register(cls: type[Lock]) -> type[Lock]:
        if description:
            cls.description = evolve(Lock.description, **description)
        WRONG[check] = cls
        return cls

    return register


class GrowingConfig(LockConfig):
    name: str = "lock"

    @field_validator("name")
    @classmethod
    def _exclaim(cls, value: str) -> str:
        return value + "!"


class LaxConfig(LockConfig):
    model_config = ConfigDict(frozen=True, extra="ignore")


CONFIGS["configuration_round_trips"] = GrowingConfig
CONFIGS["unknown_keys_are_refused"] = LaxConfig


@fails("configuration_round_trips")
class GrowingConfiguration(Lock):
    pass


@fails("unknown_keys_are_refused")
class LaxConfiguration(Lock):
    pass


@fails("description_is_sound", instruction=" ")
class WithoutInstruction(Lock):
    pass


@fails("splits_hold_tasks", splits={"train": 8, "eval": 4, "dev": 0})
class EmptySplit(Lock):
    @classmethod
    def tasks(cls, config: LockConfig, split: str) -> Sequence[Task]:
        return [] if split == "dev" else super().tasks(config, split)


@fails("counts_are_as_declared", splits={"train": 1000, "eval": 4})
class Boaster(Lock):
    pass


class Backwards(TaskList):
    def __iter__(self) -> Iterator[Task]:
        return (self[place] for place in reversed(range(len(self))))


@fails("tasks_are_indexable")
class IteratesBackwards(Lock):
    @classmethod
    def tasks(cls, config: LockConfig, split: str) -> Sequence[Task]:
        tasks = super().tasks(config, split)
        return Backwards([task.id for task in tasks], task_of)


# The sample of 8 tasks is 0, 3, 7 and of 4 tasks 0, 1, 3: the faults sit at other places, so that only the tasks' own checks see them.


@fails("ids_are_unique")
class TwiceTheSame(Lock):
    @classmethod
    def ids(cls, split: str) -> list[str]:
        ids = super().ids(split)
        return [*ids[:2], ids[1], *ids[3:]] if split == "train" else ids


@fails("splits_share_no_id")
class SharedId(Lock):
    @classmethod
    def tasks(cls, config: LockConfig, split: str) -> Sequence[Task]:
        tasks = list(super().tasks(config, split))
        if split == "eval":
            tasks[2] = evolve(tasks[2], id="train-1")
        return tasks


@fails("evaluation_is_kept_apart")
class LeakedContent(Lock):
    @classmethod
    def tasks(cls, config: LockConfig, split: str) -> Sequence[Task]:
        tasks = list(super().tasks(config, split))
        if split == "eval":
            tasks[2] = evolve(task_of("train-1"), id="eval-2", split="eval")
        return tasks


@fails("tasks_have_fingerprints")
class WithoutFingerprints(Lock):
    @classmethod
    def tasks(cls, config: LockConfig, split: str) -> Sequence[Task]:
        return [evolve(task, fingerprint="") for task in super().tasks(config, split)]


class FindsAnother(TaskList):
    def find(self, task_id: str) -> Task | None:
        task = super().find(task_id)
        code = code_of("train-5")
        return None if task is None else evolve(task, data=code, fingerprint=digest(code))


@fails("tasks_cross_as_ids")
class AnotherTaskByItsId(Lock):
    @classmethod
    def tasks(cls, config: LockConfig, split: str) -> Sequence[Task]:
        tasks = super().tasks(config, split)
        return FindsAnother([task.id for task in tasks], task_of)


@fails("reset_gives_text")
class SaysNothing(Lock):
    def reset(self, task: Task, *, seed: int | None = None) -> str:
        super().reset(task, seed=seed)
        return ""


@fails("steps_are_well_formed")
class NumbersForBooleans(Lock):
    def step(self, action: Action) -> Step:
        step = super().step(action)
        return replace(step, terminated=int(step.terminated))


@fails("odd_actions_are_answered")
class AfraidOfControlCharacters(Lock):
    def step(self, action: Action) -> Step:
        if "\x00" in action.text:
            raise ValueError("embedded null byte")
        return super().step(action)


@fails("scores_are_in_range")
class RawScores(Lock):
    def end(self, step: Step) -> Step:
        return replace(step, score=1.5) if step.score == 1 else step


@fails("score_is_so_far", expert_score=1 / 3)
class SumOfIncrements(Lock):
    def step(self, action: Action) -> Step:
        before = self.score
        step = super().step(action)
        return replace(step, score=self.score - before, success=self.score == 1)


@fails("success_agrees")
class DeniesSuccess(Lock):
    def end(self, step: Step) -> Step:
        return replace(step, success=False)


@fails("endings_are_told_apart")
class BothEndings(Lock):
    def end(self, step: Step) -> Step:
        return replace(step, truncated=step.score < 1)


@fails("info_is_json")
class TupleInInfo(Lock):
    def step(self, action: Action) -> Step:
        return replace(super().step(action), info={"rings": (1, 2, 3)})


@fails("order_is_guarded")
class KeepsTheEnd(Lock):
    """A game that ended is not cleared."""

    ended = 0

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return super().reset(task, seed=seed) + f" Locks so far: {self.ended}."

    def end(self, step: Step) -> Step:
        self.ended += 1
        return step


@fails("episodes_repeat")
class KeepsTheAbandoned(Lock):
    """A game that was given up is not cleared."""

    tries = 0

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return super().reset(task, seed=seed) + f" Tries so far: {self.tries}."

    def step(self, action: Action) -> Step:
        self.tries += 1
        return super().step(action)

    def end(self, step: Step) -> Step:
        self.tries = 0
        return step


@fails("hash_seeds_do_not_matter")
class ListsASet(Lock):
    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return super().reset(task, seed=seed) + " Letters: " + ", ".join({f"letter {letter}" for letter in LETTERS})


class ListsTasksOfASet(Lock):
    @classmethod
    def tasks(cls, config: LockConfig, split: str) -> Sequence[Task]:
        return [task_of(id) for id in set(cls.ids(split))]


@fails("instances_keep_apart")
class OneStateForAll(Lock):
    all_states: dict[str, Any] = {}  # noqa: RUF012

    @property
    def state(self) -> dict[str, Any]:  # type: ignore[override]
        return self.all_states

    @state.setter
    def state(self, value: dict[str, Any]) -> None:
        self.all_states.clear()
        self.all_states.update(value)


@fails("close_is_safe")
class ClosesOnce(Lock):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("already closed")
        self.closed = True


@fails("nothing_is_left_behind")
class LeavesAThread(Lock):
    def reset(self, task: Task, *, seed: int | None = None) -> str:
        threading.Thread(target=threading.Event().wait, name="lock-watcher", daemon=True).start()
        return super().reset(task, seed=seed)


class LeavesAProcess(Lock):
    """The other way to fail `nothing_is_left_behind`."""

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        LEFT.append(subprocess.Popen(["cat"], stdin=subprocess.PIPE))
        return super().reset(task, seed=seed)


@fails("render_is_escaped")
class RendersRawText(Lock):
    def render(self) -> str | bytes | None:
        return f"<p>{self.state['said']}</p>"


@fails("snapshots_restore")
class SnapshotOfAReference(Lock):
    def snapshot(self) -> object:
        return self.state

    def restore(self, handle: Any) -> None:
        self.state = handle


@fails("expert_reaches_its_score")
class ExpertGivesUp(Lock):
    def expert(self) -> ExpertAction | None:
        return super().expert() if self.state["opened"] < 2 else None


@fails("limit_leaves_room", max_rounds=2)
class TooFewRounds(Lock):
    pass


@fails("no_expert_is_undeclared", expert_score=None)
class SecretExpert(Lock):
    pass


@fails("random_stays_under_its_ceiling")
class ListsOnlyWhatIsRight(Lock):
    def available_actions(self) -> list[str] | None:
        return [f"turn to {self.code[self.state['opened']]}"]


@fails("nothing_solves_nothing")
class OpensByItself(Lock):
    waited = 0

    def clear(self) -> None:
        super().clear()
        self.waited = 0

    def nonsense(self) -> Step:
        self.waited += 1
        if self.waited == 3:
            return Step("It opens by itself.", 1.0, terminated=True)
        return super().nonsense()


@fails("last_move_first_earns_nothing")
class OpensToTheLastLetter(Lock):
    def step(self, action: Action) -> Step:
        first = self.state["said"] == ""
        if first and action.text == f"turn to {self.code[-1]}" != f"turn to {self.code[0]}":
            self.state.update(opened=len(self.code), said=action.text)
            return Step("It opens.", 1.0, terminated=True)
        return super().step(action)


@fails("formats_agree")
class ExpertWithWordsOfItsOwn(Lock):
    def expert(self) -> ExpertAction | None:
        move = super().expert()
        return None if move is None else ExpertAction(move.thought, move.action.replace("turn to", "please turn it to"))

    def step(self, action: Action) -> Step:
        return super().step(evolve(action, text=action.text.replace("please turn it to", "turn to")))


@fails("turn_limit_truncates")
class OnlyOnTheMainThread(Lock):
    def step(self, action: Action) -> Step:
        # Python allows this on the main thread only.
        signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGALRM))
        return super().step(action)


@fails("asking_changes_nothing")
class ForgetfulExpert(Lock):
    def clear(self) -> None:
        super().clear()
        self.plan = [ExpertAction(f"Ring {place}.", f"turn to {letter}") for place, letter in enumerate(self.code)]

    def expert(self) -> ExpertAction | None:
        return self.plan.pop(0) if self.plan else None


@fails("available_actions_are_playable")
class ListsWhatCannotBe(Lock):
    def listed(self) -> list[str]:
        return super().listed()

    def available_actions(self) -> list[str] | None:
        return [*self.listed(), "turn to z"]

    def step(self, action: Action) -> Step:
        if action.text == "turn to z":
            raise KeyError("z")
        return super().step(action)
