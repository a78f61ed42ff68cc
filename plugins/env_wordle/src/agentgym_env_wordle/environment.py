"""The word game behind the environment interface."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym_core.environment import Description, Environment
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction, Step, Task
from agentgym_env_wordle import tasks as _tasks
from agentgym_env_wordle.config import WordleConfig
from agentgym_env_wordle.expert import expert_move
from agentgym_env_wordle.game import Game, Puzzle
from agentgym_env_wordle.render import picture
from agentgym_env_wordle.words import ANSWERS, WIN

INVALID = "invalid word"

_INSTRUCTION = """Find a word of five letters in at most {attempts} guesses.
{words} Every action is one guess: a word and nothing else.
Each guess is answered with one mark for each of its letters:
g: the word has this letter in this place
y: the word has this letter, in another place
b: the word does not have this letter
A guess that is not one of the possible words is answered with "{invalid}", and is used up as well."""


class WordleEnvironment(Environment):
    """Guess a word. The score is 1 for the word and 0 before; the last attempt ends the game."""

    config: WordleConfig

    @classmethod
    def tasks(cls, config: WordleConfig, split: str) -> Sequence[Task]:
        return _tasks.tasks(config, split)

    @classmethod
    def describe(cls, config: WordleConfig) -> Description:
        shown = "The possible words are listed at the start." if config.show_vocabulary else "Only known words count."
        official = config.official_words
        return Description(
            instruction=_INSTRUCTION.format(attempts=config.attempts, words=shown, invalid=INVALID),
            actions=(
                ActionSpec(
                    "guess",
                    (Parameter("word", description="a word of five letters", pattern=r"[a-z](?: ?[a-z]){4}"),),
                    "Guess the word.",
                    text="{word}",
                    aliases=("guess {word}",),
                ),
            ),
            splits=_tasks.splits(config),
            evaluation=("eval", "agenteval"),
            max_rounds=config.attempts + 2,
            reset_seconds=10.0,
            step_seconds=1.0,
            expert_score=1.0,
            random_ceiling=0.4,
            version=f"1 words {config.own_words.digest}" + (f" official {official.digest}" if official else ""),
        )

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        """Start a game. The task decides everything: `seed` changes nothing."""
        puzzle: Puzzle = task.data
        self._game = Game(puzzle)
        return puzzle.opening if self.config.show_vocabulary else "Guess the word."

    def step(self, action: Action) -> Step:
        """Take one guess: letters with or without spaces, in either case."""
        game = self._game
        code = game.guess(action.text.strip().replace(" ", "").lower())
        if code == WIN:
            return Step(ANSWERS[WIN], 1.0, terminated=True, success=True, info={"raw_reward": 0.0})
        over = len(game.history) >= self.config.attempts
        text = INVALID if code is None else ANSWERS[code]
        return Step(text, terminated=over, success=False if over else None, info={"raw_reward": -1.0})

    def available_actions(self) -> list[str]:
        """Every word of the task: not only those that still fit, for that would give the answer away."""
        return list(self._game.puzzle.words)

    def expert(self) -> ExpertAction:
        return expert_move(self._game)

    def render(self) -> str:
        """The guesses and their colours as an HTML table."""
        return picture(self._game.history, self.config.attempts)
